"""THE rasteriser: training, evaluation and play all draw ink with this function, and with no other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice

import cv2
import numpy as np
import numpy.typing as npt

from model.ink.strokes import Ink, Trace, path_of

RASTER_VERSION = 2
"""Counts changes of the picture; a model says in its card which one it was trained on."""

SIZE = 32
"""Pixels a side."""
CHANNELS = 3
"""0: all ink. 1: recency, the newest ink brightest, falling off with the ink drawn since. 2: the stamp, all ink in bold lines,
as Google draws its bitmaps, in the middle of the picture."""
STAMP = 2
STAMP_SIDE = 28
STAMP_EDGE = (SIZE - STAMP_SIDE) // 2
"""Empty pixels around the stamp."""
_INNER = slice(STAMP_EDGE, SIZE - STAMP_EDGE)
SCALARS = 3
"""log ink length (in sides of the drawing's box), log strokes, aspect. Not the points: they depend on the device."""

_MARGIN = 1.5
_SHIFT = 4
"""Fractional bits of the coordinates given to OpenCV."""
_DOT = 0.6
"""Pixels of line below which a stroke is a dot: 5 % of the strokes of Quick, Draw!, eyes and seeds mostly."""
_DOT_RADIUS = 8
_LEVELS = 8
_REACH = 3.0
"""Ink, in sides of the drawing's own box, after which recency has fallen to its floor."""
_SHADES = np.array([int(255 * (0.15 + 0.85 * np.exp(-level / 3.0))) for level in range(_LEVELS)])
_CANVAS = 168
_BOX = 255 * _CANVAS / 304
_BOLD = 8
"""Google draws 255 in a canvas of 304 with lines of 16. This canvas is six times the stamp, which is three times
faster, and DoodleNet knows as many drawings from it; OpenCV's line of 8 is 9 wide, which is the width wanted.

Not antialiased: the reduction does that, and OpenCV's antialiased thick lines come out wider.
"""
_TOGETHER = 32
"""Drawings whose points are reckoned with together: enough to share numpy's calls, few enough for the cache."""

Bytes = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float32]


def raster(ink: Ink) -> tuple[Bytes, Floats]:
    """Draw ink, fitted to its own box. Returns uint8 (SIZE, SIZE, CHANNELS) and float32 (SCALARS,).

    No ink gives an empty picture. Lines are one pixel wide and antialiased; those of the stamp are bold.
    """
    pictures, scalars = rasters([ink])
    return pictures[0], scalars[0]


def rasters(inks: Sequence[Ink]) -> tuple[Bytes, Floats]:
    """Draw many: uint8 (n, SIZE, SIZE, CHANNELS) and float32 (n, SCALARS)."""
    return raster_paths([path_of(ink) for ink in inks])


def raster_paths(paths: Sequence[Trace]) -> tuple[Bytes, Floats]:
    """Draw paths, (points, 2) and where each stroke stops, as `rasters` does ink."""
    pictures = np.zeros((len(paths), CHANNELS, SIZE, SIZE), np.uint8)
    scalars = np.zeros((len(paths), SCALARS), np.float32)
    inked = [place for place, (_, ends) in enumerate(paths) if ends]
    for start in range(0, len(inked), _TOGETHER):
        places = inked[start : start + _TOGETHER]
        fitted = _fit([paths[place] for place in places])
        scalars[places] = fitted.scalars
        _draw([pictures[place] for place in places], fitted)
    return np.ascontiguousarray(pictures.transpose(0, 2, 3, 1)), scalars


def stamps(pictures: Bytes) -> Bytes:
    """Return the stamps of pictures (n, SIZE, SIZE, CHANNELS): what Google's bitmaps of them are, (n, 28, 28)."""
    return pictures[:, _INNER, _INNER, STAMP]


@dataclass(slots=True)
class _Fitted:
    """Drawings in pixels, one behind the other: what is to be drawn where."""

    points: npt.NDArray[np.int32]
    """(all points, 1, 2), in 1 / 2^_SHIFT pixels."""
    bold: npt.NDArray[np.int32]
    """The same on the stamp's canvas."""
    strokes: list[int]
    """How many each drawing has."""
    starts: list[int]
    """The first point of each stroke."""
    ends: list[int]
    dots: list[bool]
    """Whether it is too short for a line."""
    turns: list[int]
    """Where a shade begins, and with every stroke; the number of points stands behind."""
    shades: list[int]
    scalars: Floats


