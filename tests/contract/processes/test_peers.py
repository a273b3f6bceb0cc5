"""Several web processes round one Redis: one owner a room, players anywhere, takeover and handing on."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import pytest

from server.access.tokens import TokenSigner
from server.app import WAKE_GRID_SECONDS, MonotonicClock
from server.db import keys
from server.db.pipeline import AutoPipeline
from server.game.commands import Draw, Join, Points, Start, Undo
from server.game.ids import RoundId
from server.peers.membership import RedisPeers
from server.persistence.room_log import RedisRoomLog
from server.rooms.directory import RoomDirectory
from server.rooms.member import JoinAttempt, RoomHandle
from server.rooms.ports import RoomPorts
from server.rooms.remote import messages
from server.rooms.remote.proxy import RoomProxy
from server.rooms.room import Room
from server.rooms.tick_scheduler import TickScheduler
from tests.integration.table import PatientGuesser, Person
from tests.integration.test_rooms import begin, draw

pytestmark = pytest.mark.redis


class Web:
    """What one web process holds, without its sockets."""

    def __init__(self, fleet: RedisPeers, rooms: RoomDirectory, pipe: AutoPipeline, guesser: PatientGuesser) -> None:
        self.fleet, self.rooms, self.pipe, self.guesser = fleet, rooms, pipe, guesser

    async def freeze(self) -> None:
        """Show no more signs of life, as a stopped process does."""
        await self.fleet.close()

    async def sit(self, place: RoomHandle, number: int, tab: str = "tab") -> Person:
        person = Person(number, tab)
        place.join(person, JoinAttempt(Join(person.player, f"P{number}"), tab, 1, takeover=True))
        await person.letters.until("welcome")
        return person


@asynccontextmanager
async def web(url: str, pipe: AutoPipeline | None = None, steps: TickScheduler | None = None) -> AsyncIterator[Web]:
    fleet, pipe, guesser = RedisPeers(url), pipe or AutoPipeline(url), PatientGuesser()
    ports = RoomPorts(
        RedisRoomLog(pipe, fleet.me), guesser, MonotonicClock(), 0.1, TokenSigner(["secret"]).seat, tick_scheduler=steps
    )
    rooms = RoomDirectory(ports, fleet, 50)
    await fleet.appear()
    fleet.start(rooms)
    watching = asyncio.create_task(rooms.watch())
    try:
        yield Web(fleet, rooms, pipe, guesser)
    finally:
        watching.cancel()
        await rooms.stop()
        await fleet.leave()
        await fleet.close()
        await pipe.close()


@pytest.fixture
async def two(redis_url: str) -> AsyncIterator[tuple[Web, Web]]:
    async with AsyncExitStack() as stack:
        a, b = [await stack.enter_async_context(web(redis_url)) for _ in range(2)]
        await until(lambda: len(a.fleet.others) == len(b.fleet.others) == 1)
        yield a, b


async def until(true: Callable[[], bool], seconds: float = 10) -> None:
    async with asyncio.timeout(seconds):
        while not true():
            await asyncio.sleep(0.01)


async def place_of(where: Web, code: str) -> RoomHandle:
    place = await where.rooms.find(code)
    assert place is not None
    return place


async def test_a_player_whose_socket_is_elsewhere_plays_without_noticing(two: tuple[Web, Web]) -> None:
    a, b = two
    code = await a.rooms.make()
    here, there = await place_of(a, code), await place_of(b, code)
    assert isinstance(here, Room)
    assert isinstance(there, RoomProxy)
    anna, ben = await a.sit(here, 1), await b.sit(there, 2)
    assert ben.room is there
    assert [player.name for player in here.game.state.players.values()] == ["P1", "P2"]
    await begin(here, anna)
    for seq in range(1, 40):
        there.submit(ben, _ink(ben, seq), None, "ink")
    await until(lambda: any(f.get("stored", {}).get("1") == [1, 39] for f in ben.letters.of("frame")))
    assert here.game.last_seq(here.game.seat_of(ben.player)) == 39  # type: ignore[arg-type]
    there.submit(ben, Start(ben.player), 9, "start")
    assert (await ben.letters.until("reply", id=9))["code"] == "not_host"
    there.resync(ben, 10)
    canvases = (await ben.letters.until("snapshot"))["canvases"]
    assert [len(canvas["strokes"]) for canvas in canvases] == [0, 1]
    assert [frame["o"] for frame in ben.letters.of("frame")] == sorted(f["o"] for f in ben.letters.of("frame"))


def _ink(person: Person, seq: int) -> Draw:
    return Draw(person.player, RoundId(1), seq, Points((((seq,), (seq,), (seq,)),), joined=seq > 1))


async def test_a_room_without_people_comes_to_whoever_knocks_first(two: tuple[Web, Web]) -> None:
    a, b = two
    code = await a.rooms.make()
    ben = await b.sit(await place_of(b, code), 2)
    assert isinstance(ben.room, Room)
    assert (a.rooms.count, b.rooms.count) == (0, 1)
    assert isinstance(await a.rooms.find(code), RoomProxy)


async def playing(a: Web, b: Web) -> tuple[Room, RoomHandle, Person, Person]:
    """Have two draw in a room of `a`'s, the second one from `b`."""
    code = await a.rooms.make()
    here, there = await place_of(a, code), await place_of(b, code)
    anna, ben = await a.sit(here, 1), await b.sit(there, 2)
    assert isinstance(here, Room)
    await begin(here, anna)
    return here, there, anna, ben


