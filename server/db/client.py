"""Connections to Redis that never repeat a command by themselves."""

from __future__ import annotations

import random
from typing import Any, cast

from redis import Redis as SyncRedis
from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.cluster import ClusterNode, RedisCluster
from redis.asyncio.retry import Retry
from redis.asyncio.sentinel import Sentinel
from redis.backoff import NoBackoff
from redis.cluster import ClusterNode as SyncNode
from redis.cluster import RedisCluster as SyncCluster
from redis.exceptions import (
    ClusterDownError,
    ClusterError,
    MasterDownError,
    NoScriptError,
    OutOfMemoryError,
    ReadOnlyError,
    RedisClusterException,
    RedisError,
    ResponseError,
    TryAgainError,
)
from redis.exceptions import ConnectionError as RedisAway
from redis.exceptions import TimeoutError as RedisSlow
from redis.retry import Retry as SyncRetry
from redis.sentinel import Sentinel as SyncSentinel

from server.db.url import RedisAddress, parse_redis_url
from server.rooms.ports import StoreUnavailable

RedisClient = Redis | RedisCluster
SyncRedisClient = SyncRedis | SyncCluster

REDIS_TIMEOUT_SECONDS = 3.0
"""Seconds until a silent Redis counts as away; longer than any BLOCK used here."""

_NOT_WRITABLE_ERROR_TEXTS = (
    "MISCONF", "OOM", "READONLY", "LOADING", "MASTERDOWN", "CLUSTERDOWN", "NOREPLICAS", "TRYAGAIN", "BUSY",
)  # fmt: skip
"""Answers of a Redis that is there but does not write now; from inside a script they come amid other text."""

_NOT_WRITABLE_ERRORS = (
    OutOfMemoryError,
    ReadOnlyError,
    MasterDownError,
    ClusterDownError,
    TryAgainError,
    ClusterError,
    RedisClusterException,
)
"""The same where redis-py has a class for it; then the word is missing from the text."""


class _SentinelRedis(Redis):
    """The primary that Sentinels name; closing it hangs up on them, too."""

    async def aclose(self, close_connection_pool: bool | None = None) -> None:
        """Close all connections."""
        await super().aclose(close_connection_pool)
        pool: Any = self.connection_pool
        for sentinel in pool.sentinel_manager.sentinels:
            await sentinel.aclose()


def _socket_options(timeout: float) -> dict[str, Any]:
    return {"socket_timeout": timeout, "socket_connect_timeout": timeout, "protocol": 2}


def _credentials(address: RedisAddress) -> dict[str, Any]:
    return {"username": address.username, "password": address.password}


def connect_redis(url: str, connections: int = 4, timeout: float = REDIS_TIMEOUT_SECONDS) -> RedisClient:
    """Make a client: redis-py's own repeats writes whose answer was lost, and has no room for many."""
    address = parse_redis_url(url)
    options, login = _socket_options(timeout), _credentials(address)
    never = Retry(NoBackoff(), 0)
    if address.kind == "sentinel":
        sentinel = Sentinel(address.nodes, sentinel_kwargs={**options, "retry": never}, **options)  # type: ignore[no-untyped-call]
        found: Redis = sentinel.master_for(
            address.name, redis_class=_SentinelRedis, max_connections=connections, retry=never, **login
        )
        return found
    if address.kind == "cluster":
        # Slots move: a command that went to the wrong node, or to one that just died, is sent again. All writes bear it.
        nodes = [ClusterNode(host, port) for host, port in address.nodes]
        return RedisCluster(startup_nodes=nodes, retry=Retry(NoBackoff(), 2), **options, **login)
    pool = BlockingConnectionPool.from_url(
        url, max_connections=connections, timeout=timeout, retry=never, **options
    )  # fmt: skip
    return Redis.from_pool(pool)


def connect_redis_sync(url: str, timeout: float = REDIS_TIMEOUT_SECONDS) -> SyncRedisClient:
    """Make a client for code without an event loop."""
    address = parse_redis_url(url)
    options, login = _socket_options(timeout), _credentials(address)
    never = SyncRetry(NoBackoff(), 0)
    if address.kind == "sentinel":
        sentinel = SyncSentinel(address.nodes, sentinel_kwargs={**options, "retry": never}, **options)  # type: ignore[no-untyped-call]
        found: SyncRedis = sentinel.master_for(address.name, retry=never, **login)  # type: ignore[no-untyped-call]
        return found
    if address.kind == "cluster":
        nodes = [SyncNode(host, port) for host, port in address.nodes]  # type: ignore[no-untyped-call]
        return SyncCluster(startup_nodes=nodes, retry=SyncRetry(NoBackoff(), 2), **options, **login)
    return SyncRedis.from_url(url, retry=never, **options)


def connect_pubsub(url: str) -> Redis:
    """Make a client for channels: any node of a Cluster passes a message on to all others."""
    address = parse_redis_url(url)
    if address.kind != "cluster":
        return cast("Redis", connect_redis(url, connections=4))
    host, port = random.choice(address.nodes)
    return Redis(
        host=host,
        port=port,
        retry=Retry(NoBackoff(), 0),
        **_socket_options(REDIS_TIMEOUT_SECONDS),
        **_credentials(address),
    )


def connect_pubsub_sync(url: str) -> SyncRedis:
    """Make the same for code without an event loop."""
    address = parse_redis_url(url)
    if address.kind != "cluster":
        return cast("SyncRedis", connect_redis_sync(url))
    host, port = random.choice(address.nodes)
    return SyncRedis(
        host=host,
        port=port,
        retry=SyncRetry(NoBackoff(), 0),
        **_socket_options(REDIS_TIMEOUT_SECONDS),
        **_credentials(address),
    )


def translate_redis_error(error: Exception) -> Exception:
    """Turn what redis-py raised into StoreUnavailable where it means that; other errors are faults of ours."""
    if isinstance(error, NoScriptError):
        return error
    if isinstance(error, (RedisAway, RedisSlow, OSError, *_NOT_WRITABLE_ERRORS)):
        return StoreUnavailable(str(error))
    if isinstance(error, ResponseError) and any(word in str(error) for word in _NOT_WRITABLE_ERROR_TEXTS):
        return StoreUnavailable(str(error))
    return error


def find_write_error(url: str) -> str:
    """Return why a Redis takes no writes now, in its own words; empty if it does, and has written what it answered."""
    try:
        client = connect_redis_sync(url)
        client.ping()
        client.close()
    except (RedisError, RedisClusterException, OSError) as error:
        return str(error)
    return ""


REDIS_ERRORS = (RedisError, RedisClusterException, OSError)
"""All that a command may raise; a Cluster's own errors are not RedisErrors."""

__all__ = [
    "REDIS_ERRORS",
    "REDIS_TIMEOUT_SECONDS",
    "Redis",
    "RedisClient",
    "RedisError",
    "SyncRedisClient",
    "connect_pubsub",
    "connect_pubsub_sync",
    "connect_redis",
    "connect_redis_sync",
    "translate_redis_error",
]  # fmt: skip
