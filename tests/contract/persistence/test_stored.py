"""What is stored is input: old bytes are read, newer ones left alone, damage hurts nobody else."""

from __future__ import annotations

import asyncio
import base64
import json
import logging
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from server.db import keys
from server.db.pipeline import AutoPipeline
from server.drawings.record import decode_record
from server.game.commands import Join
from server.persistence import leaderboards, outbox_relay, room_outbox
from server.persistence.leaderboards import RedisLeaderboards
from server.persistence.outbox_relay import OutboxRelay
from server.persistence.room_log import RedisRoomLog
from server.rooms import codec, format_version
from server.rooms.member import JoinAttempt
from server.rooms.ports import RoomNeedsNewerVersion, RoomUnreadable, StoreUnavailable
from server.rooms.room import Room
from tests.contract.stored.record import dump, load, plain
from tests.integration.table import Person, table

pytestmark = pytest.mark.redis

RECORDED = sorted((Path(__file__).parents[1] / "stored").glob("*.json"))
CURRENT = f"format-{codec.ROOM_FORMAT_VERSION}-{room_outbox.OUTBOX_ENTRY_FORMAT}-{leaderboards.FINISHED_GAME_FORMAT}"
DAMAGE: dict[str, tuple[tuple[Any, ...], ...]] = {
    "a snapshot of other bytes": (("HSET", "head", "snapshot", b"\xc1 not msgpack"),),
    "a snapshot cut short": (("HSET", "head", "snapshot", b"\x01\x92\x00"),),
    "an empty snapshot": (("HSET", "head", "snapshot", b""),),
    "no snapshot": (("HDEL", "head", "snapshot"),),
    "no offset": (("HDEL", "head", "offset"),),
    "an epoch that is no number": (("HSET", "head", "epoch", "x"),),
    "a head that is no hash": (("DEL", "head"), ("SET", "head", "x")),
    "a log that is no stream": (("DEL", "log"), ("SET", "log", "x")),
    "a log with a hole": (("HINCRBY", "head", "offset", 3),),
    "an entry of other bytes": (("XADD", "log", "9-1", "e", b"\xc1"), ("HSET", "head", "offset", 1)),
    "an entry without its field": (("XADD", "log", "9-1", "x", "y"), ("HSET", "head", "offset", 1)),
}


@pytest.fixture
async def pipe(redis_url: str) -> AsyncIterator[AutoPipeline]:
    pipe = AutoPipeline(redis_url)
    yield pipe
    await pipe.close()


async def abandoned(pipe: AutoPipeline) -> list[str]:
    """Make three rooms whose process has died; returns their codes."""
    async with table(RedisRoomLog(pipe, "somebody who died")) as made:
        codes = [await made.rooms.make() for _ in range(3)]
    await asyncio.gather(*(pipe.run("HSET", keys.room_head_key(code), "owner", "somebody who died") for code in codes))
    return codes


def known(now: Any, then: Any) -> Any:
    """Leave out what an older version did not have."""
    if isinstance(now, dict) and isinstance(then, dict):
        return {name: known(now.get(name), value) for name, value in then.items()}
    if isinstance(now, list) and isinstance(then, list) and len(now) == len(then):
        return [known(one, other) for one, other in zip(now, then, strict=True)]
    return now


def ink_and_points(state: Any) -> Any:
    """Leave out what Inkling thinks at the moment: that follows today's rule of saying, since the log is replayed."""
    for canvas in state["round"]["canvases"].values() if state["round"] else ():
        del canvas["idea"]
    return state


def record_of(key: str, stored: dict[str, Any]) -> Any:
    """Read a drawing, whose record may have new fields at its end; leave everything else as it is stored."""
    return decode_record(base64.b64decode(stored[key]["value"])) if key.startswith("drawing:") else stored[key]


async def damage(pipe: AutoPipeline, code: str, kind: str) -> None:
    names = {"head": keys.room_head_key(code), "log": keys.room_log_key(code)}
    for command, name, *rest in DAMAGE[kind]:
        await pipe.run(command, names[name], *rest)


