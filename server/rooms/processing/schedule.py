"""When the task of one room wakes: for a tick with ink, for guesses, for something urgent, in step with other rooms."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable

from server.rooms.members import Members
from server.rooms.ports import RoomPorts
from server.rooms.processing.inbox import Inbox
from server.rooms.tick_scheduler import TickScheduler

MIN_HANDLING_INTERVAL_SECONDS = 0.04
"""Seconds between two handlings of what is urgent: each handling is one write."""
MIN_MEMBERS_IN_STEP = 3
"""Members from which on a room keeps step with others. Whoever draws alone, or for one other, is not made to wait for that."""


class Schedule:
    """The times at which one room is due. Times are seconds of the process's clock."""

    def __init__(self, ports: RoomPorts, inbox: Inbox, members: Members, wake: asyncio.Event) -> None:
        """Setting `wake` has the room look again when it is due."""
        self._clock, self._tick, self._scheduler = ports.clock, ports.tick, ports.tick_scheduler
        self._inbox, self._members = inbox, members
        self._wake = wake
        self._slot = 0
        self.handled_at = 0.0
        """When anything was handled last."""
        self.ticked_at = 0.0
        """When ink was taken in last."""

    def take_slot(self) -> None:
        """Take a place in the step of this process's rooms."""
        if self._scheduler is not None:
            self._slot = self._scheduler.take()

    def free_slot(self) -> None:
        """Give the place back."""
        if self._scheduler is not None:
            self._scheduler.free(self._slot)

    async def wait_until_due(self, seconds_until_due: Callable[[], float]) -> None:
        """Wait as long as `seconds_until_due` says, which is asked again at every wake-up."""
        while (seconds := seconds_until_due()) > 0:
            self._wake.clear()
            await self._clock.wait(self._wake, seconds)
            if not self._wake.is_set():
                return

    def seconds_until_inbox_is_due(self) -> float:
        """Seconds until what waits is handled, be it commands, guesses or poses; infinite where nothing does."""
        now, due = self._clock.now(), math.inf
        until_tick = self._seconds_until_tick(now)
        if self._inbox.commands:
            due = self.handled_at + MIN_HANDLING_INTERVAL_SECONDS - now if self._inbox.urgent else until_tick
        elif self._members.has_unsent_poses:
            due = until_tick
        return min(due, self._seconds_until_guesses(now, until_tick)) if self._inbox.guesses else due

    def is_before_tick(self) -> bool:
        """Tell whether ink that waits has to wait on, although something is handled now."""
        return self._seconds_until_tick(self.handled_at) > 0

    def _seconds_until_tick(self, now: float) -> float:
        """Seconds until ink that waits is taken in: at once after a quiet while, else in step with other rooms."""
        seconds = self.ticked_at + self._tick - now
        scheduler = self._scheduler_in_step
        if scheduler is None or seconds <= 0:
            return seconds
        return scheduler.next(self._slot, self.ticked_at + self._tick / 2) - now

    def _seconds_until_guesses(self, now: float, until_tick: float) -> float:
        """Seconds until guesses are taken in: twice a tick in step with other rooms, else soon."""
        scheduler = self._scheduler_in_step
        if scheduler is not None:
            return scheduler.soon(self._slot, max(self._inbox.guesses_since, self.handled_at + self._tick / 4)) - now
        seconds = self.handled_at + MIN_HANDLING_INTERVAL_SECONDS - now
        # What would leave shortly before a tick leaves with it.
        with_tick = self._inbox.commands and until_tick - seconds < MIN_HANDLING_INTERVAL_SECONDS
        return until_tick if with_tick else seconds

    @property
    def _scheduler_in_step(self) -> TickScheduler | None:
        """What this room keeps step by, if it does."""
        return self._scheduler if len(self._members) >= MIN_MEMBERS_IN_STEP else None
