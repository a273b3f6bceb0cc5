"""Log lines that would come many times a second while something is away."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable


class RateLimitedLog:
    """Says a line the first time, then at most once in `seconds`; in between it only goes to debug."""

    def __init__(self, log: logging.Logger, seconds: float = 60.0, clock: Callable[[], float] = time.monotonic) -> None:
        self._log, self._seconds, self._clock = log, seconds, clock
        self._said = float("-inf")

    def info(self, text: str, *arguments: object) -> None:
        """Say it at level info."""
        self._say(logging.INFO, text, arguments)

    def warning(self, text: str, *arguments: object) -> None:
        """Say it at level warning."""
        self._say(logging.WARNING, text, arguments)

    def _say(self, level: int, text: str, arguments: tuple[object, ...]) -> None:
        now = self._clock()
        if now - self._said < self._seconds:
            level = logging.DEBUG
        else:
            self._said = now
        self._log.log(level, text, *arguments)
