"""The web processes round one Redis: who is alive, and what they tell each other (`server.peers.mailbox`).

Each process keeps a counter moving in one small hash and looks at those of the others: one that has not moved for
PEER_DEAD_AFTER_SECONDS of this process's own steady clock, while Redis answered, belongs to a process that is gone. No wall
clock is compared anywhere, and nothing here is trusted for safety: a process wrongly taken for dead is fenced.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from functools import partial

from redis.exceptions import ResponseError

from server.db import keys
from server.db.connection import Command
from server.db.pipeline import AutoPipeline
from server.db.wrong_type import raise_unless_wrong_type
from server.peers.mailbox import PeerMailbox
from server.peers.versions import WEB_VERSION, find_other_versions
from server.rooms.ports import PeerListener, StoreUnavailable
from server.rooms.remote.messages import PeerEnvelope, PeerMessage
from server.runtime.background_tasks import supervise_task
from server.runtime.rate_limited_log import RateLimitedLog

log = logging.getLogger(__name__)

PEER_HEARTBEAT_INTERVAL_SECONDS = 0.25
"""Seconds between two heartbeats of a web process."""
PEER_DEAD_AFTER_SECONDS = 5.0
"""A counter that stood still for so long belongs to a process that is gone."""
MAX_LEAVE_SECONDS = 1.0
"""What waits for others may take so long to leave when this process ends."""
LEAVE_POLL_SECONDS = 0.02
"""Seconds between two looks whether everything has left."""


@dataclass(slots=True)
class _PeerHeartbeat:
    """Another process: its counter, and when that was seen to move."""

    count: int
    moved: float


class RedisPeers:
    """`server.rooms.ports.Peers` through Redis."""

    listener: PeerListener

    def __init__(self, url: str) -> None:
        self.me = secrets.token_hex(8)
        self.saving = True
        self.closing = False
        self.pipe = AutoPipeline(url)
        """What others may write by, too, for it to leave with the messages."""
        self.mailbox = PeerMailbox(self.me, url, self.pipe, self._receive, partial(self._set_saving, False))
        self._peers: dict[str, _PeerHeartbeat] = {}
        self._count = 0
        self._last_heartbeat = time.monotonic()
        self._tasks: list[asyncio.Task[None]] = []
        self._damage_log = RateLimitedLog(log)

    @property
    def others(self) -> tuple[str, ...]:
        """The other processes that are alive and stay."""
        return tuple(sorted(self._peers))

    async def is_alive(self, web: str) -> bool:
        """Whether a process has written a heartbeat lately. Raises StoreUnavailable."""
        if web == self.me or web in self._peers:
            return True
        # It may be younger than the last look.
        count = await self.pipe.run("HGET", keys.WEB_PROCESSES_KEY, web)
        if count is None:
            return False
        try:
            peer = _PeerHeartbeat(int(count), time.monotonic())
        except ValueError:
            # Nobody can move that counter.
            return False
        self._peers.setdefault(web, peer)
        return True

    def send(self, web: str, item: PeerMessage) -> bool:
        """Post one item; False if there is no such process (any more)."""
        if web not in self._peers:
            return False
        self.mailbox.send(web, item)
        return True

    def deliver(self, web: str, conn: int, packet: str) -> None:
        """Post a packet for one connection there; the same packet for several of them travels once."""
        if web in self._peers:
            self.mailbox.deliver(web, conn, packet)

    def start(self, listener: PeerListener) -> None:
        """Begin to write heartbeats, to read and to send; `listener` is told what the others say."""
        self.listener = listener
        self._tasks = [
            supervise_task(self.send_heartbeats, "peer heartbeat"),
            supervise_task(self.mailbox.sender.run, "peer sender"),
            supervise_task(self.mailbox.inbox.run, "peer inbox"),
        ]

    async def close(self) -> None:
        """Stop; whoever did not `leave` is missed after a while."""
        self.closing = self.mailbox.inbox.closing = True
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.pipe.close()

    # -- heartbeats --------------------------------------------------------------------------------------

    async def appear(self) -> None:
        """Write the first heartbeat; must happen before any room is owned. Raises StoreUnavailable."""
        for other in await find_other_versions(self.pipe, self.me):
            log.warning(
                "web process %s runs %s, this one runs %s: they may not read each other's rooms (docs/hosting.md)",
                other.web, other.version, WEB_VERSION,
            )  # fmt: skip
        self._count = int(await self.pipe.run("HINCRBY", keys.WEB_PROCESSES_KEY, self.me, 1))
        self._last_heartbeat = time.monotonic()
        await self._name_version()

    async def _name_version(self) -> None:
        """Write what this process runs, for others that start. Raises StoreUnavailable."""
        try:
            await self.pipe.run("HSET", keys.WEB_VERSIONS_KEY, self.me, WEB_VERSION)
        except ResponseError as error:
            raise_unless_wrong_type(error)
            self._damage_log.warning("cannot write the version of this process to %s: %s", keys.WEB_VERSIONS_KEY, error)

    async def leave(self) -> None:
        """Let what waits leave, and say that this process goes."""
        self.mailbox.sender.wake()
        with suppress(StoreUnavailable, TimeoutError):
            async with asyncio.timeout(MAX_LEAVE_SECONDS):
                while not self.mailbox.empty:
                    await asyncio.sleep(LEAVE_POLL_SECONDS)
            self.closing = self.mailbox.inbox.closing = True
            await self.pipe.all(_forget_commands(self.me))

    async def send_heartbeats(self) -> None:
        """Keep the counter moving and look at the others' until cancelled."""
        while not self.closing:
            try:
                count, found = await self.pipe.all(
                    [("HINCRBY", keys.WEB_PROCESSES_KEY, self.me, 1), ("HGETALL", keys.WEB_PROCESSES_KEY)]
                )
            except StoreUnavailable as away:
                self._set_saving(False, away)
            except ResponseError as error:
                raise_unless_wrong_type(error)
                log.error("counter of web process %s in %s begins again: %s", self.me, keys.WEB_PROCESSES_KEY, error)
                with suppress(StoreUnavailable):
                    await self.pipe.run("HDEL", keys.WEB_PROCESSES_KEY, self.me)
            else:
                await self._check_heartbeats(int(count), found)
            await asyncio.sleep(PEER_HEARTBEAT_INTERVAL_SECONDS)

    async def _check_heartbeats(self, count: int, found: dict[bytes, bytes]) -> None:
        now = time.monotonic()
        if not self.saving:
            # Nobody could move a counter while Redis was away.
            for peer in self._peers.values():
                peer.moved = now
        self._set_saving(True)
        doubted = count != self._count + 1 or now - self._last_heartbeat > PEER_DEAD_AFTER_SECONDS / 2
        self._count, self._last_heartbeat = count, now
        if doubted:
            self.listener.on_ownership_doubted()
            with suppress(StoreUnavailable):
                # The counter began again: Redis may have lost this, too.
                await self._name_version()
        seen: dict[str, int] = {}
        for name, counted in found.items():
            try:
                seen[name.decode()] = int(counted)
            except ValueError:
                self._damage_log.warning(
                    "counter of web process %r in %s is no number: %r", name, keys.WEB_PROCESSES_KEY, counted
                )
        seen.pop(self.me, None)
        for web, value in seen.items():
            peer = self._peers.setdefault(web, _PeerHeartbeat(value, now))
            if peer.count != value:
                peer.count, peer.moved = value, now
        for web, peer in list(self._peers.items()):
            # After a pause of this process's own, what it saw before it says nothing.
            if doubted:
                peer.moved = now
            silence = now - peer.moved
            if silence > PEER_DEAD_AFTER_SECONDS or (web not in seen and silence > 2 * PEER_HEARTBEAT_INTERVAL_SECONDS):
                await self._remove_dead_peer(web)

    async def _remove_dead_peer(self, web: str) -> None:
        log.info("web process %s is gone", web)
        del self._peers[web]
        self.mailbox.forget(web)
        with suppress(StoreUnavailable):
            await self.pipe.all([*_forget_commands(web), ("DEL", keys.peer_queue_key(web))])
        self.listener.on_peer_gone(web)

    def _set_saving(self, saving: bool, away: StoreUnavailable | None = None) -> None:
        if saving != self.saving:
            self.saving = saving
            if saving:
                log.warning("Redis takes writes again")
            else:
                log.warning("Redis is away or takes no writes, saving is paused: %s", away)
            self.listener.saving_changed(saving)

    # -- messages ----------------------------------------------------------------------------------------

    def _receive(self, envelope: PeerEnvelope, missing: bool) -> None:
        if missing:
            self.listener.on_messages_lost(envelope.web)
        self._peers.setdefault(envelope.web, _PeerHeartbeat(0, time.monotonic()))
        for item in envelope.items:
            try:
                self.listener.on_peer_message(envelope.web, item)
            except Exception:
                log.exception("cannot handle %s of web process %s", type(item).__name__, envelope.web)


def _forget_commands(web: str) -> list[Command]:
    return [("HDEL", keys.WEB_PROCESSES_KEY, web), ("HDEL", keys.WEB_VERSIONS_KEY, web)]


@asynccontextmanager
async def open_peers(url: str) -> AsyncIterator[RedisPeers]:
    """Join the web processes; call `appear` before anything else, and then `start`. It leaves at the end."""
    peers = RedisPeers(url)
    try:
        yield peers
    finally:
        await peers.close()