async def test_ink_waits_for_something_that_leaves_and_takes_its_place_in_that_letter(two: tuple[Web, Web]) -> None:
    a, b = two
    here, there, _, ben = await playing(a, b)
    lane = b.fleet.mailbox.queues[a.fleet.me]
    await until(lambda: not (lane.items or lane.leaving))
    posted = lane.number
    there.submit(ben, _ink(ben, 1), None, "ink")
    assert not b.fleet.mailbox.sender.is_due()
    there.submit(ben, Start(ben.player), 9, "start")
    assert b.fleet.mailbox.sender.is_due()
    await ben.letters.until("reply", id=9)
    assert lane.number == posted + 1
    assert here.game.last_seq(here.game.seat_of(ben.player)) == 1  # type: ignore[arg-type]
    there.submit(ben, _ink(ben, 2), None, "ink")
    await until(lambda: any(f.get("stored", {}).get("1") == [1, 2] for f in ben.letters.of("frame")))


async def test_rooms_that_are_busy_at_once_write_at_once(redis_url: str) -> None:
    """What makes a second process cheap: with rooms in step, one trip to Redis stores what many rooms heard."""
    trips: list[int] = []

    class Counted(AutoPipeline):
        async def _send(self, batch: list[Any], answered: list[Any]) -> list[Any]:
            trips.append(len(batch))
            return await super()._send(batch, answered)

    async with AsyncExitStack() as stack:
        made = await stack.enter_async_context(
            web(redis_url, Counted(redis_url), TickScheduler(WAKE_GRID_SECONDS, 0.1))
        )
        rooms = [await place_of(made, await made.rooms.make()) for _ in range(4)]
        crowds = [[await made.sit(room, number) for number in range(3)] for room in rooms]
        for room, crowd in zip(rooms, crowds, strict=True):
            assert isinstance(room, Room)
            await begin(room, crowd[0])
        trips.clear()
        for seq in range(1, 11):
            for crowd in crowds:
                for person in crowd:
                    assert person.room is not None
                    person.room.submit(person, _ink(person, seq), None, "ink")
            for crowd in crowds:
                for person in crowd:
                    want = [1, seq]
                    await until(lambda: any(want in f.get("stored", {}).values() for f in person.letters.of("frame")))  # noqa: B023
        assert trips.count(4) >= 6, f"four rooms, ten ticks: {trips}"


async def test_everybody_hears_when_one_of_them_loses_the_line(two: tuple[Web, Web]) -> None:
    a, b = two
    code = await a.rooms.make()
    here, there = await place_of(a, code), await place_of(b, code)
    anna, ben = await a.sit(here, 1), await b.sit(there, 2)
    b.rooms.disconnected(ben)
    await until(lambda: any(e["kind"] == "went_away" for f in anna.letters.of("frame") for e in f.get("events", ())))
    again = await b.sit(there, 2)
    assert again.room is there


