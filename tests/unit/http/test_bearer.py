"""Every token at every door: one check and one limit."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from server.access.rate_limits import WRONG_TOKENS_PER_ADDRESS_PER_MINUTE
from server.access.tokens import TokenSigner
from server.game.ids import PlayerId
from tests.unit.http.house import House, house

RIGHT = "the operator's token"
DOORS = [
    ("GET", "/api/drawings/1"), ("GET", "/api/held"), ("POST", "/api/held/1"), ("GET", "/api/exports"), ("POST", "/api/exports"),
    ("GET", "/api/exports/x"), ("DELETE", "/api/exports/x"), ("POST", "/api/exports/x/resume"), ("GET", "/api/exports/x/files/y"),
    ("GET", "/api/mine"), ("GET", "/api/mine.zip"), ("DELETE", "/api/mine"), ("DELETE", "/api/mine/1"),
]  # fmt: skip


class Nothing:
    """A collection without drawings and exports."""

    async def one(self, *_: object) -> None:
        return None

    async def held(self, *_: object) -> dict[str, Any]:
        return {}

    async def own(self, *_: object) -> dict[str, Any]:
        return {"count": 0, "archived": 0, "drawings": [], "next": 0}

    async def forget(self, *_: object) -> None:
        return None

    async def forget_all(self, *_: object) -> dict[str, Any]:
        return {"erased": 0, "left": False}

    async def run_next(self) -> None:
        pass

    def all(self) -> list[dict[str, Any]]:
        return []


async def ask(home: House, method: str, path: str, token: str) -> tuple[int, str]:
    answer = await home.ask(method, path, Authorization=f"Bearer {token}")
    body = await answer.json()
    return answer.status, body.get("code", "") if isinstance(body, dict) else ""


@pytest.mark.parametrize(("method", "path"), DOORS)
async def test_wrong_tokens_have_one_limit_whatever_door_they_are_tried_at(method: str, path: str) -> None:
    async with house(Nothing(), Nothing(), admin_token=RIGHT) as home:
        for number in range(WRONG_TOKENS_PER_ADDRESS_PER_MINUTE):
            assert (await ask(home, *DOORS[number % len(DOORS)], f"guess {number}"))[0] == 401
        # From here on nothing is compared: the answer does not tell a right token from a wrong one.
        assert await ask(home, method, path, "guess") == await ask(home, method, path, RIGHT) == (429, "too_many")


async def test_signed_tokens_pass_while_an_address_guesses() -> None:
    async with house(Nothing(), Nothing(), admin_token=RIGHT) as home:
        for number in range(WRONG_TOKENS_PER_ADDRESS_PER_MINUTE + 5):
            await ask(home, "GET", "/api/held", str(number))
        assert await ask(home, "GET", "/api/mine", "me") == (200, "code of me")
        assert await ask(home, "GET", "/api/drawings/1", "me") == (404, "unknown_drawing")


async def test_a_token_signed_with_a_key_of_before_is_not_good_and_no_guess() -> None:
    async with house(Nothing(), Nothing(), admin_token=RIGHT) as home:
        stale = TokenSigner(["a key of before"]).player(PlayerId("0" * 32))
        for _ in range(WRONG_TOKENS_PER_ADDRESS_PER_MINUTE + 5):
            assert await ask(home, "GET", "/api/mine", stale) == (401, "bad_code")
        assert (await ask(home, "GET", "/api/exports", RIGHT))[0] == 200


async def test_the_right_token_opens_and_is_not_counted() -> None:
    async with house(Nothing(), Nothing(), admin_token=RIGHT) as home:
        for _ in range(WRONG_TOKENS_PER_ADDRESS_PER_MINUTE + 5):
            assert (await ask(home, "GET", "/api/exports", RIGHT))[0] == 200
            assert await ask(home, "GET", "/api/drawings/1", RIGHT) == (404, "unknown_drawing")


@pytest.mark.parametrize("token", [b"\xff\xfe\x80", b"\xc3\x28", b"caf\xe9", b"", b"\xed\xa0\x80" * 200])
@pytest.mark.parametrize(("method", "path"), DOORS)
async def test_bytes_that_are_no_text_are_a_wrong_token(
    method: str, path: str, token: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    async with house(Nothing(), Nothing(), admin_token=RIGHT) as home:
        reader, writer = await asyncio.open_connection("127.0.0.1", home.server.port)
        head = f"{method} {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Bearer "
        writer.write(head.encode() + token + b"\r\n\r\n")
        assert b" 401 " in await reader.readline()
        writer.close()
        await writer.wait_closed()
    assert "Traceback" not in caplog.text


async def test_without_a_token_set_no_token_is_the_operators() -> None:
    async with house(Nothing(), Nothing()) as home:
        for token in ("", "x"):
            assert (await ask(home, "GET", "/api/held", token))[1] == "admin_off"
            assert (await ask(home, "GET", "/api/drawings/1", token))[0] == 401
