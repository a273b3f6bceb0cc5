"""The door of the web process: connections that come and go, frames that are no messages, and how many may come."""

from __future__ import annotations

import asyncio
import gc
import json
import resource
from collections import Counter
from collections.abc import Iterator
from typing import Any

import aiohttp
import pytest

from server.gateway.socketio import websocket
from server.runtime.event_loop import run_event_loop
from tests.fuzz.openings import KINDS, come_and_go
from tests.fuzz.raw import SHAKE, masked
from tests.integration.line import JOIN, House, Line, house


@pytest.mark.parametrize("kind", KINDS)
def test_a_connection_that_is_gone_leaves_nothing_for_the_collector(
    kind: str, caplog: pytest.LogCaptureFixture
) -> None:
    async def count() -> Counter[str]:
        async with house() as home:
            await come_and_go(home.server.port or 0, kind)
            await home.empty()
            gc.collect()
            gc.disable()
            gc.set_debug(gc.DEBUG_SAVEALL)
            for _ in range(20):
                await come_and_go(home.server.port or 0, kind)
            await asyncio.sleep(0.1)
            await home.empty()
            gc.collect()
            assert not home.gateway.server.environ
            return Counter(type(one).__name__ for one in gc.garbage)

    try:
        left = run_event_loop(count())
    finally:
        gc.set_debug(0)
        gc.garbage.clear()
        gc.enable()
    assert not {name: number for name, number in left.items() if number >= 20}
    assert "Traceback" not in caplog.text


FLOODS = {
    "pings": masked("", opcode=9), "pongs": masked("", opcode=10), "empty continuations": masked("", opcode=0, fin=0),
    "pongs of the engine": masked("3"), "refused introductions": masked('40{"protocol":0}'), "events": masked('42["ready",{}]'),
    "introductions again": masked('40{"protocol":1}'),
}  # fmt: skip


