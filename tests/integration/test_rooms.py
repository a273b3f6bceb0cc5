"""Rooms: what people are told, and that none of it is told before it is stored."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from server.game.commands import Configure, Draw, Join, Points, Ready, Settings, Start, Undo
from server.game.ids import RoundId
from server.persistence.memory_log import MemoryRoomLog
from server.rooms.member import JoinAttempt
from server.rooms.ports import GuessRequest, RoomUnreadable
from server.rooms.quarantine import MAX_CONSECUTIVE_FAILURES
from server.rooms.room import Room
from tests.integration.table import PatientGuesser, Person, Table, answer, table

LINE = Points((((100, 900), (100, 900), (0, 50)),))


class SlowLog(MemoryRoomLog):
    """A log whose appends wait until they may go on."""

    def __init__(self) -> None:
        super().__init__()
        self.open = asyncio.Event()
        self.open.set()

    async def append(self, code: str, epoch: int, expected: int, entries: Sequence[bytes]) -> None:
        await self.open.wait()
        await super().append(code, epoch, expected, entries)


async def begin(room: Room, host: Person) -> str:
    """Start a game; returns the prompt once everybody may draw."""
    room.submit(host, Start(host.player), 7, "start")
    while True:
        for frame in host.letters.of("frame"):
            view = frame.get("view")
            if view and view["phase"] == "drawing":
                return str(view["round"]["prompt"])
        await asyncio.sleep(0.005)


def draw(room: Room, person: Person, seq: int, op: Points | Undo = LINE, round_id: int = 1) -> None:
    room.submit(person, Draw(person.player, RoundId(round_id), seq, op), None, "ink")


async def test_nobody_hears_of_anything_before_it_is_stored() -> None:
    log = SlowLog()
    async with table(log) as made:
        room = await made.room()
        anna = await made.sit(room, 1)
        log.open.clear()
        room.submit(anna, Start(anna.player), 2, "start")
        await asyncio.sleep(0.1)
        assert not anna.letters.of("reply")
        assert not any(frame.get("view", {}).get("phase") == "countdown" for frame in anna.letters.of("frame"))
        log.open.set()
        assert (await anna.letters.until("reply", id=2))["ok"]


async def test_stored_ink_is_acknowledged_and_the_guesser_asked() -> None:
    async with table(MemoryRoomLog()) as made:
        room = await made.room()
        anna = await made.sit(room, 1)
        await begin(room, anna)
        draw(room, anna, 1)
        frame = await anna.letters.until("frame", stored={"0": [1, 1]})
        assert frame["o"] > 0
        assert made.guesser.asked[-1].seq == 1


async def test_a_resend_is_acknowledged_again_and_draws_nothing() -> None:
    async with table(MemoryRoomLog()) as made:
        room = await made.room()
        anna = await made.sit(room, 1)
        await begin(room, anna)
        draw(room, anna, 1)
        await anna.letters.until("frame", stored={"0": [1, 1]})
        anna.letters.received.clear()
        draw(room, anna, 1)
        await anna.letters.until("frame", stored={"0": [1, 1]})
        canvas = room.game.canvas(anna.seat)  # type: ignore[arg-type]
        assert canvas is not None
        assert sum(len(stroke[0]) for stroke in canvas[3]) == 2


async def test_a_gap_is_refused_with_the_seq_to_resend_from() -> None:
    async with table(MemoryRoomLog()) as made:
        room = await made.room()
        anna = await made.sit(room, 1)
        await begin(room, anna)
        draw(room, anna, 3)
        refused = await anna.letters.until("refused")
        assert (refused["code"], refused["expected"]) == ("seq_gap", 1)


async def test_hidden_ink_is_not_sent_until_the_hit_and_then_all_of_it() -> None:
    async with table(MemoryRoomLog()) as made:
        room = await made.room()
        anna, ben = await made.sit(room, 1), await made.sit(room, 2)
        prompt = await begin(room, anna)
        draw(room, ben, 1)
        draw(room, anna, 1)
        await anna.letters.until("frame", stored={"0": [1, 1], "1": [1, 1]})
        assert not any(frame.get("ink") for frame in anna.letters.of("frame"))
        assert any(frame.get("activity") for frame in anna.letters.of("frame"))
        asked = next(one for one in made.guesser.asked if one.seat == anna.seat)
        made.rooms.live.answer(answer(asked, prompt, 0.9))
        # What is urgent takes all of it in at once.
        draw(room, ben, 2, Points((((200, 300), (200, 300), (90, 120)),)))
        room.submit(ben, Ready(ben.player), 9, "ready")
        snapshot = await anna.letters.until("snapshot")
        seen = {canvas["seat"]: canvas["strokes"] for canvas in snapshot["canvases"]}
        assert len(seen[ben.seat]) == 2
        before = anna.letters.received[: anna.letters.received.index(("snapshot", snapshot))]
        assert not any(body.get("ink") for event, body in before if event == "frame"), "others' ink before its picture"
        assert any(e["kind"] == "hit" for _, body in before for e in body.get("events", ()))
        assert not any(frame.get("ink") for frame in ben.letters.of("frame"))
        guess = await anna.letters.until("guess", says=prompt)
        assert guess["pose"] == "delighted"


async def test_at_an_open_table_everybody_sees_everything() -> None:
    async with table(MemoryRoomLog()) as made:
        room = await made.room()
        anna, ben = await made.sit(room, 1), await made.sit(room, 2)
        room.submit(anna, Configure(anna.player, Settings(open_table=True)), 3, "settings")
        await begin(room, anna)
        draw(room, ben, 1)
        await asyncio.wait_for(_ink_reaches(anna), 5)


async def _ink_reaches(person: Person) -> None:
    while not any(frame.get("ink") for frame in person.letters.of("frame")):
        await asyncio.sleep(0.005)


async def test_while_the_store_is_away_the_room_says_so_and_its_time_stands_still() -> None:
    log = MemoryRoomLog()
    async with table(log) as made:
        room = await made.room()
        anna = await made.sit(room, 1)
        await begin(room, anna)
        log.away = True
        draw(room, anna, 1)
        await anna.letters.until("notice", kind="saving", ok=False)
        stood = room.now()
        draw(room, anna, 2)
        assert (await anna.letters.until("refused"))["code"] == "saving_paused"
        await asyncio.sleep(0.1)
        assert room.now() == stood
        assert not any(frame.get("stored") for frame in anna.letters.of("frame"))
        log.away = False
        await anna.letters.until("notice", kind="saving", ok=True)
        await anna.letters.until("frame", stored={"0": [1, 1]})


async def test_a_new_process_finds_seats_scores_and_canvases_as_they_were() -> None:
    log = MemoryRoomLog()
    async with table(log) as first:
        room = await first.room()
        anna = await first.sit(room, 1)
        prompt = await begin(room, anna)
        draw(room, anna, 1)
        await anna.letters.until("frame", stored={"0": [1, 1]})
        first.rooms.live.answer(answer(first.guesser.asked[-1], prompt, 0.9))
        await anna.letters.until("guess")
        code = room.code
        for task in first.rooms.live._tasks.values():
            task.cancel()
        await asyncio.gather(*first.rooms.live._tasks.values(), return_exceptions=True)
    second = Table(log)
    found = await second.rooms.find(code)
    assert isinstance(found, Room)
    back = await second.sit(found, 1)
    snapshot = (await back.letters.until("welcome"))["snapshot"]
    assert snapshot["view"]["players"][0]["hit_at"] is not None
    assert snapshot["canvases"][0]["seq"] == 1
    assert snapshot["canvases"][0]["strokes"]
    await second.rooms.stop()


async def test_a_polite_end_leaves_nothing_to_be_decided_again_by_newer_rules() -> None:
    log = MemoryRoomLog()
    async with table(log) as first:
        room = await first.room()
        anna = await first.sit(room, 1)
        await begin(room, anna)
        draw(room, anna, 1)
        await anna.letters.until("frame", stored={"0": [1, 1]})
    found = await log.adopt(room.code, None)
    assert found is not None
    assert not found.tail
    assert found.snapshot_offset > 0


class BrokenGuesser(PatientGuesser):
    """A guesser's client with a fault, which ends every room that asks it."""

    def ask(self, request: GuessRequest) -> None:
        raise KeyError("a fault")


