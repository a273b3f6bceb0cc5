"""Token buckets and strikes, by key. Clocks come from outside; the least recently used keys are forgotten."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable

MAX_TRACKED_KEYS = 10_000
"""Browsers or addresses remembered at a time."""
SECONDS_PER_MINUTE = 60.0
"""Seconds in a minute."""
FIRST_BAN_SECONDS = 5.0
"""Seconds of the first ban; each further one is twice as long."""
MAX_BAN_SECONDS = 600.0
"""Seconds that somebody is barred after a strike; each further one doubles it."""
STRIKES_FORGOTTEN_AFTER_SECONDS = 1200.0
"""Seconds after the last strike at which all are forgotten."""


class TokenBucket:
    """A token bucket: `rate` a second, `burst` at once."""

    __slots__ = ("_at", "_burst", "_clock", "_left", "_rate")

    def __init__(self, rate: float, burst: int, clock: Callable[[], float]) -> None:
        self._rate, self._burst, self._clock = rate, burst, clock
        self._left, self._at = float(burst), clock()

    def take(self, amount: int = 1) -> bool:
        """Spend; False when not enough is left."""
        self._refill()
        if self._left < amount:
            return False
        self._left -= amount
        return True

    def charge(self, amount: int, debt_seconds: float) -> None:
        """Spend even what is not there, down to what comes back within so many seconds."""
        self._refill()
        self._left = max(self._left - amount, -debt_seconds * self._rate)

    @property
    def empty(self) -> bool:
        """Whether nothing can be taken now; spends nothing."""
        return self._left + (self._clock() - self._at) * self._rate < 1

    def _refill(self) -> None:
        now = self._clock()
        self._left = min(self._burst, self._left + (now - self._at) * self._rate)
        self._at = now


class KeyedTokenBuckets:
    """A bucket for each key: so many a minute."""

    def __init__(self, per_minute: int, clock: Callable[[], float], debt_seconds: float = 0.0) -> None:
        """`debt_seconds`: how long it takes at most until a key that was charged may take again."""
        self._per_minute, self._clock, self._debt = per_minute, clock, debt_seconds
        self._buckets: OrderedDict[str, TokenBucket] = OrderedDict()

    def take(self, key: str) -> bool:
        """Spend one of a key's."""
        return self._of(key).take()

    def charge(self, key: str, amount: int) -> None:
        """Let a key pay what it may not have."""
        self._of(key).charge(amount, self._debt)

    def may(self, key: str) -> bool:
        """Tell whether a key has any left."""
        return not self._of(key).empty

    def _of(self, key: str) -> TokenBucket:
        bucket = self._buckets.pop(key, None) or TokenBucket(
            self._per_minute / SECONDS_PER_MINUTE, self._per_minute, self._clock
        )
        self._buckets[key] = bucket
        if len(self._buckets) > MAX_TRACKED_KEYS:
            self._buckets.popitem(last=False)
        return bucket


class StrikeCounter:
    """How often each key misbehaved lately, and until when it is barred for that."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._strikes: OrderedDict[str, tuple[int, float]] = OrderedDict()

    def add(self, key: str) -> int:
        """Note one; returns how many there are now."""
        now = self._clock()
        count, last = self._strikes.pop(key, (0, now))
        count = 1 if now - last > STRIKES_FORGOTTEN_AFTER_SECONDS else count + 1
        self._strikes[key] = (count, now)
        if len(self._strikes) > MAX_TRACKED_KEYS:
            self._strikes.popitem(last=False)
        return count

    def barred(self, key: str) -> bool:
        """Tell whether a key has to wait for its last strike."""
        if key not in self._strikes:
            return False
        count, last = self._strikes[key]
        wait = min(FIRST_BAN_SECONDS * float(1 << min(count - 1, 16)), MAX_BAN_SECONDS)
        return self._clock() - last < wait
