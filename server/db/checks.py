"""Looks at a Redis before it is relied on: what cannot work is refused, what is risky is said."""

from __future__ import annotations

import asyncio
import logging
import secrets
import time
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

from redis.cluster import RedisCluster
from redis.exceptions import (
    AuthenticationError,
    AuthenticationWrongNumberOfArgsError,
    MovedError,
    NoPermissionError,
    NoScriptError,
    RedisClusterException,
    ResponseError,
)

from server.db import keys
from server.db.client import REDIS_ERRORS, connect_pubsub_sync, connect_redis_sync, translate_redis_error
from server.db.url import parse_redis_url, strip_redis_credentials
from server.rooms.ports import StoreUnavailable
from server.runtime.rate_limited_log import RateLimitedLog
from server.runtime.retry import retry_until_done
from server.setting_types import MIN_SIGNING_KEY_CHARACTERS
from server.settings import SettingError

log = logging.getLogger(__name__)

OLDEST_REDIS_VERSION = (6, 2)
"""Major and minor version of the oldest Redis that is taken."""
REDIS_RETRY_PAUSE_SECONDS = 0.5
"""Between two tries to reach a Redis that is away."""
REDIS_REMINDER_INTERVAL_SECONDS = 60.0
"""Between two log lines about one that stays away."""
PERMISSIONS_DOC = "docs/redis.md#rights"
SHARED_SERVER_DOC = "docs/redis.md#several-inklings-on-one-server"


@dataclass(frozen=True, slots=True)
class RedisReport:
    """What a Redis is, and what is risky about it: each risk with what to do."""

    name: str
    """`Redis 7.0.15` or `Valkey 8.0.1`; of a Cluster its oldest node."""
    policy: str
    persistence: str
    replicas: int
    risks: tuple[tuple[str, str], ...]


def inspect_redis(url: str, replicas: int = 0) -> RedisReport:
    """Look at the Redis of REDIS_URL, which should have so many replicas.

    Raises SettingError when Inkling cannot work with it as it is set up, StoreUnavailable when it is not there or does not write now.
    """
    try:
        client: Any = connect_redis_sync(url)
        try:
            nodes = [_describe_node(node, isinstance(client, RedisCluster)) for node in _primary_nodes(client)]
            _try_commands(client, bool(replicas))
            _try_pubsub(url)
            _check_key_types(client)
        finally:
            client.close()
    except REDIS_ERRORS as error:
        raise _explain_redis_error(url, error) from error
    worst = max(nodes, key=lambda node: len(node.risks))
    if replicas and worst.replicas < replicas:
        advice = f"connect another replica, or lower INKLING_REPLICAS ({replicas}): until then nothing can be saved"
        lacking = (f"it has {worst.replicas} replicas", advice)
        return RedisReport(worst.name, worst.policy, worst.persistence, worst.replicas, (*worst.risks, lacking))
    return worst


async def wait_for_redis(url: str, replicas: int = 0) -> RedisReport:
    """Look as soon as that Redis answers. Raises SettingError when Inkling cannot work with it as it is set up."""
    began, where = time.monotonic(), strip_redis_credentials(url)
    outage_log = RateLimitedLog(log, REDIS_REMINDER_INTERVAL_SECONDS)
    failures = 0

    def note_failure(error: Exception) -> None:
        nonlocal failures
        failures += 1
        outage_log.warning("waiting for Redis at %s: %s", where, error)

    look = partial(asyncio.to_thread, inspect_redis, url, replicas)
    report = await retry_until_done(look, StoreUnavailable, REDIS_RETRY_PAUSE_SECONDS, note_failure)
    if failures:
        log.info("Redis at %s answers after %.0f s", where, time.monotonic() - began)
    return report


def _primary_nodes(client: Any) -> Iterator[Any]:
    if isinstance(client, RedisCluster):
        primaries: list[Any] = client.get_primaries()  # type: ignore[no-untyped-call]
        for node in primaries:
            yield client.get_redis_connection(node)
    else:
        yield client


