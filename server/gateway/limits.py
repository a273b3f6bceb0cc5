"""How much one connection, browser or address may do. Clocks come from outside; memory is bounded."""

from __future__ import annotations

import time
from collections import Counter, OrderedDict
from collections.abc import Callable

from server.settings import Settings

ADDRESS_CODES = 300
"""Wrong room codes one address may try in a minute: a whole school may be one address."""
REPORTS = 10
"""Drawings one address may report in a minute."""
PICTURES = 120
"""PNGs, SVGs, GIFs and zips one address may have drawn in a minute."""
WRONG_PROOFS = 10
"""Wrong operator's tokens one address may try in a minute."""
KEYS = 10_000
"""Browsers or addresses remembered at a time."""
MINUTE = 60.0


class Bucket:
    """A token bucket: `rate` a second, `burst` at once."""

    __slots__ = ("_at", "_burst", "_clock", "_left", "_rate")

    def __init__(self, rate: float, burst: int, clock: Callable[[], float]) -> None:
        self._rate, self._burst, self._clock = rate, burst, clock
        self._left, self._at = float(burst), clock()

    def take(self, amount: int = 1) -> bool:
        """Spend; False when not enough is left."""
        now = self._clock()
        self._left = min(self._burst, self._left + (now - self._at) * self._rate)
        self._at = now
        if self._left < amount:
            return False
        self._left -= amount
        return True

    @property
    def empty(self) -> bool:
        """Whether nothing can be taken now; spends nothing."""
        return self._left + (self._clock() - self._at) * self._rate < 1


class Keyed:
    """A bucket for each key, the least recently used ones forgotten."""

    def __init__(self, per_minute: int, clock: Callable[[], float]) -> None:
        self._per_minute, self._clock = per_minute, clock
        self._buckets: OrderedDict[str, Bucket] = OrderedDict()

    def take(self, key: str) -> bool:
        """Spend one of a key's."""
        return self._of(key).take()

    def may(self, key: str) -> bool:
        """Tell whether a key has any left."""
        return not self._of(key).empty

    def _of(self, key: str) -> Bucket:
        bucket = self._buckets.pop(key, None) or Bucket(self._per_minute / MINUTE, self._per_minute, self._clock)
        self._buckets[key] = bucket
        if len(self._buckets) > KEYS:
            self._buckets.popitem(last=False)
        return bucket


class Limits:
    """The limits of this process that outlive a connection."""

    def __init__(self, settings: Settings, clock: Callable[[], float] = time.monotonic) -> None:
        self._sockets: Counter[str] = Counter()
        self._sockets_limit = settings.sockets_per_address
        self._rooms = Keyed(settings.rooms_per_minute, clock)
        self._browsers = Keyed(settings.wrong_codes, clock)
        self._addresses = Keyed(ADDRESS_CODES, clock)
        self._tries = Keyed(settings.tries_per_minute, clock)
        self._reports = Keyed(REPORTS, clock)
        self._pictures = Keyed(PICTURES, clock)
        self._proofs = Keyed(WRONG_PROOFS, clock)

    def open_socket(self, address: str) -> bool:
        """Count a connection in; False when its address has too many."""
        if self._sockets[address] >= self._sockets_limit:
            return False
        self._sockets[address] += 1
        return True

    def close_socket(self, address: str) -> None:
        """Count a connection out."""
        self._sockets[address] -= 1
        if self._sockets[address] <= 0:
            del self._sockets[address]

    def make_room(self, address: str) -> bool:
        """Tell whether an address may make another room now."""
        return self._rooms.take(address)

    def try_recipe(self, address: str) -> bool:
        """Tell whether an address may try a recipe once more now."""
        return self._tries.take(address)

    def report(self, address: str) -> bool:
        """Tell whether an address may report another drawing now."""
        return self._reports.take(address)

    def draw(self, address: str) -> bool:
        """Tell whether an address may have another picture drawn now."""
        return self._pictures.take(address)

    def may_prove(self, address: str) -> bool:
        """Tell whether an address may try the operator's token."""
        return self._proofs.may(address)

    def wrong_proof(self, address: str) -> None:
        """Note a wrong operator's token."""
        self._proofs.take(address)

    def may_try_code(self, browser: str, address: str) -> bool:
        """Tell whether a room code may be tried."""
        return self._browsers.may(browser) and self._addresses.may(address)

    def may_look(self, address: str) -> bool:
        """Tell whether an address may ask about a room: join links are only limited by address."""
        return self._addresses.may(address)

    def wrong_look(self, address: str) -> None:
        """Note a question about a room that is not there."""
        self._addresses.take(address)

    def wrong_code(self, browser: str, address: str) -> None:
        """Note a wrong room code."""
        self._browsers.take(browser)
        self._addresses.take(address)
