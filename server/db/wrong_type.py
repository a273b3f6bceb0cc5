"""Keys that hold something else than they should: one of them is no reason to stop what has nothing to do with it."""

from __future__ import annotations

from redis.exceptions import ResponseError

from server.rooms.ports import StoreUnavailable

WRONG_TYPE_ERROR_TEXTS = ("WRONGTYPE", "not an integer", "attempt to ")
"""Words in what Redis says of such a key; its other refusals are not the key's fault."""


def raise_unless_wrong_type(error: Exception) -> None:
    """Raise StoreUnavailable unless an error says that a key holds something else than it should."""
    if isinstance(error, ResponseError) and not any(word in str(error) for word in WRONG_TYPE_ERROR_TEXTS):
        raise StoreUnavailable(str(error)) from error
