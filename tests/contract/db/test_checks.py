"""What a process makes of the Redis it is given, before it relies on it."""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis

from server.db import keys
from server.db.checks import inspect_redis, probe_commands, wait_for_redis
from server.persistence.store import open_store
from server.rooms.ports import StoreUnavailable
from server.settings import SettingError
from tests.redis_modes import ClusterServers, SentinelServers, Servers
from tests.redis_server import RedisServer

pytestmark = pytest.mark.redis


@pytest.fixture
def servers() -> Iterator[Servers]:
    made = Servers()
    yield made
    made.close()


def allow(server: RedisServer, *rules: str) -> str:
    """Make a user of these rights; return the address to use it by."""
    with redis.Redis.from_url(server.url) as client:
        client.execute_command("ACL", "SETUSER", "ink", "reset", "on", ">word", *rules)
    return f"unix://ink:word@{server.url.removeprefix('unix://')}"


def test_a_good_redis_is_named_and_nothing_of_the_look_stays(own_redis: RedisServer) -> None:
    found = inspect_redis(own_redis.url)
    assert found.name.startswith(("Redis ", "Valkey "))
    assert (found.policy, found.persistence, found.risks) == ("noeviction", "appendfsync everysec", ())
    with redis.Redis.from_url(own_redis.url) as client:
        assert client.dbsize() == 0


def test_what_is_risky_is_said_and_not_refused(own_redis: RedisServer) -> None:
    with redis.Redis.from_url(own_redis.url) as client:
        client.config_set("maxmemory-policy", "allkeys-lru")
        client.config_set("appendonly", "no")
    found = inspect_redis(own_redis.url, replicas=1)
    assert [risk for risk, _ in found.risks] == [
        "maxmemory-policy is allkeys-lru", "it has no append-only file", "it has 0 replicas",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("rules", "line"),
    [
        (("~*", "resetchannels", "+@all"), r"every channel; give it &\*, or set INKLING_PREFIX"),
        (("&*", "+@all", "~other:*"), r"every key; give it ~\*, or set INKLING_PREFIX"),
        (("~*", "&*", "+@all", "-eval", "-evalsha"), "run EVAL, EVALSHA"),
        (("~*", "&*", "+@all", "-@pubsub"), "run SUBSCRIBE"),
        (("~*", "&*", "+@all", "-publish"), "run PUBLISH"),
        (("~*", "&*", "+@all", "-xadd", "-blpop"), "run BLPOP, XADD"),
        (("~*", "&*", "+@all", "-@scripting", "-@write"), "and others"),
    ],
)
def test_a_right_that_is_missing_is_named_in_one_line(
    own_redis: RedisServer, rules: tuple[str, ...], line: str
) -> None:
    url = allow(own_redis, *rules)
    with pytest.raises(SettingError, match=line) as refused:
        inspect_redis(url)
    assert str(refused.value).isprintable()
    assert "word" not in str(refused.value).replace("password", "")


@pytest.mark.parametrize(
    ("rules", "line"),
    [
        (("~*", "resetchannels", "+@all"), r"channels that begin with school:; give it &school:\* \("),
        (("&*", "+@all", "~other:*"), r"keys that begin with school:; give it ~school:\* \("),
    ],
)
def test_with_a_prefix_the_right_that_is_missing_is_that_of_its_names(
    own_redis: RedisServer, monkeypatch: pytest.MonkeyPatch, rules: tuple[str, ...], line: str
) -> None:
    monkeypatch.setattr(keys, "KEY_PREFIX", "school:")
    with pytest.raises(SettingError, match=line):
        inspect_redis(allow(own_redis, *rules))


# -- a Redis that something else uses, too -------------------------------------------------------------------


@pytest.mark.parametrize("key", keys.KEY_TYPES)
def test_a_key_that_something_else_uses_is_refused_by_name(own_redis: RedisServer, key: str) -> None:
    with redis.Redis.from_url(own_redis.url) as client:
        client.xadd(key, {"mine": 1})
        with pytest.raises(SettingError, match=f"`{key}` holds something else .*set INKLING_PREFIX") as refused:
            inspect_redis(own_redis.url)
        assert str(refused.value).isprintable()
        assert client.type(key) == b"stream"


def test_all_that_something_else_uses_is_refused_in_one_line(own_redis: RedisServer) -> None:
    with redis.Redis.from_url(own_redis.url) as client:
        client.set("webs", 1)
        client.set("play", 1)
    with pytest.raises(SettingError, match="`webs`, `play` hold something else"):
        inspect_redis(own_redis.url)


def test_with_a_prefix_another_one_is_due(own_redis: RedisServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keys, "KEY_PREFIX", "school:")
    with redis.Redis.from_url(own_redis.url) as client:
        client.set(keys.WEB_PROCESSES_KEY, 1)
    with pytest.raises(SettingError, match="set another INKLING_PREFIX"):
        inspect_redis(own_redis.url)