@pytest.mark.parametrize("recorded", RECORDED, ids=lambda path: path.stem)
async def test_rooms_that_older_versions_stored_go_on_where_they_were(recorded: Path, pipe: AutoPipeline) -> None:
    found = json.loads(recorded.read_text(encoding="utf-8"))
    await load(pipe, found["before"])
    async with table(RedisRoomLog(pipe)) as made:
        assert await made.rooms.rescue() == len(found["states"]) == 3
        for code, state in found["states"].items():
            room = await made.rooms.find(code)
            assert isinstance(room, Room)
            # Its players are shown as away after some seconds without them, and time goes on; nothing else may differ.
            now = known(plain(room.game.state), state)
            assert ink_and_points(now) == ink_and_points(state)
        assert await OutboxRelay(pipe).sweep() == sum(
            len(v["value"]) for k, v in found["before"].items() if ":outbox" in k
        )
        moved = await dump(pipe)
    # A finished game is written in today's format; who reads the evening is tested below.
    kept = {key for key in found["moved"] if key != keys.ROOMS_KEY and not key.endswith(":games")}
    assert {key: record_of(key, moved) for key in kept} == {key: record_of(key, found["moved"]) for key in kept}
    assert not [key for key in moved if "aside" in key]


@pytest.mark.parametrize("recorded", RECORDED, ids=lambda path: path.stem)
async def test_the_evening_that_older_versions_stored_is_counted(recorded: Path, pipe: AutoPipeline) -> None:
    found = json.loads(recorded.read_text(encoding="utf-8"))["moved"]
    await load(pipe, found)
    (code,) = [key[6:12] for key in found if key.endswith(":games")]
    evening = await RedisLeaderboards(pipe).evening(code)
    assert evening is not None
    assert [line.games for line in evening] == [1, 1]
    assert [line.score for line in await RedisLeaderboards(pipe).top("all", "easy")] == [line.score for line in evening]


def test_what_is_stored_now_was_recorded_under_its_version() -> None:
    """Whoever changes a format takes the next FORMAT and runs `python -m tests.contract.stored.record`."""
    path = Path(__file__).parents[1] / "stored" / f"{CURRENT}.json"
    before = json.loads(path.read_text(encoding="utf-8"))["before"]
    heads = [
        {base64.b64decode(field): base64.b64decode(data) for field, data in value["value"]}
        for key, value in before.items()
        if key.endswith(":head")
    ]
    for head in heads:
        assert codec.encode_snapshot(*codec.decode_snapshot(head[b"snapshot"])) == head[b"snapshot"]
    for entry in [
        base64.b64decode(fields[0][1]) for k, v in before.items() if k.endswith(":log") for _, fields in v["value"]
    ]:
        assert codec.encode_log_entry(*codec.decode_log_entry(entry)) == entry
    for left in [base64.b64decode(data) for k, v in before.items() if ":outbox" in k for _, data in v["value"]]:
        one = room_outbox.decode_outbox_entry(left)
        assert format_version.add_format_version(room_outbox.OUTBOX_ENTRY_FORMAT, msgspec.msgpack.encode(one)) == left


@pytest.mark.parametrize("kind", DAMAGE)
async def test_a_damaged_room_is_set_aside_and_all_others_go_on(
    kind: str, pipe: AutoPipeline, caplog: pytest.LogCaptureFixture
) -> None:
    codes = await abandoned(pipe)
    await damage(pipe, codes[1], kind)
    kept = await pipe.run("DUMP", keys.room_head_key(codes[1])) if "epoch" in kind or "is no hash" in kind else None
    async with table(RedisRoomLog(pipe)) as made:
        with caplog.at_level(logging.ERROR):
            assert await made.rooms.rescue() == 2
            assert await made.rooms.rescue() == 0
        assert made.rooms.count == 2
        assert made.rooms.set_aside == 1
        (line,) = [record.getMessage() for record in caplog.records]
        assert codes[1] in line
        assert keys.set_aside_key(keys.room_head_key(codes[1])) in line
        with pytest.raises(RoomUnreadable):
            await made.rooms.find(codes[1])
        with pytest.raises(RoomUnreadable):
            await made.rooms.card(codes[1])
        assert await made.rooms.find("ZZZZZZ") is None
    assert await pipe.run("EXISTS", keys.set_aside_key(keys.room_head_key(codes[1])))
    assert not await pipe.run("EXISTS", keys.room_head_key(codes[1]), keys.room_log_key(codes[1]))
    if kept is not None:
        assert await pipe.run("DUMP", keys.set_aside_key(keys.room_head_key(codes[1]))) == kept


async def test_all_rooms_are_taken_at_start_but_the_damaged_one(pipe: AutoPipeline) -> None:
    codes = await abandoned(pipe)
    await damage(pipe, codes[0], "a snapshot of other bytes")
    async with table(RedisRoomLog(pipe)) as made:
        assert await made.rooms.adopt_all() == 2


