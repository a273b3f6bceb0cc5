"""The contract of a room's log, held by Redis and by the stand-in for tests alike."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from server.db.pipeline import AutoPipeline
from server.persistence.memory_log import MemoryRoomLog
from server.persistence.room_log import RedisRoomLog
from server.rooms.ports import Fenced, LogGap, Ownership, RoomLog, RoundClosing, StoredRoom


@pytest.fixture(params=["memory", pytest.param("redis", marks=pytest.mark.redis)])
async def log(request: pytest.FixtureRequest) -> AsyncIterator[RoomLog]:
    if request.param == "memory":
        yield MemoryRoomLog()
        return
    writer = AutoPipeline(request.getfixturevalue("redis_url"))
    yield RedisRoomLog(writer, "me")
    await writer.close()


async def test_a_new_room_begins_under_epoch_one(log: RoomLog) -> None:
    assert await log.create("ABCDEF", b"start") == 1
    found = await log.adopt("ABCDEF")
    assert found is not None
    assert (found.epoch, found.snapshot, found.snapshot_offset, found.tail) == (2, b"start", 0, ())


async def test_a_taken_code_is_not_given_twice(log: RoomLog) -> None:
    await log.create("ABCDEF", b"mine")
    assert await log.create("ABCDEF", b"yours") == 0


async def test_making_the_same_room_again_finds_it(log: RoomLog) -> None:
    await log.create("ABCDEF", b"mine")
    assert await log.create("ABCDEF", b"mine") == 1


async def test_making_a_room_that_has_moved_on_is_refused(log: RoomLog) -> None:
    await log.create("ABCDEF", b"mine")
    await log.append("ABCDEF", 1, 0, [b"a"])
    assert await log.create("ABCDEF", b"mine") == 0


async def test_an_unknown_room_cannot_be_adopted(log: RoomLog) -> None:
    assert await log.adopt("ABCDEF") is None


async def test_a_room_is_read_without_being_taken_over(log: RoomLog) -> None:
    assert await log.read("ABCDEF") is None
    await log.create("ABCDEF", b"start")
    await log.append("ABCDEF", 1, 0, [b"a", b"b"])
    await log.save("ABCDEF", 1, 1, b"after a", RoundClosing())
    assert await log.read("ABCDEF") == StoredRoom(b"after a", (b"b",))
    assert await log.owners(["ABCDEF"]) == [Ownership(1, "me")]
    await log.append("ABCDEF", 1, 2, [b"c"])


async def test_appended_entries_are_the_tail_in_order(log: RoomLog) -> None:
    await log.create("ABCDEF", b"start")
    await log.append("ABCDEF", 1, 0, [b"a", b"b"])
    await log.append("ABCDEF", 1, 2, [b"c"])
    found = await log.adopt("ABCDEF")
    assert found is not None
    assert found.tail == (b"a", b"b", b"c")


async def test_entries_hold_any_bytes(log: RoomLog) -> None:
    await log.create("ABCDEF", bytes(range(256)))
    await log.append("ABCDEF", 1, 0, [bytes(range(256)), b""])
    found = await log.adopt("ABCDEF")
    assert found is not None
    assert found.snapshot == bytes(range(256))
    assert found.tail == (bytes(range(256)), b"")


async def test_a_resent_append_is_stored_once(log: RoomLog) -> None:
    await log.create("ABCDEF", b"start")
    for _ in range(3):
        await log.append("ABCDEF", 1, 0, [b"a", b"b"])
    found = await log.adopt("ABCDEF")
    assert found is not None
    assert found.tail == (b"a", b"b")


async def test_a_resent_append_with_more_stores_the_rest(log: RoomLog) -> None:
    await log.create("ABCDEF", b"start")
    await log.append("ABCDEF", 1, 0, [b"a"])
    await log.append("ABCDEF", 1, 0, [b"a", b"b"])
    found = await log.adopt("ABCDEF")
    assert found is not None
    assert found.tail == (b"a", b"b")


async def test_other_entries_at_the_same_place_are_a_gap(log: RoomLog) -> None:
    await log.create("ABCDEF", b"start")
    await log.append("ABCDEF", 1, 0, [b"a", b"b"])
    with pytest.raises(LogGap):
        await log.append("ABCDEF", 1, 1, [b"x"])


async def test_the_same_entry_of_an_earlier_owner_is_a_gap(log: RoomLog) -> None:
    await log.create("ABCDEF", b"start")
    await log.append("ABCDEF", 1, 0, [b"a"])
    await log.adopt("ABCDEF")
    with pytest.raises(LogGap):
        await log.append("ABCDEF", 2, 0, [b"a"])


async def test_an_append_beyond_the_end_is_a_gap(log: RoomLog) -> None:
    await log.create("ABCDEF", b"start")
    with pytest.raises(LogGap):
        await log.append("ABCDEF", 1, 1, [b"b"])


async def test_whoever_lost_the_room_is_fenced(log: RoomLog) -> None:
    await log.create("ABCDEF", b"start")
    await log.append("ABCDEF", 1, 0, [b"a"])
    await log.adopt("ABCDEF")
    for write in (
        log.append("ABCDEF", 1, 1, [b"b"]),
        log.append("ABCDEF", 1, 0, [b"a"]),
        log.save("ABCDEF", 1, 1, b"late", RoundClosing()),
        log.forget("ABCDEF", 1),
    ):
        with pytest.raises(Fenced):
            await write
    await log.append("ABCDEF", 2, 1, [b"mine"])
    found = await log.adopt("ABCDEF")
    assert found is not None
    assert found.tail == (b"a", b"mine")


async def test_a_snapshot_replaces_the_log_before_it(log: RoomLog) -> None:
    await log.create("ABCDEF", b"start")
    await log.append("ABCDEF", 1, 0, [b"a", b"b", b"c"])
    await log.save("ABCDEF", 1, 2, b"after b", RoundClosing())
    await log.append("ABCDEF", 1, 3, [b"d"])
    found = await log.adopt("ABCDEF")
    assert found is not None
    assert (found.snapshot, found.snapshot_offset, found.tail) == (b"after b", 2, (b"c", b"d"))


async def test_a_resend_of_trimmed_entries_is_as_good_as_stored(log: RoomLog) -> None:
    await log.create("ABCDEF", b"start")
    await log.append("ABCDEF", 1, 0, [b"a", b"b"])
    await log.save("ABCDEF", 1, 2, b"after b", RoundClosing())
    await log.append("ABCDEF", 1, 0, [b"a", b"b"])
    await log.append("ABCDEF", 1, 2, [b"c"])
    found = await log.adopt("ABCDEF")
    assert found is not None
    assert found.tail == (b"c",)


async def test_an_older_snapshot_changes_nothing(log: RoomLog) -> None:
    await log.create("ABCDEF", b"start")
    await log.append("ABCDEF", 1, 0, [b"a", b"b"])
    await log.save("ABCDEF", 1, 2, b"newer", RoundClosing())
    await log.save("ABCDEF", 1, 1, b"older", RoundClosing())
    found = await log.adopt("ABCDEF")
    assert found is not None
    assert (found.snapshot, found.snapshot_offset, found.tail) == (b"newer", 2, ())


async def test_a_snapshot_beyond_the_end_is_a_gap(log: RoomLog) -> None:
    await log.create("ABCDEF", b"start")
    with pytest.raises(LogGap):
        await log.save("ABCDEF", 1, 1, b"too far", RoundClosing())


async def test_offsets_go_on_through_owners_and_snapshots(log: RoomLog) -> None:
    await log.create("ABCDEF", b"0")
    for epoch in range(1, 6):
        await log.append("ABCDEF", epoch, 2 * (epoch - 1), [b"%d" % epoch, b"+"])
        if epoch % 2:
            await log.save("ABCDEF", epoch, 2 * epoch - 1, b"s%d" % epoch, RoundClosing())
        found = await log.adopt("ABCDEF")
        assert found is not None
        assert found.epoch == epoch + 1
        assert found.snapshot_offset + len(found.tail) == 2 * epoch


async def test_a_forgotten_room_is_gone_and_its_owner_fenced(log: RoomLog) -> None:
    await log.create("ABCDEF", b"start")
    await log.append("ABCDEF", 1, 0, [b"a"])
    await log.forget("ABCDEF", 1)
    await log.forget("ABCDEF", 1)
    assert await log.adopt("ABCDEF") is None
    with pytest.raises(Fenced):
        await log.append("ABCDEF", 1, 1, [b"b"])
    assert await log.create("ABCDEF", b"another") == 1


async def test_live_rooms_are_those_made_and_not_forgotten(log: RoomLog) -> None:
    for code in ("AAAAAA", "BBBBBB", "CCCCCC"):
        await log.create(code, b"start")
    await log.forget("BBBBBB", 1)
    assert sorted(await log.live()) == ["AAAAAA", "CCCCCC"]


async def test_writing_to_an_unknown_room_is_fenced(log: RoomLog) -> None:
    with pytest.raises(Fenced):
        await log.append("ABCDEF", 1, 0, [b"a"])
    with pytest.raises(Fenced):
        await log.save("ABCDEF", 1, 0, b"s", RoundClosing())
    await log.forget("ABCDEF", 1)


async def test_a_room_says_who_holds_it_since_when(log: RoomLog) -> None:
    await log.create("ABCDEF", b"start")
    assert await log.owners(["ABCDEF", "ZZZZZZ"]) == [Ownership(1, "me"), None]
    await log.adopt("ABCDEF")
    assert await log.owners(["ABCDEF"]) == [Ownership(2, "me")]
    await log.release("ABCDEF", 2)
    assert await log.owners(["ABCDEF"]) == [Ownership(2, "")]
    assert await log.owners([]) == []


async def test_whoever_saw_an_older_epoch_comes_too_late(log: RoomLog) -> None:
    await log.create("ABCDEF", b"start")
    assert (found := await log.adopt("ABCDEF", 1)) is not None
    assert found.epoch == 2
    await log.adopt("ABCDEF", 2)
    assert await log.adopt("ABCDEF", 1) is None
    assert await log.owners(["ABCDEF"]) == [Ownership(3, "me")]


async def test_a_takeover_whose_answer_was_lost_is_the_same_takeover(log: RoomLog) -> None:
    await log.create("ABCDEF", b"start")
    await log.append("ABCDEF", 1, 0, [b"a"])
    assert await log.adopt("ABCDEF", 1) == await log.adopt("ABCDEF", 1)
    await log.append("ABCDEF", 2, 1, [b"b"])


async def test_only_its_owner_lets_a_room_go(log: RoomLog) -> None:
    await log.create("ABCDEF", b"start")
    await log.adopt("ABCDEF", 1)
    with pytest.raises(Fenced):
        await log.release("ABCDEF", 1)
    await log.release("ABCDEF", 2)
    await log.release("ZZZZZZ", 1)
    await log.append("ABCDEF", 2, 0, [b"last words"])


@pytest.mark.redis
async def test_of_many_contenders_one_gets_the_room(redis_url: str) -> None:
    pipes = [AutoPipeline(redis_url) for _ in range(8)]
    logs = [RedisRoomLog(pipe, f"web {number}") for number, pipe in enumerate(pipes)]
    await logs[0].create("ABCDEF", b"start")
    for epoch in range(1, 20):
        found = await asyncio.gather(*(log.adopt("ABCDEF", epoch) for log in logs))
        winners = [number for number, one in enumerate(found) if one is not None]
        assert len(winners) == 1
        assert await logs[0].owners(["ABCDEF"]) == [Ownership(epoch + 1, f"web {winners[0]}")]
    for pipe in pipes:
        await pipe.close()
