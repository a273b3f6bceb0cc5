"""Rooms, information, scores, health and metrics over HTTP."""

from __future__ import annotations

import asyncio
from urllib.parse import quote

import pytest

from server import __version__
from server.game.commands import Lock
from server.game.words.packs import BUILT_IN_PACKS
from tests.qr import qr
from tests.unit.http.house import house

UNKNOWN = {"code": "unknown_room", "detail": "No open room has this code (or it lets nobody new in)."}


async def test_a_room_is_made_and_has_a_card() -> None:
    async with house() as one:
        made = await one.ask("POST", "/api/rooms")
        code = (await made.json())["code"]
        card = await one.get(f"/api/rooms/{code.lower()}")
        assert (made.status, card.status) == (201, 200)
        body = await card.json()
        assert (body["code"], body["phase"], body["players"], body["taken"]) == (code, "lobby", [], 0)
        assert card.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("code", ["ABCDEF", "abcdef", "ABC", "ABCDE0", "ÄÖÜÄÖÜ", "ABC%00EF", "..%2F..%2Fx", "A" * 500])
async def test_a_room_that_is_not_there_is_unknown(code: str) -> None:
    async with house() as one:
        for path in (f"/api/rooms/{code}", f"/api/rooms/{code}/qr.svg"):
            answer = await one.get(path)
            assert (answer.status, await answer.json()) == (404, UNKNOWN)


async def test_what_cannot_be_a_code_is_not_asked_of_the_store() -> None:
    async with house() as one:
        one.log.away = True
        assert (await one.get("/api/rooms/nonsense")).status == 404
        assert (await one.get("/api/rooms/ABCDEF")).status == 503


async def test_a_browser_makes_only_so_many_rooms_and_those_without_a_token_share_their_address() -> None:
    async with house(rooms_per_minute=1, rooms_per_address=4) as one:
        answers = [await one.ask("POST", "/api/rooms", Authorization="Bearer me") for _ in range(2)]
        answers += [await one.ask("POST", "/api/rooms") for _ in range(4)]
        told = [(answer.status, (await answer.json()).get("code", "")[:8]) for answer in answers]
        assert [status for status, _ in told] == [201, 429, 201, 201, 201, 429]
        assert (told[1][1], told[-1][1]) == ("too_many", "network_")


async def test_a_full_server_makes_no_more_rooms_and_says_so() -> None:
    async with house() as one:
        answers = [await one.ask("POST", "/api/rooms") for _ in range(11)]
        assert [answer.status for answer in answers] == [201] * 10 + [503]
        assert (await answers[-1].json())["code"] == "server_full"


async def test_a_locked_room_looks_like_one_that_is_not_there() -> None:
    async with house() as one:
        room = await one.table.room()
        host = await one.table.sit(room, 1)
        code = room.code
        paths = (f"/api/rooms/{code}", f"/api/rooms/{code}/qr.svg?origin=http://192.168.1.5")
        assert [(await one.get(path)).status for path in paths] == [200, 200]
        room.submit(host, Lock(host.player, locked=True), 9, "lock")
        await host.letters.until("reply", id=9)
        for path in paths:
            answer = await one.get(path)
            assert (answer.status, await answer.json()) == (404, UNKNOWN)


CHANGES = [
    ("POST", "/api/rooms"), ("POST", "/api/drawings/1/report"), ("POST", "/api/try/mnist"), ("DELETE", "/api/mine"),
    ("DELETE", "/api/mine/1"), ("POST", "/api/held/1"), ("POST", "/api/exports"), ("DELETE", "/api/exports/x"),
]  # fmt: skip


@pytest.mark.parametrize(("method", "path"), CHANGES)
@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://play.example.evil.example"])
async def test_a_page_of_somebody_else_changes_nothing(method: str, path: str, origin: str) -> None:
    async with house(public_url="https://play.example") as one:
        answer = await one.ask(method, path, Origin=origin)
        assert (answer.status, (await answer.json())["code"]) == (403, "foreign_origin")
        assert one.table.rooms.count == 0


