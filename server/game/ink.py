"""Ink on a canvas: what may be drawn, and how a canvas changes. The hot path: no copying."""

from __future__ import annotations

from math import hypot

from server.game.commands import Clear, InkOp, Points, Segment, Undo
from server.game.state import Canvas, Stroke
from server.game.words import CANVAS, MAX_CHUNK_POINTS, MAX_DRAWING_MS, MAX_POINTS, MAX_STROKES


def problem(canvas: Canvas, op: InkOp) -> str:
    """Return the refusal code of an operation that this canvas cannot take, or nothing."""
    if not isinstance(op, Points):
        return ""
    count, last = 0, canvas.last_t
    for x, y, t in op.segments:
        if not len(x) == len(y) == len(t) or not x:
            return "bad_ink"
        if min(x) < 0 or max(x) >= CANVAS or min(y) < 0 or max(y) >= CANVAS:
            return "bad_ink"
        for moment in t:
            if moment < last:
                return "bad_ink"
            last = moment
        count += len(x)
    if not 0 < count <= MAX_CHUNK_POINTS or last > MAX_DRAWING_MS:
        return "bad_ink"
    joined = op.joined and bool(canvas.strokes)
    if canvas.points + count > MAX_POINTS or len(canvas.strokes) + len(op.segments) - joined > MAX_STROKES:
        return "canvas_full"
    return ""


def apply(canvas: Canvas, op: InkOp) -> None:
    """Change the canvas by an operation that has no problem. Time never runs back, not even after undo."""
    match op:
        case Points(segments, joined):
            for place, segment in enumerate(segments):
                if place or not joined or not canvas.strokes:
                    canvas.strokes.append(Stroke())
                _extend(canvas, canvas.strokes[-1], segment)
            canvas.last_t = segments[-1][2][-1]
        case Undo():
            if canvas.strokes:
                stroke = canvas.strokes.pop()
                canvas.points -= len(stroke.x)
                canvas.length -= stroke.length
        case Clear():
            canvas.strokes.clear()
            canvas.points, canvas.length = 0, 0.0
    canvas.revision += 1


def _extend(canvas: Canvas, stroke: Stroke, segment: Segment) -> None:
    x, y, t = segment
    before_x, before_y = (stroke.x[-1], stroke.y[-1]) if stroke.x else (x[0], y[0])
    added = 0.0
    for px, py in zip(x, y, strict=True):
        added += hypot(px - before_x, py - before_y)
        before_x, before_y = px, py
    stroke.x.extend(x)
    stroke.y.extend(y)
    stroke.t.extend(t)
    stroke.length += added
    canvas.length += added
    canvas.points += len(x)


def segments_of(strokes: list[Stroke]) -> tuple[Segment, ...]:
    """Copy strokes into what leaves the game."""
    return tuple((tuple(stroke.x), tuple(stroke.y), tuple(stroke.t)) for stroke in strokes)
