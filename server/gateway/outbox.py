"""What one client is sent: bounded in bytes, droppable messages newest-wins, and who stops reading is cut."""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque

from server.gateway.socketio import sending
from server.gateway.socketio.engine import EngineSocket
from server.metrics import SIZE_BUCKETS_BYTES, Histogram
from server.protocol import Ended, encode_packet

REPEATED_OVERFLOW_SECONDS = 10.0
"""Whoever overflows again within this many seconds after a snapshot is cut."""
CLOSE_GRACE_SECONDS = 2.0
"""Seconds that the last message to a client may take."""
DIRECT_WRITE_LIMIT_BYTES = 16 * 1024
"""While fewer bytes than these wait in the transport, messages are handed to it at once."""


class ClientOutbox:
    """`server.rooms.ports.Outbox` over one connection. Nobody waits for the network but one task.

    What a client takes as it comes goes straight to the transport, a droppable message together with what is sent right
    after it; the task writes what had to wait.
    """

    def __init__(self, connection: EngineSocket, limit: int, waited: Histogram | None = None) -> None:
        self._connection = connection
        self._waited = waited or Histogram(SIZE_BUCKETS_BYTES)
        self._limit = limit
        self._queue: deque[str] = deque()
        self._droppable: dict[str, str] = {}
        self._bytes = self._leaving = 0
        self._offering = self._overflowed = False
        self._overflow_at = float("-inf")
        self._ended = ""
        self._loop = asyncio.get_running_loop()
        self._writer: asyncio.Task[None] | None = None
        """Writes what had to wait, until nothing does."""

    def send(self, packet: str) -> None:
        """Queue a reliable message; over the bound everything waiting is dropped for a snapshot to come."""
        if self._ended:
            return
        unsent = sending.unsent_bytes(self._connection)
        if self._idle and unsent < DIRECT_WRITE_LIMIT_BYTES and len(packet) < self._limit:
            sending.write_packets_now(self._connection, packet, *self._droppable.values())
            self._droppable.clear()
            return
        waiting = self._bytes + self._leaving + unsent
        self._waited.observe(waiting)
        if waiting + len(packet) > self._limit:
            self._overflow()
            return
        self._queue.append(packet)
        self._bytes += len(packet)
        self._wake()

    def droppable(self, kind: str, packet: str) -> None:
        """Offer a message; an older one of its kind that has not left is replaced."""
        if self._ended:
            return
        self._droppable[kind] = packet
        if not self._offering:
            self._offering = True
            self._loop.call_soon(self._offer)

    def close(self, code: str) -> None:
        """Say why, and cut the connection after that left, or after CLOSE_GRACE_SECONDS."""
        if not self._ended:
            self._ended = code
            self._droppable.clear()
            self._queue.append(encode_packet(Ended(code)))
            self._wake()
            self._loop.call_later(CLOSE_GRACE_SECONDS, sending.abort_connection, self._connection)

    @property
    def waiting(self) -> int:
        """Bytes that have not left this process."""
        return self._bytes + self._leaving + sending.unsent_bytes(self._connection)

    @property
    def _idle(self) -> bool:
        """Whether nothing that was sent waits for the task."""
        return not (self._queue or self._leaving)

    def _offer(self) -> None:
        """Let what is droppable leave by itself, if nothing was sent that took it along."""
        self._offering = False
        if not self._droppable or self._ended:
            return
        if self._idle and sending.unsent_bytes(self._connection) < DIRECT_WRITE_LIMIT_BYTES:
            sending.write_packets_now(self._connection, *self._droppable.values())
            self._droppable.clear()
        else:
            self._wake()

    @property
    def overflowed(self) -> bool:
        """True once after messages were dropped."""
        flag, self._overflowed = self._overflowed, False
        return flag

    def stop(self) -> None:
        """End the writer; the connection is gone."""
        self._ended = self._ended or "gone"
        if self._writer is not None:
            self._writer.cancel()
            # Each refers to the other: they would wait for the collector of cycles.
            self._writer = None

    def _wake(self) -> None:
        if self._writer is None:
            self._writer = self._loop.create_task(self._write(), name="client outbox")

    def _overflow(self) -> None:
        now = self._loop.time()
        again = now - self._overflow_at < REPEATED_OVERFLOW_SECONDS
        self._overflow_at = now
        self._overflowed = True
        self._queue.clear()
        self._droppable.clear()
        self._bytes = 0
        if again:
            self._ended = "slow"
            sending.abort_connection(self._connection)

    async def _write(self) -> None:
        with contextlib.suppress(RuntimeError, OSError):
            while self._queue or self._droppable:
                for text in self._take():
                    await sending.write_packet(self._connection, text)
                    self._leaving -= len(text)
            if self._ended:
                await sending.close_connection(self._connection)
        self._writer = None

    def _take(self) -> list[str]:
        """Take everything that waits; the droppable ones last."""
        texts = [*self._queue, *self._droppable.values()]
        self._queue.clear()
        self._droppable.clear()
        self._bytes, self._leaving = 0, sum(map(len, texts))
        return texts
