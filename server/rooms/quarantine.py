"""Rooms that cannot be opened: damaged ones are set aside whole, those of a newer version are left alone."""

from __future__ import annotations

import logging
from collections.abc import Callable, Coroutine
from functools import partial

from server.rooms.ports import Clock, Fenced, RoomLog, RoomUnreadable, StoreUnavailable
from server.rooms.room import Room
from server.runtime.background_tasks import task_failures
from server.runtime.retry import retry_until_done

log = logging.getLogger(__name__)

MAX_CONSECUTIVE_FAILURES = 5
"""A room that fails so often in a row is broken."""
FAILURE_WINDOW_SECONDS = 60.0
"""Failures are in a row when each comes within so many seconds of the last."""
SET_ASIDE_RETRY_SECONDS = 0.25
"""Seconds until a broken room is set aside again while the store is away."""


class RoomFailures:
    """How the rooms of one process failed so far."""

    def __init__(self) -> None:
        self._rooms: dict[str, tuple[int, int, float]] = {}
        """Code → offset of the log, failures in a row, and when the last one was (s)."""

    def failed(self, code: str, offset: int, now: float) -> bool:
        """Note a failure; returns whether the room is broken.

        It is when its log has not gone on since the last one, or goes on only by players who come back to it.
        """
        last_offset, count, at = self._rooms.pop(code, (-1, 0, float("-inf")))
        count = count + 1 if now - at < FAILURE_WINDOW_SECONDS else 1
        if offset == last_offset or count >= MAX_CONSECUTIVE_FAILURES:
            return True
        self._rooms[code] = (offset, count, now)
        return False

    def ended(self, code: str) -> None:
        """Note that a room ended without an error."""
        self._rooms.pop(code, None)


class Quarantine:
    """The rooms that this process found it cannot run."""

    def __init__(
        self, room_log: RoomLog, clock: Clock, run_in_background: Callable[[Coroutine[object, object, None]], None]
    ) -> None:
        self._log, self._clock, self._run_in_background = room_log, clock, run_in_background
        self.set_aside_count = 0
        """Rooms that were set aside so far."""
        self._failures = RoomFailures()
        self._broken: dict[str, RoomUnreadable] = {}
        """Rooms that are being set aside, because they fail whenever they go on."""
        self._newer: set[str] = set()
        """Rooms that wait for a process of a newer version; each is logged once."""

    def raise_if_broken(self, code: str) -> None:
        """Raise RoomUnreadable for a room that is being set aside."""
        if code in self._broken:
            raise self._broken[code]

    def note_newer_version(self, code: str) -> None:
        """Log that a room has to wait for a newer version."""
        if code not in self._newer:
            self._newer.add(code)
            log.warning("room %s was owned by a newer version of Inkling, and is left to one", code)

    def note_opened(self, code: str) -> None:
        """Note that a room could be opened."""
        self._newer.discard(code)

    def note_ended(self, room: Room, error: BaseException | None) -> None:
        """Note how a room's task ended; one that would fail for ever is set aside."""
        if error is None:
            self._failures.ended(room.code)
            return
        task_failures["room"] += 1
        log.error("room %s failed; it begins again from its log", room.code, exc_info=error)
        if isinstance(error, MemoryError):
            # That says nothing about the room.
            return
        if self._failures.failed(room.code, room.offset, self._clock.now()):
            reason = f"it failed again, at {room.offset}: {type(error).__name__}: {error}"
            self._broken[room.code] = RoomUnreadable(room.code, room.epoch, reason)
            self._run_in_background(self._set_aside_broken(room.code))

    async def set_aside(self, damage: RoomUnreadable) -> None:
        """Move a damaged room out of the way, unless another process owns it by now. Raises StoreUnavailable."""
        try:
            key = await self._log.set_aside(damage.code, damage.epoch)
        except Fenced:
            # Another process took it over meanwhile: it is that one's to judge.
            return
        self.set_aside_count += 1
        log.error("room %s cannot be read and was set aside as %s: %s", damage.code, key, damage)

    async def _set_aside_broken(self, code: str) -> None:
        """Set a broken room aside, as soon as the store is there; until then it is opened for nobody."""
        try:
            set_aside = partial(self.set_aside, self._broken[code])
            await retry_until_done(set_aside, StoreUnavailable, SET_ASIDE_RETRY_SECONDS, sleep=self._clock.sleep)
        finally:
            del self._broken[code]
