"""Reading what arrives in Redis, through outages: one loop for everybody who waits for messages there.

A message arrives in a list, where it waits for its reader, or on a channel, where it is lost without one. An outage ends
one connection. After a pause there is a new one.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress

from server.db.client import REDIS_ERRORS, connect_pubsub
from server.db.connection import RedisConnection
from server.runtime.rate_limited_log import RateLimitedLog

log = logging.getLogger(__name__)

Receive = Callable[[], Awaitable[bytes | None]]
"""Returns the next message, or None when none came for a while. Raises one of REDIS_ERRORS."""
OpenInbox = Callable[[], AbstractAsyncContextManager[Receive]]
"""Connects, and hangs up at the end."""


class RedisInbox:
    """Hands every message on until it is closed."""

    def __init__(
        self,
        name: str,
        open_inbox: OpenInbox,
        handle: Callable[[bytes], None],
        retry_seconds: float,
        on_disconnect: Callable[[], None] = lambda: None,
    ) -> None:
        """`name` says in the log what cannot be read; `on_disconnect` is called after each connection."""
        self.closing = False
        """Cancelling is not enough: redis-py now and then turns it into an ordinary error."""
        self._name, self._open, self._handle = name, open_inbox, handle
        self._retry_seconds, self._on_disconnect = retry_seconds, on_disconnect
        self._outage_log = RateLimitedLog(log)

    async def run(self) -> None:
        """Read until closed or cancelled."""
        while not self.closing:
            try:
                async with self._open() as receive:
                    while not self.closing:
                        message = await receive()
                        if message is not None:
                            self._handle(message)
            except REDIS_ERRORS as error:
                self._outage_log.info("cannot read %s while Redis is away: %s", self._name, error)
            self._on_disconnect()
            await asyncio.sleep(self._retry_seconds)


@asynccontextmanager
async def open_list_inbox(
    url: str,
    key: str,
    block_seconds: float,
    before_each: Callable[[RedisConnection], Awaitable[None]] | None = None,
) -> AsyncIterator[Receive]:
    """Read a list; each wait for a message ends after `block_seconds`. `before_each` wait the connection may serve others."""
    connection = RedisConnection(url)
    blpop = [("BLPOP", key, block_seconds)]

    async def receive() -> bytes | None:
        if before_each is not None:
            await before_each(connection)
        (popped,) = await connection.execute(blpop)
        if isinstance(popped, Exception):
            raise popped
        return None if popped is None else popped[1]

    try:
        yield receive
    finally:
        with suppress(*REDIS_ERRORS):
            await connection.close()


@asynccontextmanager
async def open_channel_inbox(url: str, channel: str, wait_seconds: float) -> AsyncIterator[Receive]:
    """Listen to a channel; each wait for a message ends after `wait_seconds`."""
    client = connect_pubsub(url)
    try:
        async with client.pubsub() as subscription:
            await subscription.subscribe(channel)

            async def receive() -> bytes | None:
                message = await subscription.get_message(ignore_subscribe_messages=True, timeout=wait_seconds)
                return None if message is None else message["data"]

            yield receive
    finally:
        await client.aclose()


def run_through_outages(name: str, session: Callable[[], None], stop: threading.Event, retry_seconds: float) -> None:
    """Do the same in a thread: call `session`, which connects and reads, again after each outage until `stop` is set."""
    outage_log = RateLimitedLog(log)
    while not stop.is_set():
        try:
            session()
        except REDIS_ERRORS as error:
            outage_log.warning("cannot read %s while Redis is away: %s", name, error)
            stop.wait(retry_seconds)