def _describe_node(node: Any, clustered: bool) -> RedisReport:
    """Read what one server says of itself. Raises SettingError, StoreUnavailable or what redis-py raises."""
    try:
        info: dict[str, Any] = node.info()
    except NoPermissionError:
        unseen = (
            "its user may not use INFO",
            f"allow it: version, eviction and append-only file are not looked at ({PERMISSIONS_DOC})",
        )
        return RedisReport("Redis of unknown version", "unknown eviction", "unknown persistence", 0, (unseen,))
    if "sentinel" in (info.get("redis_mode"), info.get("server_mode")):
        raise SettingError("REDIS_URL names a Sentinel; write redis+sentinel://host:port,host:port/NAME")
    if info.get("cluster_enabled") and not clustered:
        raise SettingError("REDIS_URL names a node of a Cluster; write redis+cluster://host:port")
    version = str(info["redis_version"])
    name = f"Valkey {info['valkey_version']}" if "valkey_version" in info else f"Redis {version}"
    if tuple(int(part) for part in version.split(".")[:2]) < OLDEST_REDIS_VERSION:
        raise SettingError(
            f"REDIS_URL names {name}; Inkling needs Redis {'.'.join(map(str, OLDEST_REDIS_VERSION))} or newer, or Valkey"
        )
    if info.get("role") == "slave":
        raise StoreUnavailable("it is a replica, which takes no writes")
    policy = str(info.get("maxmemory_policy", "unknown eviction"))
    persistence = _describe_persistence(node, info)
    return RedisReport(
        name, policy, persistence, int(info.get("connected_slaves", 0)), tuple(_find_risks(policy, persistence))
    )


def _describe_persistence(node: Any, info: dict[str, Any]) -> str:
    if not info.get("aof_enabled"):
        return "no append-only file"
    try:
        return "appendfsync " + str(node.config_get("appendfsync")["appendfsync"])
    except (*REDIS_ERRORS, KeyError):
        # Hosted ones do not let themselves be asked.
        return "append-only file"


def _find_risks(policy: str, persistence: str) -> Iterator[tuple[str, str]]:
    if policy != "noeviction":
        yield (
            f"maxmemory-policy is {policy}",
            ("CONFIG SET maxmemory-policy noeviction; any other throws away rooms and drawings when memory is short"),
        )
    if persistence == "no append-only file":
        yield (
            "it has no append-only file",
            ("CONFIG SET appendonly yes; without it a restart of Redis loses all rooms, scores and drawings"),
        )
    if persistence == "appendfsync no":
        yield "appendfsync is no", "CONFIG SET appendfsync everysec; a power cut may cost half a minute and more"


def probe_commands(key: str) -> list[tuple[Any, ...]]:
    """Return one harmless use of every command that Inkling needs, on one key, which is gone after it."""
    end = ("DEL", key)
    return [
        ("PING",), ("TIME",), ("SCAN", 0, "MATCH", key, "COUNT", 1),
        ("SET", key, 1, "PX", 10_000), ("GET", key), ("EXISTS", key), ("EXPIRE", key, 10), ("TYPE", key),
        ("RENAME", key, key), end,
        ("HSET", key, "a", 1), ("HGET", key, "a"), ("HMGET", key, "a"), ("HGETALL", key), ("HINCRBY", key, "a", 1),
        ("HDEL", key, "b"), end,
        ("RPUSH", key, 1, 2), ("LPUSH", key, 0), ("LPOP", key, 1), ("BLPOP", key, 0.01), end,
        ("SADD", key, 1), ("SCARD", key), ("SISMEMBER", key, 1), ("SMISMEMBER", key, 1), ("SMEMBERS", key),
        ("SRANDMEMBER", key), ("SSCAN", key, 0, "COUNT", 1), ("SREM", key, 2), end,
        ("ZADD", key, 1, "a"), ("ZCARD", key), ("ZCOUNT", key, 0, 1), ("ZSCORE", key, "a"), ("ZRANGE", key, 0, -1),
        ("ZRANGEBYSCORE", key, 0, 1), ("ZREVRANGEBYSCORE", key, 1, 0),
        ("ZREVRANGE", key, 0, -1), ("ZREM", key, "b"), ("ZREMRANGEBYRANK", key, 5, 6), end,
        ("XADD", key, "1-1", "e", 1), ("XLEN", key), ("XRANGE", key, "-", "+"), ("XTRIM", key, "MAXLEN", 1),
        ("EVAL", "return redis.call('EXISTS', KEYS[1])", 1, key), ("EVALSHA", "0" * 40, 1, key), end,
    ]  # fmt: skip


def _try_commands(client: Any, waits: bool) -> None:
    """Use every command once. Raises SettingError with those that are refused, StoreUnavailable when Redis does not write now."""
    key = keys.probe_key(secrets.token_hex(4))
    asked = probe_commands(key) + ([("WAIT", 0, 1)] if waits else [])
    if isinstance(client, RedisCluster):
        answers = [
            _run_probe_command(client, command) for command in asked if command[0] not in ("TIME", "SCAN", "PING")
        ]
    else:
        pipeline = client.pipeline(transaction=False)
        for command in asked:
            pipeline.execute_command(*command)
        answers = list(zip((str(command[0]) for command in asked), pipeline.execute(raise_on_error=False), strict=True))
    refused: dict[str, str] = {}
    for name, answer in answers:
        if not isinstance(answer, Exception) or isinstance(answer, NoScriptError):
            continue
        if isinstance(meant := translate_redis_error(answer), StoreUnavailable):
            raise meant
        if isinstance(answer, MovedError):
            raise answer
        refused.setdefault(name, _denied_kind(answer))
    if refused:
        raise _permission_error(refused)


