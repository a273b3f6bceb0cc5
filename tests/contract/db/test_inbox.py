"""Reading from Redis through outages: lists, channels, threads."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from functools import partial

import pytest
import redis

from server.db.connection import RedisConnection
from server.db.inbox import OpenInbox, RedisInbox, open_channel_inbox, open_list_inbox, run_through_outages
from server.db.sync_connection import SyncRedisConnection
from tests.redis_server import RedisServer

pytestmark = pytest.mark.redis


@asynccontextmanager
async def reading(open_inbox: OpenInbox, handle: Callable[[bytes], None]) -> AsyncIterator[list[str]]:
    """Read meanwhile; yields a list that grows with each connection that ended."""
    ended: list[str] = []
    inbox = RedisInbox("letters", open_inbox, handle, 0.01, lambda: ended.append("ended"))
    task = asyncio.create_task(inbox.run())
    yield ended
    inbox.closing = True
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


async def until(true: Callable[[], bool], meanwhile: Callable[[], object] = lambda: None) -> None:
    async with asyncio.timeout(10):
        while not true():
            meanwhile()
            await asyncio.sleep(0.01)


def push(server: RedisServer, value: bytes) -> None:
    with redis.Redis.from_url(server.url) as client:
        client.rpush("box", value)


def publish(server: RedisServer, value: bytes) -> None:
    with redis.Redis.from_url(server.url) as client:
        client.publish("channel", value)


async def test_a_list_is_read_in_order_and_after_an_outage(
    own_redis: RedisServer, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    heard: list[bytes] = []
    push(own_redis, b"one")
    push(own_redis, b"two")
    async with reading(partial(open_list_inbox, own_redis.url, "box", 0.1), heard.append) as ended:
        await until(lambda: heard == [b"one", b"two"])
        assert not ended
        own_redis.kill()
        await until(lambda: bool(ended))
        own_redis.start()
        push(own_redis, b"three")
        await until(lambda: heard == [b"one", b"two", b"three"])
    assert sum("cannot read letters while Redis is away" in line for line in caplog.messages) == 1


async def test_a_key_that_is_no_list_is_tried_again_until_it_is_one(own_redis: RedisServer) -> None:
    heard: list[bytes] = []
    with redis.Redis.from_url(own_redis.url) as client:
        client.set("box", "something else")
        async with reading(partial(open_list_inbox, own_redis.url, "box", 0.1), heard.append) as ended:
            await until(lambda: len(ended) >= 2)
            client.delete("box")
            client.rpush("box", b"one")
            await until(lambda: heard == [b"one"])


async def test_the_connection_serves_others_before_each_wait(own_redis: RedisServer) -> None:
    looks: list[object] = []
    heard: list[bytes] = []

    async def look(connection: RedisConnection) -> None:
        looks.extend(await connection.execute([("PING",)]))

    async with reading(partial(open_list_inbox, own_redis.url, "box", 0.02, look), heard.append):
        await until(lambda: len(looks) > 2)
        push(own_redis, b"one")
        await until(lambda: heard == [b"one"])
    assert set(looks) == {True}


async def test_a_channel_is_heard_again_after_an_outage(own_redis: RedisServer) -> None:
    heard: list[bytes] = []
    async with reading(partial(open_channel_inbox, own_redis.url, "channel", 0.1), heard.append) as ended:
        await until(lambda: b"one" in heard, lambda: publish(own_redis, b"one"))
        own_redis.kill()
        await until(lambda: bool(ended))
        own_redis.start()
        await until(lambda: b"two" in heard, lambda: publish(own_redis, b"two"))


async def test_a_thread_goes_on_after_an_outage(own_redis: RedisServer) -> None:
    stop, heard = threading.Event(), []
    connection = SyncRedisConnection(own_redis.url)

    def session() -> None:
        while not stop.is_set():
            (popped,) = connection.execute([("BLPOP", "box", 0.05)])
            if popped is not None:
                heard.append(popped[1])

    thread = threading.Thread(target=run_through_outages, args=("letters", session, stop, 0.01))
    thread.start()
    push(own_redis, b"one")
    await until(lambda: heard == [b"one"])
    own_redis.kill()
    own_redis.start()
    push(own_redis, b"two")
    await until(lambda: heard == [b"one", b"two"])
    stop.set()
    await asyncio.to_thread(thread.join)
    connection.close()
