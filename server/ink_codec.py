"""Ink as bytes: the two layouts that exist, each with the reason why it has to stay.

*Stored ink* is what every drawing's record holds, in Redis and in archives. It is made small, because it lies in memory for
years, and it cannot change, because stored records are read for good.

*Guess ink* is what a guess request carries from a web process to a guesser. It can grow at its end without a point being
encoded twice, and the guesser uses the bytes as they came; web processes and guessers of different versions share a queue.

The log of a room holds commands (`server.rooms.codec`), not packed ink.
"""

from __future__ import annotations

import sys
from array import array
from collections.abc import Sequence
from itertools import accumulate, pairwise
from struct import unpack_from
from typing import Any

import numpy as np
import numpy.typing as npt

from server.game.ids import CANVAS_SIDE_UNITS, MAX_POINTS_PER_DRAWING, MAX_STROKES_PER_DRAWING

Int32Array = npt.NDArray[np.int32]
WholeNumbers = Sequence[int] | npt.NDArray[np.integer[Any]]
UnpackedStroke = tuple[Int32Array, Int32Array, Int32Array]
"""Equally long x, y and t."""

MAX_STORED_POINTS = 20_000
"""Points of a stored drawing. Imports may have more than a player can draw."""
MAX_STORED_STROKES = 2_000
"""Strokes of a stored drawing."""
_MAX_VARINT_BYTES = 5
"""Bytes of the largest number: 35 bits."""
_GOES_ON = bytes(byte >> 7 for byte in range(256))
"""For each byte whether its number goes on after it."""


# -- stored ink ----------------------------------------------------------------------------------------------


def pack_stored_ink(strokes: Sequence[Sequence[WholeNumbers]], timed: bool = True) -> bytes:
    """Pack whole numbers of 32 bits without loss. `timed` false leaves t out. Raises ValueError if there is too much.

    Layout: 2 × strokes + timed, the points of each stroke, then all x, all y, all t as varints. A pen keeps its direction,
    so x and y are second differences; t is differences. Signs are zigzag-encoded.
    """
    counts = [len(stroke[0]) for stroke in strokes]
    if len(counts) > MAX_STORED_STROKES or sum(counts) > MAX_STORED_POINTS or 0 in counts:
        raise ValueError(f"a drawing has 1 to {MAX_STORED_POINTS} points in at most {MAX_STORED_STROKES} strokes")
    parts = [np.array([2 * len(counts) + timed, *counts], np.int64)]
    for axis in range(3 if timed else 2):
        flat = [np.asarray(stroke[axis], np.int64) for stroke in strokes]
        delta = _differences(np.concatenate([np.zeros(0, np.int64), *flat]))
        if axis < 2:
            delta = _differences(delta)
        parts.append((delta << 1) ^ (delta >> 63))
    return encode_varints(np.concatenate(parts))


def unpack_stored_ink(data: bytes) -> list[UnpackedStroke]:
    """Unpack what `pack_stored_ink` wrote; without times all t are 0. Raises ValueError on anything else."""
    numbers = decode_varints(data)
    strokes, timed = divmod(int(numbers[0]), 2)
    if not 0 <= strokes <= MAX_STORED_STROKES or len(numbers) < 1 + strokes:
        raise ValueError("packed ink has a wrong header")
    counts = numbers[1 : 1 + strokes]
    points, rest = int(counts.sum()), numbers[1 + strokes :]
    if points > MAX_STORED_POINTS or len(rest) != (2 + timed) * points or not counts.all():
        raise ValueError("packed ink has a wrong length")
    delta = (rest >> 1) ^ -(rest & 1)
    x, y = (np.cumsum(np.cumsum(part)).astype(np.int32) for part in (delta[:points], delta[points : 2 * points]))
    times = delta[2 * points :] if timed else np.zeros(points, np.int64)
    t = np.cumsum(times).astype(np.int32)
    ends = [0, *np.cumsum(counts).tolist()]
    return [(x[start:end], y[start:end], t[start:end]) for start, end in pairwise(ends)]


def check_stored_ink(data: bytes) -> None:
    """Make sure that stored ink can be unpacked, in much less time than unpacking it takes. Raises ValueError."""
    if not data or data[-1] >= 128:
        raise ValueError("packed ink ends inside a number")
    goes_on = data.translate(_GOES_ON)
    if b"\x01" * _MAX_VARINT_BYTES in goes_on:
        raise ValueError("packed ink has a number that is too long")
    numbers = goes_on.count(0)
    header, rest = _read_varint(data, 0)
    strokes, timed = divmod(header, 2)
    if strokes > MAX_STORED_STROKES or numbers < 1 + strokes:
        raise ValueError("packed ink has a wrong header")
    points = 0
    for _ in range(strokes):
        count, rest = _read_varint(data, rest)
        if not count:
            raise ValueError("packed ink has a stroke without points")
        points += count
    if points > MAX_STORED_POINTS or numbers != 1 + strokes + (2 + timed) * points:
        raise ValueError("packed ink has a wrong length")


