"""Quick, Draw!'s simplification as the textbook has it, a stroke and a point at a time: what the fast one is held against."""

from __future__ import annotations

from collections.abc import Sequence
from math import hypot

import numpy as np
import numpy.typing as npt

Points = npt.NDArray[np.float64]


def resample(points: Points, spacing: float = 1.0) -> Points:
    """Return points every `spacing` along the path, and its last point."""
    steps = np.hypot(*np.diff(points, axis=0).T)
    reached = np.concatenate([[0.0], np.cumsum(steps)])
    total = float(reached[-1])
    if total <= 0:
        return points[:1]
    at = np.append(np.arange(0.0, total, spacing), total)
    return np.stack([np.interp(at, reached, points[:, axis]) for axis in (0, 1)], axis=1)


def rdp(points: Points, epsilon: float) -> list[int]:
    """Return the places that Ramer-Douglas-Peucker keeps."""
    kept, stack = {0, len(points) - 1}, [(0, len(points) - 1)]
    while stack:
        first, last = stack.pop()
        if last - first < 2:
            continue
        dx, dy = (points[last] - points[first]).tolist()
        x, y = (points[first + 1 : last] - points[first]).T
        norm = hypot(dx, dy)
        distance = np.abs(x * dy - y * dx) / norm if norm > 0 else np.hypot(x, y)
        farthest = int(distance.argmax())
        if distance[farthest] > epsilon:
            middle = first + 1 + farthest
            kept.add(middle)
            stack += [(first, middle), (middle, last)]
    return sorted(kept)


def simplify(drawing: Sequence[Sequence[Sequence[float]]]) -> list[list[list[int]]]:
    """Align top-left, scale to 255, resample at 1 px, RDP with ε = 2; a dot is two points."""
    strokes = [np.stack([np.asarray(s[0], float), np.asarray(s[1], float)], 1) for s in drawing]
    low = np.min([s.min(0) for s in strokes], axis=0) if strokes else np.zeros(2)
    side = float(np.max([s.max(0) for s in strokes] - low)) if strokes else 0.0
    simple = []
    for stroke in strokes:
        path = (stroke - low) * 255.0 / side if side > 0 else stroke - low
        path = resample(path) if len(path) > 1 else path
        path = path[rdp(path, 2.0)] if len(path) > 1 else path.repeat(2, axis=0)
        simple.append(np.rint(path).astype(int).T.tolist())
    return simple