@pytest.mark.parametrize("kind", FLOODS)
@pytest.mark.parametrize("greeted", [False, True])
async def test_whoever_floods_is_cut_whatever_it_sends(
    kind: str, greeted: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(websocket, "FLOODER_CLOSE_DELAY_SECONDS", 0.05)
    async with house(connect_seconds=60.0) as home:
        reader, writer = await asyncio.open_connection("127.0.0.1", home.server.port)
        writer.write(SHAKE)
        await reader.readuntil(b"\r\n\r\n")
        if greeted:
            writer.write(masked('40{"protocol":1}'))
            await reader.readuntil(b"hello")
        began = masked("4", fin=0) if kind == "empty continuations" else b""
        writer.write(began + FLOODS[kind] * 5000)
        async with asyncio.timeout(10):
            while await _read(reader):
                pass
        await home.empty()
        writer.transport.abort()


async def test_nothing_more_is_read_of_who_floods_and_it_is_kept_waiting() -> None:
    async with house(connect_seconds=60.0) as home:
        _, writer = await asyncio.open_connection("127.0.0.1", home.server.port)
        # Behind the handshake already, and more than aiohttp takes before somebody reads.
        writer.write(SHAKE + FLOODS["pongs"] * 50_000)
        async with asyncio.timeout(5):
            while not home.refusals["flood"]:
                await asyncio.sleep(0)
        await asyncio.sleep(0)
        (flooder,) = home.gateway.server.eio.sockets.values()
        assert not flooder.ws.transport.is_reading()
        assert not flooder.ws.transport.is_closing()
        await home.empty()
        writer.transport.abort()


async def _read(reader: asyncio.StreamReader) -> bytes:
    try:
        return await reader.read(65536)
    except ConnectionError:
        return b""


async def test_whoever_flooded_waits_and_nobody_else_does() -> None:
    async with house() as home:
        code = await home.rooms.make()
        bad, good = await home.line(), await home.line()
        token = (await bad.connect())["player"]
        for _ in range(300):
            await bad.socket.pong()
        assert (await bad.until("ended"))["code"] == "flood"
        await good.connect()
        await good.send("join", {"id": 1, "code": code, **JOIN})
        assert (await good.until("welcome"))["seat"] == 0
        again = await home.line()
        await again.send_text("40" + json.dumps({"protocol": 1, "player": token}))
        name, body = await again.next()
        assert (name, body["message"]) == ("connect_error", "flood")


async def test_a_refused_introduction_ends_the_connection() -> None:
    async with house(connect_seconds=60.0) as home:
        line = await home.line()
        await line.send_text('40{"protocol":0}')
        assert (await line.next())[1]["message"] == "old_client"
        assert await line.closed()
        await home.empty()


async def test_one_tab_too_many_ends_the_oldest() -> None:
    async with house(sockets_per_player=3) as home:
        lines = [await home.line()]
        token = (await lines[0].connect())["player"]
        for _ in range(3):
            lines.append(await home.line())
            await lines[-1].connect(player=token)
        assert (await lines[0].until("ended"))["code"] == "too_many_tabs"
        assert await lines[0].closed()
        other = await home.line()
        await other.connect()
        assert [not line.socket.closed for line in lines] == [False, True, True, True]


@pytest.mark.parametrize(
    ("limit", "code"), [({"sockets_per_address": 2}, "network_full"), ({"openings_per_minute": 2}, "network_busy")]
)
async def test_an_address_that_has_too_many_is_told_why_before_anything_is_made(
    limit: dict[str, int], code: str
) -> None:
    async with house(**limit) as home, aiohttp.ClientSession() as session:
        kept = [await home.line() for _ in range(2)]
        with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
            await home.line()
        assert refused.value.status == 429
        # A browser does not tell its page why: the page asks at the same door.
        async with session.get(home.server.make_url("/socket.io/?EIO=4&transport=websocket")) as answer:
            assert (answer.status, (await answer.json())["code"]) == (429, code)
        assert len(home.gateway.server.eio.sockets) == len(kept)


async def test_a_trusted_network_is_not_counted() -> None:
    async with house(sockets_per_address=1, openings_per_minute=1, trusted_networks="127.0.0.0/8") as home:
        for _ in range(5):
            await (await home.line()).connect()


async def _introduction(home: House, **auth: object) -> str:
    """Say who one is; returns a refusal's code, or nothing."""
    line = await home.line()
    await line.send_text("40" + json.dumps({"protocol": 1, **auth}))
    name, body = await line.next()
    return str(body["message"]) if name == "connect_error" else ""


async def test_silent_connections_cost_the_newcomers_of_their_address() -> None:
    async with house(players_per_minute=11, connect_seconds=0.2) as home:
        token = (await (await home.line()).connect())["player"]
        silent = await home.line()
        assert await silent.closed()
        assert await _introduction(home) == "network_busy"
        assert await _introduction(home, player=token) == ""
        assert home.refusals == {"no_introduction": 1, "network_busy": 1}


async def test_at_an_address_that_floods_known_browsers_come_in_and_pages_are_served() -> None:
    async with house() as home, aiohttp.ClientSession() as session:
        code = await home.rooms.make()
        seated, _ = await home.seated(code)
        token = str(seated.heard[0][1]["player"])
        for _ in range(20):
            home.limits.note_flood(None, "127.0.0.1")
        assert await _introduction(home) == "network_busy"
        _, welcome = await home.seated(code, token)
        assert welcome["seat"] == 0
        for _ in range(320):
            async with session.get(home.server.make_url("/metrics")) as answer:
                assert answer.status == 404


async def test_a_seat_is_found_again_while_its_browser_may_try_no_more_codes() -> None:
    async with house(wrong_codes=1) as home:
        code = await home.rooms.make()
        line, welcome = await home.seated(code)
        token = str(line.heard[0][1]["player"])
        await line.socket.close()
        again = await home.line()
        await again.connect(player=token)
        answers = []
        for number in range(2):
            await again.send("join", {"id": number, "code": "AAAAAA", "seat": welcome["token"], **JOIN})
            answers.append((await again.until("reply"))["code"])
        assert answers == ["unknown_room", "too_many"]
        await again.send("join", {"id": 3, "code": code, "seat": welcome["token"], **JOIN})
        assert (await again.until("welcome"))["seat"] == welcome["seat"]


async def test_every_refusal_of_an_introduction_is_counted() -> None:
    async with house() as home:
        for auth in ({"protocol": "x"}, {"protocol": 0}, {"player": "forged"}):
            assert await _introduction(home, **auth)
        with pytest.raises(aiohttp.WSServerHandshakeError):
            await home.line(Origin="https://evil.example")
        assert home.refusals == {"bad_message": 1, "old_client": 1, "bad_token": 1, "foreign_origin": 1}


@pytest.fixture
def many_files() -> Iterator[None]:
    """Allow as many descriptors as the system lets, as the server does."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@pytest.mark.usefixtures("many_files")
async def test_a_school_of_two_thousand_connections_comes_in_at_once_with_the_limits_as_shipped() -> None:
    # Time is no limit here: a slow machine takes as long as it takes.
    async with house(connect_seconds=60.0, request_seconds=60.0) as home:

        async def come_in(ends: tuple[asyncio.StreamReader, asyncio.StreamWriter]) -> None:
            reader, writer = ends
            writer.write(SHAKE)
            await reader.readuntil(b"\r\n\r\n")
            writer.write(masked('40{"protocol":1}'))
            await reader.readuntil(b"hello")

        school = []
        for _ in range(20):
            school += await asyncio.gather(
                *(asyncio.open_connection("127.0.0.1", home.server.port) for _ in range(100))
            )
        await asyncio.gather(*map(come_in, school))
        assert home.gateway.connections == 2000
        assert not home.refusals
        for _, writer in school:
            writer.transport.abort()


async def _avatar(home: House, avatar: Any, name: str = "Anna") -> str:
    line: Line = await home.line()
    await line.connect()
    await line.send("join", {"id": 1, "code": await home.rooms.make(), "name": name, "tab": "t", "avatar": avatar})
    while (heard := await line.next())[0] not in ("reply", "welcome"):
        pass
    return str(heard[1].get("code", heard[0]))


async def test_an_avatar_has_axes_of_one_length_and_few_enough_points() -> None:
    async with house() as home:
        assert await _avatar(home, [[[1, 2], [3]]]) == "bad_ink"
        assert await _avatar(home, [[[255] * 101, [255] * 101]] * 5) == "bad_ink"


async def test_the_largest_avatar_and_the_longest_name_fit_in_a_frame() -> None:
    async with house() as home:
        avatar = [[[255] * 50, [255] * 50]] * 9 + [[[255] * 25, [255] * 25]] * 2
        # Escaped as some libraries do: twelve bytes for each of these letters.
        assert await _avatar(home, avatar, "\U00020bb7" * 200) == "bad_name"
        assert await _avatar(home, avatar, "\U00020bb7" * 20) == "welcome"
