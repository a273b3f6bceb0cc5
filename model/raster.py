"""THE rasteriser: training, evaluation and play all draw ink with this function, and with no other."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
import numpy.typing as npt

from model.strokes import Ink, path_of

RASTER_VERSION = 1
"""Counts changes of the picture; a model says in its card which one it was trained on."""

SIZE = 32
"""Pixels a side."""
CHANNELS = 2
"""0: all ink. 1: recency, the newest ink brightest, falling off with the ink drawn since."""
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
_SHADES = [int(255 * (0.15 + 0.85 * np.exp(-level / 3.0))) for level in range(_LEVELS)]


def raster(ink: Ink) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.float32]]:
    """Draw ink, fitted to its own box. Returns uint8 (SIZE, SIZE, CHANNELS) and float32 (SCALARS,).

    No ink gives an empty picture. Lines are one pixel wide and antialiased.
    """
    return raster_path(*path_of(ink))


def raster_path(
    path: npt.NDArray[np.float64], ends: Sequence[int]
) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.float32]]:
    """Draw a path as `raster` does. path (points, 2), ends: where each stroke stops in it."""
    picture = np.zeros((CHANNELS, SIZE, SIZE), np.uint8)
    if not len(path):
        return picture.transpose(1, 2, 0), np.zeros(SCALARS, np.float32)
    low, high = path.min(0), path.max(0)
    width, height = high - low
    side = max(width, height, 1e-6)
    path = (path - (low + high) / 2) * ((SIZE - 1 - 2 * _MARGIN) / side)
    total = _draw(picture, path, ends)
    scalars = (np.log1p(total), np.log1p(len(ends)), (width - height) / side)
    return picture.transpose(1, 2, 0), np.array(scalars, np.float32)


def _draw(picture: npt.NDArray[np.uint8], path: npt.NDArray[np.float64], ends: Sequence[int]) -> float:
    """Draw both channels; returns the ink's length in sides of the picture."""
    steps = np.zeros(len(path))
    delta = path[1:] - path[:-1]
    steps[1:] = np.sqrt(delta[:, 0] ** 2 + delta[:, 1] ** 2)
    steps[list(ends[:-1])] = 0.0
    reached = np.cumsum(steps) / SIZE
    total = float(reached[-1])
    fixed = ((path + (SIZE - 1) / 2) * (1 << _SHIFT) + 0.5).astype(np.int32).reshape(-1, 1, 2)
    level = np.minimum((total - reached) * (_LEVELS / _REACH), _LEVELS - 1).astype(int)
    turns = np.flatnonzero(level[1:] != level[:-1]) + 1
    start = 0
    for end in ends:
        if end - start == 1 or (reached[end - 1] - reached[start]) * SIZE < _DOT:
            _dot(picture, fixed[start, 0], _SHADES[level[end - 1]])
            start = end
            continue
        cv2.polylines(picture[0], [fixed[start:end]], False, 255, 1, cv2.LINE_AA, _SHIFT)
        first = start
        for turn in turns[np.searchsorted(turns, start, "right") : np.searchsorted(turns, end)]:
            shade = _SHADES[level[first]]
            cv2.polylines(picture[1], [fixed[max(first - 1, start) : turn]], False, shade, 1, cv2.LINE_AA, _SHIFT)
            first = turn
        shade = _SHADES[level[first]]
        cv2.polylines(picture[1], [fixed[max(first - 1, start) : end]], False, shade, 1, cv2.LINE_AA, _SHIFT)
        start = end
    return total


def _dot(picture: npt.NDArray[np.uint8], place: npt.NDArray[np.int32], shade: int) -> None:
    """Draw a disc of the line's width: OpenCV's antialiased lines of no length are invisible."""
    centre = (int(place[0]), int(place[1]))
    for channel, value in zip(picture, (255, shade), strict=True):
        cv2.circle(channel, centre, _DOT_RADIUS, value, -1, cv2.LINE_AA, _SHIFT)


def rasters(inks: list[Ink]) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.float32]]:
    """Draw many: uint8 (n, SIZE, SIZE, CHANNELS) and float32 (n, SCALARS)."""
    pictures = np.zeros((len(inks), SIZE, SIZE, CHANNELS), np.uint8)
    scalars = np.zeros((len(inks), SCALARS), np.float32)
    for place, ink in enumerate(inks):
        pictures[place], scalars[place] = raster(ink)
    return pictures, scalars
