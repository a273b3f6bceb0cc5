"""Messages between web processes: each one has a list in Redis, which nobody else reads.

Messages to a process leave together, as one numbered envelope. So one that is lost is noticed (its reader died with it, or it
waited too long), and one that is sent again is read once.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

from server.db import keys
from server.db.coalescing_sender import CoalescingSender
from server.db.inbox import RedisInbox, open_list_inbox
from server.db.pipeline import AutoPipeline
from server.decode_errors import DECODE_ERRORS
from server.peers.peer_queue import PeerQueue, SequenceTracker
from server.rooms.ports import StoreUnavailable
from server.rooms.remote import messages
from server.rooms.remote.messages import CommandMessage, PeerEnvelope, PeerMessage

log = logging.getLogger(__name__)

PEER_QUEUE_TTL_SECONDS = 15
"""Envelopes that nobody reads are gone after this time."""
MIN_PEER_SEND_INTERVAL_SECONDS = 0.02
"""Two envelopes are at least so far apart, so that items of all rooms leave together: an envelope costs its writer and its
reader about as much as all it holds."""
PEER_SEND_RETRY_SECONDS = 0.2
"""Seconds until messages that could not be sent are sent again."""
MAX_INK_DELAY_SECONDS = 0.05
"""Ink waits this long for something to leave with: its room takes it in with its next tick."""
PEER_BLPOP_TIMEOUT_SECONDS = 1.0
"""Seconds that one wait for messages lasts."""
PEER_RECONNECT_SECONDS = 0.1
"""Seconds between two attempts to reach Redis."""


class PeerMailbox:
    """What waits for other processes, and what came from them."""

    def __init__(
        self,
        me: str,
        url: str,
        pipe: AutoPipeline,
        receive: Callable[[PeerEnvelope, bool], None],
        on_unsent: Callable[[StoreUnavailable], None],
    ) -> None:
        """`receive` gets each new envelope, and whether one before it is missing."""
        self.queues: dict[str, PeerQueue] = {}
        self.sender = CoalescingSender(self._send_waiting, MIN_PEER_SEND_INTERVAL_SECONDS, PEER_SEND_RETRY_SECONDS)
        self.inbox = RedisInbox(
            "messages of other web processes",
            partial(open_list_inbox, url, keys.peer_queue_key(me), PEER_BLPOP_TIMEOUT_SECONDS),
            self._open,
            PEER_RECONNECT_SECONDS,
        )
        self._me, self._pipe, self._receive, self._on_unsent = me, pipe, receive, on_unsent
        self._arrivals = SequenceTracker()

    @property
    def empty(self) -> bool:
        """Whether nothing waits for anybody."""
        return not any(queue.items or queue.leaving for queue in self.queues.values())

    def send(self, web: str, item: PeerMessage) -> None:
        """Let one item leave."""
        self._queue(web).add(item, time.monotonic())
        if isinstance(item, CommandMessage) and item.request is None:
            self.sender.wake_within(MAX_INK_DELAY_SECONDS)
        else:
            self.sender.wake()

    def deliver(self, web: str, conn: int, packet: str) -> None:
        """Let a packet for one connection leave; the same packet for several of them travels once."""
        self._queue(web).deliver(conn, packet)
        self.sender.wake()

    def forget(self, web: str) -> None:
        """Drop what waits for a process that is gone."""
        self.queues.pop(web, None)

    def _queue(self, web: str) -> PeerQueue:
        queue = self.queues.get(web)
        if queue is None:
            queue = self.queues[web] = PeerQueue()
        if queue.overflow():
            log.warning("queue of messages to web process %s is full: what waited is dropped", web)
        return queue

    async def _send_waiting(self) -> bool:
        """Send what waits, and again what could not be sent; says whether anything was. Raises StoreUnavailable."""
        now = time.monotonic()
        sending = [(web, queue) for web, queue in self.queues.items() if queue.items or queue.leaving]
        try:
            await self._pipe.all(self._commands(sending, now))
        except StoreUnavailable as error:
            self._on_unsent(error)
            raise
        for _, queue in sending:
            queue.leaving = None
            if queue.items:
                # They came while this envelope was on its way, perhaps for long.
                self.sender.wake_within(MAX_INK_DELAY_SECONDS)
        return bool(sending)

    def _commands(self, sending: Iterable[tuple[str, PeerQueue]], now: float) -> list[tuple[Any, ...]]:
        commands: list[tuple[Any, ...]] = []
        for web, queue in sending:
            commands.append(("RPUSH", keys.peer_queue_key(web), queue.next_envelope(self._me, now)))
        for web, queue in sending:
            # A list that was read empty is gone, and its time with it: then nothing waits that could grow old.
            if now - queue.expiry_set_at > PEER_QUEUE_TTL_SECONDS / 5:
                queue.expiry_set_at = now
                commands.append(("EXPIRE", keys.peer_queue_key(web), PEER_QUEUE_TTL_SECONDS))
        return commands

    def _open(self, data: bytes) -> None:
        try:
            envelope = messages.decode_envelope(data)
        except DECODE_ERRORS as error:
            log.error("cannot decode envelope from %s: %s", keys.peer_queue_key(self._me), error)
            return
        new, missing = self._arrivals.take(envelope)
        if new:
            self._receive(envelope, missing)
