"""The way to one client: bounded in bytes, droppable messages newest-wins, and the door for whoever stops reading."""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque

from server.gateway import engine
from server.protocol import Ended, packet

SECOND_CHANCE = 10.0
"""Whoever overflows again within this many seconds after a snapshot is cut."""
FAREWELL = 2.0
"""Seconds that the last words to a client may take."""


class ClientOutbox:
    """`server.rooms.ports.Outbox` over one connection. One task writes; nobody else waits for the network."""

    def __init__(self, connection: engine.Socket, limit: int) -> None:
        self._connection = connection
        self._limit = limit
        self._queue: deque[str] = deque()
        self._droppable: dict[str, str] = {}
        self._bytes = self._leaving = 0
        self._overflowed = False
        self._overflow_at = float("-inf")
        self._ended = ""
        self._wake = asyncio.Event()
        self._loop = asyncio.get_running_loop()
        self._writer = self._loop.create_task(self._write(), name="outbox")

    def send(self, packet: str) -> None:
        """Queue a reliable message; over the bound everything waiting is dropped for a snapshot to come."""
        if self._ended:
            return
        if self._bytes + self._leaving + len(packet) + engine.unsent(self._connection) > self._limit:
            self._overflow()
            return
        self._queue.append(packet)
        self._bytes += len(packet)
        self._wake.set()

    def droppable(self, kind: str, packet: str) -> None:
        """Offer a message; an older one of its kind that has not left is replaced."""
        if not self._ended:
            self._droppable[kind] = packet
            self._wake.set()

    def close(self, code: str) -> None:
        """Say why, and cut the connection after that left, or after FAREWELL seconds."""
        if not self._ended:
            self._ended = code
            self._droppable.clear()
            self._queue.append(packet(Ended(code)))
            self._wake.set()
            self._loop.call_later(FAREWELL, engine.abort, self._connection)

    @property
    def overflowed(self) -> bool:
        """True once after messages were dropped."""
        flag, self._overflowed = self._overflowed, False
        return flag

    def stop(self) -> None:
        """End the writer; the connection is gone."""
        self._ended = self._ended or "gone"
        self._writer.cancel()

    def _overflow(self) -> None:
        now = self._loop.time()
        again = now - self._overflow_at < SECOND_CHANCE
        self._overflow_at = now
        self._overflowed = True
        self._queue.clear()
        self._droppable.clear()
        self._bytes = 0
        if again:
            self._ended = "slow"
            engine.abort(self._connection)

    async def _write(self) -> None:
        with contextlib.suppress(ConnectionError, RuntimeError, OSError):
            while True:
                await self._wake.wait()
                self._wake.clear()
                while self._queue or self._droppable:
                    for text in self._take():
                        await engine.write(self._connection, text)
                        self._leaving -= len(text)
                if self._ended:
                    await engine.finish(self._connection)
                    return

    def _take(self) -> list[str]:
        """Take everything that waits; the droppable ones last."""
        texts = [*self._queue, *self._droppable.values()]
        self._queue.clear()
        self._droppable.clear()
        self._bytes, self._leaving = 0, sum(map(len, texts))
        return texts
