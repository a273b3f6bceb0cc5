"""Whether an official simplified stroke is what the same steps give when equal distances, or halves, fall the other way.

Google's arithmetic is not published. Where a line is parallel to its chord, many points are equally far from it to the last
bits of a double, and which of them the algorithm keeps depends on the order of additions. Such a difference is explained.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from tests.unit.model.ink.plainly import resample

TIE = 1e-3
"""Pixels of 255 within which two distances, or a coordinate and a half, count as equal."""
EPSILON = 2.0

Points = npt.NDArray[np.float64]


def explained(raw: Sequence[Sequence[Sequence[float]]], official: Sequence[Sequence[Sequence[int]]]) -> bool:
    """Say whether each official stroke can be reached by breaking ties."""
    strokes = [np.stack([np.asarray(s[0], float), np.asarray(s[1], float)], 1) for s in raw]
    low = np.min([s.min(0) for s in strokes], axis=0)
    side = float(np.max([s.max(0) for s in strokes] - low))
    if len(strokes) != len(official):
        return False
    return all(
        _reached((stroke - low) * 255.0 / side, list(zip(*wanted[:2], strict=True)))
        for stroke, wanted in zip(strokes, official, strict=True)
    )


def _reached(stroke: Points, wanted: list[tuple[int, int]]) -> bool:
    path = resample(stroke) if len(stroke) > 1 else stroke
    path = path.repeat(2, axis=0) if len(path) == 1 else path
    kept = _rdp(path, set(wanted))
    return len(kept) == len(wanted) and all(
        abs(point[axis] - place[axis]) <= 0.5 + TIE
        for point, place in zip(kept, wanted, strict=True)
        for axis in (0, 1)
    )


def _rdp(path: Points, wanted: set[tuple[int, int]]) -> list[Points]:
    """Ramer-Douglas-Peucker that, among equally far points, takes one that is wanted."""
    keep, stack = {0, len(path) - 1}, [(0, len(path) - 1)]
    while stack:
        first, last = stack.pop()
        if last - first < 2:
            continue
        inner, chord = path[first + 1 : last] - path[first], path[last] - path[first]
        norm = float(np.hypot(*chord))
        distance = np.abs(inner[:, 0] * chord[1] - inner[:, 1] * chord[0]) / norm if norm else np.hypot(*inner.T)
        farthest = float(distance.max())
        equal = [
            place for place in np.flatnonzero(distance >= farthest - TIE) if _near(path[first + 1 + place], wanted)
        ]
        if farthest <= EPSILON - TIE or (farthest <= EPSILON + TIE and not equal):
            continue
        best = int(np.argmax(distance))
        middle = first + 1 + (best if best in equal or not equal else int(equal[len(equal) // 2]))
        keep.add(middle)
        stack += [(first, middle), (middle, last)]
    return [path[place] for place in sorted(keep)]


def _near(point: Points, wanted: set[tuple[int, int]]) -> bool:
    xs = {int(np.rint(point[0] + shift)) for shift in (-TIE, TIE)}
    ys = {int(np.rint(point[1] + shift)) for shift in (-TIE, TIE)}
    return any((x, y) in wanted for x in xs for y in ys)
