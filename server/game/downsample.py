"""Less of the same: drawings and lists made small enough for the picture of a room."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TypeVar

from server.game import limits
from server.game.commands import Segment
from server.game.view import ResultView

PickedItem = TypeVar("PickedItem")


def thin_strokes(strokes: tuple[Segment, ...], limit: int) -> tuple[Segment, ...]:
    """Leave out points until at most `limit` are left; every stroke keeps its ends, while there is room for them.

    A point stays when it lies some distance from the last one that stayed (radial-distance simplification); the
    distance doubles until the drawing fits. One pass costs a few microseconds per hundred points.
    """
    distance = 4
    while sum(len(stroke[0]) for stroke in strokes) > limit and distance <= 1024:
        strokes = tuple(_thin_stroke(stroke, distance) for stroke in strokes)
        distance *= 2
    if sum(len(stroke[0]) for stroke in strokes) <= limit:
        return strokes
    # Nobody draws like that: zigzags across the page, or thousands of dots.
    ends = tuple(_stroke_ends(stroke) for stroke in strokes)
    return pick_evenly(ends, max(1, limit // 2)) if 2 * len(ends) > limit else ends


def _stroke_ends(stroke: Segment) -> Segment:
    x, y, t = stroke
    return stroke if len(x) < 3 else ((x[0], x[-1]), (y[0], y[-1]), (t[0], t[-1]))


def _thin_stroke(stroke: Segment, distance: int) -> Segment:
    x, y, _ = stroke
    if len(x) < 3:
        return stroke
    chosen, square = [0], distance * distance
    for i in range(1, len(x) - 1):
        last = chosen[-1]
        if (x[i] - x[last]) ** 2 + (y[i] - y[last]) ** 2 >= square:
            chosen.append(i)
    chosen.append(len(x) - 1)
    x, y, t = (tuple([axis[i] for i in chosen]) for axis in stroke)
    return x, y, t


def thin_drawings_together(drawings: Sequence[tuple[Segment, ...]], limit: int) -> list[tuple[Segment, ...]]:
    """Make drawings fit into `limit` points together: small ones stay whole, the others get equal shares."""
    sizes = [sum(len(stroke[0]) for stroke in strokes) for strokes in drawings]
    if sum(sizes) <= limit:
        return list(drawings)
    left, allowed = limit, 0
    for smaller, size in enumerate(sorted(sizes)):
        allowed = left // (len(sizes) - smaller)
        if size > allowed:
            break
        left -= size
    return [
        strokes if size <= allowed else thin_strokes(strokes, allowed)
        for strokes, size in zip(drawings, sizes, strict=True)
    ]


def pick_evenly(items: Sequence[PickedItem], limit: int) -> tuple[PickedItem, ...]:
    """Pick at most `limit` items, evenly spread, first and last among them."""
    if len(items) <= limit:
        return tuple(items)
    if limit == 1:
        return (items[0],)
    return tuple(items[i * (len(items) - 1) // (limit - 1)] for i in range(limit))


def thin_album(results: list[ResultView]) -> list[ResultView]:
    """Make a whole game's results small enough for the podium: the best drawings of every round, thinner."""
    if len(results) > limits.MAX_DRAWINGS_PER_ALBUM:
        best = sorted(results, key=lambda result: (result.hit_at is None, -result.best))[
            : limits.MAX_DRAWINGS_PER_ALBUM
        ]
        chosen = {(result.round, result.seat) for result in best}
        results = [result for result in results if (result.round, result.seat) in chosen]
    limit = limits.MAX_POINTS_PER_ALBUM // max(1, len(results))
    thoughts = max(2, limits.MAX_THOUGHTS_PER_RESULT * 12 // max(12, len(results)))
    return [
        replace(result, strokes=thin_strokes(result.strokes, limit), thoughts=pick_evenly(result.thoughts, thoughts))
        for result in results
    ]
