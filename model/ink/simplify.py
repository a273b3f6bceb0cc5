"""Quick, Draw!'s own simplification, of many drawings at once: no loop over points, strokes or pieces of a stroke."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from math import hypot

import numpy as np
import numpy.typing as npt

from model.ink.strokes import Ink

Float64Array = npt.NDArray[np.float64]
IndexArray = npt.NDArray[np.intp]
InkOrLists = Ink | Sequence[Sequence[Sequence[float]]]
SimplifiedDrawing = list[list[list[int]]]
"""[[x…], [y…]] per stroke, integers in 0..255."""

SIMPLIFY_BATCH_SIZE = 32
"""Drawings that are worth doing in one go; more save nothing."""
MAX_POINTS_PER_SIMPLIFY_BATCH = 20_000
"""Points of theirs, at most; a drawing has 200 on the mean, and as many as this at most."""


def simplify_drawing(drawing: InkOrLists, epsilon: float = 2.0) -> SimplifiedDrawing:
    """Simplify as Quick, Draw! does: top-left aligned, scaled to 255, resampled at 1 px, RDP with ε = 2.

    Source of the steps: the dataset's README; that a dot is two equal points, and the order of the arithmetic, which breaks
    ties, were found from the official files. Returns [[x…], [y…]] per stroke, integers in 0..255.
    """
    return simplify_batch([drawing], epsilon)[0]


def simplify_batch(drawings: Sequence[InkOrLists], epsilon: float = 2.0) -> list[SimplifiedDrawing]:
    """Simplify each of some drawings; to the last bit what `simplify` makes of each alone."""
    return [simple for some in _group_by_points(drawings) for simple in _simplify_group(some, epsilon)]


def _group_by_points(drawings: Sequence[InkOrLists]) -> Iterator[list[InkOrLists]]:
    """Yield drawings that are done in one go: of scribbles that fill the canvas fewer, for their sake who have little memory."""
    group: list[InkOrLists] = []
    points = 0
    for drawing in drawings:
        size = sum(len(stroke[0]) for stroke in drawing)
        if group and points + size > MAX_POINTS_PER_SIMPLIFY_BATCH:
            yield group
            group, points = [], 0
        group.append(drawing)
        points += size
    if group:
        yield group


def _simplify_group(drawings: list[InkOrLists], epsilon: float) -> list[SimplifiedDrawing]:
    strokes = [[stroke for stroke in drawing if len(stroke[0])] for drawing in drawings]
    flat = [stroke for some in strokes for stroke in some]
    if not flat:
        return [[] for _ in drawings]
    counts = np.array([len(stroke[0]) for stroke in flat])
    x, y = (np.concatenate([np.asarray(stroke[axis], np.float64) for stroke in flat]) for axis in (0, 1))
    _scale_to_box(x, y, counts, [len(some) for some in strokes])
    x, y, counts = _resample_strokes(x, y, counts)
    kept = np.flatnonzero(_ramer_douglas_peucker(x, y, counts, epsilon))
    ends = [0, *np.searchsorted(kept, np.cumsum(counts)).tolist()]
    xs, ys = (np.rint(axis[kept]).astype(int).tolist() for axis in (x, y))
    simple = [[xs[start:end], ys[start:end]] for start, end in pairwise(ends)]
    bounds = np.cumsum([0, *map(len, strokes)]).tolist()
    return [simple[start:end] for start, end in pairwise(bounds)]


def _scale_to_box(x: Float64Array, y: Float64Array, counts: IndexArray, strokes: list[int]) -> None:
    """Move each drawing to its top left corner and scale its longer side to 255, in place."""
    places = np.cumsum([0, *strokes])
    some = np.flatnonzero(strokes)
    starts = np.cumsum(np.concatenate([[0], counts]))[places]
    sizes = np.diff(starts)[some]
    starts = starts[some]
    sides = np.zeros(len(some))
    for axis in (x, y):
        low = np.minimum.reduceat(axis, starts)
        np.maximum(sides, np.maximum.reduceat(axis, starts) - low, out=sides)
        axis -= np.repeat(low, sizes)
    sides[sides == 0] = 255.0
    sides = np.repeat(sides, sizes)
    for axis in (x, y):
        axis *= 255.0
        axis /= sides


def _resample_strokes(
    x: Float64Array, y: Float64Array, counts: IndexArray
) -> tuple[Float64Array, Float64Array, IndexArray]:
    """Return points every 1 px along each stroke, and its last point; of a stroke without length, that point twice."""
    ends = np.cumsum(counts)
    arc_length = np.zeros(len(x))
    np.hypot(np.diff(x), np.diff(y), out=arc_length[1:])
    arc_length[ends[:-1]] = 0.0
    for start, end in pairwise([0, *ends.tolist()]):
        np.add.accumulate(arc_length[start:end], out=arc_length[start:end])
    step = np.empty(len(x))
    step[:-1] = np.diff(arc_length)
    step[ends - 1] = 0.0
    whole = np.ceil(arc_length).astype(np.intp)
    samples = np.empty(len(x), np.intp)
    samples[:-1] = np.diff(whole)
    samples[ends - 1] = 1
    samples[(ends - 1)[arc_length[ends - 1] == 0]] = 2
    made = np.where(arc_length[ends - 1] == 0, 2, whole[ends - 1] + 1)
    points = np.repeat(np.arange(len(x)), samples)
    along = np.arange(len(points)) - np.repeat(np.cumsum(made) - made, made) - arc_length[points]
    lines = step > 0
    axes = []
    for axis in (x, y):
        slope = np.zeros(len(x))
        np.divide(np.diff(axis, append=0.0), step, out=slope, where=lines)
        axes.append(slope[points] * along + axis[points])
    return axes[0], axes[1], made


def _ramer_douglas_peucker(
    x: Float64Array, y: Float64Array, counts: IndexArray, epsilon: float
) -> npt.NDArray[np.bool_]:
    """Mark the points that the Ramer-Douglas-Peucker algorithm keeps in each stroke, all pieces of all strokes a level at a time.

    Distances are to the line through the ends of a piece (to the point where both ends meet), as in Quick, Draw!'s own
    simplification.
    """
    last = np.cumsum(counts) - 1
    first = last - counts + 1
    keep = np.zeros(len(x), bool)
    keep[first] = keep[last] = True
    inner = np.flatnonzero(~keep)
    while len(inner):
        sizes = last - first - 1
        long = sizes > 0
        first, last, sizes = first[long], last[long], sizes[long]
        starts = np.cumsum(sizes) - sizes
        distance = _line_distances(x, y, first, last, inner, sizes)
        farthest = np.maximum.reduceat(distance, starts)
        split = farthest > epsilon
        best = np.flatnonzero(distance == farthest.repeat(sizes))
        middle = best[best.searchsorted(starts[split])]
        going = split.repeat(sizes)
        going[middle] = False
        middle = inner[middle]
        keep[middle] = True
        first = np.stack([first[split], middle], 1).ravel()
        last = np.stack([middle, last[split]], 1).ravel()
        inner = inner[going]
    return keep


def _line_distances(
    x: Float64Array, y: Float64Array, first: IndexArray, last: IndexArray, inner: IndexArray, sizes: IndexArray
) -> Float64Array:
    """Return how far each inner point is from the line through the ends of its piece, which has `sizes` of them."""
    from_x, from_y = x[first], y[first]
    dx, dy = x[last] - from_x, y[last] - from_y
    # math.hypot and numpy's differ in the last bit, and the official files were matched with this one.
    norm = np.array(list(map(hypot, dx.tolist(), dy.tolist())))
    closed = norm == 0
    across, down = x[inner], y[inner]
    across -= from_x.repeat(sizes)
    down -= from_y.repeat(sizes)
    meet = np.hypot(across[closed.repeat(sizes)], down[closed.repeat(sizes)]) if closed.any() else None
    across *= dy.repeat(sizes)
    down *= dx.repeat(sizes)
    across -= down
    np.abs(across, out=across)
    norm[closed] = 1.0
    across /= norm.repeat(sizes)
    if meet is not None:
        across[closed.repeat(sizes)] = meet
    return across
