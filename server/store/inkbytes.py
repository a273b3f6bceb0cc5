"""Ink as the collection keeps it: deltas of x, y and t as variable-length integers, one axis after the other.

Where `model.strokes.pack` is made for speed on the way to the guesser, this is made to lie in memory for years: numbers
below 64 take one byte, and what zlib makes of it afterwards is a fifth smaller. Nothing is rounded.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from model.strokes import Ink

MAX_POINTS = 20_000
MAX_STROKES = 2_000
_WIDEST = 5
"""Bytes of the largest number: 35 bits."""


def pack(strokes: Sequence[Sequence[Sequence[int]]] | Ink, timed: bool = True) -> bytes:
    """Pack whole numbers; x, y and t must fit 32 bits. `timed` false leaves t out. Raises ValueError if there is too much."""
    counts = [len(stroke[0]) for stroke in strokes]
    if len(counts) > MAX_STROKES or sum(counts) > MAX_POINTS or 0 in counts:
        raise ValueError(f"a drawing has 1 to {MAX_POINTS} points in at most {MAX_STROKES} strokes")
    parts = [np.array([len(counts), *counts], np.int64)]
    for axis in range(3 if timed else 2):
        flat = [np.asarray(stroke[axis], np.int64) for stroke in strokes]
        delta = np.concatenate([np.zeros(1, np.int64), *flat])
        delta = delta[1:] - delta[:-1]
        parts.append((delta << 1) ^ (delta >> 63))
    return _shorten(np.concatenate(parts))


def unpack(data: bytes) -> Ink:
    """Unpack what `pack` wrote; without times all t are 0. Raises ValueError on anything else."""
    numbers = _lengthen(data)
    strokes = int(numbers[0]) if len(numbers) else -1
    if not 0 <= strokes <= MAX_STROKES or len(numbers) < 1 + strokes:
        raise ValueError("packed ink has a wrong header")
    counts = numbers[1 : 1 + strokes]
    points, rest = int(counts.sum()), numbers[1 + strokes :]
    if points > MAX_POINTS or len(rest) not in (2 * points, 3 * points) or not counts.all():
        raise ValueError("packed ink has a wrong length")
    delta = (rest >> 1) ^ -(rest & 1)
    axes = [np.cumsum(part).astype(np.int32) for part in np.split(delta, max(2, len(delta) // max(1, points)))]
    if len(axes) == 2:
        axes.append(np.zeros(points, np.int32))
    ends = np.cumsum(counts)[:-1]
    x, y, t = (np.split(axis, ends) if strokes else [] for axis in axes)
    return list(zip(x, y, t, strict=True))


def _shorten(numbers: npt.NDArray[np.int64]) -> bytes:
    """Write numbers of at most 35 bits, 7 bits a byte, the lowest first; all bytes of a number but its last have the top bit."""
    shifts = 7 * np.arange(_WIDEST)
    digits = (numbers[:, None] >> shifts) & 127
    widths = 1 + (numbers[:, None] >> shifts[1:] > 0).sum(1)
    places = np.arange(_WIDEST)
    digits |= np.where(places < (widths - 1)[:, None], 128, 0)
    return bytes(digits[places < widths[:, None]].astype(np.uint8))


def _lengthen(data: bytes) -> npt.NDArray[np.int64]:
    """Read what `_shorten` wrote."""
    octets = np.frombuffer(data, np.uint8)
    ends = np.flatnonzero(octets < 128)
    if not len(ends) or ends[-1] != len(octets) - 1:
        raise ValueError("packed ink ends inside a number")
    starts = np.concatenate([[0], ends[:-1] + 1])
    widths = ends - starts + 1
    if widths.max() > _WIDEST:
        raise ValueError("packed ink has a number that is too long")
    place = np.arange(len(octets)) - np.repeat(starts, widths)
    return np.asarray(np.add.reduceat((octets & 127).astype(np.int64) << (7 * place), starts), np.int64)