async def test_pages_of_this_server_and_programs_without_a_page_make_rooms() -> None:
    async with house(public_url="https://play.example") as one:
        own = f"http://{one.server.host}:{one.server.port}"
        for headers in ({"Origin": "https://play.example"}, {"Origin": own}, {}):
            assert (await one.ask("POST", "/api/rooms", **headers)).status == 201


async def test_a_store_that_is_away_is_said() -> None:
    async with house() as one:
        one.log.away = True
        for method, path in (("POST", "/api/rooms"), ("GET", "/api/rooms/ABCDEF"), ("GET", "/api/scores")):
            answer = await one.ask(method, path)
            assert (answer.status, (await answer.json())["code"]) == (503, "saving_paused")


async def test_the_page_learns_about_the_server() -> None:
    async with house(keep="off") as one:
        info = await (await one.get("/api/info")).json()
        assert (info["version"], info["keep"], info["guesser"]) == (__version__, False, True)
        assert info["invite_base"] is None
        assert [pack["name"] for pack in info["packs"]] == list(BUILT_IN_PACKS)
        assert all(pack["sample"] and pack["size"] >= len(pack["sample"]) for pack in info["packs"])


async def test_the_page_learns_the_operators_address() -> None:
    async with house(public_url="https://draw.example") as one:
        assert (await (await one.get("/api/info")).json())["invite_base"] == "https://draw.example"


async def test_a_link_is_drawn_as_the_page_was_opened() -> None:
    async with house() as one:
        code = await one.table.rooms.make()
        drawn = {}
        for origin in (
            "https://draw.example",
            "HTTPS://Draw.Example:443/",
            "http://draw.example",
            "http://[2001:db8::1]:8000",
        ):
            picture = await one.get(f"/api/rooms/{code}/qr.svg?origin={quote(origin)}")
            assert (picture.status, picture.content_type) == (200, "image/svg+xml")
            drawn[origin] = await picture.text()
        assert (
            drawn["https://draw.example"] == drawn["HTTPS://Draw.Example:443/"] == qr(f"https://draw.example/r/{code}")
        )
        assert len(set(drawn.values())) == 3


async def test_without_an_origin_the_operators_address_is_drawn() -> None:
    async with house(public_url="https://draw.example") as one:
        code = await one.table.rooms.make()
        assert await (await one.get(f"/api/rooms/{code}/qr.svg")).text() == qr(f"https://draw.example/r/{code}")


async def test_a_link_is_drawn_with_the_base_path() -> None:
    async with house(public_url="https://play.example", base_path="/draw/") as one:
        code = await one.table.rooms.make()
        drawn = await (await one.get(f"/draw/api/rooms/{code}/qr.svg")).text()
        assert drawn == qr(f"https://play.example/draw/r/{code}")


async def test_under_a_base_path_everything_is_below_it() -> None:
    async with house(base_path="/draw/") as one:
        for path in ("/draw/", "/draw/r/ABCDEF", "/draw/api/info", "/draw/healthz", "/draw/metrics", "/healthz"):
            assert (await one.get(path)).status == 200, path
        for path in ("/", "/r/ABCDEF", "/api/info", "/metrics", "/favicon.svg", "/drawx/api/info", "/draw/draw/"):
            assert (await one.browser.get(one.server.make_url(path))).status == 404, path
        answer = await one.browser.get(one.server.make_url("/draw"), allow_redirects=False)
        assert (answer.status, answer.headers["Location"]) == (308, "/draw/")
        answer = await one.browser.get(one.server.make_url("/draw?from=chat"), allow_redirects=False)
        assert answer.headers["Location"] == "/draw/?from=chat"
        refused = await one.get("/draw/api/rooms/ABCDEF")
        assert (refused.status, (await refused.json())["code"]) == (404, "unknown_room")


