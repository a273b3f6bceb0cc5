"""Rooms that tick together: what they write, ask and tell in one beat leaves as one."""

from __future__ import annotations

import math

GROUP = 8
"""Rooms that fill one place of the step; the next ones take another, so that no beat becomes long."""


class Steps:
    """The places in the step of one process, each a beat of the clock that comes once a tick.

    A beat costs a process about the same however many rooms are in it: a trip to Redis, a push to the guessers, a letter
    to each other process. Rooms that are spread thin over all beats pay that alone, which is most of what a second
    process would cost; a full place shares it.
    """

    def __init__(self, beat: float, tick: float) -> None:
        """A `tick` (s) is as many beats as come nearest to it."""
        self._beat = beat
        self._sizes = [0] * max(1, round(tick / beat))
        self._order = sorted(range(len(self._sizes)), key=lambda place: place * 2 % len(self._sizes))

    @property
    def period(self) -> float:
        """Seconds until a place comes again."""
        return len(self._sizes) * self._beat

    def take(self) -> int:
        """Give a room its place: beside others while there is room, else where there are fewest.

        Places half a tick apart fill first: what rooms have to say of guesses between two of their ticks is said in the
        beat in which the others tick.
        """
        open_places = [place for place in self._order if self._sizes[place] < GROUP]
        place = max(open_places, key=self._sizes.__getitem__, default=min(self._order, key=self._sizes.__getitem__))
        self._sizes[place] += 1
        return place

    def free(self, place: int) -> None:
        """Take a room's place back."""
        self._sizes[place] -= 1

    def next(self, place: int, earliest: float) -> float:
        """Return when a place comes, not before `earliest`: half a beat early, for the clock ends waits with a beat."""
        first = (place - 0.5) * self._beat
        return first + math.ceil((earliest - first) / self.period) * self.period
