"""Google's 28×28 bitmaps, drawn again from strokes: what the teacher looks at. OpenCV and numpy only."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from model.strokes import Ink, path_of

SIDE = 28
_CANVAS = 168
_BOX = 255 * _CANVAS / 304
_LINE = 8
"""Google draws 255 in a canvas of 304 with lines of 16. This canvas is six times the picture, which is three times
faster, and the teacher knows as many drawings from it; OpenCV's line of 8 is 9 wide, which is the width wanted.

Not antialiased: the reduction does that, and OpenCV's antialiased thick lines come out wider.
"""


def bitmap(ink: Ink) -> npt.NDArray[np.uint8]:
    """Draw ink as uint8 (28, 28): round lines a sixteenth of the box wide, centred, padded, area-averaged."""
    return bitmap_path(*path_of(ink))


def bitmap_path(path: npt.NDArray[np.float64], ends: list[int]) -> npt.NDArray[np.uint8]:
    """Draw a path as `bitmap` does."""
    big = np.zeros((_CANVAS, _CANVAS), np.uint8)
    low, high = path.min(0), path.max(0)
    scale = _BOX / max(float((high - low).max()), 1e-6)
    placed = np.rint(((path - (low + high) / 2) * scale + (_CANVAS - 1) / 2) * 16).astype(np.int32).reshape(-1, 1, 2)
    lines = [placed[start:end] for start, end in zip([0, *ends], ends, strict=False)]
    cv2.polylines(big, lines, False, 255, _LINE, cv2.LINE_8, 4)
    return np.asarray(cv2.resize(big, (SIDE, SIDE), interpolation=cv2.INTER_AREA), np.uint8)


def bitmaps(inks: list[Ink]) -> npt.NDArray[np.uint8]:
    """Draw many: uint8 (n, 28, 28)."""
    return np.stack([bitmap(ink) for ink in inks]) if inks else np.zeros((0, SIDE, SIDE), np.uint8)
