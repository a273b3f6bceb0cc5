"""Fixtures for all tests: a real, private Redis."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import redis
from hypothesis import settings

from tests.redis_server import RedisServer


@pytest.fixture(scope="session")
def redis_server() -> Iterator[RedisServer]:
    """One redis-server for the whole session; do not kill it (use `own_redis`)."""
    server = RedisServer("--appendfsync", "no")
    server.start()
    yield server
    server.close()


@pytest.fixture
def redis_url(redis_server: RedisServer) -> str:
    """Address of an empty Redis."""
    with redis.Redis.from_url(redis_server.url) as client:
        client.flushall()
    return redis_server.url


@pytest.fixture
def own_redis() -> Iterator[RedisServer]:
    """A redis-server of this test's own, to be killed and started again."""
    server = RedisServer()
    server.start()
    yield server
    server.close()


# A busy machine is no failure: examples are counted, not timed.
settings.register_profile("inkling", deadline=None)
settings.load_profile("inkling")
