"""Drawings whose records cannot be read: readers pass over them, and the log names each of them once."""

from __future__ import annotations

import logging

MAX_UNREADABLE_LOGGED = 10_000
"""Drawings that are named one by one."""

log = logging.getLogger(__name__)


class UnreadableDrawings:
    """What one reader has passed over."""

    def __init__(self) -> None:
        self._named: set[str] = set()

    def add(self, key_id: str, where: str, error: ValueError) -> None:
        """Note a drawing; `where` says of which word, or in which file."""
        if key_id not in self._named and len(self._named) < MAX_UNREADABLE_LOGGED:
            self._named.add(key_id)
            log.warning(
                "drawing %s%s is passed over: %s; `inkling erase --drawing %s` removes it", key_id, where, error, key_id
            )

    def __contains__(self, key_id: object) -> bool:
        """Whether a drawing was passed over, wherever it lay."""
        return key_id in self._named
