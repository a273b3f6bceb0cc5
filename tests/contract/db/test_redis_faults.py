"""What the store promises when Redis dies, refuses, forgets its scripts or loses an answer."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator

import pytest
import redis

from server.db import keys
from server.db.pipeline import AutoPipeline
from server.persistence.room_log import RedisRoomLog
from server.persistence.store import open_store
from server.rooms.ports import RoundClosing, StoreUnavailable
from tests.redis_server import RedisServer

pytestmark = pytest.mark.redis


@pytest.fixture
async def log(own_redis: RedisServer) -> AsyncIterator[RedisRoomLog]:
    writer = AutoPipeline(own_redis.url)
    yield RedisRoomLog(writer)
    await writer.close()


async def tail(log: RedisRoomLog, code: str) -> list[bytes]:
    found = await log.adopt(code)
    assert found is not None
    return list(found.tail)


def wait_for_bgsave(client: redis.Redis) -> None:
    while client.info("persistence")["rdb_bgsave_in_progress"]:
        time.sleep(0.01)


async def test_kill_9_of_redis_loses_nothing_that_was_answered(own_redis: RedisServer, log: RedisRoomLog) -> None:
    codes = ["AAAAAA", "BBBBBB", "CCCCCC", "DDDDDD"]
    for code in codes:
        await log.create(code, b"start")
    answered: dict[str, int] = dict.fromkeys(codes, 0)
    enough = asyncio.Event()

    async def write(code: str) -> None:
        try:
            while True:
                await log.append(code, 1, answered[code], [b"%d" % answered[code]])
                answered[code] += 1
                if answered[code] == 200:
                    enough.set()
        except StoreUnavailable:
            return

    writers = [asyncio.create_task(write(code)) for code in codes]
    await enough.wait()
    own_redis.kill()
    await asyncio.gather(*writers)
    own_redis.start()
    for code in codes:
        stored = await tail(log, code)
        assert stored[: answered[code]] == [b"%d" % n for n in range(answered[code])]
        assert len(stored) - answered[code] in (0, 1)


async def test_the_same_append_goes_on_after_an_outage_without_doubling(
    own_redis: RedisServer, log: RedisRoomLog
) -> None:
    await log.create("AAAAAA", b"start")
    await log.append("AAAAAA", 1, 0, [b"a"])
    own_redis.kill()
    for _ in range(3):
        with pytest.raises(StoreUnavailable):
            await log.append("AAAAAA", 1, 0, [b"a", b"b"])
    own_redis.start()
    await log.append("AAAAAA", 1, 0, [b"a", b"b"])
    assert await tail(log, "AAAAAA") == [b"a", b"b"]


async def test_every_call_says_that_redis_is_away(own_redis: RedisServer, log: RedisRoomLog) -> None:
    own_redis.kill()
    for call in (
        log.create("AAAAAA", b"s"),
        log.adopt("AAAAAA"),
        log.append("AAAAAA", 1, 0, [b"a"]),
        log.save("AAAAAA", 1, 0, b"s", RoundClosing()),
        log.forget("AAAAAA", 1),
        log.live(),
    ):
        with pytest.raises(StoreUnavailable):
            await call


async def test_forgotten_scripts_are_sent_again(own_redis: RedisServer, log: RedisRoomLog) -> None:
    await log.create("AAAAAA", b"start")
    await log.append("AAAAAA", 1, 0, [b"a"])
    with redis.Redis.from_url(own_redis.url) as client:
        client.script_flush()
    await asyncio.gather(log.append("AAAAAA", 1, 1, [b"b"]), log.live())
    assert await tail(log, "AAAAAA") == [b"a", b"b"]


async def test_a_redis_that_refuses_to_write_is_away_and_nothing_is_stored(
    own_redis: RedisServer, log: RedisRoomLog
) -> None:
    await log.create("AAAAAA", b"start")
    with redis.Redis.from_url(own_redis.url) as client:
        (own_redis.folder / "dump.rdb").mkdir()
        client.config_set("save", "3600 1000000")
        with pytest.raises(redis.ResponseError):
            client.save()
        client.bgsave()
        await asyncio.to_thread(wait_for_bgsave, client)
        with pytest.raises(StoreUnavailable, match="MISCONF"):
            await log.append("AAAAAA", 1, 0, [b"a"])
        client.config_set("save", "")
    await log.append("AAAAAA", 1, 0, [b"a"])
    assert await tail(log, "AAAAAA") == [b"a"]


async def test_a_full_redis_is_away_and_nothing_is_stored(own_redis: RedisServer, log: RedisRoomLog) -> None:
    await log.create("AAAAAA", b"start")
    with redis.Redis.from_url(own_redis.url) as client:
        client.config_set("maxmemory", "1")
        with pytest.raises(StoreUnavailable, match=r"OOM|maxmemory"):
            await log.append("AAAAAA", 1, 0, [b"a"])
        pipe = AutoPipeline(own_redis.url)
        with pytest.raises(StoreUnavailable):
            await pipe.run("SET", "outside", "a script")
        await pipe.close()
        client.config_set("maxmemory", "0")
    await log.append("AAAAAA", 1, 0, [b"a"])
    assert await tail(log, "AAAAAA") == [b"a"]


async def test_a_connection_cut_by_redis_is_replaced(own_redis: RedisServer, log: RedisRoomLog) -> None:
    await log.create("AAAAAA", b"start")
    with redis.Redis.from_url(own_redis.url) as client:
        client.execute_command("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")
    expected = 0
    while not expected:
        try:
            await log.append("AAAAAA", 1, 0, [b"a"])
            expected = 1
        except StoreUnavailable:
            continue
    assert await tail(log, "AAAAAA") == [b"a"]


async def test_a_cancelled_caller_costs_nobody_the_connection(own_redis: RedisServer) -> None:
    writer = AutoPipeline(own_redis.url)
    log = RedisRoomLog(writer)
    await log.create("AAAAAA", b"start")
    with redis.Redis.from_url(own_redis.url) as client:
        before = client.info("stats")["total_connections_received"]
        for _ in range(20):
            call = asyncio.create_task(log.append("AAAAAA", 1, 0, [b"a"]))
            await asyncio.sleep(0)
            call.cancel()
            await asyncio.gather(call, return_exceptions=True)
        await log.append("AAAAAA", 1, 0, [b"a"])
        assert client.info("stats")["total_connections_received"] == before
    await writer.close()


async def test_three_hundred_writes_at_once_are_all_stored(own_redis: RedisServer, log: RedisRoomLog) -> None:
    codes = [f"ROOM{n:02}" for n in range(30)]
    await asyncio.gather(*(log.create(code, b"start") for code in codes))
    await asyncio.gather(*(log.append(code, 1, n, [b"%d" % n]) for n in range(10) for code in codes))
    for code in codes:
        assert await tail(log, code) == [b"%d" % n for n in range(10)]


async def test_room_keys_share_one_slot(own_redis: RedisServer) -> None:
    with redis.Redis.from_url(own_redis.url) as client:
        tags = {key.partition("{")[2].partition("}")[0] for key in map(str, _room_keys("ABCDEF"))}
        assert tags == {"ABCDEF"}
        assert client.ping()


def _room_keys(code: str) -> list[str]:
    return [keys.room_head_key(code), keys.room_log_key(code), keys.room_outbox_key(code), keys.room_games_key(code)]


async def test_the_token_secret_is_made_once(own_redis: RedisServer) -> None:
    async with open_store(own_redis.url) as first, open_store(own_redis.url) as second:
        secrets = await asyncio.gather(first.secret(), second.secret(), first.secret())
        assert len(set(secrets)) == 1
        assert len(secrets[0]) >= 32
        own_redis.kill()
        assert not await first.writes()
        with pytest.raises(StoreUnavailable):
            await second.secret()
