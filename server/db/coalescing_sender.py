"""Sending at a distance: what waits leaves together, the newest of it, and never sooner than so long after the last time."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable

from server.rooms.ports import StoreUnavailable


class CoalescingSender:
    """Calls `send` when it was woken, at most once in an interval; what comes meanwhile goes along."""

    def __init__(
        self,
        send: Callable[[], Awaitable[bool]],
        interval_seconds: float,
        retry_seconds: float,
    ) -> None:
        """`send` takes what waits by then and returns whether anything left. Where it raises StoreUnavailable it is called again."""
        self._send = send
        self._interval_seconds, self._retry_seconds = interval_seconds, retry_seconds
        self._wake = asyncio.Event()
        self._alarm: asyncio.TimerHandle | None = None

    def is_due(self) -> bool:
        """Whether it was woken and has not sent since."""
        return self._wake.is_set()

    def wake(self) -> None:
        """Send as soon as the interval allows."""
        self._wake.set()

    def wake_within(self, seconds: float) -> None:
        """Send after so long at the latest, or with what leaves before."""
        if self._alarm is None:
            self._alarm = asyncio.get_running_loop().call_later(seconds, self._ring)

    def wake_at(self, when: float | None) -> None:
        """Send at `when` (s, monotonic) instead of when it was last said; None: only once woken."""
        if self._alarm is not None:
            self._alarm.cancel()
        self._alarm = None if when is None else asyncio.get_running_loop().call_at(when, self._ring)

    async def run(self) -> None:
        """Send until cancelled."""
        sent = float("-inf")
        while True:
            await self._wake.wait()
            if (rest := sent + self._interval_seconds - time.monotonic()) > 0:
                await asyncio.sleep(rest)
            self._wake.clear()
            self.wake_at(None)
            try:
                if await self._send():
                    sent = time.monotonic()
            except StoreUnavailable:
                await asyncio.sleep(self._retry_seconds)
                self._wake.set()
            except Exception:
                # What waits is still there for whoever runs this again.
                self._wake.set()
                raise

    def _ring(self) -> None:
        self._alarm = None
        self._wake.set()