async def is_lost(made: Table, code: str) -> bool:
    """Whether players hear that the room is gone for good."""
    try:
        await made.rooms.find(code)
    except RoomUnreadable as gone:
        return gone.refusal == "room_lost"
    return False


async def test_a_room_that_fails_again_where_it_failed_before_is_set_aside_and_its_players_told() -> None:
    log = MemoryRoomLog()
    async with table(log, BrokenGuesser()) as made:
        room, other = await made.room(), await made.room()
        anna = await made.sit(room, 1)
        await begin(room, anna)
        draw(room, anna, 1)
        assert (await anna.letters.until("ended"))["code"] == "moved"
        # Its ink is stored, so it asks for the same guess again.
        async with asyncio.timeout(10):
            while not await is_lost(made, room.code):
                await asyncio.sleep(0.01)
        async with asyncio.timeout(10):
            while room.code not in log.aside:
                await asyncio.sleep(0.01)
        assert await is_lost(made, room.code)
        assert made.rooms.set_aside == 1
        await made.sit(other, 2)


class LeakyLog(MemoryRoomLog):
    """A log that stores and then fails with an error that nobody expects, so that it goes on all the same."""

    broken = False

    async def append(self, code: str, epoch: int, expected: int, entries: Sequence[bytes]) -> None:
        await super().append(code, epoch, expected, entries)
        if self.broken:
            raise KeyError("a fault")