def _read_varint(data: bytes, start: int) -> tuple[int, int]:
    """Return the number that begins at `start`, and where the next one begins."""
    value = shift = 0
    for at in range(start, len(data)):
        value |= (data[at] & 127) << shift
        if data[at] < 128:
            return value, at + 1
        shift += 7
    raise ValueError("packed ink ends inside a number")


def stored_ink_is_timed(data: bytes) -> bool:
    """Say whether stored ink has times."""
    return bool(data[0] & 1)


def _differences(values: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Return the step to each value from the one before, the first from 0."""
    steps = values.copy()
    steps[1:] -= values[:-1]
    return steps


def encode_varints(numbers: npt.NDArray[np.int64]) -> bytes:
    """Write numbers of at most 35 bits, 7 bits a byte, the lowest first. All bytes of a number but its last have the top bit."""
    widths = np.ones(len(numbers), np.intp)
    for place in range(1, _MAX_VARINT_BYTES):
        widths += numbers >= 1 << (7 * place)
    ends = np.cumsum(widths)
    octets = np.empty(int(ends[-1]) if len(ends) else 0, np.uint8)
    starts = ends - widths
    octets[starts] = numbers & 127 | (widths > 1) << 7
    for place in range(1, int(widths.max(initial=0))):
        longer = np.flatnonzero(widths > place)
        octets[starts[longer] + place] = numbers[longer] >> (7 * place) & 127 | (widths[longer] > place + 1) << 7
    return octets.tobytes()


def decode_varints(data: bytes) -> npt.NDArray[np.int64]:
    """Read what `encode_varints` wrote. Raises ValueError."""
    octets = np.frombuffer(data, np.uint8)
    ends = np.flatnonzero(octets < 128)
    if not len(ends) or ends[-1] != len(octets) - 1:
        raise ValueError("packed ink ends inside a number")
    starts = np.concatenate([[0], ends[:-1] + 1])
    widths = ends - starts + 1
    if widths.max() > _MAX_VARINT_BYTES:
        raise ValueError("packed ink has a number that is too long")
    digits = (octets & 127).astype(np.int64)
    numbers = digits[starts]
    for place in range(1, int(widths.max())):
        longer = np.flatnonzero(widths > place)
        numbers[longer] |= digits[starts[longer] + place] << (7 * place)
    return np.asarray(numbers, np.int64)


# -- guess ink -----------------------------------------------------------------------------------------------


def pack_guess_ink(counts: Sequence[int], x: array[int], y: array[int]) -> bytes:
    """Pack x and y of all points, with the number of points of each stroke. No network looks at the times.

    Layout, little-endian uint16: strokes, points of each stroke, all x, all y.
    """
    parts = [array("H", [len(counts), *counts]), x, y]
    if sys.byteorder == "big":
        parts = [array("H", part) for part in parts]
        for part in parts:
            part.byteswap()
    return b"".join([part.tobytes() for part in parts])


def unpack_guess_ink(data: bytes) -> tuple[npt.NDArray[np.uint16], list[int]]:
    """Return all points as one path (points, 2), and where each stroke stops in it. Nothing is copied.

    Raises ValueError unless it is what a web process sends, within the bounds of a drawing.
    """
    strokes = int.from_bytes(data[:2], "little")
    start = 2 + 2 * strokes
    if len(data) < max(start, 2):
        raise ValueError("packed ink has a wrong length")
    counts = unpack_from(f"<{strokes}H", data, 2)
    points = sum(counts)
    if len(data) != start + 4 * points:
        raise ValueError("packed ink has a wrong length")
    if strokes > MAX_STROKES_PER_DRAWING or points > MAX_POINTS_PER_DRAWING or 0 in counts:
        raise ValueError("packed ink has an empty stroke, or more strokes or points than a drawing may have")
    flat = np.frombuffer(data, "<u2", 2 * points, start)
    if points and np.maximum.reduce(flat) >= CANVAS_SIDE_UNITS:
        raise ValueError("packed ink leaves the canvas")
    return flat.reshape(2, points).T, list(accumulate(counts))
