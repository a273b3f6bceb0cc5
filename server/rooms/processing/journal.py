"""What one room stores: accepted commands, snapshots, and what a phase change leaves behind. Room time runs only while it can.

While the store is away the room's time stands still, and everybody hears that saving is paused.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import replace
from functools import partial

from server.game.commands import Command
from server.game.events import DrawingFinished, Event, GameEnded, PhaseBegan
from server.game.ids import Millis
from server.game.state import RoomState
from server.rooms import codec
from server.rooms.ports import RoomPorts, RoundClosing, StoreUnavailable
from server.runtime.retry import retry_until_done

WRITE_RETRY_SECONDS = 0.25
"""Seconds until a write is tried again while the store is away."""
MAX_ENTRIES_SINCE_SNAPSHOT = 5000
"""Log entries after which a snapshot is taken; another one is taken at every change of phase."""


class Journal:
    """The log of one room under one epoch. Every write may raise Fenced and LogGap: then another process owns the room."""

    def __init__(
        self,
        code: str,
        epoch: int,
        now: Millis,
        offset: int,
        ports: RoomPorts,
        closed: asyncio.Event,
        saving_changed: Callable[[bool], None],
    ) -> None:
        """Go on at room time `now` after entry `offset`; once `closed` is set, a write that fails is not tried again."""
        self._code, self._epoch, self._closed = code, epoch, closed
        self._log, self._clock, self._meters = ports.log, ports.clock, ports.meters
        self._saving_changed = saving_changed
        self.saving = True
        """Whether the last write was answered; room time stands still while it is not."""
        self.offset = self._snapshot_offset = offset
        """The number of the newest stored entry."""
        self._time, self._time_since = now, self._clock.now()
        self._pending: list[bytes] = []
        self._closing = RoundClosing()
        self._phase_began = False

    def now(self) -> Millis:
        """Room time: it stands still while nothing can be stored."""
        if not self.saving:
            return self._time
        return Millis(self._time + int((self._clock.now() - self._time_since) * 1000))

    def continue_from(self, snapshot_offset: int, events: Iterable[Event]) -> None:
        """Take note that `events` happened after the newest stored snapshot."""
        self._snapshot_offset = snapshot_offset
        self._note(events)

    def record(self, command: Command, at: Millis, events: list[Event]) -> None:
        """Add an accepted command, which had these events; it is not stored yet."""
        self._pending.append(codec.encode_log_entry(command, at))
        self._note(events)

    @property
    def phase_began(self) -> bool:
        """Whether a phase began since the last snapshot: the next one is due at once."""
        return self._phase_began

    @property
    def snapshot_due(self) -> bool:
        """Whether a snapshot has to be taken."""
        return self._phase_began or self.offset - self._snapshot_offset > MAX_ENTRIES_SINCE_SNAPSHOT

    @property
    def has_entries_since_snapshot(self) -> bool:
        """Whether a new owner would have to apply anything again."""
        return self.offset > self._snapshot_offset

    async def store(self) -> None:
        """Append what is pending; returns when all of it is stored."""
        if self._pending:
            entries, began = self._pending, self._clock.now()
            await self._retry_until_stored(partial(self._log.append, self._code, self._epoch, self.offset, entries))
            self.offset += len(entries)
            self._pending = []
            self._meters.append.observe(self._clock.now() - began)

    async def save(self, state: RoomState) -> None:
        """Store a snapshot, and hand over what has to leave the room: finished drawings and the result of a game."""
        snapshot = codec.encode_snapshot(state, self.now())
        await self._retry_until_stored(
            partial(self._log.save, self._code, self._epoch, self.offset, snapshot, self._closing)
        )
        self._snapshot_offset = self.offset
        self._closing = RoundClosing()
        self._phase_began = False

    async def release(self) -> None:
        """Let any process own the room."""
        await self._log.release(self._code, self._epoch)

    async def forget(self) -> None:
        """Remove the room from the store."""
        await self._log.forget(self._code, self._epoch)

    def _note(self, events: Iterable[Event]) -> None:
        """Keep what the next snapshot hands over."""
        for event in events:
            if isinstance(event, DrawingFinished):
                self._closing = replace(self._closing, drawings=(*self._closing.drawings, event))
            elif isinstance(event, GameEnded):
                self._closing = replace(self._closing, ended=event)
            elif isinstance(event, PhaseBegan):
                self._phase_began = True

    async def _retry_until_stored(self, write: Callable[[], Awaitable[None]]) -> None:
        """Repeat an idempotent write until the store answers. Raises StoreUnavailable once the room is closed."""
        await retry_until_done(
            write, StoreUnavailable, WRITE_RETRY_SECONDS, self._pause_unless_closed, self._clock.sleep
        )
        self._resume()

    def _pause_unless_closed(self, error: Exception) -> None:
        if self._closed.is_set():
            raise error
        self._pause()

    def _pause(self) -> None:
        if self.saving:
            self._time = self.now()
            self.saving = False
            self._saving_changed(False)

    def _resume(self) -> None:
        if not self.saving:
            self._time_since = self._clock.now()
            self.saving = True
            self._saving_changed(True)