async def test_a_card_is_fetched_from_the_owner(two: tuple[Web, Web]) -> None:
    a, b = two
    code = await a.rooms.make()
    await a.sit(await place_of(a, code), 1)
    card = await b.rooms.card(code)
    assert card is not None
    assert (card.code, card.taken, card.players[0].name) == (code, 1, "P1")
    assert await b.rooms.card("ZZZZZZ") is None


async def test_a_second_tab_elsewhere_is_asked_and_may_take_over(two: tuple[Web, Web]) -> None:
    a, b = two
    code = await a.rooms.make()
    here, there = await place_of(a, code), await place_of(b, code)
    anna = await a.sit(here, 1)
    other = Person(1, "other")
    there.join(other, JoinAttempt(Join(other.player, "P1"), "other", 3))
    assert (await other.letters.until("reply", id=3))["code"] == "seat_taken"
    there.join(other, JoinAttempt(Join(other.player, "P1"), "other", 4, takeover=True))
    await other.letters.until("welcome", id=4)
    assert (await anna.letters.until("ended"))["code"] == "replaced"
    back = Person(1)
    here.join(back, JoinAttempt(Join(back.player, "P1"), "tab", 5, takeover=True))
    await back.letters.until("welcome")
    assert (await other.letters.until("ended"))["code"] == "replaced"


async def test_parts_of_a_picture_come_from_the_owner(two: tuple[Web, Web]) -> None:
    a, b = two
    code = await a.rooms.make()
    await a.sit(await place_of(a, code), 1)
    there = await place_of(b, code)
    ben = await b.sit(there, 2)
    there.send_next_part(ben, 5)
    assert (await ben.letters.until("reply", id=5))["ok"]
    assert ben.letters.of("part")[0]["left"] == 0


async def test_a_join_that_arrives_late_from_elsewhere_leaves_the_newer_line_alone(two: tuple[Web, Web]) -> None:
    a, b = two
    code = await a.rooms.make()
    here, there = await place_of(a, code), await place_of(b, code)
    stuck = {place: Person(1) for place in (here, there)}
    for newer_place, stuck_place in ((here, there), (there, here)):
        await asyncio.sleep(0.3)
        newer = await (a if newer_place is here else b).sit(newer_place, 1)
        stuck_place.join(stuck[stuck_place], JoinAttempt(Join(newer.player, "P1"), "tab", 7, takeover=True))
        assert (await stuck[stuck_place].letters.until("reply", id=7))["code"] == "wrong_token"
        newer_place.resync(newer, 8)
        assert (await newer.letters.until("reply", id=8))["ok"]
        assert not newer.letters.of("ended")


@pytest.mark.parametrize("name", [b"\xff", b"a process of another kind", b"its own"])
async def test_a_counter_that_is_none_blinds_no_process(two: tuple[Web, Web], name: bytes) -> None:
    a, b = two
    field = a.fleet.me.encode() if name == b"its own" else name
    await a.pipe.run("HSET", keys.WEB_PROCESSES_KEY, field, "x")
    if name != b"its own":
        assert not await a.fleet.is_alive(name.decode(errors="replace"))
    before = await a.pipe.run("HGET", keys.WEB_PROCESSES_KEY, b.fleet.me)
    await until_moved(a, b.fleet.me, before)
    await until_moved(a, a.fleet.me, b"x")
    await b.fleet.leave()
    await until(lambda: b.fleet.me not in a.fleet.others)


async def until_moved(web: Web, name: str, before: bytes) -> None:
    """Wait until a process has moved its counter, twice: what it found the first time did not end that."""
    async with asyncio.timeout(15):
        for _ in range(2):
            while (count := await web.pipe.run("HGET", keys.WEB_PROCESSES_KEY, name)) in (before, None):
                await asyncio.sleep(0.02)
            before = count


