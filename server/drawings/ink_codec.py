"""Ink as the collection keeps it: one axis after the other, as numbers of variable length. Nothing is rounded.

Where `model.ink.strokes.pack` is made for speed on the way to the guesser, this is made to lie in memory for years. A pen keeps
its direction, so x and y are kept as changes of their steps, t as steps; small numbers take one byte, and zlib does the rest.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from model.ink.strokes import Ink

MAX_STORED_POINTS = 20_000
MAX_STORED_STROKES = 2_000
_MAX_VARINT_BYTES = 5
"""Bytes of the largest number: 35 bits."""


def pack_stored_ink(strokes: Sequence[Sequence[Sequence[int]]] | Ink, timed: bool = True) -> bytes:
    """Pack whole numbers; x, y and t must fit 32 bits. `timed` false leaves t out. Raises ValueError if there is too much."""
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


def unpack_stored_ink(data: bytes) -> Ink:
    """Unpack what `pack` wrote; without times all t are 0. Raises ValueError on anything else."""
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


def stored_ink_is_timed(data: bytes) -> bool:
    """Say whether packed ink has times."""
    return bool(data[0] & 1)


def _differences(values: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Return the step to each value from the one before, the first from 0."""
    steps = values.copy()
    steps[1:] -= values[:-1]
    return steps


def encode_varints(numbers: npt.NDArray[np.int64]) -> bytes:
    """Write numbers of at most 35 bits, 7 bits a byte, the lowest first; all bytes of a number but its last have the top bit."""
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
    """Read what `shorten` wrote."""
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
