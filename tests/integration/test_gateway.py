"""Real sockets: the way in, and everything that must not get in."""

from __future__ import annotations

import asyncio
import json
from contextlib import suppress
from typing import Any

import aiohttp
import pytest
import socketio
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from server import protocol
from server.access.tokens import TokenSigner
from server.game.ids import PlayerId
from server.gateway.socketio.packets import RESERVED_EVENTS
from server.rooms.room import Room
from tests.integration.line import JOIN, house
from tests.transport import transport_of
from tests.unit.test_text import NAMES

MALFORMED = ["", "x", "9zzz", "4", "42", "42{}", "42[]", "43", "44", "45-[]", '451-["ink",{"_placeholder":true}]',
             "459999999999-[]", '42["ink"]', '42["ink",1,2', '42/admin,["ink",{}]', "4\x00", "2", "6"]  # fmt: skip


@pytest.mark.parametrize("frame", MALFORMED)
@pytest.mark.parametrize("connected", [False, True])
async def test_a_malformed_frame_ends_the_connection_and_leaves_nothing(frame: str, connected: bool) -> None:
    async with house() as home:
        line = await home.line()
        if connected:
            await line.connect()
        await line.send_text(frame)
        assert await line.closed()
        await home.empty()


@pytest.mark.parametrize("name", sorted(RESERVED_EVENTS))
async def test_reserved_event_names_never_reach_a_handler(name: str) -> None:
    async with house() as home:
        line = await home.line()
        await line.connect()
        await line.send(name, {})
        assert await line.closed()
        await home.empty()


async def test_a_binary_frame_ends_the_connection() -> None:
    async with house() as home:
        line = await home.line()
        await line.connect()
        await line.socket.send_bytes(b"4abc")
        assert await line.closed()
        await home.empty()


@pytest.mark.parametrize("size", [8 * 1024 + 1, 1_000_001])
async def test_a_frame_over_the_limit_ends_the_connection(size: int) -> None:
    async with house() as home:
        line = await home.line()
        await line.connect()
        await line.send_text("4" + "2" * size)
        assert await line.closed()
        await home.empty()


async def test_whoever_does_not_introduce_themselves_is_cut() -> None:
    async with house() as home:
        line = await home.line()
        assert await line.closed(5)
        await home.empty()


@pytest.mark.parametrize("auth", ["", "[]", "{}", '{"protocol":"1"}', '{"protocol":1', "[" * 5000])
async def test_a_bad_introduction_is_refused_with_a_code(auth: str) -> None:
    async with house() as home:
        line = await home.line()
        await line.send_text("40" + auth)
        name, body = await line.next()
        assert (name, body["message"]) == ("connect_error", "bad_message")
        await line.socket.close()
        await home.empty()


async def test_an_old_client_is_told_so() -> None:
    async with house() as home:
        line = await home.line()
        await line.send_text('40{"protocol":0}')
        assert (await line.next())[1]["message"] == "old_client"


async def test_long_polling_is_not_there() -> None:
    async with house() as home, aiohttp.ClientSession() as session:
        url = home.server.make_url("/socket.io/?EIO=4&transport=polling")
        async with session.get(url) as answer:
            assert answer.status == 400


async def test_a_foreign_page_may_not_connect() -> None:
    async with house() as home:
        with pytest.raises(aiohttp.WSServerHandshakeError):
            await home.line(Origin="https://evil.example")


async def test_compression_is_not_negotiated() -> None:
    async with house() as home, aiohttp.ClientSession() as session:
        url = home.server.make_url("/socket.io/?EIO=4&transport=websocket")
        async with session.ws_connect(url, compress=15) as socket:
            assert not socket.compress


