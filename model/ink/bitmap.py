"""Google's 28×28 bitmaps, drawn again from strokes: the stamps of our own pictures, which the teacher looks at, too."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from model.ink.raster import STAMP_SIDE_PIXELS, crop_stamps, rasterise_paths
from model.ink.strokes import Ink, StrokePath, ink_to_path

QUICKDRAW_BITMAP_SIDE_PIXELS = STAMP_SIDE_PIXELS
_BITMAP_BATCH_SIZE = 4096
"""Whole pictures in memory at once, of which the stamps are kept."""


def draw_quickdraw_bitmap(ink: Ink) -> npt.NDArray[np.uint8]:
    """Draw ink as uint8 (28, 28): round lines a sixteenth of the box wide, centred, padded, area-averaged."""
    drawn: npt.NDArray[np.uint8] = draw_quickdraw_bitmaps([ink])[0]
    return drawn


def draw_quickdraw_bitmaps(inks: Sequence[Ink]) -> npt.NDArray[np.uint8]:
    """Draw many: uint8 (n, 28, 28)."""
    return draw_path_bitmaps([ink_to_path(ink) for ink in inks])


def draw_path_bitmaps(paths: Sequence[StrokePath]) -> npt.NDArray[np.uint8]:
    """Draw paths as `bitmap` does ink."""
    found = np.zeros((len(paths), QUICKDRAW_BITMAP_SIDE_PIXELS, QUICKDRAW_BITMAP_SIDE_PIXELS), np.uint8)
    for start in range(0, len(paths), _BITMAP_BATCH_SIZE):
        found[start : start + _BITMAP_BATCH_SIZE] = crop_stamps(
            rasterise_paths(paths[start : start + _BITMAP_BATCH_SIZE])[0]
        )
    return found
