"""Ink: the strokes of a drawing as integer arrays, and what can be done to them. Knows numpy only."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

Int32Array = npt.NDArray[np.int32]
Stroke = tuple[Int32Array, Int32Array, Int32Array]
"""Equally long x, y (any unit; 0..4095 in play) and t (ms since the drawing's first point)."""
Ink = list[Stroke]
StrokePath = tuple[npt.NDArray[Any], list[int]]
"""A drawing without its times: all points as one path (points, 2), and where each stroke stops in it."""


def ink_from_lists(drawing: Sequence[Sequence[Sequence[float]]]) -> Ink:
    """Build ink from nested lists [[x…], [y…](, [t…])]; without t all times are 0. Empty strokes are dropped."""
    ink: Ink = []
    for stroke in drawing:
        if not len(stroke) or not len(stroke[0]):
            continue
        x, y = (np.rint(np.asarray(axis, np.float64)).astype(np.int32) for axis in stroke[:2])
        t = np.asarray(stroke[2], np.float64).astype(np.int32) if len(stroke) > 2 else np.zeros_like(x)
        if not len(x) == len(y) == len(t):
            raise ValueError("a stroke's axes differ in length")
        ink.append((x, y, t))
    return ink


def count_points(ink: Ink) -> int:
    """Count the points of all strokes."""
    return sum(len(stroke[0]) for stroke in ink)


def ink_to_path(ink: Ink) -> tuple[npt.NDArray[np.float64], list[int]]:
    """Return all points as one path (points, 2), and where each stroke stops in it."""
    path = np.empty((count_points(ink), 2))
    ends, at = [], 0
    for x, y, _ in ink:
        path[at : at + len(x), 0] = x
        path[at : at + len(x), 1] = y
        at += len(x)
        ends.append(at)
    return path, ends


def take_path_prefix(
    path: npt.NDArray[np.float64], ends: list[int], share: float
) -> tuple[npt.NDArray[np.float64], list[int]]:
    """Cut a path as `prefix` cuts ink, without rounding the cut point."""
    if share >= 1 or not len(path):
        return path, ends
    steps = np.zeros(len(path))
    delta = path[1:] - path[:-1]
    steps[1:] = np.sqrt(delta[:, 0] ** 2 + delta[:, 1] ** 2)
    steps[ends[:-1]] = 0.0
    arc_length = np.cumsum(steps)
    left = share * float(arc_length[-1])
    beyond = int(np.searchsorted(arc_length, left, side="right"))  # its segment has a length, so it begins no stroke
    if beyond == len(path):
        return path, ends
    ratio = (left - arc_length[beyond - 1]) / steps[beyond]
    cut = path[beyond - 1] + ratio * delta[beyond - 1]
    return np.concatenate([path[:beyond], cut[None]]), [*(end for end in ends if end <= beyond), beyond + 1]


def segment_lengths(ink: Ink) -> list[npt.NDArray[np.float64]]:
    """Return, per stroke, the pen-down length of each of its n-1 segments, in the unit of x and y."""
    return [np.hypot(np.diff(x.astype(np.float64)), np.diff(y.astype(np.float64))) for x, y, _ in ink]


def ink_length(ink: Ink) -> float:
    """Return the pen-down length of the whole drawing."""
    return float(sum(part.sum() for part in segment_lengths(ink)))


def take_ink_prefix(ink: Ink, share: float) -> Ink:
    """Return the first `share` (0..1) of the drawing by pen-down length, cut inside a stroke where need be.

    The cut segment ends at the interpolated point. A dot has no length and belongs to the prefix that reaches it;
    the first point is always there.
    """
    parts = segment_lengths(ink)
    left = share * sum(float(part.sum()) for part in parts)
    kept: Ink = []
    for (x, y, t), part in zip(ink, parts, strict=True):
        total = float(part.sum())
        if share >= 1 or total <= left + 1e-9:
            kept.append((x, y, t))
            left -= total
            if left <= 1e-9 and share < 1:
                break
            continue
        kept.append(_cut_stroke((x, y, t), part, left))
        break
    return kept


def _cut_stroke(stroke: Stroke, part: npt.NDArray[np.float64], left: float) -> Stroke:
    arc_length = np.cumsum(part)
    whole = int(np.searchsorted(arc_length, left, side="right"))
    before = float(arc_length[whole - 1]) if whole else 0.0
    ratio = (left - before) / float(part[whole]) if part[whole] > 0 else 0.0
    axes = []
    for axis in stroke:
        end = axis[whole] + ratio * (axis[whole + 1] - axis[whole])
        axes.append(np.append(axis[: whole + 1], np.int32(round(float(end)))).astype(np.int32))
    return axes[0], axes[1], axes[2]
