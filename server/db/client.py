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

from server.db.url import Address, parse
from server.rooms.ports import StoreAway

Client = Redis | RedisCluster
SyncClient = SyncRedis | SyncCluster

TIMEOUT = 3.0
"""Seconds until a silent Redis counts as away; longer than any BLOCK used here."""

_REFUSALS = (
    "MISCONF", "OOM", "READONLY", "LOADING", "MASTERDOWN", "CLUSTERDOWN", "NOREPLICAS", "TRYAGAIN", "BUSY",
)  # fmt: skip
"""Answers of a Redis that is there but does not write now; from inside a script they come amid other text."""

_CLASSES = (
    OutOfMemoryError,
    ReadOnlyError,
    MasterDownError,
    ClusterDownError,
    TryAgainError,
    ClusterError,
    RedisClusterException,
)
"""The same where redis-py has a class for it; then the word is missing from the text."""


class _Watched(Redis):
    """The primary that Sentinels name; closing it hangs up on them, too."""

    async def aclose(self, close_connection_pool: bool | None = None) -> None:
        """Close all connections."""
        await super().aclose(close_connection_pool)
        pool: Any = self.connection_pool
        for sentinel in pool.sentinel_manager.sentinels:
            await sentinel.aclose()


def _options(timeout: float) -> dict[str, Any]:
    return {"socket_timeout": timeout, "socket_connect_timeout": timeout, "protocol": 2}


def _login(address: Address) -> dict[str, Any]:
    return {"username": address.username, "password": address.password}


def connect(url: str, connections: int = 4, timeout: float = TIMEOUT) -> Client:
    """Make a client: redis-py's own repeats writes whose answer was lost, and has no room for many."""
    address = parse(url)
    options, login = _options(timeout), _login(address)
    never = Retry(NoBackoff(), 0)
    if address.kind == "sentinel":
        sentinel = Sentinel(address.nodes, sentinel_kwargs={**options, "retry": never}, **options)  # type: ignore[no-untyped-call]
        found: Redis = sentinel.master_for(
            address.name, redis_class=_Watched, max_connections=connections, retry=never, **login
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


def connect_sync(url: str, timeout: float = TIMEOUT) -> SyncClient:
    """Make a client for code without an event loop."""
    address = parse(url)
    options, login = _options(timeout), _login(address)
    never = SyncRetry(NoBackoff(), 0)
    if address.kind == "sentinel":
        sentinel = SyncSentinel(address.nodes, sentinel_kwargs={**options, "retry": never}, **options)  # type: ignore[no-untyped-call]
        found: SyncRedis = sentinel.master_for(address.name, retry=never, **login)  # type: ignore[no-untyped-call]
        return found
    if address.kind == "cluster":
        nodes = [SyncNode(host, port) for host, port in address.nodes]  # type: ignore[no-untyped-call]
        return SyncCluster(startup_nodes=nodes, retry=SyncRetry(NoBackoff(), 2), **options, **login)
    return SyncRedis.from_url(url, retry=never, **options)


def connect_channels(url: str) -> Redis:
    """Make a client for channels: any node of a Cluster passes a message on to all others."""
    address = parse(url)
    if address.kind != "cluster":
        return cast("Redis", connect(url, connections=4))
    host, port = random.choice(address.nodes)
    return Redis(host=host, port=port, retry=Retry(NoBackoff(), 0), **_options(TIMEOUT), **_login(address))


def connect_channels_sync(url: str) -> SyncRedis:
    """Make the same for code without an event loop."""
    address = parse(url)
    if address.kind != "cluster":
        return cast("SyncRedis", connect_sync(url))
    host, port = random.choice(address.nodes)
    return SyncRedis(host=host, port=port, retry=SyncRetry(NoBackoff(), 0), **_options(TIMEOUT), **_login(address))


def translate(error: Exception) -> Exception:
    """Turn what redis-py raised into StoreAway where it means that; other errors are faults of ours."""
    if isinstance(error, NoScriptError):
        return error
    if isinstance(error, (RedisAway, RedisSlow, OSError, *_CLASSES)):
        return StoreAway(str(error))
    if isinstance(error, ResponseError) and any(word in str(error) for word in _REFUSALS):
        return StoreAway(str(error))
    return error


def why_paused(url: str) -> str:
    """Return why a Redis takes no writes now, in its own words; empty if it does, and has written what it answered."""
    try:
        client = connect_sync(url)
        client.ping()
        client.close()
    except (RedisError, RedisClusterException, OSError) as error:
        return str(error)
    return ""


FAILURES = (RedisError, RedisClusterException, OSError)
"""All that a command may raise; a Cluster's own errors are not RedisErrors."""

__all__ = [
    "FAILURES", "TIMEOUT", "Client", "Redis", "RedisError", "SyncClient", "connect", "connect_channels",
    "connect_channels_sync", "connect_sync", "translate",
]  # fmt: skip
