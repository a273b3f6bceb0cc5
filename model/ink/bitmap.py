"""Google's 28×28 bitmaps, drawn again from strokes: the stamps of our own pictures, which the teacher looks at, too."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from model.ink.raster import STAMP_SIDE, raster_paths, stamps
from model.ink.strokes import Ink, Trace, path_of

SIDE = STAMP_SIDE
_TOGETHER = 4096
"""Whole pictures in memory at once, of which the stamps are kept."""


def bitmap(ink: Ink) -> npt.NDArray[np.uint8]:
    """Draw ink as uint8 (28, 28): round lines a sixteenth of the box wide, centred, padded, area-averaged."""
    drawn: npt.NDArray[np.uint8] = bitmaps([ink])[0]
    return drawn


def bitmaps(inks: Sequence[Ink]) -> npt.NDArray[np.uint8]:
    """Draw many: uint8 (n, 28, 28)."""
    return path_bitmaps([path_of(ink) for ink in inks])


def path_bitmaps(paths: Sequence[Trace]) -> npt.NDArray[np.uint8]:
    """Draw paths as `bitmap` does ink."""
    found = np.zeros((len(paths), SIDE, SIDE), np.uint8)
    for start in range(0, len(paths), _TOGETHER):
        found[start : start + _TOGETHER] = stamps(raster_paths(paths[start : start + _TOGETHER])[0])
    return found
