"""Pictures a second: our rasteriser against the same picture drawn with Pillow and with cairo."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw

from benchmarks.inks import inks
from benchmarks.line import line
from model.ink.raster import PICTURE_SIDE_PIXELS, rasterise_inks
from model.ink.strokes import Ink

SECONDS = 2.0
BATCH = 32
"""Ours draws so many at a time, as the guesser does; the others know no such way."""
OVER = 4
"""Pillow draws no antialiased lines: each picture is drawn so many times as large and then made small."""
STAMP, CANVAS, BOLD = 28, 168, 8
"""The third channel: drawn so wide on such a canvas, and made small."""
LEVELS, REACH, MARGIN = 8, 3.0, 1.5
SHADES = [int(255 * (0.15 + 0.85 * np.exp(-level / 3.0))) for level in range(LEVELS)]


def placed(ink: Ink, box: float, canvas: int) -> npt.NDArray[np.float64]:
    """Fit all points into a box in the middle of a canvas, (n, 2)."""
    path = np.concatenate([np.stack([x, y], 1) for x, y, _ in ink]).astype(float)
    low, high = path.min(0), path.max(0)
    side = max(float((high - low).max()), 1e-6)
    return (path - (low + high) / 2) * (box / side) + (canvas - 1) / 2


def bolds(ink: Ink) -> list[list[tuple[float, float]]]:
    """Fit each stroke to the stamp's canvas."""
    fitted = placed(ink, 255 * CANVAS / 304, CANVAS).tolist()
    ends = np.cumsum([len(x) for x, _, _ in ink]).tolist()
    strokes = [[tuple(point) for point in fitted[start:end]] for start, end in zip([0, *ends], ends, strict=False)]
    return [points if len(points) > 1 else points * 2 for points in strokes]


def pieces(ink: Ink) -> list[tuple[list[tuple[float, float]], int]]:
    """Fit ink to its box and cut it where its shade of recency changes: (points, shade)."""
    fitted = placed(ink, PICTURE_SIDE_PIXELS - 1 - 2 * MARGIN, PICTURE_SIDE_PIXELS)
    steps = np.zeros(len(fitted))
    steps[1:] = np.hypot(*np.diff(fitted, axis=0).T)
    ends = np.cumsum([len(x) for x, _, _ in ink])
    steps[ends[:-1]] = 0.0
    reached = np.cumsum(steps) / PICTURE_SIDE_PIXELS
    level = np.minimum((reached[-1] - reached) * (LEVELS / REACH), LEVELS - 1).astype(int)
    found, start = [], 0
    for end in ends:
        first = start
        for turn in range(start + 1, end + 1):
            if turn == end or level[turn] != level[turn - 1]:
                points = [tuple(point) for point in fitted[max(first - 1, start) : turn].tolist()]
                found.append((points if len(points) > 1 else points * 2, SHADES[level[first]]))
                first = turn
        start = end
    return found


