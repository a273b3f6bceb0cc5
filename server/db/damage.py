"""Keys that hold something else than they should: one of them is no reason to stop what has nothing to do with it."""

from __future__ import annotations

from redis.exceptions import ResponseError

from server.rooms.ports import StoreAway

WORDS = ("WRONGTYPE", "not an integer", "attempt to ")
"""Words in what Redis says of such a key; its other refusals are not the key's fault."""


def insist_on_damage(error: Exception) -> None:
    """Raise StoreAway unless an error says that a key holds something else than it should."""
    if isinstance(error, ResponseError) and not any(word in str(error) for word in WORDS):
        raise StoreAway(str(error)) from error
