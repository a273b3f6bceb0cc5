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
from server.db.client import FAILURES
from server.db.connection import Line
from server.db.damage import insist_on_damage
from server.db.pipeline import Pipe
from server.peers.mailbox import Arrivals, Lane
from server.rooms.ports import Ears, StoreAway
from server.rooms.remote import messages
from server.rooms.remote.messages import Item, Said
from server.runtime.background_tasks import supervised
from server.runtime.rate_limited_log import RateLimitedLog

log = logging.getLogger(__name__)

BEAT_SECONDS = 0.25
DEAD_SECONDS = 5.0
"""A counter that stood still for so long belongs to a process that is gone."""
MAIL_SECONDS = 15
"""Letters that nobody reads are gone after this time."""
BREATH = 0.02
"""Two posts are at least so far apart (s), so that items of all rooms leave together: a letter costs its writer and its
reader about as much as all it holds."""
PATIENCE = 0.05
"""Ink waits this long (s) for something to leave with: its room takes it in with its next tick."""
BLOCK = 1.0


@dataclass(slots=True)
class _Peer:
    """Another process: its counter, and when that was seen to move."""

    count: int
    moved: float


class RedisFleet:
    """`server.rooms.ports.Fleet` through Redis; `ears` hear what the others say."""

    ears: Ears

    def __init__(self, url: str) -> None:
        self.me = secrets.token_hex(8)
        self.saving = True
        self.closing = False
        self._url = url
        self.pipe = Pipe(url)
        """What others may write by, too, for it to leave with the letters."""
        self._peers: dict[str, _Peer] = {}
        self._lanes: dict[str, Lane] = {}
        self._arrivals = Arrivals()
        self._hurry = asyncio.Event()
        self._alarm: asyncio.TimerHandle | None = None
        self._count = 0
        self._beaten = time.monotonic()
        self._tasks: list[asyncio.Task[None]] = []
        self._deaf = RateLimitedLog(log)
        self._odd = RateLimitedLog(log)

    @property
    def others(self) -> tuple[str, ...]:
        """The other processes that are alive and stay."""
        return tuple(sorted(self._peers))

    async def is_alive(self, web: str) -> bool:
        """Whether a process has shown a sign of life lately. Raises StoreAway."""
        if web == self.me or web in self._peers:
            return True
        # It may be younger than the last look.
        count = await self.pipe.run("HGET", keys.WEBS, web)
        if count is None:
            return False
        try:
            peer = _Peer(int(count), time.monotonic())
        except ValueError:
            # Nobody can move that counter.
            return False
        self._peers.setdefault(web, peer)
        return True

    def send(self, web: str, item: Item) -> bool:
        """Post one item; False if there is no such process (any more)."""
        lane = self._lane(web)
        if lane is None:
            return False
        lane.add(item, time.monotonic())
        if isinstance(item, Said) and item.request is None:
            self._be_patient()
        else:
            self._hurry.set()
        return True

    def tell(self, web: str, conn: int, packet: str) -> None:
        """Post a packet for one connection there; the same packet for several of them travels once."""
        lane = self._lane(web)
        if lane is None:
            return
        lane.tell(conn, packet)
        self._hurry.set()

    def start(self) -> None:
        """Begin to beat, to read and to write; `ears` must be set."""
        self._tasks = [
            supervised(self.beat, "fleet beat"),
            supervised(self.write, "fleet writer"),
            supervised(self.read, "fleet reader"),
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
        self._count = int(await self.pipe.run("HINCRBY", keys.WEBS, self.me, 1))
        self._beaten = time.monotonic()

    async def leave(self) -> None:
        """Let what is written leave, and say that this process goes."""
        self._hurry.set()
        with suppress(StoreAway, TimeoutError):
            async with asyncio.timeout(1.0):
                while any(lane.items or lane.leaving for lane in self._lanes.values()):
                    await asyncio.sleep(BREATH)
            self.closing = True
            await self.pipe.run("HDEL", keys.WEBS, self.me)

    async def beat(self) -> None:
        """Keep the counter moving and look at the others' until cancelled."""
        while not self.closing:
            try:
                count, found = await self.pipe.all([("HINCRBY", keys.WEBS, self.me, 1), ("HGETALL", keys.WEBS)])
            except StoreAway as away:
                self._judge_saving(False, away)
            except ResponseError as error:
                insist_on_damage(error)
                log.error("this process's own counter in %s is none, it begins again: %s", keys.WEBS, error)
                with suppress(StoreAway):
                    await self.pipe.run("HDEL", keys.WEBS, self.me)
            else:
                await self._look(int(count), found)
            await asyncio.sleep(BEAT_SECONDS)

    async def _look(self, count: int, found: dict[bytes, bytes]) -> None:
        now = time.monotonic()
        if not self.saving:
            # Nobody could move a counter while Redis was away.
            for peer in self._peers.values():
                peer.moved = now
        self._judge_saving(True)
        doubted = count != self._count + 1 or now - self._beaten > DEAD_SECONDS / 2
        self._count, self._beaten = count, now
        if doubted:
            self.ears.doubted()
        seen: dict[str, int] = {}
        for name, counted in found.items():
            try:
                seen[name.decode()] = int(counted)
            except ValueError:
                self._odd.warning("%r in %s is no web process: it counts %r", name, keys.WEBS, counted)
        seen.pop(self.me, None)
        for web, value in seen.items():
            peer = self._peers.setdefault(web, _Peer(value, now))
            if peer.count != value:
                peer.count, peer.moved = value, now
        for web, peer in list(self._peers.items()):
            # After a pause of this process's own, what it saw before it says nothing.
            if doubted:
                peer.moved = now
            still = now - peer.moved
            if still > DEAD_SECONDS or (web not in seen and still > 2 * BEAT_SECONDS):
                await self._bury(web)

    async def _bury(self, web: str) -> None:
        log.info("web process %s is gone", web)
        del self._peers[web]
        self._lanes.pop(web, None)
        with suppress(StoreAway):
            await self.pipe.all([("HDEL", keys.WEBS, web), ("DEL", keys.mail(web))])
        self.ears.died(web)

    def _judge_saving(self, saving: bool, away: StoreAway | None = None) -> None:
        if saving != self.saving:
            self.saving = saving
            if saving:
                log.warning("Redis takes writes again")
            else:
                log.warning(
                    "Redis is away or takes no writes, saving is paused: %s", away or "a letter could not leave"
                )
            self.ears.saving_changed(saving)

    # -- letters -----------------------------------------------------------------------------------------

    def _lane(self, web: str) -> Lane | None:
        if web not in self._peers:
            return None
        lane = self._lanes.get(web)
        if lane is None:
            lane = self._lanes[web] = Lane()
        if lane.overflow():
            log.warning("too much waits for web process %s", web)
        return lane

    async def write(self) -> None:
        """Post what waits until cancelled; what could not be posted is posted again."""
        posted = float("-inf")
        while True:
            await self._hurry.wait()
            if (rest := posted + BREATH - time.monotonic()) > 0:
                await asyncio.sleep(rest)
            self._hurry.clear()
            if self._alarm is not None:
                self._alarm.cancel()
                self._alarm = None
            if await self._post():
                posted = time.monotonic()
            else:
                self._judge_saving(False)
                self._hurry.set()
                await asyncio.sleep(0.2)

    async def _post(self) -> bool:
        """Send what waits; false if it has to be sent again."""
        now = time.monotonic()
        sending = [(web, lane) for web, lane in self._lanes.items() if lane.items or lane.leaving]
        commands: list[tuple[Any, ...]] = [
            ("RPUSH", keys.mail(web), lane.letter(self.me, now)) for web, lane in sending
        ]
        for web, lane in sending:
            # A list that was read empty is gone, and its time with it: then nothing waits that could grow old.
            if now - lane.kept > MAIL_SECONDS / 5:
                lane.kept = now
                commands.append(("EXPIRE", keys.mail(web), MAIL_SECONDS))
        try:
            await self.pipe.all(commands)
        except StoreAway:
            return False
        for _, lane in sending:
            lane.leaving = None
            if lane.items:
                # They came while this letter was on its way, perhaps for long.
                self._be_patient()
        return True

    def _be_patient(self) -> None:
        """Post after a while, or with what has to leave before."""
        if self._alarm is None:
            self._alarm = asyncio.get_running_loop().call_later(PATIENCE, self._hurry.set)

    async def read(self) -> None:
        """Read letters until cancelled, through outages of Redis."""
        call = [("BLPOP", keys.mail(self.me), BLOCK)]
        while not self.closing:
            line = Line(self._url)
            try:
                while not self.closing:
                    (popped,) = await line.talk(call)
                    if isinstance(popped, Exception):
                        raise popped
                    if popped is not None:
                        self._open(popped[1])
            except FAILURES as error:
                self._deaf.info("no letters while Redis is away: %s", error)
            finally:
                with suppress(*FAILURES):
                    await line.close()
            await asyncio.sleep(0.1)

    def _open(self, data: bytes) -> None:
        try:
            letter = messages.decode(data)
        except msgspec.DecodeError as error:
            log.error("a letter nobody understands: %s", error)
            return
        new, missing = self._arrivals.take(letter)
        if not new:
            return
        if missing:
            self.ears.lost(letter.web)
        self._peers.setdefault(letter.web, _Peer(0, time.monotonic()))
        for item in letter.items:
            try:
                self.ears.hear(letter.web, item)
            except Exception:
                log.exception("an item of a letter from %s was not understood", letter.web)


@asynccontextmanager
async def open_fleet(url: str) -> AsyncIterator[RedisFleet]:
    """Join the web processes; set `ears` and call `appear` before anything else. It leaves at the end."""
    fleet = RedisFleet(url)
    try:
        yield fleet
    finally:
        await fleet.close()
