"""How often a step can be done."""

from __future__ import annotations

import time
from collections.abc import Callable


def rate(step: Callable[[], object], samples: int, seconds: float, warm: int = 0) -> float:
    """Return samples a second over so many seconds, after `warm` steps that do not count."""
    for _ in range(warm):
        step()
    count, began = 0, time.perf_counter()
    while (spent := time.perf_counter() - began) < seconds:
        step()
        count += 1
    return count * samples / spent
