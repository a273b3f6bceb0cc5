"""Old and new web processes on one Redis: the new one says so before it takes part."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from typing import cast

import pytest
import redis

from server.commands.doctor import check_versions
from server.db import keys
from server.peers.membership import RedisPeers
from server.peers.versions import WEB_VERSION
from server.settings import ServerSettings

pytestmark = pytest.mark.redis

OTHER = "0123456789abcdef"


class Witness(logging.Handler):
    """Hears the log, and looks each time who counts as a web process."""

    def __init__(self, client: redis.Redis) -> None:
        super().__init__(logging.WARNING)
        self.lines: list[str] = []
        self.present: list[set[bytes]] = []
        self._client = client

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(record.getMessage())
        self.present.append(set(cast("dict[bytes, bytes]", self._client.hgetall("webs"))))


@pytest.fixture
def client(redis_url: str) -> Iterator[redis.Redis]:
    with redis.Redis.from_url(redis_url) as made:
        yield made


@pytest.fixture
def witness(client: redis.Redis) -> Iterator[Witness]:
    made, log = Witness(client), logging.getLogger("server.peers.membership")
    log.addHandler(made)
    yield made
    log.removeHandler(made)


@asynccontextmanager
async def heartbeat_of_523f2d6(url: str) -> AsyncIterator[None]:
    """A counter under the process's name in `webs`, moved every 0.25 s, and nothing else."""

    async def beat() -> None:
        async with redis.asyncio.Redis.from_url(url) as made:
            while True:
                await made.hincrby("webs", OTHER, 1)
                await asyncio.sleep(0.25)

    beating = asyncio.create_task(beat())
    try:
        yield
    finally:
        beating.cancel()
        with suppress(asyncio.CancelledError):
            await beating


async def appear(url: str) -> str:
    """Take part, and leave; returns under which name."""
    peers = RedisPeers(url)
    await peers.appear()
    await peers.leave()
    await peers.close()
    return peers.me


async def test_an_older_process_is_named_in_one_line_before_this_one_takes_part(
    redis_url: str, witness: Witness
) -> None:
    async with heartbeat_of_523f2d6(redis_url):
        await asyncio.sleep(0.05)
        me = await appear(redis_url)
    (line,) = witness.lines
    assert line.startswith(f"web process {OTHER} runs an older version")
    assert WEB_VERSION in line
    assert witness.present == [{OTHER.encode()}]
    assert me != OTHER


async def test_a_process_of_another_version_is_named_with_it(
    redis_url: str, client: redis.Redis, witness: Witness
) -> None:
    client.hset(keys.WEB_VERSIONS_KEY, OTHER, "9.9.9 (room format 7)")
    async with heartbeat_of_523f2d6(redis_url):
        await asyncio.sleep(0.05)
        await appear(redis_url)
    (line,) = witness.lines
    assert line.startswith(f"web process {OTHER} runs 9.9.9 (room format 7), this one runs")


async def test_one_of_this_version_and_one_that_is_gone_are_not_worth_a_word(
    redis_url: str, client: redis.Redis, witness: Witness
) -> None:
    client.hset("webs", "fedcba9876543210", 7)
    client.hset(keys.WEB_VERSIONS_KEY, OTHER, WEB_VERSION)
    async with heartbeat_of_523f2d6(redis_url):
        await asyncio.sleep(0.05)
        await appear(redis_url)
    assert witness.lines == []


async def test_a_process_says_what_it_runs_while_it_takes_part(redis_url: str, client: redis.Redis) -> None:
    peers = RedisPeers(redis_url)
    await peers.appear()
    assert client.hgetall(keys.WEB_VERSIONS_KEY) == {peers.me.encode(): WEB_VERSION.encode()}
    await peers.leave()
    assert client.hgetall(keys.WEB_VERSIONS_KEY) == {}
    await peers.close()


async def test_the_doctor_names_it_too(redis_url: str) -> None:
    settings = ServerSettings(redis_url=redis_url)
    assert (await asyncio.to_thread(check_versions, settings)).ok
    async with heartbeat_of_523f2d6(redis_url):
        await asyncio.sleep(0.05)
        finding = await asyncio.to_thread(check_versions, settings)
    assert not finding.ok
    assert OTHER in finding.found
    assert "docs/hosting.md" in finding.advice