async def test_a_real_client_joins_and_hears_the_room() -> None:
    async with house() as home:
        client = socketio.AsyncClient(reconnection=False)
        heard: dict[str, Any] = {}
        came = asyncio.Event()

        async def welcome(body: dict[str, Any]) -> None:
            heard.update(body)
            came.set()

        client.on("welcome", welcome)
        await client.connect(str(home.server.make_url("/")), transports=["websocket"], auth={"protocol": 1})
        await client.emit("join", {"id": 5, "code": await home.rooms.make(), **JOIN})
        await asyncio.wait_for(came.wait(), 5)
        assert heard["seat"] == 0
        assert heard["snapshot"]["view"]["host"] == 0
        await client.disconnect()
        await home.empty()


async def test_one_clients_messages_are_handled_in_order() -> None:
    async with house(commands_burst=300, commands_per_second=300.0) as home:
        line, _ = await home.seated(await home.rooms.make())
        for number in range(100):
            await line.send("ready", {"id": 100 + number, "ready": number % 2 == 0})
        ids = [(await line.until("reply"))["id"] for _ in range(100)]
        assert ids == list(range(100, 200))


@pytest.mark.parametrize(
    ("event", "body", "code"),
    [
        ("start", {"id": 3, "x": 1}, "bad_message"),
        ("nonsense", {"id": 3}, "bad_message"),
        ("kick", {"id": 3, "seat": 99}, "unknown_seat"),
        ("done", {"id": 3, "round": 1}, "not_now"),
        ("again", {"id": 3}, "not_now"),
        ("join", {"id": 3, "code": "AAAAAA", **JOIN}, "already_joined"),
        (
            "settings",
            {"id": 3, "rounds": 6, "seconds": 20, "seats": 8, "pack": "nope", "open_table": False, "keep": True},
            "unknown_pack",
        ),
    ],
)
async def test_a_wrong_command_is_answered_with_its_code(event: str, body: dict[str, Any], code: str) -> None:
    async with house() as home:
        line, before = await home.seated(await home.rooms.make())
        await line.send(event, body)
        reply = await line.until("reply")
        assert (reply["id"], reply["ok"], reply["code"]) == (3, False, code)
        await line.send("resync", {"id": 4})
        assert (await line.until("snapshot"))["view"] == before["snapshot"]["view"]


async def test_ink_out_of_turn_is_refused_without_an_id() -> None:
    async with house() as home:
        line, _ = await home.seated(await home.rooms.make())
        await line.send("ink", {"round": 7, "seq": 2, "segments": [[[1], [1], [1]]]})
        refused = await line.until("refused")
        assert (refused["event"], refused["seq"]) == ("ink", 2)
        assert refused["code"] in protocol.REFUSALS


async def test_before_joining_nothing_can_be_done() -> None:
    async with house() as home:
        line = await home.line()
        await line.connect()
        await line.send("start", {"id": 3})
        assert (await line.until("reply"))["code"] == "not_joined"


@pytest.mark.parametrize("name", ["", "   ", "\u202e\u202d", "a" * 21, "a" + "\u0301" * 30])
async def test_a_name_nobody_can_read_is_refused(name: str) -> None:
    async with house() as home:
        line = await home.line()
        await line.connect()
        await line.send("join", {"id": 1, "code": await home.rooms.make(), "tab": "t", "name": name})
        assert (await line.until("reply"))["code"] == "bad_name"


async def test_names_of_all_scripts_come_through_the_door_as_they_are() -> None:
    async with house() as home:
        line, welcome = await home.seated(code := await home.rooms.make(), name=NAMES[0]["name"])
        for row in NAMES[1:]:
            await line.send("leave", {"id": 2})
            assert (await line.until("ended"))["code"] == "left"
            line, welcome = await home.seated(code, name=row["name"])
            assert welcome["snapshot"]["view"]["players"][0]["name"] == row["name"]