@pytest.mark.parametrize(
    "origin", ["", "draw.example", "javascript:alert(1)", "https://a.example/path", "https://me@a.example", "x" * 400]
)
async def test_what_is_no_origin_is_not_drawn(origin: str) -> None:
    async with house() as one:
        code = await one.table.rooms.make()
        answer = await one.get(f"/api/rooms/{code}/qr.svg?origin={quote(origin)}")
        assert (answer.status, (await answer.json())["code"]) == (400, "bad_message")


@pytest.mark.parametrize("written", ["{}", "{}.", "Code%20{}", "%20{}%20"])
async def test_a_room_is_found_by_its_code_as_people_write_it(written: str) -> None:
    async with house() as one:
        code = await one.table.rooms.make()
        for text in (code, code.lower(), code[:3] + "-" + code[3:]):
            card = await one.get(f"/api/rooms/{written.format(text)}")
            assert (card.status, (await card.json())["code"]) == (200, code)


@pytest.mark.parametrize(("query", "asked"), [("", "all easy"), ("?board=day&pack=easy", "day easy")])
async def test_a_board_is_read(query: str, asked: str) -> None:
    async with house() as one:
        assert [line["name"] for line in await (await one.get(f"/api/scores{query}")).json()] == [asked]


@pytest.mark.parametrize("query", ["board=year", "pack=nonsense", "pack=", "board=%00"])
async def test_a_board_that_is_not_there_is_refused(query: str) -> None:
    async with house() as one:
        answer = await one.get(f"/api/scores?{query}")
        assert (answer.status, (await answer.json())["code"]) == (400, "bad_message")


async def test_readiness_needs_store_and_guesser_and_life_needs_neither() -> None:
    async with house() as one:
        assert (await one.get("/readyz")).status == 200
        one.guesser_ready = False
        asleep = await one.get("/readyz")
        assert (asleep.status, await asleep.json()) == (503, {"store": True, "guesser": False})
        one.guesser_ready, one.log.away = True, True
        away = await one.get("/readyz")
        assert (away.status, await away.json()) == (503, {"store": False, "guesser": True})
        assert (await one.get("/healthz")).status == 200


async def test_figures_are_in_prometheus_text() -> None:
    async with house() as one:
        await one.table.rooms.make()
        answer = await one.get("/metrics")
        assert answer.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
        text = await answer.text()
        assert text.startswith("# TYPE inkling_rooms gauge\ninkling_rooms 1\n")
        assert "# TYPE inkling_ack_seconds histogram\n" in text


async def test_refusals_and_proxies_that_are_not_trusted_are_in_the_figures() -> None:
    async with house(rooms_per_minute=1) as one:
        for _ in range(3):
            await one.ask("POST", "/api/rooms", Authorization="Bearer me", **{"X-Forwarded-For": "203.0.113.9"})
        text = await (await one.get("/metrics")).text()
        assert '# TYPE inkling_refusals_total counter\ninkling_refusals_total{code="too_many"} 2\n' in text
        assert 'inkling_forwarded_total{why="untrusted_proxy"} 3\n' in text


@pytest.mark.parametrize(("method", "path", "status"), [("GET", "/api/nothing", 404), ("DELETE", "/api/info", 405)])
async def test_every_error_of_the_api_is_json(method: str, path: str, status: int) -> None:
    async with house() as one:
        answer = await one.ask(method, path)
        assert answer.status == status
        assert set(await answer.json()) == {"code", "detail"}
        assert ("Allow" in answer.headers) == (status == 405)


async def test_a_long_body_is_not_read() -> None:
    async with house() as one:
        reader, writer = await asyncio.open_connection("127.0.0.1", one.server.port)
        writer.write(b"POST /api/rooms HTTP/1.1\r\nHost: x\r\nContent-Length: 9999999999\r\n\r\n")
        assert b" 201 " in await reader.readline()
        writer.close()
        await writer.wait_closed()
