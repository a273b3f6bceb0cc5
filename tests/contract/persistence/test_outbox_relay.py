"""From a room's outbox to the collection and the boards: nothing lost, nothing doubled, whatever dies when."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Any

import pytest

from server.db import keys
from server.db.connection import Command
from server.db.pipeline import Pipe
from server.drawings.record import Kept, hashed, keep, key_id
from server.drawings.repository import Collection
from server.game.events import GameEnded
from server.persistence import outbox_relay
from server.persistence.leaderboards import Boards, day_of
from server.persistence.outbox_relay import Mover
from server.persistence.room_log import RedisLog
from server.persistence.store import Store, open_store
from server.rooms.ports import Closing, StoreAway
from tests.contract.persistence.outbox_entries import HOUSE, drawing, ended, player
from tests.redis_server import RedisServer

pytestmark = pytest.mark.redis

CODE = "ABCDEF"


@pytest.fixture
async def pipe(redis_url: str) -> AsyncIterator[Pipe]:
    pipe = Pipe(redis_url)
    yield pipe
    await pipe.close()


async def leave(log: RedisLog, closing: Closing, code: str = CODE) -> None:
    """Make a room and let one phase end in it."""
    await log.create(code, b"start")
    await log.append(code, 1, 0, [b"a"])
    await log.save(code, 1, 1, b"after", closing)


async def all_of(pipe: Pipe, word: str) -> list[Kept]:
    return [kept async for kept in Collection(pipe).of_word(word, float("-inf"), float("inf"))]


async def everything(pipe: Pipe) -> dict[bytes, Any]:
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
    del found[keys.ROOMS.encode()]
    return found


async def test_a_finished_drawing_reaches_the_collection_with_its_provenance(pipe: Pipe) -> None:
    await leave(RedisLog(pipe), Closing((drawing(seat=2),)))
    assert await Mover(pipe).sweep() == 1
    (kept,) = await all_of(pipe, "house")
    assert kept.strokes == HOUSE
    assert (kept.recognized, kept.hit_at, kept.first_point_at, kept.finished_by) == (True, 2700, 1200, "hit")
    assert (kept.pointer, kept.width, kept.height, kept.source) == ("pen", 1440, 900, "player")
    assert kept.guesses == drawing().notes
    assert kept.models == ("v1", "v2")
    assert await Collection(pipe).get(kept.key_id) == kept
    assert await pipe.run("SMEMBERS", keys.of_player(hashed(player(2)))) == {kept.key_id.encode()}
    assert player(2).encode() not in await pipe.run("GET", keys.drawing(kept.key_id))


async def test_a_moved_entry_is_cleared(pipe: Pipe) -> None:
    await leave(RedisLog(pipe), Closing((drawing(),), ended(100, 50)))
    assert await pipe.run("HLEN", keys.outbox(CODE)) == 1
    await Mover(pipe).sweep()
    assert await pipe.run("EXISTS", keys.outbox(CODE)) == 0
    assert await Mover(pipe).sweep() == 0


async def test_a_repeated_save_leaves_one_entry(pipe: Pipe) -> None:
    log = RedisLog(pipe)
    await leave(log, Closing((drawing(),)))
    for _ in range(3):
        await log.save(CODE, 1, 1, b"after", Closing((drawing(),)))
    assert await pipe.run("HLEN", keys.outbox(CODE)) == 1


class Dying(Pipe):
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
        raise StoreAway("killed")


@pytest.mark.parametrize("executed", [False, True])
async def test_a_mover_killed_at_any_step_loses_and_doubles_nothing(redis_url: str, pipe: Pipe, executed: bool) -> None:
    closing = Closing((drawing(0), drawing(1), drawing(2, word="star")), ended(300, 200, 100))
    await leave(RedisLog(pipe), closing)
    field, data = next(iter((await pipe.run("HGETALL", keys.outbox(CODE))).items()))
    await Mover(pipe).sweep()
    whole = await everything(pipe)
    for commands in range(1, 100):
        await pipe.run("FLUSHALL")
        await leave(RedisLog(pipe), Closing((drawing(),)))
        await pipe.run("HSET", keys.outbox(CODE), field, data)
        dying = Dying(redis_url, commands, executed)
        try:
            await Mover(dying).sweep()
            finished = True
        except StoreAway:
            finished = False
        await dying.close()
        await Mover(pipe).sweep()
        assert await everything(pipe) == whole
        if finished:
            break
    assert commands > 20


async def test_two_movers_at_once_do_not_double(redis_url: str, pipe: Pipe) -> None:
    other = Pipe(redis_url)
    for number in range(10):
        await leave(RedisLog(pipe), Closing((drawing(),), ended(100, 50)), f"ROOM{number:02}")
    await asyncio.gather(Mover(pipe).sweep(), Mover(other).sweep())
    await other.close()
    assert await Collection(pipe).count() == 10
    assert await pipe.run("ZCARD", keys.board("easy")) == 20


async def test_a_running_store_moves_by_itself(redis_url: str) -> None:
    async with open_store(redis_url) as store:
        await leave(store.log, Closing((drawing(),)))
        await _until_moved(store)
        assert await store.dataset.collection.words() == ("house",)


async def test_a_running_store_moves_after_redis_was_killed(own_redis: RedisServer) -> None:
    async with open_store(own_redis.url, move=False) as store:
        await leave(store.log, Closing((drawing(),)))
    own_redis.kill()
    async with open_store(own_redis.url) as store:
        assert not await store.writes()
        own_redis.start()
        await _until_moved(store)
        assert await store.dataset.collection.count() == 1


async def _until_moved(store: Store) -> None:
    waiting = True
    while waiting:
        with suppress(StoreAway):
            waiting = bool(await store.pipe.run("EXISTS", keys.outbox(CODE)))


async def test_the_outbox_of_a_forgotten_room_is_still_moved(pipe: Pipe) -> None:
    log = RedisLog(pipe)
    await leave(log, Closing((drawing(),)))
    await log.forget(CODE, 1)
    assert await Mover(pipe).sweep() == 1
    assert await Collection(pipe).count() == 1


async def test_a_room_that_is_gone_is_taken_off_the_list_in_time(pipe: Pipe, monkeypatch: pytest.MonkeyPatch) -> None:
    log = RedisLog(pipe)
    await log.create("AAAAAA", b"start")
    await log.create("BBBBBB", b"start")
    await log.forget("BBBBBB", 1)
    await Mover(pipe).sweep()
    assert await pipe.run("ZCARD", keys.ROOMS) == 2
    monkeypatch.setattr(outbox_relay, "UNLISTED_SECONDS", -1.0)
    await Mover(pipe).sweep()
    assert await pipe.run("ZRANGE", keys.ROOMS, 0, -1) == [b"AAAAAA"]


async def test_an_entry_nobody_understands_stays_and_holds_up_no_other(pipe: Pipe) -> None:
    await leave(RedisLog(pipe), Closing((drawing(),)))
    await pipe.run("HSET", keys.outbox(CODE), "x:9", b"written by a later version")
    await Mover(pipe).sweep()
    assert await pipe.run("HKEYS", keys.outbox(CODE)) == [b"x:9"]
    assert await Collection(pipe).count() == 1


async def test_keep_off_stores_no_drawing_anywhere(redis_url: str) -> None:
    async with open_store(redis_url, keep=False, move=False) as store:
        await leave(store.log, Closing((drawing(),), ended(100, 50)))
        assert await store.mover.sweep() == 1
        assert await store.dataset.collection.count() == 0
        assert len(await store.boards.top("all", "easy")) == 2
        await leave(store.log, Closing((drawing(),)), "BBBBBB")
        assert await store.pipe.run("EXISTS", keys.outbox("BBBBBB")) == 0


def test_a_drawing_is_named_by_its_place_and_nothing_else() -> None:
    name = key_id(CODE, "birth", drawing())
    assert name == key_id(CODE, "birth", drawing(word="star", strokes=()))
    others = {
        key_id("BBBBBB", "birth", drawing()),
        key_id(CODE, "another", drawing()),
        key_id(CODE, "birth", drawing(game=2)),
        key_id(CODE, "birth", drawing(round=2)),
        key_id(CODE, "birth", drawing(seat=2)),
    }
    assert len(others | {name}) == 6
    assert 0 <= int(name) < 2**64


async def put(pipe: Pipe, at: int, game: GameEnded, birth: str = "b", code: str = CODE) -> None:
    await Boards(pipe).put(code, birth, at, game)


async def test_boards_show_each_players_best_game_and_ties_share_a_place(pipe: Pipe) -> None:
    await put(pipe, 1, ended(300, 300, 100, game=1))
    await put(pipe, 2, ended(200, 250, 700, game=2))
    lines = await Boards(pipe).top("all", "easy")
    assert [(line.place, line.name, line.score) for line in lines] == [
        (1, "player 2", 700),
        (2, "player 1", 300),
        (2, "player 0", 300),
    ]
    assert lines[0].hits == 7


async def test_only_standard_games_of_players_count_on_public_boards(pipe: Pipe) -> None:
    await put(pipe, 1, ended(300, 200, standard=False))
    await put(pipe, 1, ended(300, 200, source="bot"))
    assert await Boards(pipe).top("all", "easy") == []


async def test_each_pack_has_a_board_of_its_own(pipe: Pipe) -> None:
    await put(pipe, 1, ended(300, pack="animals"))
    assert await Boards(pipe).top("all", "easy") == []
    assert len(await Boards(pipe).top("all", "animals")) == 1


async def test_the_board_of_the_day_begins_anew_and_expires(pipe: Pipe) -> None:
    day = 24 * 3600 * 1000
    await put(pipe, 100 * day - 1, ended(300, 200))
    assert len(await Boards(pipe).top("day", "easy", now=100 * day - 1)) == 2
    assert await Boards(pipe).top("day", "easy", now=100 * day) == []
    for key in (keys.board("easy", day_of(100 * day - 1)), keys.board_names("easy", day_of(100 * day - 1))):
        assert 0 < await pipe.run("TTL", key) <= 3 * 24 * 3600
    assert await pipe.run("TTL", keys.board("easy")) == -1


async def test_a_board_keeps_its_best(pipe: Pipe, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("server.persistence.leaderboards.LIMIT", 3)
    for game, score in enumerate((500, 100, 400, 200, 300)):
        await put(pipe, game, ended(score, game=game))
    assert await pipe.run("ZRANGE", keys.board("easy"), 0, -1, "WITHSCORES") == [
        member
        for game, score in ((4, 300), (2, 400), (0, 500))
        for member in (f"{player(0)}:b:{game}".encode(), str(score).encode())
    ]
    assert await pipe.run("HLEN", keys.board_names("easy")) == 3


async def test_the_evening_of_a_room_adds_up_all_its_games(pipe: Pipe) -> None:
    await put(pipe, 1, ended(300, 200, game=1, standard=False))
    await put(pipe, 2, ended(100, 400, game=2, standard=False))
    lines = await Boards(pipe).evening(CODE)
    assert lines is not None
    assert [(line.place, line.name, line.score, line.games, line.wins) for line in lines] == [
        (1, "player 1", 600, 2, 1),
        (2, "player 0", 400, 2, 1),
    ]


async def test_a_room_without_a_finished_game_has_an_empty_evening_and_an_unknown_one_none(
    redis_url: str, pipe: Pipe
) -> None:
    await RedisLog(pipe).create(CODE, b"start")
    assert await Boards(pipe).evening(CODE) == []
    assert await Boards(pipe).evening("BBBBBB") is None


async def test_many_drawings_stream_once_each_in_order(pipe: Pipe) -> None:
    count, collection = 450, Collection(pipe)
    for number in range(count):
        kept = keep(CODE, "b", 1000 + number // 7, drawing(round=number))
        await collection.put(kept)
    streamed = [kept async for kept in collection.of_word("house", 0, 1e15)]
    assert len({kept.key_id for kept in streamed}) == len(streamed) == count
    assert [kept.at for kept in streamed] == sorted(kept.at for kept in streamed)
    some = [kept.at async for kept in collection.of_word("house", 1010, 1020)]
    assert (min(some), max(some), len(some)) == (1010, 1020, 77)