@pytest.mark.parametrize("stored", [b"", b"short", b"fifteen letters", b"\xff" * 40, b"two\nlines of a good length"])
def test_a_stored_secret_that_could_be_guessed_is_refused(own_redis: RedisServer, stored: bytes) -> None:
    with redis.Redis.from_url(own_redis.url) as client:
        client.set(keys.TOKEN_SECRET_KEY, stored)
    with pytest.raises(SettingError, match="`secret` holds something else"):
        inspect_redis(own_redis.url)


async def test_what_inkling_made_itself_is_taken(own_redis: RedisServer) -> None:
    async with open_store(own_redis.url, "web") as store:
        made = await store.secret()
        assert (await asyncio.to_thread(inspect_redis, own_redis.url)).risks == ()
        assert await store.secret() == made


def test_the_rights_that_the_page_lists_are_enough(own_redis: RedisServer) -> None:
    names = {str(command[0]).lower() for command in probe_commands("k")} | {
        "subscribe",
        "unsubscribe",
        "publish",
        "select",
    }
    url = allow(own_redis, "~*", "&*", *(f"+{name}" for name in sorted(names)))
    (risk,) = inspect_redis(url).risks
    assert "INFO" in risk[0]
    assert (
        inspect_redis(allow(own_redis, "~*", "&*", "+info", *(f"+{name}" for name in names))).persistence
        == "append-only file"
    )


def test_every_command_that_the_code_names_is_looked_at_and_on_the_page(own_redis: RedisServer) -> None:
    root = Path(__file__).resolve().parents[3]
    folders = ("db", "persistence", "peers", "drawings", "guessing")
    sources = [path for folder in folders for path in (root / "server" / folder).rglob("*.py")]
    assert len(sources) > 60
    named = {name for path in sources for name in re.findall(r'\("([A-Z]{3,})"', path.read_text(encoding="utf-8"))}
    with redis.Redis.from_url(own_redis.url) as client:
        named &= {str(name).upper() for name in client.command()}
    looked_at = {str(command[0]) for command in probe_commands("k")} | {"SUBSCRIBE", "PUBLISH", "INFO", "WAIT"}
    assert named <= looked_at
    page = (root / "docs" / "redis.md").read_text(encoding="utf-8")
    (rights,) = re.findall(r"ACL SETUSER inkling .*", page)
    assert {name for name in named if f"+{name.lower()}" not in rights.split()} == set()


def test_a_wrong_password_user_or_database_is_refused(own_redis: RedisServer) -> None:
    path = own_redis.url.removeprefix("unix://")
    for url in (f"unix://nobody:word@{path}", f"unix://{path}?db=99", f"unix://:word@{path}"):
        with pytest.raises(SettingError, match="REDIS_URL"):
            inspect_redis(url)
    with redis.Redis.from_url(own_redis.url) as client:
        client.config_set("requirepass", "word")
    with pytest.raises(SettingError, match="password"):
        inspect_redis(own_redis.url)
    assert inspect_redis(f"unix://:word@{path}").risks == ()


def test_an_address_of_another_kind_of_server_is_refused_with_the_right_one(servers: Servers) -> None:
    alone = servers.start("")
    with pytest.raises(SettingError, match="is no Cluster"):
        inspect_redis(f"redis+cluster://127.0.0.1:{alone}")
    cluster, sentinels = ClusterServers(), SentinelServers()
    try:
        port = next(iter(cluster.processes))
        with pytest.raises(SettingError, match=r"redis\+cluster://"):
            inspect_redis(f"redis://127.0.0.1:{port}")
        sentinel = sentinels.url.split("//")[1].split(",")[0]
        with pytest.raises(SettingError, match=r"redis\+sentinel://"):
            inspect_redis(f"redis://{sentinel}")
        assert inspect_redis(cluster.url).policy == "noeviction"
        assert inspect_redis(sentinels.url, replicas=1).replicas == 1
        with pytest.raises(StoreUnavailable, match="replica"):
            inspect_redis(f"redis://127.0.0.1:{sentinels.replicas[0]}")
    finally:
        cluster.close()
        sentinels.close()


def test_a_redis_that_is_full_is_waited_for(own_redis: RedisServer) -> None:
    with redis.Redis.from_url(own_redis.url) as client:
        client.config_set("maxmemory", 1)
    with pytest.raises(StoreUnavailable):
        inspect_redis(own_redis.url)


async def test_one_that_is_away_is_waited_for_with_one_line(
    own_redis: RedisServer, caplog: pytest.LogCaptureFixture
) -> None:
    own_redis.kill()
    with caplog.at_level(logging.INFO):
        looking = asyncio.create_task(wait_for_redis(own_redis.url))
        await asyncio.sleep(2)
        assert not looking.done()
        assert len(caplog.records) == 1
        await asyncio.to_thread(own_redis.start)
        assert (await looking).policy == "noeviction"
    assert len(caplog.records) == 2


def test_every_key_of_the_look_has_the_prefix() -> None:
    assert keys.probe_key("x").startswith(keys.KEY_PREFIX)
