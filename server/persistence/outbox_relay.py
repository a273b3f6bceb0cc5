"""Moves what rooms leave behind to the collection and the leaderboards, each with its own idempotent write.

A crash between any two steps leaves the outbox entry in place. Whoever finds it repeats all of its steps,
which changes nothing that was written before. So any number of relays may work at once.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress

from redis.exceptions import ResponseError

from server.db import keys, scripts
from server.db.pipeline import AutoPipeline
from server.db.wrong_type import raise_unless_wrong_type
from server.drawings.record import record_finished_drawing
from server.drawings.repository import DrawingRepository
from server.persistence.leaderboards import RedisLeaderboards
from server.persistence.room_outbox import OutboxEntry, decode_outbox_entry
from server.rooms.format_version import FormatTooNew
from server.rooms.ports import StoreUnavailable
from server.runtime.rate_limited_log import RateLimitedLog
from server.runtime.retry import retry_until_done

log = logging.getLogger(__name__)

OUTBOX_SWEEP_INTERVAL_SECONDS = 10.0
"""How often all rooms are looked at; rooms of this process notify it when they leave something."""
OUTBOX_RETRY_SECONDS = 0.5
"""Pause while Redis is away."""
OUTBOXES_PER_BATCH = 128
"""Rooms looked at together."""
UNLISTED_SECONDS = 60.0
"""A room that has neither log nor outbox this long after it was announced is taken off the list."""


class OutboxRelay:
    """Empties the outboxes of all rooms."""

    def __init__(self, pipe: AutoPipeline, restore: Callable[[], Awaitable[object]] | None = None) -> None:
        """`restore` sees to it that Redis has all tombstones; it is called before anything is moved."""
        self._pipe = pipe
        self._restore = restore
        self._collection = DrawingRepository(pipe)
        self._boards = RedisLeaderboards(pipe)
        self._notified_rooms: set[str] = set()
        self._wake = asyncio.Event()
        self._swept = float("-inf")
        """When all rooms were looked at (s, monotonic)."""
        self._outage_log = RateLimitedLog(log)
        self._damage_log = RateLimitedLog(log)
        self.set_aside = 0
        """Entries that could not be moved, so far."""

    def notify(self, code: str) -> None:
        """Say that a room's outbox has filled; never waits."""
        self._notified_rooms.add(code)
        self._wake.set()

    async def run(self) -> None:
        """Move until cancelled, through all outages of Redis."""
        while True:
            try:
                await retry_until_done(self._move_due, StoreUnavailable, OUTBOX_RETRY_SECONDS, self._note_outage)
            except OSError as error:
                log.error("no drawing is moved while the tombstones cannot be read: %s", error)
                await asyncio.sleep(OUTBOX_SWEEP_INTERVAL_SECONDS)
            else:
                await self._rest()

    async def _move_due(self) -> None:
        """Move what rooms of this process left, and now and then what those of all others did."""
        if self._restore is not None:
            await self._restore()
        while self._notified_rooms:
            await self._try(self._notified_rooms.pop())
        if time.monotonic() - self._swept > OUTBOX_SWEEP_INTERVAL_SECONDS:
            await self.sweep()
            self._swept = time.monotonic()

    def _note_outage(self, error: Exception) -> None:
        self._outage_log.info("cannot move room outboxes while Redis is away: %s", error)
        # Which rooms notified it is forgotten by now: all are looked at again.
        self._swept = float("-inf")

    async def sweep(self) -> int:
        """Move everything that waits, in all rooms; returns how many entries were moved."""
        flat = await self._pipe.run("ZRANGE", keys.ROOMS_KEY, 0, -1, "WITHSCORES")
        rooms = list(zip(flat[::2], flat[1::2], strict=True))
        return sum(
            [await self._look(rooms[at : at + OUTBOXES_PER_BATCH]) for at in range(0, len(rooms), OUTBOXES_PER_BATCH)]
        )

    async def _look(self, rooms: list[tuple[bytes, bytes]]) -> int:
        """Move what waits in these rooms (code, when it was announced); take those that are gone off the list."""
        listed: list[tuple[str, bytes]] = []
        for member, announced in rooms:
            try:
                listed.append((member.decode(), announced))
            except UnicodeDecodeError:
                self._damage_log.warning("member %r of %s is no room code", member, keys.ROOMS_KEY)
        codes = [code for code, _ in listed]
        waiting = await self._pipe.all(("EXISTS", keys.room_outbox_key(code)) for code in codes)
        there = await self._pipe.all(("EXISTS", keys.room_head_key(code)) for code in codes)
        moved = 0
        for code, (_, announced), waits, exists in zip(codes, listed, waiting, there, strict=True):
            if waits:
                moved += await self._try(code)
            elif not exists and time.time() - float(announced) / 1000 > UNLISTED_SECONDS:
                await self._pipe.script(scripts.UNLIST_ROOM, (keys.ROOMS_KEY,), (code, announced))
        return moved

    async def _try(self, code: str) -> int:
        """Move what one room left behind; what is wrong with its keys keeps no other room waiting."""
        try:
            return await self.move(code)
        except ResponseError as error:
            raise_unless_wrong_type(error)
            self._damage_log.warning("cannot move outbox of room %s: %s", code, error)
            return 0

    async def move(self, code: str) -> int:
        """Move all that one room left behind; returns how many entries that was."""
        try:
            waiting = await self._pipe.run("HGETALL", keys.room_outbox_key(code))
        except ResponseError as error:
            raise_unless_wrong_type(error)
            await self._set_all_aside(code, error)
            return 0
        moved = 0
        for field, data in waiting.items():
            try:
                await self._write(field.decode().partition(":")[0], decode_outbox_entry(data))
            except FormatTooNew:
                continue  # a process of that version moves it
            except StoreUnavailable:
                raise
            except Exception as error:
                await self._set_aside(code, field, data, error)
            await self._pipe.run("HDEL", keys.room_outbox_key(code), field)
            moved += 1
        return moved

    async def _set_all_aside(self, code: str, error: Exception) -> None:
        """Keep an outbox that is none out of the way of its room, under a name that nothing has yet."""
        where = f"{keys.set_aside_key(keys.room_outbox_key(code))}:{time.time_ns()}"
        await self._pipe.run("RENAME", keys.room_outbox_key(code), where)
        self.set_aside += 1
        log.error("the outbox of room %s was set aside as %s: %s", code, where, error)

    async def _set_aside(self, code: str, field: bytes, data: bytes, error: Exception) -> None:
        """Keep an entry that cannot be moved out of the way of all others."""
        where = keys.set_aside_key(keys.room_outbox_key(code))
        await self._pipe.run("HSET", where, field, data)
        self.set_aside += 1
        log.error("outbox entry %s of room %s was set aside in %s: %r", field, code, where, error)

    async def _write(self, birth: str, entry: OutboxEntry) -> None:
        records = [
            record_finished_drawing(entry.code, birth, entry.at, drawing, entry.licence) for drawing in entry.drawings
        ]
        await asyncio.gather(*(self._collection.put(record) for record in records))
        if entry.ended is not None:
            await self._boards.put(entry.code, birth, entry.at, entry.ended)

    async def _rest(self) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(OUTBOX_SWEEP_INTERVAL_SECONDS):
                await self._wake.wait()
        self._wake.clear()