def _fit(paths: Sequence[Trace]) -> _Fitted:
    """Fit drawings, none of them empty, each to its own box."""
    counts = np.array([len(points) for points, _ in paths])
    last = np.cumsum(counts)
    first = last - counts
    ends = [start + end for start, (_, ends) in zip(first.tolist(), paths, strict=True) for end in ends]
    starts, stops = np.array([0, *ends[:-1]]), np.array(ends)
    strokes = [len(ends) for _, ends in paths]

    xy = np.concatenate([points.T for points, _ in paths], axis=1, dtype=np.float64)
    low, high = np.minimum.reduceat(xy, first, axis=1), np.maximum.reduceat(xy, first, axis=1)
    width, height = high - low
    side = np.maximum(np.maximum(width, height), 1e-6)
    xy -= np.repeat((low + high) / 2, counts, axis=1)
    xy *= np.repeat((SIZE - 1 - 2 * _MARGIN) / side, counts)

    reached = _reached(xy, starts, first, last)
    total = reached[last - 1]
    level = np.minimum((np.repeat(total, counts) - reached) * (_LEVELS / _REACH), _LEVELS - 1).astype(np.int8)
    turning = np.ones(len(level), bool)
    np.not_equal(level[1:], level[:-1], out=turning[1:])
    turning[starts] = True
    turns = turning.nonzero()[0]
    scalars = np.empty((len(paths), SCALARS), np.float32)
    scalars[:, 0], scalars[:, 1], scalars[:, 2] = np.log1p(total), np.log1p(strokes), (width - height) / side
    return _Fitted(
        points=_placed(xy, SIZE),
        bold=_placed(xy * (_BOX / (SIZE - 1 - 2 * _MARGIN)), _CANVAS),
        strokes=strokes,
        starts=starts.tolist(),
        ends=ends,
        dots=((reached[stops - 1] - reached[starts]) * SIZE < _DOT).tolist(),
        turns=[*turns.tolist(), len(level)],
        shades=_SHADES[level[turns]].tolist(),
        scalars=scalars,
    )


def _placed(xy: npt.NDArray[np.float64], side: int) -> npt.NDArray[np.int32]:
    """Put points (2, n) about 0 into the middle of a canvas, as OpenCV wants them."""
    return np.ascontiguousarray(((xy + (side - 1) / 2) * (1 << _SHIFT) + 0.5).astype(np.int32).T)[:, None]


def _reached(
    xy: npt.NDArray[np.float64], starts: npt.NDArray[np.intp], first: npt.NDArray[np.intp], last: npt.NDArray[np.intp]
) -> npt.NDArray[np.float64]:
    """Return the ink of a drawing up to each of its points, in sides of the picture."""
    steps = np.zeros(xy.shape[1])
    dx, dy = xy[:, 1:] - xy[:, :-1]
    np.sqrt(dx**2 + dy**2, out=steps[1:])
    steps[starts] = 0.0
    # Each drawing for itself: its sums must not depend, to the last bit, on the company it is in.
    for start, end in zip(first.tolist(), last.tolist(), strict=True):
        np.add.accumulate(steps[start:end], out=steps[start:end])
    steps /= SIZE
    return steps


def _draw(pictures: Sequence[Bytes], fitted: _Fitted) -> None:
    """Draw the channels of each drawing. Lines of one shade that follow each other take one call."""
    bounds, turn = zip(fitted.starts, fitted.ends, fitted.dots, strict=True), 0
    points, turns, shades = fitted.points, fitted.turns, fitted.shades
    canvas = np.empty((_CANVAS, _CANVAS), np.uint8)
    for (ink, recency, stamp), strokes in zip(pictures, fitted.strokes, strict=True):
        whole = _Pen(ink)
        newest = _Pen(recency)
        bold = []
        for start, end, dot in islice(bounds, strokes):
            bold.append(fitted.bold[start:end])
            if dot:
                while turns[turn + 1] < end:
                    turn += 1
                whole.dot(points[start, 0], 255)
                newest.dot(points[start, 0], shades[turn])
                turn += 1
                continue
            whole.line(points[start:end], 255)
            first = start
            while first < end:
                turn += 1
                newest.line(points[max(first - 1, start) : turns[turn]], shades[turn - 1])
                first = turns[turn]
        whole.lift()
        newest.lift()
        canvas.fill(0)
        cv2.polylines(canvas, bold, False, 255, _BOLD, cv2.LINE_8, _SHIFT)
        stamp[_INNER, _INNER] = cv2.resize(canvas, (STAMP_SIDE, STAMP_SIDE), interpolation=cv2.INTER_AREA)


class _Pen:
    """Draws on one channel, in order."""

    __slots__ = ("_lines", "_picture", "_shade")

    def __init__(self, picture: Bytes) -> None:
        self._picture = picture
        self._lines: list[npt.NDArray[np.int32]] = []
        self._shade = -1

    def line(self, points: npt.NDArray[np.int32], shade: int) -> None:
        """Draw a line, now or with the next ones."""
        if shade != self._shade:
            self.lift()
            self._shade = shade
        self._lines.append(points)

    def dot(self, place: npt.NDArray[np.int32], shade: int) -> None:
        """Draw a disc of the line's width: OpenCV's antialiased lines of no length are invisible."""
        self.lift()
        cv2.circle(self._picture, place.tolist(), _DOT_RADIUS, shade, -1, cv2.LINE_AA, _SHIFT)

    def lift(self) -> None:
        """Draw what has not been drawn yet."""
        if self._lines:
            cv2.polylines(self._picture, self._lines, False, self._shade, 1, cv2.LINE_AA, _SHIFT)
            self._lines = []
