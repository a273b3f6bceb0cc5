"""Rooms that ended with an error: which of them would fail for ever."""

from __future__ import annotations

MAX_CONSECUTIVE_FAILURES, FAILURE_WINDOW_SECONDS = 5, 60.0
"""A room that fails so often, each time so soon (s) after the last, is broken."""


class RoomFailures:
    """How the rooms of one process failed so far."""

    def __init__(self) -> None:
        self._rooms: dict[str, tuple[int, int, float]] = {}
        """Code → how far the log went, how often that came soon after another failure, and when (s)."""

    def failed(self, code: str, offset: int, now: float) -> bool:
        """Note a failure; returns whether the room is broken.

        It is when its log has not gone on since the last one, or goes on only by players who come back to it.
        """
        known, count, at = self._rooms.pop(code, (-1, 0, float("-inf")))
        count = count + 1 if now - at < FAILURE_WINDOW_SECONDS else 1
        if offset == known or count >= MAX_CONSECUTIVE_FAILURES:
            return True
        self._rooms[code] = (offset, count, now)
        return False

    def ended(self, code: str) -> None:
        """Note that a room ended without an error."""
        self._rooms.pop(code, None)
