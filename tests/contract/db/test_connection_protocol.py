"""The connection to a single Redis that talks over the transport of redis-py's."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
import redis
from redis.exceptions import ConnectionError as RedisAway
from redis.exceptions import NoScriptError, ResponseError
from redis.exceptions import TimeoutError as RedisSlow

from server.db.client import REDIS_TIMEOUT_SECONDS, Redis, connect_redis
from server.db.connection import RedisConnection, connection_transport
from tests.redis_server import RedisServer

pytestmark = pytest.mark.redis


@pytest.fixture
async def connection(redis_url: str) -> AsyncIterator[RedisConnection]:
    made = RedisConnection(redis_url)
    yield made
    await made.close()


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


async def test_answers_come_in_order_with_errors_among_them(connection: RedisConnection) -> None:
    answers = await connection.execute(
        [("SET", "a", 1), ("GET", b"a"), ("LPUSH", "a", 2.5), ("EVALSHA", "0" * 40, 0), ("PING",)]
    )
    assert answers[:2] == [True, b"1"]
    assert isinstance(answers[2], ResponseError)
    assert isinstance(answers[3], NoScriptError)
    assert answers[4] is True


async def test_answers_read_as_redis_py_reads_them(connection: RedisConnection, redis_url: str) -> None:
    commands = [
        ("HSET", "h", "a", 1, "b", 2.5), ("HGETALL", "h"), ("ZADD", "z", 1.5, "x"), ("ZSCORE", "z", "x"),
        ("ZRANGE", "z", 0, -1, "WITHSCORES"), ("SADD", "s", "m"), ("SMEMBERS", "s"), ("TIME",), ("GET", "nothing"),
    ]  # fmt: skip
    ours = await connection.execute(commands)
    async with Redis.from_url(redis_url, protocol=2) as client:
        await client.flushall()
        pipeline = client.pipeline(transaction=False)
        for command in commands:
            pipeline.execute_command(*command)
        theirs = await pipeline.execute()
    assert [*ours[:7], ours[8]] == [*theirs[:7], theirs[8]]
    assert type(ours[7]) is type(theirs[7])


async def test_large_answers_arrive_whole(connection: RedisConnection) -> None:
    value = bytes(range(256)) * 8192
    assert await connection.execute([("SET", "large", value), *[("GET", "large")] * 3]) == [
        True,
        value,
        value,
        value,
    ]


async def test_a_connection_that_breaks_fails_its_batch_and_the_next_one_has_a_new_one(
    connection: RedisConnection, redis_url: str
) -> None:
    await connection.execute([("PING",)])
    asking = asyncio.create_task(connection.execute([("SET", "before", 1), ("BLPOP", "never", 0)]))
    with redis.Redis.from_url(redis_url) as client:
        while not client.info("clients")["blocked_clients"]:
            await asyncio.sleep(0)
    cut_all(redis_url)
    with pytest.raises(RedisAway):
        await asking
    assert await connection.execute([("GET", "before"), ("PING",)]) == [b"1", True]


async def test_a_silent_redis_is_away(redis_url: str) -> None:
    connection = RedisConnection(redis_url)
    assert await connection.execute([("PING",)]) == [True]
    connection.timeout_seconds = 0.1
    with pytest.raises(RedisSlow):
        await connection.execute([("SET", "a", 1), ("BLPOP", "never", 0)])
    connection.timeout_seconds = REDIS_TIMEOUT_SECONDS
    assert await connection.execute([("GET", "a")]) == [b"1"]
    await connection.close()


async def test_nobody_gets_the_answers_of_somebody_who_was_cancelled(connection: RedisConnection) -> None:
    await connection.execute([("SET", "a", 1), ("SET", "b", 2)])
    asking = asyncio.create_task(connection.execute([("GET", "a"), ("GET", "a")]))
    await asyncio.sleep(0)
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    assert await connection.execute([("GET", "b"), ("GET", "b")]) == [b"2", b"2"]


async def test_no_redis_is_a_refused_connection(own_redis: RedisServer) -> None:
    connection = RedisConnection(own_redis.url)
    own_redis.kill()
    for _ in range(2):
        with pytest.raises(RedisAway):
            await connection.execute([("PING",)])
    own_redis.start()
    assert await connection.execute([("PING",)]) == [True]
    await connection.close()