async def test_the_rooms_of_a_process_that_stopped_are_taken_over(two: tuple[Web, Web]) -> None:
    a, b = two
    here, _, anna, ben = await playing(a, b)
    code = here.code
    draw(here, anna, 1)
    await anna.letters.until("frame", stored={"0": [1, 1]})
    began = asyncio.get_running_loop().time()
    await a.freeze()
    assert (await ben.letters.until("ended"))["code"] == "moved"
    await until(lambda: b.rooms.count == 1)
    assert asyncio.get_running_loop().time() - began < 6
    mine = await place_of(b, code)
    assert isinstance(mine, Room)
    assert mine.game.last_seq(mine.game.seat_of(anna.player)) == 1  # type: ignore[arg-type]
    assert [asked.seq for asked in b.guesser.asked] == [1], "ink that waited for a guess is asked about again"
    here.submit(anna, Start(anna.player), 5, "start")
    draw(here, anna, 2, Undo())
    assert (await anna.letters.until("ended"))["code"] == "moved"
    assert not any(f.get("stored", {}).get("0") == [1, 2] for f in anna.letters.of("frame"))


async def test_a_process_that_goes_hands_its_rooms_on_at_once(two: tuple[Web, Web]) -> None:
    a, b = two
    codes = [await a.rooms.make() for _ in range(5)]
    await a.sit(await place_of(a, codes[0]), 1)
    ben = await b.sit(await place_of(b, codes[0]), 2)
    began = asyncio.get_running_loop().time()
    await a.rooms.stop()
    await until(lambda: b.rooms.count == 5)
    assert asyncio.get_running_loop().time() - began < 1
    assert (await ben.letters.until("ended"))["code"] == "moved"
    assert isinstance(await b.rooms.find(codes[0]), Room)
    with pytest.raises(Exception, match="ends"):
        await a.rooms.make()


async def test_two_processes_never_own_one_room(two: tuple[Web, Web]) -> None:
    a, b = two
    codes = [await a.rooms.make() for _ in range(8)]
    await a.rooms.stop()
    a.rooms._draining = False
    found = await asyncio.gather(*(where.rooms.find(code) for code in codes for where in (a, b)))
    owners = [isinstance(place, Room) for place in found]
    assert all(owners[at] != owners[at + 1] for at in range(0, len(owners), 2))
    assert a.rooms.count + b.rooms.count == len(codes)


async def test_a_lost_letter_makes_those_it_concerns_come_back(two: tuple[Web, Web]) -> None:
    a, b = two
    code = await a.rooms.make()
    await a.sit(await place_of(a, code), 1)
    there = await place_of(b, code)
    ben = await b.sit(there, 2)
    a.fleet.mailbox.queues[b.fleet.me].number += 1
    a.fleet.send(b.fleet.me, messages.CardReply(0, None))
    assert (await ben.letters.until("ended"))["code"] == "moved"
    assert ben.room is None
    assert (await b.sit(there, 2)).room is there


async def test_a_letter_posted_twice_is_read_once(two: tuple[Web, Web]) -> None:
    a, b = two
    code = await a.rooms.make()
    await a.sit(await place_of(a, code), 1)
    there = await place_of(b, code)
    ben = await b.sit(there, 2)
    letter = messages.encode_envelope(
        messages.PeerEnvelope(
            a.fleet.me, a.fleet.mailbox.queues[b.fleet.me].born, 1, [messages.Deliver([1], '2["frame",{}]')]
        )
    )
    await a.pipe.run("RPUSH", keys.peer_queue_key(b.fleet.me), letter)
    there.resync(ben, 7)
    await ben.letters.until("reply", id=7)
    assert {} not in ben.letters.of("frame")


async def test_the_same_packet_travels_once_and_overtakes_nothing(two: tuple[Web, Web]) -> None:
    a, b = two
    for conn in (1, 2, 3):
        a.fleet.deliver(b.fleet.me, conn, "frame one")
    a.fleet.deliver(b.fleet.me, 2, "picture")
    for conn in (1, 2, 3):
        a.fleet.deliver(b.fleet.me, conn, "frame two")
    a.fleet.deliver(b.fleet.me, 2, "frame one")
    told = [
        (item.conns, item.packet)
        for item in a.fleet.mailbox.queues[b.fleet.me].items
        if isinstance(item, messages.Deliver)
    ]
    assert told == [([1, 2, 3], "frame one"), ([2], "picture"), ([1, 2, 3], "frame two"), ([2], "frame one")]
