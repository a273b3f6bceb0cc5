"""What was refused: counted for /metrics, and logged once a minute and kind."""

from __future__ import annotations

import logging
import time
from collections import Counter
from collections.abc import Callable

log = logging.getLogger(__name__)

REFUSAL_LOG_INTERVAL_SECONDS = 60.0
"""Seconds between two lines about one kind."""
MAX_ADDRESSES_PER_LOG_LINE = 1000
"""Addresses that are counted apart between two lines."""


class RefusalLog:
    """Logs the first refusal of a kind at once, and what follows within a minute in one line at its end."""

    def __init__(self, log_line: str, clock: Callable[[], float] = time.monotonic) -> None:
        """`log_line` has places for a count, a code, and the addresses."""
        self._log_line, self._clock = log_line, clock
        self.counts: Counter[str] = Counter()
        """Refusals so far, by code."""
        self._pending: dict[str, Counter[str]] = {}
        self._logged: dict[str, float] = {}

    def note(self, code: str, address: str) -> None:
        """Count a refusal."""
        self.counts[code] += 1
        pending = self._pending.setdefault(code, Counter())
        pending[address if address in pending or len(pending) < MAX_ADDRESSES_PER_LOG_LINE else "others"] += 1
        self._log(code)

    def flush(self) -> None:
        """Log what is due; called every now and then."""
        for code in list(self._pending):
            self._log(code)

    def _log(self, code: str) -> None:
        now = self._clock()
        if now - self._logged.get(code, float("-inf")) < REFUSAL_LOG_INTERVAL_SECONDS:
            return
        self._logged[code] = now
        pending = self._pending.pop(code)
        address, most = pending.most_common(1)[0]
        total, others = sum(pending.values()), len(pending) - 1
        addresses = f"{address} ({most}) and {others} other addresses" if others else address
        log.warning(self._log_line, total, code, addresses)