async def test_a_room_that_fails_whenever_somebody_comes_back_is_set_aside() -> None:
    log = LeakyLog()
    async with table(log) as made:
        code = (await made.room()).code
        log.broken = True
        for number in range(MAX_CONSECUTIVE_FAILURES):
            room = await made.rooms.find(code)
            assert isinstance(room, Room)
            person = Person(number)
            room.join(person, JoinAttempt(Join(person.player, f"P{number}"), "tab", 1))
            await person.letters.until("ended")
            await asyncio.sleep(0)
        assert await is_lost(made, code)
        assert made.rooms.set_aside == 1


async def test_a_room_that_failed_once_goes_on() -> None:
    log = MemoryRoomLog()
    guesser = BrokenGuesser()
    async with table(log, guesser) as made:
        room = await made.room()
        anna = await made.sit(room, 1)
        await begin(room, anna)
        draw(room, anna, 1)
        await anna.letters.until("ended")
        guesser.__class__ = PatientGuesser  # type: ignore[assignment]
        found = await made.rooms.find(room.code)
        assert isinstance(found, Room)
        await made.sit(found, 1)
        assert made.rooms.set_aside == 0


async def test_an_owner_that_was_replaced_forgets_the_room() -> None:
    log = MemoryRoomLog()
    async with table(log) as made:
        room = await made.room()
        anna = await made.sit(room, 1)
        await log.adopt(room.code)
        room.submit(anna, Start(anna.player), 2, "start")
        assert (await anna.letters.until("ended"))["code"] == "moved"
        assert not anna.letters.of("reply")


async def test_a_second_connection_of_a_player_replaces_the_first() -> None:
    async with table(MemoryRoomLog()) as made:
        room = await made.room()
        before = await made.sit(room, 1)
        after = await made.sit(room, 1, tab="other")
        assert (await before.letters.until("ended"))["code"] == "replaced"
        room.disconnected(before)
        assert room.member(after.player) is after


@pytest.mark.parametrize("rounds", [1])
async def test_a_game_runs_to_the_podium_and_leaves_drawings_and_standings_once(rounds: int) -> None:
    log = MemoryRoomLog()
    async with table(log) as made:
        room = await made.room()
        anna, ben = await made.sit(room, 1), await made.sit(room, 2)
        room.submit(anna, Configure(anna.player, Settings(rounds=rounds, seconds=10)), 3, "settings")
        await begin(room, anna)
        draw(room, anna, 1)
        draw(room, ben, 1)
        async with asyncio.timeout(10):
            while room.card().phase != "podium":
                for asked in list(made.guesser.asked):
                    made.rooms.live.answer(answer(asked, "no such word", 0.2))
                made.guesser.asked.clear()
                await asyncio.sleep(0.01)
            while not any(closing.ended for closing in log.outbox.values()):
                await asyncio.sleep(0.01)
        drawings = [drawing for closing in log.outbox.values() for drawing in closing.drawings]
        assert sorted(drawing.seat for drawing in drawings) == [0, 1]
        assert [closing.ended is not None for closing in log.outbox.values()].count(True) == 1


async def test_a_picture_that_is_too_much_comes_in_parts_and_each_is_what_frames_lead_to() -> None:
    async with table(MemoryRoomLog()) as made:
        room = await made.room()
        anna, ben = await made.sit(room, 1), await made.sit(room, 2)
        room.submit(anna, Configure(anna.player, Settings(open_table=True, seconds=300)), 3, "settings")
        await begin(room, anna)
        for seq in range(1, 31):
            x = tuple((seq * 131 + n * 977) % 4096 for n in range(64))
            draw(room, ben, seq, Points(((x, x[::-1], tuple(range(seq * 1000, seq * 1000 + 64))),)))
        await anna.letters.until("frame", stored={"1": [1, 30]})
        late = await made.sit(room, 3)
        welcome = (await late.letters.until("welcome"))["snapshot"]
        assert (welcome["left"], welcome["canvases"][1]["strokes"]) == (1, [])
        # Ink that arrives with the request is told first, and is in the part.
        draw(room, ben, 31, Points((((1, 2), (3, 4), (40_000, 40_001)),)))
        room.send_next_part(late, 9)
        assert (await late.letters.until("reply", id=9))["ok"]
        names = [name for name, _ in late.letters.received]
        part = (await late.letters.until("part"))["canvases"]
        assert [(one["seat"], one["seq"]) for one in part] == [(1, 31)]
        frame = next(body for body in late.letters.of("frame") if body.get("ink"))
        assert frame["ink"][0][1] == 31
        assert names.index("part") > names.index("frame")
        room.send_next_part(late, 10)
        await late.letters.until("reply", id=10)
        assert late.letters.of("part")[1]["left"] == 0
        assert late.letters.of("part")[1]["canvases"] == []
