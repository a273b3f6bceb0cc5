"""From a room's outbox to the collection and the boards: nothing lost, nothing doubled, whatever dies when."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import replace
from typing import Any

import msgspec
import pytest

from server.db import keys
from server.db.connection import Command
from server.db.pipeline import AutoPipeline
from server.drawings.record import DrawingRecord, hash_player, key_from_round, record_finished_drawing
from server.drawings.repository import DrawingRepository
from server.game.events import GameEnded
from server.persistence import outbox_relay
from server.persistence.leaderboards import RedisLeaderboards, utc_day
from server.persistence.outbox_relay import OutboxRelay
from server.persistence.room_log import RedisRoomLog
from server.persistence.store import Store, open_store
from server.rooms.ports import RoundClosing, StoreUnavailable
from tests.contract.persistence.outbox_entries import HOUSE, drawing, ended, player
from tests.redis_server import RedisServer

pytestmark = pytest.mark.redis

CODE = "ABCDEF"


@pytest.fixture
async def pipe(redis_url: str) -> AsyncIterator[AutoPipeline]:
    pipe = AutoPipeline(redis_url)
    yield pipe
    await pipe.close()


async def leave(log: RedisRoomLog, closing: RoundClosing, code: str = CODE) -> None:
    """Make a room and let one phase end in it."""
    await log.create(code, b"start")
    await log.append(code, 1, 0, [b"a"])
    await log.save(code, 1, 1, b"after", closing)


async def all_of(pipe: AutoPipeline, word: str) -> list[DrawingRecord]:
    return [kept async for kept in DrawingRepository(pipe).of_word(word, float("-inf"), float("inf"))]


async def everything(pipe: AutoPipeline) -> dict[bytes, Any]:
    """All that Redis holds, except when things were announced or expire."""
    found: dict[bytes, Any] = {}
    for key in await pipe.run("KEYS", "*"):
        kind = await pipe.run("TYPE", key)
        read = {
            b"string": ("GET", key),
            b"hash": ("HGETALL", key),
            b"set": ("SMEMBERS", key),
            b"zset": ("ZRANGE", key, 0, -1, "WITHSCORES"),
            b"stream": ("XRANGE", key, "-", "+"),
        }[kind]
        found[key] = await pipe.run(*read)
    del found[keys.ROOMS_KEY.encode()]
    return found


async def test_a_finished_drawing_reaches_the_collection_with_its_provenance(pipe: AutoPipeline) -> None:
    await leave(RedisRoomLog(pipe), RoundClosing((drawing(seat=2),)))
    assert await OutboxRelay(pipe).sweep() == 1
    (kept,) = await all_of(pipe, "house")
    assert kept.strokes == HOUSE
    assert (kept.recognized, kept.hit_at, kept.first_point_at, kept.finished_by) == (True, 2700, 1200, "hit")
    assert (kept.pointer, kept.width, kept.height, kept.source) == ("pen", 1440, 900, "player")
    assert kept.guesses == drawing().notes
    assert kept.models == ("v1", "v2")
    assert await DrawingRepository(pipe).get(kept.key_id) == kept
    assert await pipe.run("SMEMBERS", keys.player_drawings_key(hash_player(player(2)))) == {kept.key_id.encode()}
    assert player(2).encode() not in await pipe.run("GET", keys.drawing_key(kept.key_id))


async def test_a_moved_entry_is_cleared(pipe: AutoPipeline) -> None:
    await leave(RedisRoomLog(pipe), RoundClosing((drawing(),), ended(100, 50)))
    assert await pipe.run("HLEN", keys.room_outbox_key(CODE)) == 1
    await OutboxRelay(pipe).sweep()
    assert await pipe.run("EXISTS", keys.room_outbox_key(CODE)) == 0
    assert await OutboxRelay(pipe).sweep() == 0


async def test_a_repeated_save_leaves_one_entry(pipe: AutoPipeline) -> None:
    log = RedisRoomLog(pipe)
    await leave(log, RoundClosing((drawing(),)))
    for _ in range(3):
        await log.save(CODE, 1, 1, b"after", RoundClosing((drawing(),)))
    assert await pipe.run("HLEN", keys.room_outbox_key(CODE)) == 1


class Dying(AutoPipeline):
    """A connection of a process that dies right before or right after its n-th command."""

    def __init__(self, url: str, commands: int, executed: bool) -> None:
        super().__init__(url)
        self.left = commands
        self.executed = executed

    def _queue(self, command: Command) -> asyncio.Future[Any]:
        self.left -= 1
        if self.left > 0:
            return super()._queue(command)
        return asyncio.ensure_future(self._die(super()._queue(command) if not self.left and self.executed else None))

    async def _die(self, sent: asyncio.Future[Any] | None) -> None:
        if sent is not None:
            await sent
        raise StoreUnavailable("killed")


@pytest.mark.parametrize("executed", [False, True])
async def test_a_mover_killed_at_any_step_loses_and_doubles_nothing(
    redis_url: str, pipe: AutoPipeline, executed: bool
) -> None:
    closing = RoundClosing((drawing(0), drawing(1), drawing(2, word="star")), ended(300, 200, 100))
    await leave(RedisRoomLog(pipe), closing)
    field, data = next(iter((await pipe.run("HGETALL", keys.room_outbox_key(CODE))).items()))
    await OutboxRelay(pipe).sweep()
    whole = await everything(pipe)
    for commands in range(1, 100):
        await pipe.run("FLUSHALL")
        await leave(RedisRoomLog(pipe), RoundClosing((drawing(),)))
        await pipe.run("HSET", keys.room_outbox_key(CODE), field, data)
        dying = Dying(redis_url, commands, executed)
        try:
            await OutboxRelay(dying).sweep()
            finished = True
        except StoreUnavailable:
            finished = False
        await dying.close()
        await OutboxRelay(pipe).sweep()
        assert await everything(pipe) == whole
        if finished:
            break
    assert commands > 20


async def test_two_movers_at_once_do_not_double(redis_url: str, pipe: AutoPipeline) -> None:
    other = AutoPipeline(redis_url)
    for number in range(10):
        await leave(RedisRoomLog(pipe), RoundClosing((drawing(),), ended(100, 50)), f"ROOM{number:02}")
    await asyncio.gather(OutboxRelay(pipe).sweep(), OutboxRelay(other).sweep())
    await other.close()
    assert await DrawingRepository(pipe).count() == 10
    assert await pipe.run("ZCARD", keys.leaderboard_key("easy")) == 20


async def test_a_running_store_moves_by_itself(redis_url: str) -> None:
    async with open_store(redis_url) as store:
        await leave(store.log, RoundClosing((drawing(),)))
        await _until_moved(store)
        assert await store.dataset.repository.words() == ("house",)


async def test_a_running_store_moves_after_redis_was_killed(own_redis: RedisServer) -> None:
    async with open_store(own_redis.url, move=False) as store:
        await leave(store.log, RoundClosing((drawing(),)))
    own_redis.kill()
    async with open_store(own_redis.url) as store:
        assert not await store.writes()
        own_redis.start()
        await _until_moved(store)
        assert await store.dataset.repository.count() == 1


async def _until_moved(store: Store) -> None:
    waiting = True
    while waiting:
        with suppress(StoreUnavailable):
            waiting = bool(await store.pipe.run("EXISTS", keys.room_outbox_key(CODE)))


async def test_the_outbox_of_a_forgotten_room_is_still_moved(pipe: AutoPipeline) -> None:
    log = RedisRoomLog(pipe)
    await leave(log, RoundClosing((drawing(),)))
    await log.forget(CODE, 1)
    assert await OutboxRelay(pipe).sweep() == 1
    assert await DrawingRepository(pipe).count() == 1


async def test_a_room_that_is_gone_is_taken_off_the_list_in_time(
    pipe: AutoPipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = RedisRoomLog(pipe)
    await log.create("AAAAAA", b"start")
    await log.create("BBBBBB", b"start")
    await log.forget("BBBBBB", 1)
    await OutboxRelay(pipe).sweep()
    assert await pipe.run("ZCARD", keys.ROOMS_KEY) == 2
    monkeypatch.setattr(outbox_relay, "UNLISTED_SECONDS", -1.0)
    await OutboxRelay(pipe).sweep()
    assert await pipe.run("ZRANGE", keys.ROOMS_KEY, 0, -1) == [b"AAAAAA"]


async def test_an_entry_nobody_understands_stays_and_holds_up_no_other(pipe: AutoPipeline) -> None:
    await leave(RedisRoomLog(pipe), RoundClosing((drawing(),)))
    await pipe.run("HSET", keys.room_outbox_key(CODE), "x:9", b"\x7f" + msgspec.msgpack.encode("by a later version"))
    await OutboxRelay(pipe).sweep()
    assert await pipe.run("HKEYS", keys.room_outbox_key(CODE)) == [b"x:9"]
    assert await DrawingRepository(pipe).count() == 1


async def test_keep_off_stores_no_drawing_anywhere(redis_url: str) -> None:
    async with open_store(redis_url, keep=False, move=False) as store:
        await leave(store.log, RoundClosing((drawing(),), ended(100, 50)))
        assert await store.outbox_relay.sweep() == 1
        assert await store.dataset.repository.count() == 0
        assert len(await store.boards.top("all", "easy")) == 2
        await leave(store.log, RoundClosing((drawing(),)), "BBBBBB")
        assert await store.pipe.run("EXISTS", keys.room_outbox_key("BBBBBB")) == 0


def test_a_drawing_is_named_by_its_place_and_nothing_else() -> None:
    name = key_from_round(CODE, "birth", drawing())
    assert name == key_from_round(CODE, "birth", drawing(word="star", strokes=()))
    others = {
        key_from_round("BBBBBB", "birth", drawing()),
        key_from_round(CODE, "another", drawing()),
        key_from_round(CODE, "birth", drawing(game=2)),
        key_from_round(CODE, "birth", drawing(round=2)),
        key_from_round(CODE, "birth", drawing(seat=2)),
    }
    assert len(others | {name}) == 6
    assert 0 <= int(name) < 2**64


async def put(pipe: AutoPipeline, at: int, game: GameEnded, birth: str = "b", code: str = CODE) -> None:
    await RedisLeaderboards(pipe).put(code, birth, at, game)


async def test_boards_show_each_players_best_game_and_ties_share_a_place(pipe: AutoPipeline) -> None:
    await put(pipe, 1, ended(300, 300, 100, game=1))
    await put(pipe, 2, ended(200, 250, 700, game=2))
    lines = await RedisLeaderboards(pipe).top("all", "easy")
    assert [(line.place, line.name, line.score) for line in lines] == [
        (1, "player 2", 700),
        (2, "player 1", 300),
        (2, "player 0", 300),
    ]
    assert lines[0].hits == 7


async def test_only_standard_games_of_players_count_on_public_boards(pipe: AutoPipeline) -> None:
    await put(pipe, 1, ended(300, 200, standard=False))
    await put(pipe, 1, ended(300, 200, source="bot"))
    assert await RedisLeaderboards(pipe).top("all", "easy") == []


async def test_each_pack_has_a_board_of_its_own(pipe: AutoPipeline) -> None:
    await put(pipe, 1, ended(300, pack="animals"))
    assert await RedisLeaderboards(pipe).top("all", "easy") == []
    assert len(await RedisLeaderboards(pipe).top("all", "animals")) == 1


async def test_games_of_another_mode_are_on_none_of_the_races_boards(pipe: AutoPipeline) -> None:
    other: Any = "secretive"
    await put(pipe, 1, replace(ended(300), mode=other))
    assert await RedisLeaderboards(pipe).top("all", "easy") == []
    assert await pipe.run("ZCARD", keys.leaderboard_key("easy", mode=other)) == 1


def test_a_stored_drawing_names_the_mode_that_it_was_drawn_in() -> None:
    other: Any = "secretive"
    assert record_finished_drawing(CODE, "b", 1000, drawing()).mode == "race"
    assert record_finished_drawing(CODE, "b", 1000, drawing(mode=other)).mode == "secretive"


async def test_the_board_of_the_day_begins_anew_and_expires(pipe: AutoPipeline) -> None:
    day = 24 * 3600 * 1000
    await put(pipe, 100 * day - 1, ended(300, 200))
    assert len(await RedisLeaderboards(pipe).top("day", "easy", now=100 * day - 1)) == 2
    assert await RedisLeaderboards(pipe).top("day", "easy", now=100 * day) == []
    for key in (
        keys.leaderboard_key("easy", utc_day(100 * day - 1)),
        keys.leaderboard_names_key("easy", utc_day(100 * day - 1)),
    ):
        assert 0 < await pipe.run("TTL", key) <= 3 * 24 * 3600
    assert await pipe.run("TTL", keys.leaderboard_key("easy")) == -1


async def test_a_board_keeps_its_best(pipe: AutoPipeline, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("server.persistence.leaderboards.MAX_GAMES_PER_BOARD", 3)
    for game, score in enumerate((500, 100, 400, 200, 300)):
        await put(pipe, game, ended(score, game=game))
    assert await pipe.run("ZRANGE", keys.leaderboard_key("easy"), 0, -1, "WITHSCORES") == [
        member
        for game, score in ((4, 300), (2, 400), (0, 500))
        for member in (f"{player(0)}:b:{game}".encode(), str(score).encode())
    ]
    assert await pipe.run("HLEN", keys.leaderboard_names_key("easy")) == 3


async def test_the_evening_of_a_room_adds_up_all_its_games(pipe: AutoPipeline) -> None:
    await put(pipe, 1, ended(300, 200, game=1, standard=False))
    await put(pipe, 2, ended(100, 400, game=2, standard=False))
    lines = await RedisLeaderboards(pipe).evening(CODE)
    assert lines is not None
    assert [(line.place, line.name, line.score, line.games, line.wins) for line in lines] == [
        (1, "player 1", 600, 2, 1),
        (2, "player 0", 400, 2, 1),
    ]


async def test_a_room_without_a_finished_game_has_an_empty_evening_and_an_unknown_one_none(
    redis_url: str, pipe: AutoPipeline
) -> None:
    await RedisRoomLog(pipe).create(CODE, b"start")
    assert await RedisLeaderboards(pipe).evening(CODE) == []
    assert await RedisLeaderboards(pipe).evening("BBBBBB") is None


async def test_many_drawings_stream_once_each_in_order(pipe: AutoPipeline) -> None:
    count, collection = 450, DrawingRepository(pipe)
    for number in range(count):
        kept = record_finished_drawing(CODE, "b", 1000 + number // 7, drawing(round=number))
        await collection.put(kept)
    streamed = [kept async for kept in collection.of_word("house", 0, 1e15)]
    assert len({kept.key_id for kept in streamed}) == len(streamed) == count
    assert [kept.at for kept in streamed] == sorted(kept.at for kept in streamed)
    some = [kept.at async for kept in collection.of_word("house", 1010, 1020)]
    assert (min(some), max(some), len(some)) == (1010, 1020, 77)