async def test_two_people_of_one_name_are_told_apart_by_everybody() -> None:
    async with house() as home:
        code = await home.rooms.make()
        first, _ = await home.seated(code, name="علی\u200cرضا")
        _, welcome = await home.seated(code, name="علیرضا")
        assert [one["name"] for one in welcome["snapshot"]["view"]["players"]] == ["علی\u200cرضا", "علیرضا 2"]
        while (frame := await first.until("frame")).get("view") is None:
            pass
        assert [one["name"] for one in frame["view"]["players"]] == ["علی\u200cرضا", "علیرضا 2"]
        room = await home.rooms.find(code)
        assert room is not None
        card = await home.rooms.card(code)
        assert card is not None
        assert [one.name for one in card.players] == ["علی\u200cرضا", "علیرضا 2"]


async def test_a_second_tab_is_asked_and_may_take_over() -> None:
    async with house() as home:
        code = await home.rooms.make()
        line = await home.line()
        hello = await line.connect()
        await line.send("join", {"id": 1, "code": code, **JOIN})
        first = await line.until("welcome")
        other = await home.line()
        await other.connect(player=hello["player"])
        again = {"id": 1, "code": code, "name": "Anna", "tab": "tab-2", "seat": first["token"]}
        await other.send("join", again)
        assert (await other.until("reply"))["code"] == "seat_taken"
        await other.send("join", {**again, "takeover": True})
        assert (await other.until("welcome"))["seat"] == first["seat"]
        assert (await line.until("ended"))["code"] == "replaced"
        assert await line.closed(5)


async def test_the_right_identity_gets_its_seat_back_however_many_welcomes_were_lost() -> None:
    async with house() as home:
        code = await home.rooms.make()
        line = await home.line()
        hello = await line.connect()
        await line.send("join", {"id": 1, "code": code, **JOIN})
        first = await line.until("welcome")
        # Each of these lines seems alive to the server; its client never read the welcome, so it shows the first token.
        for seat in (first["token"], first["token"], first["token"], None):
            other = await home.line()
            await other.connect(player=hello["player"])
            await other.send("join", {"id": 1, "code": code, **JOIN, "seat": seat})
            assert (await other.until("welcome"))["seat"] == first["seat"]


async def test_a_join_that_arrives_late_leaves_the_newer_line_of_its_tab_alone() -> None:
    async with house() as home:
        code = await home.rooms.make()
        line = await home.line()
        hello = await line.connect()
        await line.send("join", {"id": 1, "code": code, **JOIN})
        token = (await line.until("welcome"))["token"]
        stuck, newer = await home.line(), await home.line()
        for one in (stuck, newer):
            await one.connect(player=hello["player"])
        again = {"id": 1, "code": code, **JOIN, "seat": token, "takeover": True}
        await newer.send("join", again)
        await newer.until("welcome")
        await stuck.send("join", again)
        assert (await stuck.until("reply"))["code"] == "wrong_token"
        await newer.send("resync", {"id": 2})
        assert (await newer.until("reply"))["ok"]
        assert "ended" not in [name for name, _ in newer.heard]


async def test_an_identity_that_is_refused_is_told_and_nobody_takes_its_place() -> None:
    async with house() as home:
        for token in ("", "forged", TokenSigner(["other"]).player(PlayerId("0" * 32))):
            line = await home.line()
            await line.send_text("40" + json.dumps({"protocol": 1, "player": token}))
            name, body = await line.next()
            assert (name, body["data"]["code"]) == ("connect_error", "bad_token")
        assert home.gateway.connections == 0


async def test_a_seat_token_is_nobody_s_way_in_and_keeps_nobody_out() -> None:
    """As after a key was taken out of INKLING_SECRET, or with another room's token."""
    async with house() as home:
        code = await home.rooms.make()
        _, first = await home.seated(code)
        for seat in ("forged", first["token"], TokenSigner(["other"]).seat(code, PlayerId("0" * 32), 1)):
            _, welcome = await home.seated(code, seat=seat)
            assert welcome["seat"] != first["seat"]