async def test_a_state_that_decodes_and_makes_no_sense_is_damage(pipe: AutoPipeline) -> None:
    (code, *_) = await abandoned(pipe)
    state, at = codec.decode_snapshot(await pipe.run("HGET", keys.room_head_key(code), "snapshot"))
    state.code = "ABCDEF"
    await pipe.run("HSET", keys.room_head_key(code), "snapshot", codec.encode_snapshot(state, at))
    async with table(RedisRoomLog(pipe)) as made:
        assert await made.rooms.rescue() == 2
        assert made.rooms.set_aside == 1


async def test_a_room_that_was_set_aside_comes_back_by_renaming_its_keys(pipe: AutoPipeline) -> None:
    (code, *_) = await abandoned(pipe)
    await pipe.run("HINCRBY", keys.room_head_key(code), "offset", 1)
    async with table(RedisRoomLog(pipe)) as made:
        assert await made.rooms.rescue() == 2
        await pipe.run("HINCRBY", keys.set_aside_key(keys.room_head_key(code)), "offset", -1)
        await pipe.run("ZREM", keys.ROOMS_KEY, code)
        # As docs/redis.md says it.
        await pipe.run("RENAME", keys.set_aside_key(keys.room_head_key(code)), keys.room_head_key(code))
        await pipe.run("ZADD", keys.ROOMS_KEY, 1, code)
        assert await made.rooms.rescue() == 1
        assert isinstance(await made.rooms.find(code), Room)


