"""Whether two records with one name are one drawing."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from model.ink.simplify import simplify_drawing
from server.drawings.imports.conversion import UNITS_PER_PIXEL
from server.drawings.record import DrawingRecord

SIMPLIFIED_TOLERANCE_UNITS = 4.0
"""Of 255: simplified lines lie within 2 of what was drawn, and their points are rounded."""
POINTS_PER_COMPARISON = 100
"""Points that are compared with a line at once, to bound memory."""


def is_same_drawing(one: DrawingRecord, other: DrawingRecord) -> bool:
    """Say whether two records with one name are one drawing, perhaps one raw and the other simplified.

    Then the raw one is simplified, and each point of a stroke lies within `SIMPLIFIED_TOLERANCE_UNITS` of the other's line: ties in the
    simplification keep other points of the same line.
    """
    if one.word != other.word or len(one.arrays) != len(other.arrays):
        return False
    if one.form != other.form:
        pair = [_simplified_strokes(record) for record in (one, other)]
        return all(_lies_near_line(a, b) and _lies_near_line(b, a) for a, b in zip(*pair, strict=True))
    return all(
        len(a) == len(b) and np.allclose(a / one.unit, b / other.unit, atol=0.5 / UNITS_PER_PIXEL, rtol=0)
        for ours, theirs in zip(one.arrays, other.arrays, strict=True)
        for a, b in zip(ours[:2], theirs[:2], strict=True)
    )


def _simplified_strokes(record: DrawingRecord) -> list[npt.NDArray[np.float64]]:
    strokes = record.arrays if record.form == "simplified" else simplify_drawing(record.arrays)
    return [np.array(stroke[:2], float) for stroke in strokes]


def _lies_near_line(points: npt.NDArray[np.float64], line: npt.NDArray[np.float64]) -> bool:
    """Say whether each of some points (2, n) lies within `SIMPLIFIED_TOLERANCE_UNITS` of a line through points (2, m)."""
    start, step = line[:, :-1, None], np.diff(line)[:, :, None]
    length = (step**2).sum(0)
    for part in np.array_split(points, len(points[0]) // POINTS_PER_COMPARISON + 1, axis=1):
        along = ((part[:, None] - start) * step).sum(0) / np.where(length == 0, 1, length)
        away = part[:, None] - start - step * np.clip(along, 0, 1)
        if (np.hypot(*away).min(0) > SIMPLIFIED_TOLERANCE_UNITS).any():
            return False
    return True