async def test_a_join_that_fails_on_the_server_is_answered(monkeypatch: pytest.MonkeyPatch) -> None:
    async with house() as home:
        code = await home.rooms.make()

        async def fail(_: str) -> None:
            raise KeyError("a fault")

        line = await home.line()
        await line.connect()
        with monkeypatch.context() as now:
            now.setattr(home.rooms, "find", fail)
            await line.send("join", {"id": 1, "code": code, **JOIN})
            assert (await line.until("reply"))["code"] == "server_error"
        await line.send("join", {"id": 2, "code": code, **JOIN})
        await line.until("welcome")


async def test_a_token_for_one_purpose_opens_nothing_else() -> None:
    tokens = TokenSigner(["secret"])
    player = tokens.read_player(tokens.player("0" * 32))  # type: ignore[arg-type]
    assert player == "0" * 32
    assert tokens.read_player(tokens.seat("AAAAAA", player, 1)) is None
    assert TokenSigner(["new", "secret"]).read_player(tokens.player(player)) == player


async def test_flooding_is_refused_and_then_shown_the_door_while_others_play_on() -> None:
    async with house() as home:
        code = await home.rooms.make()
        flooder, _ = await home.seated(code)
        calm, _ = await home.seated(code)
        for number in range(600):
            await flooder.send("ready", {"id": number, "ready": True})
        codes = set()
        with suppress(ConnectionError):
            while True:
                name, body = await flooder.next()
                codes.add(body.get("code", "") if name in ("reply", "ended") else "")
        assert {"slow_down", "flood"} <= codes
        await calm.send("ready", {"id": 9, "ready": True})
        assert (await calm.until("reply"))["ok"]


async def test_a_browser_that_guesses_codes_has_to_wait() -> None:
    async with house(wrong_codes=3) as home:
        line = await home.line()
        await line.connect()
        answers = []
        for number, letter in enumerate("ABCDE"):
            await line.send("join", {"id": number, "code": letter * 6, **JOIN})
            answers.append((await line.until("reply"))["code"])
        assert answers == ["unknown_room"] * 3 + ["too_many"] * 2


async def test_a_client_that_stops_reading_gets_the_door_and_hurts_nobody() -> None:
    async with house(outbox_bytes=64 * 1024) as home:
        code = await home.rooms.make()
        calm, _ = await home.seated(code)
        room = await home.rooms.find(code)
        assert isinstance(room, Room)
        deaf, welcome = await home.seated(code)
        member = next(m for m in room._members._members.values() if m.seat == welcome["seat"])
        transport = transport_of(deaf)
        assert transport is not None
        transport.pause_reading()
        text = protocol.encode_packet(protocol.RefusedOut("ink", "x" * 4000))
        async with asyncio.timeout(10):
            while member.room is not None:
                member.outbox.send(text)
                await asyncio.sleep(0)
        await calm.send("ready", {"id": 9, "ready": True})
        assert (await calm.until("reply"))["ok"]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(
        st.tuples(
            st.sampled_from([*sorted(protocol.INBOUND), "x"]),
            st.dictionaries(
                st.sampled_from(["id", "round", "seq", "seat", "ready", "locked", "segments", "code"]),
                st.one_of(st.integers(-1, 2**40), st.booleans(), st.none(), st.text(max_size=8)),
                max_size=5,
            ),
        ),
        max_size=8,
    )
)
def test_any_sequence_of_wrong_messages_leaves_the_room_as_it_was(said: list[tuple[str, dict[str, Any]]]) -> None:
    harmless = [(event, body) for event, body in said if event not in ("leave", "start", "lock", "ready", "resync")]

    async def run() -> None:
        async with house(commands_burst=100) as home:
            line, before = await home.seated(await home.rooms.make())
            for event, body in harmless:
                await line.send_text("42" + json.dumps([event, body]))
            await line.send("resync", {"id": 77})
            assert (await line.until("snapshot"))["view"] == before["snapshot"]["view"]

    asyncio.run(run())
