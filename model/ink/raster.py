"""THE rasteriser: training, evaluation and play all draw ink with this function, and with no other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice

import cv2
import numpy as np
import numpy.typing as npt

from model.ink.strokes import Ink, StrokePath, ink_to_path

PICTURE_SIDE_PIXELS = 32
"""Pixels a side."""
PICTURE_CHANNELS = 3
"""0: all ink. 1: recency, the newest ink brightest, falling off with the ink drawn since. 2: the stamp, all ink in bold lines,
as Google draws its bitmaps, in the middle of the picture."""
STAMP_CHANNEL = 2
"""Index of the channel that holds the stamp."""
STAMP_SIDE_PIXELS = 28
"""Pixels a side of the stamp."""
STAMP_EDGE_PIXELS = (PICTURE_SIDE_PIXELS - STAMP_SIDE_PIXELS) // 2
"""Empty pixels around the stamp."""
_STAMP_SLICE = slice(STAMP_EDGE_PIXELS, PICTURE_SIDE_PIXELS - STAMP_EDGE_PIXELS)
SCALAR_COUNT = 3
"""log ink length (in sides of the drawing's box), log strokes, aspect. Not the points: they depend on the device."""

_MARGIN_PIXELS = 1.5
_SUBPIXEL_BITS = 4
"""Fractional bits of the coordinates given to OpenCV."""
_MAX_DOT_LENGTH_PIXELS = 0.6
"""Pixels of line below which a stroke is a dot: 5 % of the strokes of Quick, Draw!, eyes and seeds mostly."""
_DOT_RADIUS_SUBPIXELS = 8
_RECENCY_LEVELS = 8
_RECENCY_REACH_SIDES = 3.0
"""Ink, in sides of the drawing's own box, after which recency has fallen to its floor."""
_SHADE_OF_LEVEL = np.array([int(255 * (0.15 + 0.85 * np.exp(-level / 3.0))) for level in range(_RECENCY_LEVELS)])
_STAMP_CANVAS_PIXELS = 168
_STAMP_BOX_PIXELS = 255 * _STAMP_CANVAS_PIXELS / 304
_STAMP_LINE_PIXELS = 8
"""Google draws 255 in a canvas of 304 with lines of 16. This canvas is six times the stamp, which is three times
faster, and DoodleNet knows as many drawings from it; OpenCV's line of 8 is 9 wide, which is the width wanted.

Not antialiased: the reduction does that, and OpenCV's antialiased thick lines come out wider.
"""
_RASTER_BATCH_SIZE = 32
"""Drawings whose points are reckoned with together: enough to share numpy's calls, few enough for the cache."""

UInt8Array = npt.NDArray[np.uint8]
Float32Array = npt.NDArray[np.float32]


def rasterise_ink(ink: Ink) -> tuple[UInt8Array, Float32Array]:
    """Draw ink, fitted to its own box. Returns uint8 (side, side, channels) and float32 (scalars,).

    No ink gives an empty picture. Lines are one pixel wide and antialiased; those of the stamp are bold.
    """
    pictures, scalars = rasterise_inks([ink])
    return pictures[0], scalars[0]


def rasterise_inks(inks: Sequence[Ink]) -> tuple[UInt8Array, Float32Array]:
    """Draw many: uint8 (n, side, side, channels) and float32 (n, scalars)."""
    return rasterise_paths([ink_to_path(ink) for ink in inks])


def rasterise_paths(paths: Sequence[StrokePath]) -> tuple[UInt8Array, Float32Array]:
    """Draw paths, (points, 2) and where each stroke stops, as `rasterise_inks` does ink."""
    pictures = np.zeros((len(paths), PICTURE_CHANNELS, PICTURE_SIDE_PIXELS, PICTURE_SIDE_PIXELS), np.uint8)
    scalars = np.zeros((len(paths), SCALAR_COUNT), np.float32)
    inked = [place for place, (_, ends) in enumerate(paths) if ends]
    for start in range(0, len(inked), _RASTER_BATCH_SIZE):
        places = inked[start : start + _RASTER_BATCH_SIZE]
        fitted = _fit_to_box([paths[place] for place in places])
        scalars[places] = fitted.scalars
        _draw_channels([pictures[place] for place in places], fitted)
    return np.ascontiguousarray(pictures.transpose(0, 2, 3, 1)), scalars


def crop_stamps(pictures: UInt8Array) -> UInt8Array:
    """Return the stamps of pictures (n, side, side, channels): what Google's bitmaps of them are, (n, 28, 28)."""
    return pictures[:, _STAMP_SLICE, _STAMP_SLICE, STAMP_CHANNEL]


@dataclass(slots=True)
class _FittedDrawings:
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
    scalars: Float32Array


def _fit_to_box(paths: Sequence[StrokePath]) -> _FittedDrawings:
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
    xy *= np.repeat((PICTURE_SIDE_PIXELS - 1 - 2 * _MARGIN_PIXELS) / side, counts)

    arc_length = _ink_up_to_points(xy, starts, first, last)
    total = arc_length[last - 1]
    level = np.minimum(
        (np.repeat(total, counts) - arc_length) * (_RECENCY_LEVELS / _RECENCY_REACH_SIDES), _RECENCY_LEVELS - 1
    ).astype(np.int8)
    turning = np.ones(len(level), bool)
    np.not_equal(level[1:], level[:-1], out=turning[1:])
    turning[starts] = True
    turns = turning.nonzero()[0]
    scalars = np.empty((len(paths), SCALAR_COUNT), np.float32)
    scalars[:, 0], scalars[:, 1], scalars[:, 2] = np.log1p(total), np.log1p(strokes), (width - height) / side
    return _FittedDrawings(
        points=_to_subpixels(xy, PICTURE_SIDE_PIXELS),
        bold=_to_subpixels(
            xy * (_STAMP_BOX_PIXELS / (PICTURE_SIDE_PIXELS - 1 - 2 * _MARGIN_PIXELS)), _STAMP_CANVAS_PIXELS
        ),
        strokes=strokes,
        starts=starts.tolist(),
        ends=ends,
        dots=((arc_length[stops - 1] - arc_length[starts]) * PICTURE_SIDE_PIXELS < _MAX_DOT_LENGTH_PIXELS).tolist(),
        turns=[*turns.tolist(), len(level)],
        shades=_SHADE_OF_LEVEL[level[turns]].tolist(),
        scalars=scalars,
    )


def _to_subpixels(xy: npt.NDArray[np.float64], side: int) -> npt.NDArray[np.int32]:
    """Put points (2, n) about 0 into the middle of a canvas, as OpenCV wants them."""
    return np.ascontiguousarray(((xy + (side - 1) / 2) * (1 << _SUBPIXEL_BITS) + 0.5).astype(np.int32).T)[:, None]


def _ink_up_to_points(
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
    steps /= PICTURE_SIDE_PIXELS
    return steps


def _draw_channels(pictures: Sequence[UInt8Array], fitted: _FittedDrawings) -> None:
    """Draw the channels of each drawing. Lines of one shade that follow each other take one call."""
    bounds, turn = zip(fitted.starts, fitted.ends, fitted.dots, strict=True), 0
    points, turns, shades = fitted.points, fitted.turns, fitted.shades
    canvas = np.empty((_STAMP_CANVAS_PIXELS, _STAMP_CANVAS_PIXELS), np.uint8)
    for (ink, recency, stamp), strokes in zip(pictures, fitted.strokes, strict=True):
        whole = _ChannelPen(ink)
        newest = _ChannelPen(recency)
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
        cv2.polylines(canvas, bold, False, 255, _STAMP_LINE_PIXELS, cv2.LINE_8, _SUBPIXEL_BITS)
        stamp[_STAMP_SLICE, _STAMP_SLICE] = cv2.resize(
            canvas, (STAMP_SIDE_PIXELS, STAMP_SIDE_PIXELS), interpolation=cv2.INTER_AREA
        )


class _ChannelPen:
    """Draws on one channel, in order."""

    __slots__ = ("_lines", "_picture", "_shade")

    def __init__(self, picture: UInt8Array) -> None:
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
        cv2.circle(self._picture, place.tolist(), _DOT_RADIUS_SUBPIXELS, shade, -1, cv2.LINE_AA, _SUBPIXEL_BITS)

    def lift(self) -> None:
        """Draw what has not been drawn yet."""
        if self._lines:
            cv2.polylines(self._picture, self._lines, False, self._shade, 1, cv2.LINE_AA, _SUBPIXEL_BITS)
            self._lines = []
