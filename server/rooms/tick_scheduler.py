"""Rooms that tick together: what they write, ask and tell in one beat leaves as one."""

from __future__ import annotations

import math

ROOMS_PER_SLOT = 8
"""Rooms that fill one place of the step; the next ones take another, so that no beat becomes long."""
SLOT_LEAD_BEATS = 0.2
"""Of a beat: places come so much early, or a clock that is read a moment later would wait for the next beat."""


class TickScheduler:
    """The places in the step of one process, each a beat of the clock that comes once a tick.

    A beat costs a process about the same however many rooms are in it: a trip to Redis, a push to the guessers, a letter
    to each other process. Rooms that are spread thin over all beats pay that alone, which is most of what a second
    process would cost; a full place shares it.
    """

    def __init__(self, beat: float, tick: float) -> None:
        """A `tick` (s) is as many beats as come nearest to it."""
        self._beat = beat
        beats = max(1, round(tick / beat))
        self._sizes = [0] * beats
        self._half = beats if beats % 2 else beats // 2
        # The second place is half a tick from the first: one's answers leave with the other's ink.
        self._order = sorted(range(beats), key=lambda place: place % self._half)

    @property
    def period(self) -> float:
        """Seconds until a place comes again."""
        return len(self._sizes) * self._beat

    def take(self) -> int:
        """Give a room its place: beside others while there is room, else where there are fewest."""
        place = max(self._order, key=lambda place: size if (size := self._sizes[place]) < ROOMS_PER_SLOT else -size)
        self._sizes[place] += 1
        return place

    def free(self, place: int) -> None:
        """Take a room's place back."""
        self._sizes[place] -= 1

    def next(self, place: int, earliest: float) -> float:
        """Return when a place comes, not before `earliest`; a little early, for the clock ends waits with a beat."""
        return self._come(place, earliest, self.period)

    def soon(self, place: int, earliest: float) -> float:
        """Return when a place comes, or the one half a tick from it: for what should not wait for a whole tick."""
        return self._come(place, earliest, self._half * self._beat)

    def _come(self, place: int, earliest: float, period: float) -> float:
        first = (place - SLOT_LEAD_BEATS) * self._beat
        return first + math.ceil((earliest - first) / period) * period