async def test_memory_that_ran_out_says_nothing_about_a_room(
    pipe: AutoPipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    codes = await abandoned(pipe)

    def short(*_: object) -> None:
        raise MemoryError

    async with table(RedisRoomLog(pipe)) as made:
        with monkeypatch.context() as now:
            now.setattr(codec, "decode_snapshot", short)
            assert await made.rooms.rescue() == 0
        assert made.rooms.set_aside == 0
        assert await made.rooms.rescue() == len(codes)


async def test_a_room_of_a_newer_version_is_left_untouched_for_one(
    pipe: AutoPipeline, caplog: pytest.LogCaptureFixture
) -> None:
    (code, *_) = await abandoned(pipe)
    newer = RedisRoomLog(pipe, "a newer one", format=codec.ROOM_FORMAT_VERSION + 1)
    found = await newer.adopt(code)
    assert found is not None
    await newer.append(
        code, found.epoch, 0, [format_version.add_format_version(codec.ROOM_FORMAT_VERSION + 1, b"whatever")]
    )
    before = await dump(pipe)
    async with table(RedisRoomLog(pipe)) as made:
        assert await made.rooms.rescue() == 2
        assert await made.rooms.rescue() == 0
        with pytest.raises(RoomNeedsNewerVersion):
            await made.rooms.find(code)
        assert made.rooms.set_aside == 0
        after = await dump(pipe)
    for key in (keys.room_head_key(code), keys.room_log_key(code)):
        assert after[key] == before[key]
    assert [record.getMessage() for record in caplog.records if code in record.getMessage()] == [
        f"room {code} was owned by a newer version of Inkling, and is left to one"
    ]
    assert (await newer.adopt(code)) is not None


async def test_a_refusal_that_is_not_about_the_room_leaves_it_alone(pipe: AutoPipeline, redis_url: str) -> None:
    """As when the rights of this process do not cover a command."""
    (code, *_) = await abandoned(pipe)
    await pipe.run("ACL", "SETUSER", "poor", "on", ">x", "~*", "+@all", "-xrange")
    poor = AutoPipeline(redis_url.replace("unix://", "unix://poor:x@"))
    try:
        async with table(RedisRoomLog(poor)) as made:
            assert made.rooms.set_aside == 0
            with pytest.raises(StoreUnavailable):
                await made.rooms.find(code)
            assert made.rooms.set_aside == 0
    finally:
        await pipe.run("ACL", "DELUSER", "poor")
        await poor.close()
    assert await pipe.run("EXISTS", keys.room_head_key(code))


async def test_who_comes_to_a_damaged_room_hears_that_it_is_gone(pipe: AutoPipeline) -> None:
    (code, *_) = await abandoned(pipe)
    await damage(pipe, code, "a snapshot cut short")
    async with table(RedisRoomLog(pipe)) as made:
        with pytest.raises(RoomUnreadable) as gone:
            await made.rooms.find(code)
        assert gone.value.refusal == "room_lost"
        other = await made.room()
        anna = Person(1)
        other.join(anna, JoinAttempt(Join(anna.player, "Anna"), "tab", 1))
        await anna.letters.until("welcome")


async def test_an_outbox_entry_that_cannot_be_moved_is_set_aside_once(
    pipe: AutoPipeline, caplog: pytest.LogCaptureFixture
) -> None:
    (code, *_) = await abandoned(pipe)
    newer = format_version.add_format_version(room_outbox.OUTBOX_ENTRY_FORMAT + 1, b"x")
    await pipe.run("HSET", keys.room_outbox_key(code), "b:1", b"\xc1", "b:2", newer)
    moving = OutboxRelay(pipe)
    with caplog.at_level(logging.ERROR):
        await moving.sweep()
        await moving.sweep()
    assert moving.set_aside == 1
    assert len([record for record in caplog.records if record.name == outbox_relay.__name__]) == 1
    assert await pipe.run("HGETALL", keys.set_aside_key(keys.room_outbox_key(code))) == {b"b:1": b"\xc1"}
    assert await pipe.run("HGETALL", keys.room_outbox_key(code)) == {b"b:2": newer}


@pytest.mark.parametrize(
    ("key", "command"),
    [
        ("outbox", ("SET", "not a hash")),
        ("aside", ("SET", "not a hash")),
        ("rooms", ("ZADD", "inf")),
        ("rooms", ("ZADD", 1, b"\xff\xfe")),
    ],
)
async def test_what_one_room_left_in_disorder_keeps_no_other_waiting(
    key: str, command: tuple[Any, ...], pipe: AutoPipeline
) -> None:
    codes = sorted(await abandoned(pipe))
    # Rooms are looked at in the order in which they were announced.
    await pipe.run("ZADD", keys.ROOMS_KEY, 2, codes[0], 3, codes[1])
    for code in codes:
        await pipe.run("HSET", keys.room_outbox_key(code), "b:1", b"\xc1")
    name = {
        "outbox": keys.room_outbox_key(codes[0]),
        "aside": keys.set_aside_key(keys.room_outbox_key(codes[0])),
        "rooms": keys.ROOMS_KEY,
    }[key]
    kind, *rest = command
    if key == "outbox":
        await pipe.run("DEL", name)
    await pipe.run(kind, name, *rest, *(["GONE23"] if rest == ["inf"] else []))
    moving = OutboxRelay(pipe)
    await moving.sweep()
    await moving.sweep()
    for code in codes[1:]:
        assert not await pipe.run("EXISTS", keys.room_outbox_key(code))
    if key != "aside":
        assert moving.set_aside == 3
        assert not await pipe.run("EXISTS", keys.room_outbox_key(codes[0]))
    # What could not be moved is there still.
    assert await pipe.run("KEYS", keys.room_outbox_key(codes[0]).replace("{", "?").replace("}", "?") + "*")


async def test_a_running_outbox_relay_survives_a_room_in_disorder(pipe: AutoPipeline) -> None:
    codes = await abandoned(pipe)
    await pipe.run("SET", keys.room_outbox_key(codes[0]), "not a hash")
    await pipe.run("HSET", keys.room_outbox_key(codes[1]), "b:1", b"\xc1")
    moving = OutboxRelay(pipe)
    for code in codes:
        moving.notify(code)
    running = asyncio.create_task(moving.run())
    async with asyncio.timeout(5):
        while await pipe.run("EXISTS", keys.room_outbox_key(codes[0]), keys.room_outbox_key(codes[1])):
            await asyncio.sleep(0.01)
    assert not running.done()
    running.cancel()


async def test_a_damaged_game_is_left_out_of_the_evening(pipe: AutoPipeline) -> None:
    recorded = json.loads(RECORDED[0].read_text(encoding="utf-8"))["moved"]
    await load(pipe, recorded)
    (games,) = [key for key in recorded if key.endswith(":games")]
    await pipe.run(
        "HSET",
        games,
        "birth:9",
        b"\xc1",
        "birth:10",
        format_version.add_format_version(leaderboards.FINISHED_GAME_FORMAT + 1, b"x"),
    )
    evening = await RedisLeaderboards(pipe).evening(games[6:12])
    assert evening is not None
    assert [line.games for line in evening] == [1, 1]
