"""Who trains and who judges: by identity, so that two forms of one drawing never part."""

from __future__ import annotations

import hashlib

PARTS = ("train", "validation", "test")
SHARES = (0.78, 0.10, 0.12)


def part_of(identity: str) -> str:
    """Return the part an identity belongs to, the same on every machine and in every file."""
    number = int.from_bytes(hashlib.sha256(identity.encode()).digest()[:8], "little") / 2**64
    if number < SHARES[2]:
        return "test"
    return "validation" if number < SHARES[1] + SHARES[2] else "train"
