"""`/api/try`: the door for drawings and pictures that somebody tries."""

from __future__ import annotations

import asyncio
import io
import json
from collections.abc import AsyncIterator
from contextlib import suppress

import aiohttp
import pytest

from tests.unit.http.house import House, house

STROKES = [[[1, 2, 3], [4, 5, 6], [0, 10, 20]]]


async def post(home: House, path: str, body: bytes | AsyncIterator[bytes], kind: str) -> tuple[int, dict[str, object]]:
    url = home.server.make_url(path)
    async with home.browser.post(
        url, data=io.BytesIO(body) if isinstance(body, bytes) else body, headers={"Content-Type": kind}
    ) as answer:
        return answer.status, await answer.json()


async def test_strokes_and_files_reach_the_guesser_as_they_are() -> None:
    async with house() as home:
        body = json.dumps({"strokes": STROKES}).encode()
        assert (await post(home, "/api/try/mnist", body, "application/json"))[0] == 200
        status, told = await post(home, "/api/try/photos-2-scratch", b"\x89PNG...", "image/png")
        assert (status, told["model"]) == (200, "made-up")
        strokes = tuple(tuple(tuple(axis) for axis in stroke) for stroke in STROKES)
        assert home.tries.asked == [("mnist", strokes, b""), ("photos-2-scratch", (), b"\x89PNG...")]


@pytest.mark.parametrize(
    ("body", "kind", "code"),
    [
        (b"{", "application/json", "bad_message"),
        (b'{"strokes": []}', "application/json", "bad_message"),
        (b'{"strokes": [[[1], [1], [1]]], "more": 1}', "application/json", "bad_message"),
        (b'{"strokes": [[[1, 2], [1], [1]]]}', "application/json", "bad_ink"),
        (b'{"strokes": [[[4096], [1], [1]]]}', "application/json", "bad_message"),
        (b'{"strokes": [[[NaN], [1], [1]]]}', "application/json", "bad_message"),
        (b"[" * 10_000, "application/json", "bad_message"),
        (b'{"strokes": [], "\xff": 1}', "application/json", "bad_message"),
        (b'{"strokes": "\xff"}', "application/json", "bad_message"),
        (b"", "image/png", "bad_message"),
        (b"x" * (2 * 1024 * 1024 + 1), "image/png", "too_large"),
        (b" " * (512 * 1024 + 1), "application/json", "too_large"),
    ],
)
async def test_what_is_no_drawing_and_no_picture_stops_at_the_door(body: bytes, kind: str, code: str) -> None:
    async with house() as home:
        status, told = await post(home, "/api/try/mnist", body, kind)
        assert (status, told["code"]) == (413 if code == "too_large" else 400, code)
        assert not home.tries.asked


async def test_a_body_without_a_length_is_cut_at_the_limit() -> None:
    async def endless() -> AsyncIterator[bytes]:
        for _ in range(40):
            yield b"x" * 65536
            await asyncio.sleep(0)

    async with house() as home:
        try:
            status, _ = await post(home, "/api/try/mnist", endless(), "image/png")
            assert status == 413
        except aiohttp.ClientError:
            pass  # cut while sending: as good
        assert not home.tries.asked


async def test_a_body_that_comes_byte_by_byte_is_not_waited_for() -> None:
    async def dripping() -> AsyncIterator[bytes]:
        while True:
            yield b"x"
            await asyncio.sleep(0.05)

    async with house(request_seconds=0.3) as home:
        # Cut while sending is as good.
        with suppress(aiohttp.ClientError):
            assert (await post(home, "/api/try/mnist", dripping(), "image/png"))[0] == 408
        assert not home.tries.asked


async def test_an_address_may_try_so_often_a_minute() -> None:
    async with house(tries_per_minute=2) as home:
        codes = [(await post(home, "/api/try/mnist", b"x", "image/png"))[0] for _ in range(3)]
        assert codes == [200, 200, 429]


@pytest.mark.parametrize(
    ("code", "status"),
    [("not_trained", 404), ("bad_picture", 400), ("guesser_away", 503), ("slow_down", 429), ("try_failed", 500)],
)
async def test_refusals_come_with_their_status(code: str, status: int) -> None:
    async with house() as home:
        home.tries.code = code
        assert await post(home, "/api/try/mnist", b"x", "image/png") == (
            status,
            {"code": code, "detail": (await refusal(code))},
        )


@pytest.mark.parametrize(("code", "status"), [("guesser_away", 503), ("slow_down", 429), ("try_failed", 500)])
async def test_a_list_that_is_not_to_be_had_is_refused(code: str, status: int) -> None:
    async with house() as home:
        home.tries.code = code
        assert (await home.get("/api/try")).status == status


async def refusal(code: str) -> str:
    from server.protocol import REFUSALS

    return REFUSALS[code]


async def test_the_list_is_asked_for_once_in_a_while() -> None:
    async with house() as home:
        for _ in range(5):
            answer = await home.get("/api/try")
            assert (answer.status, await answer.json()) == (200, [])
        assert home.tries.shelves == 1


async def test_the_page_has_an_address_for_each_recipe() -> None:
    async with house() as home:
        for path in ("/try", "/try/animals-4"):
            assert (await home.get(path)).content_type == "text/html"