def pillow(ink: Ink) -> None:
    """Draw the three channels with Pillow."""
    made = [Image.new("L", (PICTURE_SIDE_PIXELS * OVER, PICTURE_SIDE_PIXELS * OVER)) for _ in range(2)]
    pens = [ImageDraw.Draw(one) for one in made]
    for points, shade in pieces(ink):
        large = [((x + 0.5) * OVER, (y + 0.5) * OVER) for x, y in points]
        for pen, value in zip(pens, (255, shade), strict=True):
            pen.line(large, value, OVER)
    canvas = Image.new("L", (CANVAS, CANVAS))
    bold = ImageDraw.Draw(canvas)
    for stroke in bolds(ink):
        bold.line(stroke, 255, BOLD, "curve")
    stamp = np.pad(np.asarray(canvas.resize((STAMP, STAMP), Image.Resampling.BOX)), (PICTURE_SIDE_PIXELS - STAMP) // 2)
    np.stack(
        [
            *(np.asarray(one.resize((PICTURE_SIDE_PIXELS, PICTURE_SIDE_PIXELS), Image.Resampling.BOX)) for one in made),
            stamp,
        ],
        -1,
    )


def cairo_painter() -> Callable[[Ink], None] | None:
    """Return a function that draws the three channels with cairo; None where cairo is missing."""
    try:
        import cairocffi as cairo
    except (ImportError, OSError):
        return None

    def draw(ink: Ink) -> None:
        parts = pieces(ink)
        made = []
        for channel in range(2):
            surface = cairo.ImageSurface(cairo.FORMAT_A8, PICTURE_SIDE_PIXELS, PICTURE_SIDE_PIXELS)
            pen = cairo.Context(surface)
            pen.set_line_width(1.0)
            for points, shade in parts:
                pen.set_source_rgba(0, 0, 0, 1.0 if channel == 0 else shade / 255)
                pen.move_to(points[0][0] + 0.5, points[0][1] + 0.5)
                for x, y in points[1:]:
                    pen.line_to(x + 0.5, y + 0.5)
                pen.stroke()
            made.append(
                np.frombuffer(surface.get_data(), np.uint8).reshape(PICTURE_SIDE_PIXELS, -1)[:, :PICTURE_SIDE_PIXELS]
            )
        surface = cairo.ImageSurface(cairo.FORMAT_A8, PICTURE_SIDE_PIXELS, PICTURE_SIDE_PIXELS)
        pen = cairo.Context(surface)
        edge = (PICTURE_SIDE_PIXELS - STAMP) / 2
        pen.translate(edge, edge)
        pen.scale(STAMP / CANVAS, STAMP / CANVAS)  # straight into the small picture: it antialiases by itself
        pen.set_line_width(BOLD)
        pen.set_line_cap(cairo.LINE_CAP_ROUND)
        pen.set_line_join(cairo.LINE_JOIN_ROUND)
        for stroke in bolds(ink):
            pen.move_to(*stroke[0])
            for point in stroke[1:]:
                pen.line_to(*point)
        pen.stroke()
        made.append(
            np.frombuffer(surface.get_data(), np.uint8).reshape(PICTURE_SIDE_PIXELS, -1)[:, :PICTURE_SIDE_PIXELS]
        )
        np.stack(made, -1)

    return draw


def rate(draw: Callable[[list[Ink]], object], drawings: list[Ink], batch: int) -> float:
    """Drawings per second of processor time."""
    parts = [drawings[start : start + batch] for start in range(0, len(drawings), batch)]
    draw(parts[0])
    count, began = 0, time.process_time()
    while (spent := time.process_time() - began) < SECONDS:
        draw(parts[count % len(parts)])
        count += 1
    return count * batch / spent


def measure() -> list[dict[str, Any]]:
    """Measure all three on the same drawings."""
    drawings, kind = inks(12 * BATCH)
    contenders = {"pillow": pillow, "cairo": cairo_painter()}
    mine = rate(rasterise_inks, drawings, BATCH)
    lines = []
    for name, draw in contenders.items():
        if draw is None:
            lines.append(
                line("raster.throughput", mine, "drawings/s", name, None, "not measured: no such library here")
            )
            continue
        theirs = rate(_each(draw), drawings, 1)
        lines.append(line("raster.throughput", mine, "drawings/s", name, mine / theirs,
                          f"theirs {theirs:.0f} drawings/s one by one, ours {BATCH} at a time; {kind}, {PICTURE_SIDE_PIXELS} px, ink, recency and stamp, one thread"))  # fmt: skip
    return lines


def _each(draw: Callable[[Ink], None]) -> Callable[[list[Ink]], None]:
    def drawn(inks: list[Ink]) -> None:
        for ink in inks:
            draw(ink)

    return drawn


if __name__ == "__main__":
    import json

    for one in measure():
        print(json.dumps(one, ensure_ascii=False), flush=True)
