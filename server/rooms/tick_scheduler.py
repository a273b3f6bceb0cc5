"""Rooms that tick together: what they write, ask and send in one beat of the clock leaves together."""

from __future__ import annotations

import math

ROOMS_PER_SLOT = 8
"""Rooms that fill one slot; the next ones take another, so that no beat becomes long."""
SLOT_LEAD_BEATS = 0.2
"""Share of a beat by which slots come early: else a clock that is read a moment later would wait for the next beat."""


class TickScheduler:
    """The slots of one process, each a beat of its clock that comes once a tick.

    A beat costs a process about the same however many rooms are in it: a trip to Redis, a push to the guessers, a message
    to each other process. Rooms that are spread thin over all beats pay that alone, which is most of what a second
    process would cost; a full slot shares it.
    """

    def __init__(self, beat: float, tick: float) -> None:
        """A `tick` (s) is as many beats as come nearest to it."""
        self._beat = beat
        beats = max(1, round(tick / beat))
        self._sizes = [0] * beats
        self._half = beats if beats % 2 else beats // 2
        # The second slot is half a tick from the first: one's answers leave with the other's ink.
        self._order = sorted(range(beats), key=lambda slot: slot % self._half)

    @property
    def period(self) -> float:
        """Seconds until a slot comes again."""
        return len(self._sizes) * self._beat

    def take(self) -> int:
        """Give a room its slot: beside others while there is room, else where there are fewest."""
        slot = max(self._order, key=lambda slot: size if (size := self._sizes[slot]) < ROOMS_PER_SLOT else -size)
        self._sizes[slot] += 1
        return slot

    def free(self, slot: int) -> None:
        """Take a room's slot back."""
        self._sizes[slot] -= 1

    def next(self, slot: int, earliest: float) -> float:
        """Return when a slot comes, not before `earliest`; a little early, for the clock ends waits with a beat."""
        return self._come(slot, earliest, self.period)

    def soon(self, slot: int, earliest: float) -> float:
        """Return when a slot comes, or the one half a tick from it: for what should not wait for a whole tick."""
        return self._come(slot, earliest, self._half * self._beat)

    def _come(self, slot: int, earliest: float, period: float) -> float:
        first = (slot - SLOT_LEAD_BEATS) * self._beat
        return first + math.ceil((earliest - first) / period) * period