def _run_probe_command(client: Any, command: tuple[Any, ...]) -> tuple[str, Any]:
    try:
        return str(command[0]), client.execute_command(*command)
    except (ResponseError, RedisClusterException) as error:
        return str(command[0]), error


def _try_pubsub(url: str) -> None:
    """Subscribe and publish once. Raises SettingError, or what redis-py raises."""
    channel = keys.demo_answers_channel(parse_redis_url(url).database, "probe")
    with connect_pubsub_sync(url) as client, client.pubsub() as heard:
        for name in ("SUBSCRIBE", "PUBLISH"):
            try:
                if name == "SUBSCRIBE":
                    heard.subscribe(channel)
                    heard.get_message(timeout=1.0)
                else:
                    client.publish(channel, b"")
            except ResponseError as error:
                raise _permission_error({name: _denied_kind(error)}) from error


def _check_key_types(client: Any) -> None:
    """Look whether something else uses the names of Inkling's keys. Raises SettingError, or what redis-py raises."""
    foreign = [
        key
        for key, right in keys.KEY_TYPES.items()
        if client.execute_command("TYPE", key).decode() not in (right, "none")
    ]
    if keys.TOKEN_SECRET_KEY not in foreign and not _is_valid_secret(
        client.execute_command("GET", keys.TOKEN_SECRET_KEY)
    ):
        foreign.append(keys.TOKEN_SECRET_KEY)
    if foreign:
        named = ", ".join(f"`{key}`" for key in foreign[:6]) + (" and others" if len(foreign) > 6 else "")
        advice = "set another INKLING_PREFIX" if keys.KEY_PREFIX else "set INKLING_PREFIX"
        verb = "holds" if len(foreign) == 1 else "hold"
        raise SettingError(f"REDIS_URL: {named} {verb} something else than Inkling's; {advice} ({SHARED_SERVER_DOC})")


def _is_valid_secret(stored: bytes | None) -> bool:
    """Whether a key could sign tokens as one of INKLING_SECRET could; there may be none yet."""
    if stored is None:
        return True
    text = stored.decode(errors="replace")
    return len(text) >= MIN_SIGNING_KEY_CHARACTERS and text.isascii() and text.isprintable()


def _denied_kind(error: Exception) -> str:
    text = str(error)
    if "channel" in text:
        return "channel"
    if "key" in text:
        return "key"
    return "command"


def _permission_error(refused: dict[str, str]) -> SettingError:
    """Say in one line what is missing: names of keys, names of channels, or commands."""
    named = ", ".join(list(refused)[:6]) + (" and others" if len(refused) > 6 else "")
    what = set(refused.values())
    for kind, sign in (("key", "~"), ("channel", "&")):
        if what == {kind}:
            which = f"{kind}s that begin with {keys.KEY_PREFIX}" if keys.KEY_PREFIX else f"every {kind}"
            other = "" if keys.KEY_PREFIX else ", or set INKLING_PREFIX"
            return SettingError(
                f"REDIS_URL: its user may not use {which}; give it {sign}{keys.KEY_PREFIX}*{other} ({PERMISSIONS_DOC})"
            )
    return SettingError(f"REDIS_URL: Redis does not let its user run {named} ({PERMISSIONS_DOC})")


def _explain_redis_error(url: str, error: Exception) -> Exception:
    """Turn what redis-py raised into StoreUnavailable where waiting helps, else into what the operator has to change."""
    text = str(error)
    if (
        isinstance(error, (AuthenticationError, AuthenticationWrongNumberOfArgsError))
        or "WRONGPASS" in text
        or "NOAUTH" in text
    ):
        return SettingError(f"REDIS_URL: {strip_redis_credentials(url)} does not accept the user and password: {text}")
    if "Cluster mode is not enabled" in text or "cluster support disabled" in text:
        return SettingError(f"REDIS_URL: {strip_redis_credentials(url)} is no Cluster; write redis://host:port")
    if "DB index" in text or "Invalid Database" in text or "SELECT is not allowed" in text:
        return SettingError(f"REDIS_URL: {strip_redis_credentials(url)} has no database of that number")
    if isinstance(error, MovedError):
        return SettingError("REDIS_URL names a node of a Cluster; write redis+cluster://host:port")
    if isinstance(error, NoPermissionError):
        return SettingError(f"REDIS_URL: Redis does not let its user do what Inkling needs: {text} ({PERMISSIONS_DOC})")
    meant = translate_redis_error(error)
    return meant if isinstance(meant, StoreUnavailable) else StoreUnavailable(text)
