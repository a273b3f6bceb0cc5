"""A thread's held connection: answers in order, through refusals and outages."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from redis.exceptions import ResponseError

from server.db.client import REDIS_ERRORS
from server.db.sync_connection import SyncRedisConnection
from tests.redis_server import RedisServer

pytestmark = pytest.mark.redis


@pytest.fixture
def connection(redis_url: str) -> Iterator[SyncRedisConnection]:
    made = SyncRedisConnection(redis_url)
    made.execute([("FLUSHALL",)])
    yield made
    made.close()


def test_answers_come_in_order_and_what_waits_comes_with_the_first(connection: SyncRedisConnection) -> None:
    answers = connection.execute([("RPUSH", "box", "a", "b", "c"), ("BLPOP", "box", 0.5), ("LPOP", "box", 9)])
    assert answers == [3, [b"box", b"a"], [b"b", b"c"]]
    assert connection.execute([("BLPOP", "box", 0.01), ("LPOP", "box", 9)]) == [None, None]


def test_a_refusal_is_raised_and_the_next_answers_are_those_of_the_next_call(connection: SyncRedisConnection) -> None:
    with pytest.raises(ResponseError):
        connection.execute([("SET", "a", "1"), ("LPUSH", "a", "x"), ("INCR", "a")])
    assert connection.execute([("GET", "a"), ("PING",)]) == [b"2", b"PONG"]


def test_it_goes_on_after_redis_was_killed(own_redis: RedisServer) -> None:
    connection = SyncRedisConnection(own_redis.url)
    connection.execute([("RPUSH", "box", "a")])
    own_redis.kill()
    with pytest.raises(REDIS_ERRORS):
        connection.execute([("PING",)])
    with pytest.raises(REDIS_ERRORS):
        connection.execute([("PING",)])
    own_redis.start()
    assert connection.execute([("PING",)])
    connection.close()
