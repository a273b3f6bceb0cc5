"""A held connection: answers in order, through refusals, hang-ups and silence."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
from redis.exceptions import ResponseError

from server.db import connection as connection_module
from server.db.client import REDIS_ERRORS, REDIS_TIMEOUT_SECONDS
from server.db.connection import RedisConnection

pytestmark = pytest.mark.redis


@pytest.fixture
async def connection(redis_url: str) -> AsyncIterator[RedisConnection]:
    made = RedisConnection(redis_url)
    await made.execute([("FLUSHALL",)])
    yield made
    await made.close()


@pytest.fixture
async def other(redis_url: str) -> AsyncIterator[RedisConnection]:
    made = RedisConnection(redis_url)
    yield made
    await made.close()


async def hang_up(connection: RedisConnection, other: RedisConnection) -> None:
    """Have Redis close `connection`."""
    ((number,),) = [await connection.execute([("CLIENT", "ID")])]
    assert await other.execute([("CLIENT", "KILL", "ID", number)]) == [1]


async def test_answers_come_in_order_with_refusals_among_them(connection: RedisConnection) -> None:
    first, refused, last = await connection.execute([("SET", "a", "1"), ("LPUSH", "a", "x"), ("INCR", "a")])
    assert (first, last) == (True, 2)
    assert isinstance(refused, ResponseError)


async def test_answers_look_as_those_of_a_pipeline(connection: RedisConnection) -> None:
    _, found, missing = await connection.execute([("HSET", "h", "k", "v"), ("HGETALL", "h"), ("HGETALL", "none")])
    assert (found, missing) == ({b"k": b"v"}, {})


async def test_a_connection_closed_in_a_quiet_while_is_dialled_again_unnoticed(
    connection: RedisConnection, other: RedisConnection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection_module, "IDLE_CHECK_SECONDS", 0.0)
    await hang_up(connection, other)
    assert await connection.execute([("INCR", "a")]) == [1]


async def test_one_that_is_cut_while_it_waits_says_so_and_serves_the_next(
    connection: RedisConnection, other: RedisConnection
) -> None:
    ((number,),) = [await connection.execute([("CLIENT", "ID")])]
    waiting = asyncio.create_task(connection.execute([("BLPOP", "box", 2)]))
    while not (await other.execute([("CLIENT", "KILL", "ID", number)]))[0]:
        await asyncio.sleep(0)
    with pytest.raises(REDIS_ERRORS):
        await waiting
    assert await connection.execute([("INCR", "a")]) == [1]


async def test_a_late_answer_is_never_taken_for_that_of_the_next_command(
    connection: RedisConnection, other: RedisConnection
) -> None:
    connection.timeout_seconds = 0.05
    with pytest.raises(REDIS_ERRORS):
        await connection.execute([("BLPOP", "box", 2)])
    connection.timeout_seconds = REDIS_TIMEOUT_SECONDS
    await other.execute([("RPUSH", "box", "late")])
    assert await connection.execute([("SET", "a", "7"), ("GET", "a")]) == [True, b"7"]


async def test_a_caller_that_is_cancelled_leaves_no_answer_behind(connection: RedisConnection) -> None:
    asked = asyncio.create_task(connection.execute([("BLPOP", "box", 2)]))
    await asyncio.sleep(0)
    asked.cancel()
    await asyncio.gather(asked, return_exceptions=True)
    assert await connection.execute([("SET", "a", "7"), ("GET", "a")]) == [True, b"7"]
