"""One held connection to Redis: what comes back, and what it says when that does not."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
import redis
from redis.exceptions import ConnectionError as RedisAway
from redis.exceptions import NoScriptError, ResponseError
from redis.exceptions import TimeoutError as RedisSlow

from server.db.client import REDIS_TIMEOUT_SECONDS, Redis, connect_redis
from server.db.direct_connection import DirectConnection, connection_transport
from tests.redis_server import RedisServer

pytestmark = pytest.mark.redis


@pytest.fixture
async def held(redis_url: str) -> AsyncIterator[DirectConnection]:
    made, client = make(redis_url)
    yield made
    await made.close()
    await client.aclose()


def make(url: str) -> tuple[DirectConnection, Redis]:
    client = connect_redis(url, connections=1)
    assert isinstance(client, Redis)
    return DirectConnection(client), client


def cut_all(url: str) -> None:
    with redis.Redis.from_url(url) as client:
        client.execute_command("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")


async def test_the_private_part_of_redis_py_is_where_we_touch_it(redis_url: str) -> None:
    client = connect_redis(redis_url, connections=1)
    assert isinstance(client, Redis)
    connection = client.connection_pool.make_connection()  # type: ignore[no-untyped-call]
    with pytest.raises(RedisAway):
        connection_transport(connection)
    await connection.connect()
    assert not connection_transport(connection).is_closing()
    await connection.disconnect()
    await client.aclose()


async def test_answers_come_in_order_with_errors_among_them(held: DirectConnection) -> None:
    answers = await held.ask(
        [("SET", "a", 1), ("GET", b"a"), ("LPUSH", "a", 2.5), ("EVALSHA", "0" * 40, 0), ("PING",)],
        REDIS_TIMEOUT_SECONDS,
    )
    assert answers[:2] == [True, b"1"]
    assert isinstance(answers[2], ResponseError)
    assert isinstance(answers[3], NoScriptError)
    assert answers[4] is True


async def test_answers_read_as_redis_py_reads_them(held: DirectConnection, redis_url: str) -> None:
    commands = [
        ("HSET", "h", "a", 1, "b", 2.5), ("HGETALL", "h"), ("ZADD", "z", 1.5, "x"), ("ZSCORE", "z", "x"),
        ("ZRANGE", "z", 0, -1, "WITHSCORES"), ("SADD", "s", "m"), ("SMEMBERS", "s"), ("TIME",), ("GET", "nothing"),
    ]  # fmt: skip
    ours = await held.ask(commands, REDIS_TIMEOUT_SECONDS)
    async with Redis.from_url(redis_url, protocol=2) as client:
        await client.flushall()
        pipeline = client.pipeline(transaction=False)
        for command in commands:
            pipeline.execute_command(*command)
        theirs = await pipeline.execute()
    assert [*ours[:7], ours[8]] == [*theirs[:7], theirs[8]]
    assert type(ours[7]) is type(theirs[7])


async def test_large_answers_arrive_whole(held: DirectConnection) -> None:
    value = bytes(range(256)) * 8192
    assert await held.ask([("SET", "large", value), *[("GET", "large")] * 3], REDIS_TIMEOUT_SECONDS) == [
        True,
        value,
        value,
        value,
    ]


async def test_a_connection_that_breaks_fails_its_batch_and_the_next_one_has_a_new_one(
    held: DirectConnection, redis_url: str
) -> None:
    await held.ask([("PING",)], REDIS_TIMEOUT_SECONDS)
    asking = asyncio.create_task(held.ask([("SET", "before", 1), ("BLPOP", "never", 0)], REDIS_TIMEOUT_SECONDS))
    with redis.Redis.from_url(redis_url) as client:
        while not client.info("clients")["blocked_clients"]:
            await asyncio.sleep(0)
    cut_all(redis_url)
    with pytest.raises(RedisAway):
        await asking
    assert await held.ask([("GET", "before"), ("PING",)], REDIS_TIMEOUT_SECONDS) == [b"1", True]


async def test_a_silent_redis_is_away(redis_url: str) -> None:
    held, client = make(redis_url)
    assert await held.ask([("PING",)], REDIS_TIMEOUT_SECONDS) == [True]
    with pytest.raises(RedisSlow):
        await held.ask([("SET", "a", 1), ("BLPOP", "never", 0)], 0.1)
    assert await held.ask([("GET", "a")], REDIS_TIMEOUT_SECONDS) == [b"1"]
    await held.close()
    await client.aclose()


async def test_nobody_gets_the_answers_of_somebody_who_was_cancelled(held: DirectConnection) -> None:
    await held.ask([("SET", "a", 1), ("SET", "b", 2)], REDIS_TIMEOUT_SECONDS)
    asking = asyncio.create_task(held.ask([("GET", "a"), ("GET", "a")], REDIS_TIMEOUT_SECONDS))
    await asyncio.sleep(0)
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    assert await held.ask([("GET", "b"), ("GET", "b")], REDIS_TIMEOUT_SECONDS) == [b"2", b"2"]


async def test_no_redis_is_a_refused_connection(own_redis: RedisServer) -> None:
    held, client = make(own_redis.url)
    own_redis.kill()
    for _ in range(2):
        with pytest.raises(RedisAway):
            await held.ask([("PING",)], REDIS_TIMEOUT_SECONDS)
    own_redis.start()
    assert await held.ask([("PING",)], REDIS_TIMEOUT_SECONDS) == [True]
    await held.close()
    await client.aclose()
