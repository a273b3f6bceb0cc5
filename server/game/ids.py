"""The names of things: id types and bounds that the whole server shares."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal, NewType

PlayerId = NewType("PlayerId", str)
"""128 random bits as 32 hex digits; it never leaves the server except inside a signed token."""

Seat = NewType("Seat", int)
"""A place in a room, 0, 1, 2 … in order of arrival; public, never reused within a room."""

RoundId = NewType("RoundId", int)
"""Counts the rounds of a room over all its games, from 1; stale ink names an old one."""

Millis = NewType("Millis", int)
"""Room time: milliseconds of the room's own clock since it was made."""

MAX_ROOM_TIME_MS = 2**53
"""Room times stay below: pages count in doubles, and no room lives for so many milliseconds."""

Phase = Literal["lobby", "countdown", "drawing", "closing", "reveal", "podium"]
Pose = Literal["idle", "puzzled", "watching", "warm", "sure", "delighted"]
"""What Inkling looks like beside a drawing: nothing there, no idea, wondering, wondering about the prompt, saying, hit."""

ModeName = Literal["race"]
"""The ways to play. The names are stored and part of the protocol."""

Scope = Literal["room", "server", "model"]
"""Where a word besides the built-in ones is known: taught in this room, on this server, or to the network itself."""

CANVAS_SIDE_UNITS = 4096
"""Ink coordinates are integers from 0 to one less, on a square canvas."""

MAX_POINTS_PER_CHANGE = 64
"""Points that one change of a drawing may bring."""
MAX_STROKES_PER_DRAWING = 400
"""Strokes of one drawing; ink beyond them is refused with `canvas_full`."""
MAX_POINTS_PER_DRAWING = 12_000
"""Points of one drawing; ink beyond them is refused with `canvas_full`."""

MAX_DRAWING_MS = 400_000
"""Milliseconds from the beginning of a drawing that a point may carry."""

ROOM_CODE_ALPHABET = "ABCDEFGHJKMNPQRSTVWXYZ23456789"
ROOM_CODE_LENGTH = 6
"""Characters of a room code."""


def are_room_times(times: Iterable[Millis | None]) -> bool:
    """Say whether all times that are given can be times of a room."""
    return all(time is None or 0 <= time < MAX_ROOM_TIME_MS for time in times)
