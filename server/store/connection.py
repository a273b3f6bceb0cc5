"""Connections to Redis that never repeat a command by themselves."""

from __future__ import annotations

from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import (
    ClusterDownError,
    ClusterError,
    MasterDownError,
    NoScriptError,
    OutOfMemoryError,
    ReadOnlyError,
    RedisError,
    ResponseError,
    TryAgainError,
)
from redis.exceptions import ConnectionError as RedisAway
from redis.exceptions import TimeoutError as RedisSlow

from server.rooms.ports import StoreAway

TIMEOUT = 3.0
"""Seconds until a silent Redis counts as away; longer than any BLOCK used here."""

_REFUSALS = (
    "MISCONF", "OOM", "READONLY", "LOADING", "MASTERDOWN", "CLUSTERDOWN", "NOREPLICAS", "TRYAGAIN", "BUSY",
)  # fmt: skip
"""Answers of a Redis that is there but does not write now; from inside a script they come amid other text."""

_CLASSES = (OutOfMemoryError, ReadOnlyError, MasterDownError, ClusterDownError, TryAgainError, ClusterError)
"""The same where redis-py has a class for it; then the word is missing from the text."""


def connect(url: str, connections: int = 4, timeout: float = TIMEOUT) -> Redis:
    """Make a client: redis-py's own repeats writes whose answer was lost, and has no room for many."""
    pool = BlockingConnectionPool.from_url(
        url,
        max_connections=connections,
        timeout=timeout,
        socket_timeout=timeout,
        socket_connect_timeout=timeout,
        retry=Retry(NoBackoff(), 0),
        protocol=2,
    )
    return Redis.from_pool(pool)


def translate(error: Exception) -> Exception:
    """Turn what redis-py raised into StoreAway where it means that; other errors are faults of ours."""
    if isinstance(error, NoScriptError):
        return error
    if isinstance(error, (RedisAway, RedisSlow, OSError, *_CLASSES)):
        return StoreAway(str(error))
    if isinstance(error, ResponseError) and any(word in str(error) for word in _REFUSALS):
        return StoreAway(str(error))
    return error


__all__ = ["TIMEOUT", "Redis", "RedisError", "connect", "translate"]
