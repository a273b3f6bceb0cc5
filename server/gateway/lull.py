"""Messages that trickle in are read together.

To wake a process for one message costs it several times what the message does, and ink waits for its room's next tick
anyway. So whoever has just read, and read a moment before, sleeps until a fixed time after that: what comes meanwhile,
from players, from Redis or from the clock, is found with one wake-up. A process with few players never waits here, and
neither does one that is busy, for its reads are far apart.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

LULL = 0.005
"""Two reads in a row are at least so far apart (s)."""


class Lull:
    """The rest of one event loop between two reads."""

    def __init__(
        self,
        now: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
        apart: float = LULL,
    ) -> None:
        """`sleep` stops the whole event loop."""
        self._now, self._sleep, self._apart = now, sleep, apart
        self._over = float("-inf")
        self._due = False

    def read(self) -> None:
        """Take note of a message; the loop rests after all that came together with it has been taken in."""
        if not self._due:
            self._due = True
            asyncio.get_running_loop().call_soon(self._rest)

    def _rest(self) -> None:
        self._due = False
        left = self._over + self._apart - self._now()
        if left > 0:
            self._sleep(left)
        self._over = self._now()
