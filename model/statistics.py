"""Intervals of measured shares."""

from __future__ import annotations

import math

Z_95_PERCENT = 1.96
"""Standard deviations of a normal distribution that hold 95 % of it, either side."""


def wilson_interval(right: int, count: int) -> list[float]:
    """Return the 95 % interval of the share right / count (Wilson 1927); 0 to 1 where nothing was counted."""
    if not count:
        return [0.0, 1.0]
    z, share = Z_95_PERCENT, right / count
    middle = (share + z * z / (2 * count)) / (1 + z * z / count)
    half = z * math.sqrt(share * (1 - share) / count + z * z / (4 * count * count)) / (1 + z * z / count)
    return [max(0.0, middle - half), min(1.0, middle + half)]
