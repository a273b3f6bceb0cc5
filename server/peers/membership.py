"""The web processes round one Redis: signs of life, and letters from one to another.

Each process keeps a counter moving in one small hash and looks at those of the others: one that has not moved for
DEAD_SECONDS of this process's own steady clock, while Redis answered, belongs to a process that is gone. No wall
clock is compared anywhere, and nothing here is trusted for safety: a process wrongly taken for dead is fenced.

Letters to a process wait in a list of its own; nobody else reads them. They are numbered, so that a letter that
is lost (its reader died with it, or it waited too long) is noticed, and one that is sent again is read once.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Any

import msgspec
from redis.exceptions import ResponseError

from server.db import keys
from server.db.client import REDIS_ERRORS
from server.db.connection import RedisConnection
from server.db.pipeline import AutoPipeline
from server.db.wrong_type import raise_unless_wrong_type
from server.peers.peer_queue import PeerQueue, SequenceTracker
from server.rooms.ports import PeerListener, StoreUnavailable
from server.rooms.remote import messages
from server.rooms.remote.messages import CommandMessage, PeerMessage
from server.runtime.background_tasks import supervise_task
from server.runtime.rate_limited_log import RateLimitedLog

log = logging.getLogger(__name__)

PEER_HEARTBEAT_INTERVAL_SECONDS = 0.25
PEER_DEAD_AFTER_SECONDS = 5.0
"""A counter that stood still for so long belongs to a process that is gone."""
PEER_QUEUE_TTL_SECONDS = 15
"""Letters that nobody reads are gone after this time."""
MIN_PEER_SEND_INTERVAL_SECONDS = 0.02
"""Two posts are at least so far apart (s), so that items of all rooms leave together: a letter costs its writer and its
reader about as much as all it holds."""
MAX_INK_DELAY_SECONDS = 0.05
"""Ink waits this long (s) for something to leave with: its room takes it in with its next tick."""
PEER_BLPOP_TIMEOUT_SECONDS = 1.0


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
        self._url = url
        self.pipe = AutoPipeline(url)
        """What others may write by, too, for it to leave with the letters."""
        self._peers: dict[str, _PeerHeartbeat] = {}
        self._queues: dict[str, PeerQueue] = {}
        self._arrivals = SequenceTracker()
        self._send_now = asyncio.Event()
        self._alarm: asyncio.TimerHandle | None = None
        self._count = 0
        self._last_heartbeat = time.monotonic()
        self._tasks: list[asyncio.Task[None]] = []
        self._outage_log = RateLimitedLog(log)
        self._damage_log = RateLimitedLog(log)

    @property
    def others(self) -> tuple[str, ...]:
        """The other processes that are alive and stay."""
        return tuple(sorted(self._peers))

    async def is_alive(self, web: str) -> bool:
        """Whether a process has shown a sign of life lately. Raises StoreAway."""
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
        lane = self._queue_for(web)
        if lane is None:
            return False
        lane.add(item, time.monotonic())
        if isinstance(item, CommandMessage) and item.request is None:
            self._send_soon()
        else:
            self._send_now.set()
        return True

    def tell(self, web: str, conn: int, packet: str) -> None:
        """Post a packet for one connection there; the same packet for several of them travels once."""
        lane = self._queue_for(web)
        if lane is None:
            return
        lane.tell(conn, packet)
        self._send_now.set()

    def start(self, listener: PeerListener) -> None:
        """Begin to beat, to read and to write; `listener` is told what the others say."""
        self.listener = listener
        self._tasks = [
            supervise_task(self.beat, "fleet beat"),
            supervise_task(self.write, "fleet writer"),
            supervise_task(self.read, "fleet reader"),
        ]

    async def close(self) -> None:
        """Stop; whoever did not `leave` is missed after a while."""
        self.closing = True
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.pipe.close()

    # -- signs of life -----------------------------------------------------------------------------------

    async def appear(self) -> None:
        """Show the first sign of life; must happen before any room is owned. Raises StoreAway."""
        self._count = int(await self.pipe.run("HINCRBY", keys.WEB_PROCESSES_KEY, self.me, 1))
        self._last_heartbeat = time.monotonic()

    async def leave(self) -> None:
        """Let what is written leave, and say that this process goes."""
        self._send_now.set()
        with suppress(StoreUnavailable, TimeoutError):
            async with asyncio.timeout(1.0):
                while any(lane.items or lane.leaving for lane in self._queues.values()):
                    await asyncio.sleep(MIN_PEER_SEND_INTERVAL_SECONDS)
            self.closing = True
            await self.pipe.run("HDEL", keys.WEB_PROCESSES_KEY, self.me)

    async def beat(self) -> None:
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
                log.error(
                    "this process's own counter in %s is none, it begins again: %s", keys.WEB_PROCESSES_KEY, error
                )
                with suppress(StoreUnavailable):
                    await self.pipe.run("HDEL", keys.WEB_PROCESSES_KEY, self.me)
            else:
                await self._look(int(count), found)
            await asyncio.sleep(PEER_HEARTBEAT_INTERVAL_SECONDS)

    async def _look(self, count: int, found: dict[bytes, bytes]) -> None:
        now = time.monotonic()
        if not self.saving:
            # Nobody could move a counter while Redis was away.
            for peer in self._peers.values():
                peer.moved = now
        self._set_saving(True)
        doubted = count != self._count + 1 or now - self._last_heartbeat > PEER_DEAD_AFTER_SECONDS / 2
        self._count, self._last_heartbeat = count, now
        if doubted:
            self.listener.doubted()
        seen: dict[str, int] = {}
        for name, counted in found.items():
            try:
                seen[name.decode()] = int(counted)
            except ValueError:
                self._damage_log.warning(
                    "%r in %s is no web process: it counts %r", name, keys.WEB_PROCESSES_KEY, counted
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
            still = now - peer.moved
            if still > PEER_DEAD_AFTER_SECONDS or (web not in seen and still > 2 * PEER_HEARTBEAT_INTERVAL_SECONDS):
                await self._remove_dead_peer(web)

    async def _remove_dead_peer(self, web: str) -> None:
        log.info("web process %s is gone", web)
        del self._peers[web]
        self._queues.pop(web, None)
        with suppress(StoreUnavailable):
            await self.pipe.all([("HDEL", keys.WEB_PROCESSES_KEY, web), ("DEL", keys.peer_queue_key(web))])
        self.listener.died(web)

    def _set_saving(self, saving: bool, away: StoreUnavailable | None = None) -> None:
        if saving != self.saving:
            self.saving = saving
            if saving:
                log.warning("Redis takes writes again")
            else:
                log.warning(
                    "Redis is away or takes no writes, saving is paused: %s", away or "a letter could not leave"
                )
            self.listener.saving_changed(saving)

    # -- letters -----------------------------------------------------------------------------------------

    def _queue_for(self, web: str) -> PeerQueue | None:
        if web not in self._peers:
            return None
        lane = self._queues.get(web)
        if lane is None:
            lane = self._queues[web] = PeerQueue()
        if lane.overflow():
            log.warning("too much waits for web process %s", web)
        return lane

    async def write(self) -> None:
        """Post what waits until cancelled; what could not be posted is posted again."""
        posted = float("-inf")
        while True:
            await self._send_now.wait()
            if (rest := posted + MIN_PEER_SEND_INTERVAL_SECONDS - time.monotonic()) > 0:
                await asyncio.sleep(rest)
            self._send_now.clear()
            if self._alarm is not None:
                self._alarm.cancel()
                self._alarm = None
            if await self._post():
                posted = time.monotonic()
            else:
                self._set_saving(False)
                self._send_now.set()
                await asyncio.sleep(0.2)

    async def _post(self) -> bool:
        """Send what waits; false if it has to be sent again."""
        now = time.monotonic()
        sending = [(web, lane) for web, lane in self._queues.items() if lane.items or lane.leaving]
        commands: list[tuple[Any, ...]] = [
            ("RPUSH", keys.peer_queue_key(web), lane.letter(self.me, now)) for web, lane in sending
        ]
        for web, lane in sending:
            # A list that was read empty is gone, and its time with it: then nothing waits that could grow old.
            if now - lane.kept > PEER_QUEUE_TTL_SECONDS / 5:
                lane.kept = now
                commands.append(("EXPIRE", keys.peer_queue_key(web), PEER_QUEUE_TTL_SECONDS))
        try:
            await self.pipe.all(commands)
        except StoreUnavailable:
            return False
        for _, lane in sending:
            lane.leaving = None
            if lane.items:
                # They came while this letter was on its way, perhaps for long.
                self._send_soon()
        return True

    def _send_soon(self) -> None:
        """Post after a while, or with what has to leave before."""
        if self._alarm is None:
            self._alarm = asyncio.get_running_loop().call_later(MAX_INK_DELAY_SECONDS, self._send_now.set)

    async def read(self) -> None:
        """Read letters until cancelled, through outages of Redis."""
        call = [("BLPOP", keys.peer_queue_key(self.me), PEER_BLPOP_TIMEOUT_SECONDS)]
        while not self.closing:
            line = RedisConnection(self._url)
            try:
                while not self.closing:
                    (popped,) = await line.execute(call)
                    if isinstance(popped, Exception):
                        raise popped
                    if popped is not None:
                        self._open(popped[1])
            except REDIS_ERRORS as error:
                self._outage_log.info("no letters while Redis is away: %s", error)
            finally:
                with suppress(*REDIS_ERRORS):
                    await line.close()
            await asyncio.sleep(0.1)

    def _open(self, data: bytes) -> None:
        try:
            letter = messages.decode_envelope(data)
        except msgspec.DecodeError as error:
            log.error("a letter nobody understands: %s", error)
            return
        new, missing = self._arrivals.take(letter)
        if not new:
            return
        if missing:
            self.listener.lost(letter.web)
        self._peers.setdefault(letter.web, _PeerHeartbeat(0, time.monotonic()))
        for item in letter.items:
            try:
                self.listener.hear(letter.web, item)
            except Exception:
                log.exception("an item of a letter from %s was not understood", letter.web)


@asynccontextmanager
async def open_peers(url: str) -> AsyncIterator[RedisPeers]:
    """Join the web processes; call `appear` before anything else, and then `start`. It leaves at the end."""
    fleet = RedisPeers(url)
    try:
        yield fleet
    finally:
        await fleet.close()
