"""The official `.bin` and `.npy`, byte for byte."""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import BinaryIO

import cv2
import numpy as np
import numpy.typing as npt

from server.drawings.formats.ndjson import SimplifiedStrokes, simplify_drawings
from server.drawings.record import DrawingRecord

_DRAWING_HEADER = struct.Struct("<Q2sbIH")
_POINT_COUNT = struct.Struct("<H")
UNKNOWN_COUNTRY = b"ZZ"
BITMAP_SIDE_PIXELS = 28
"""Pixels a side of the bitmaps, as in Google's files."""
_SUPERSAMPLING = 19
"""Picture elements of the fine picture to one of the small one: then a line is 28 of them wide, a whole number."""
_FINE_PIXELS_PER_UNIT = BITMAP_SIDE_PIXELS * _SUPERSAMPLING / (256 + 2 * 16 + 16)
_GREY_OF_COVERAGE = np.rint(255 * np.arange(_SUPERSAMPLING**2 + 1) / _SUPERSAMPLING**2).astype(np.uint8)
"""How dark a picture element is of which so many fine ones are covered."""
_BITMAP_SUBPIXEL_BITS = 6


def encode_bin_records(drawings: Sequence[DrawingRecord]) -> Iterator[bytes]:
    """Write drawings of a `.bin`: `Q 2s b I H`, then for each stroke `H` n, n x, n y."""
    for record, strokes in zip(drawings, simplify_drawings(drawings), strict=True):
        yield _DRAWING_HEADER.pack(
            record.key, _country_code(record), bool(record.recognized), record.at // 1000 & 0xFFFFFFFF, len(strokes)
        )
        for x, y in strokes:
            yield _POINT_COUNT.pack(len(x)) + bytes(x) + bytes(y)


def _country_code(record: DrawingRecord) -> bytes:
    code = record.country.encode("ascii", "replace")
    return code if len(code) == 2 else UNKNOWN_COUNTRY


def draw_bitmap(strokes: SimplifiedStrokes) -> npt.NDArray[np.uint8]:
    """Draw simplified strokes as the official bitmaps are drawn; (28, 28), 0 is paper.

    A line 16 wide with round ends in a box of 256 with 16 + 8 to every side, the drawing's box in the middle. Source: the
    function published in issue 19 of the dataset's repository. Drawn 19 times as large and averaged.
    """
    fine = np.empty((BITMAP_SIDE_PIXELS * _SUPERSAMPLING, BITMAP_SIDE_PIXELS * _SUPERSAMPLING), np.uint8)
    fine.fill(0)  # reuses memory, which numpy.zeros does not
    widest = np.array([max(max(axis) for axis in axes) for axes in zip(*strokes, strict=True)])
    offset = (256 - widest) / 2 + 16 + 8
    paths = []
    for stroke in strokes:
        path = (np.array(stroke[:2], float).T + offset) * _FINE_PIXELS_PER_UNIT - 0.5
        paths.append(np.rint(path * (1 << _BITMAP_SUBPIXEL_BITS)).astype(np.int32).reshape(-1, 1, 2))
    cv2.polylines(fine, paths, False, 1, round(16 * _FINE_PIXELS_PER_UNIT), cv2.LINE_8, _BITMAP_SUBPIXEL_BITS)
    covered = (
        fine.reshape(BITMAP_SIDE_PIXELS, _SUPERSAMPLING, -1)
        .sum(1, np.uint16)
        .reshape(BITMAP_SIDE_PIXELS, BITMAP_SIDE_PIXELS, _SUPERSAMPLING)
        .sum(2)
    )
    return np.asarray(_GREY_OF_COVERAGE[covered], np.uint8)


def write_npy_header(file: BinaryIO, rows: int) -> None:
    """Write the header of (rows, 784) uint8; it has the same length for any number of rows."""
    np.lib.format.write_array_header_1_0(
        file, {"descr": "|u1", "fortran_order": False, "shape": (rows, BITMAP_SIDE_PIXELS * BITMAP_SIDE_PIXELS)}
    )


class NpyWriter:
    """A `.npy` of (N, 784): the header is written again when N is known."""

    def __init__(self, path: Path) -> None:
        self._rows = 0
        self._file = path.open("wb")
        write_npy_header(self._file, 0)

    def add(self, drawings: Sequence[DrawingRecord]) -> None:
        """Add some drawings."""
        self._file.writelines(draw_bitmap(strokes).tobytes() for strokes in simplify_drawings(drawings))
        self._rows += len(drawings)

    def close(self) -> None:
        """Complete the file."""
        self._file.seek(0)
        write_npy_header(self._file, self._rows)
        self._file.close()

    def abandon(self) -> None:
        """Close it."""
        self._file.close()
