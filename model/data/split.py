"""Who trains and who judges: by identity, so that two forms of one drawing never part."""

from __future__ import annotations

import hashlib

SPLIT_PARTS = ("train", "validation", "test")
SPLIT_SHARES = (0.78, 0.10, 0.12)
"""Share of all drawings in each part, in the order of `SPLIT_PARTS`."""


def assign_part(identity: str, shares: tuple[float, float, float] = SPLIT_SHARES) -> str:
    """Return the part an identity belongs to, the same on every machine and in every file. `shares` add up to 1."""
    number = int.from_bytes(hashlib.sha256(identity.encode()).digest()[:8], "little") / 2**64
    if number < shares[2]:
        return "test"
    return "validation" if number < shares[1] + shares[2] else "train"
