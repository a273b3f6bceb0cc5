"""Google's own files, byte for byte: where their records end, and readers of `.bin` and `.npy`."""

from __future__ import annotations

import json
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np
import numpy.typing as npt

_BIN_HEADER = struct.Struct("<Q2sbIH")
_BIN_POINT_COUNT = struct.Struct("<H")
BITMAP_PIXEL_COUNT = 784
"""Pixels, and so bytes, of one of Google's bitmaps: 28 a side."""


@dataclass(frozen=True, slots=True)
class QuickDrawFormat:
    """Where the official bucket keeps a format; `size` is the mean bytes of a drawing, measured, to plan with."""

    folder: str
    suffix: str
    size: int


QUICKDRAW_FORMATS = {
    "simplified": QuickDrawFormat("simplified", ".ndjson", 495),
    "raw": QuickDrawFormat("raw", ".ndjson", 3512),
    "npy": QuickDrawFormat("numpy_bitmap", ".npy", BITMAP_PIXEL_COUNT),
    "bin": QuickDrawFormat("binary", ".bin", 122),
}


@dataclass(frozen=True, slots=True)
class BinRecord:
    """One drawing of a `.bin`: `strokes` is [[x…], [y…]] each, 0..255; `made` is unix seconds."""

    key_id: int
    country: bytes
    recognized: int
    made: int
    strokes: list[list[list[int]]]


def read_bin_records(path: Path) -> Iterator[BinRecord]:
    """Stream a `.bin`. Raises ValueError where it ends inside a drawing."""
    with path.open("rb") as file:
        number, at = 0, 0
        while record := _read_bin_record(file):
            yield record
            number, at = number + 1, file.tell()
        if at != path.stat().st_size:
            raise ValueError(f"{path.name}: ends inside drawing {number + 1}")


def _read_bin_record(file: BinaryIO) -> BinRecord | None:
    """Read one drawing; None if the file ends before it does."""
    head = file.read(_BIN_HEADER.size)
    if len(head) < _BIN_HEADER.size:
        return None
    key_id, country, recognized, made, count = _BIN_HEADER.unpack(head)
    strokes = []
    for _ in range(count):
        points = file.read(_BIN_POINT_COUNT.size)
        length = _BIN_POINT_COUNT.unpack(points)[0] if len(points) == _BIN_POINT_COUNT.size else 0
        axes = file.read(2 * length)
        if len(points) < _BIN_POINT_COUNT.size or len(axes) < 2 * length:
            return None
        strokes.append([list(axes[:length]), list(axes[length:])])
    return BinRecord(key_id, country, recognized, made, strokes)


def read_npy_bitmaps(path: Path) -> npt.NDArray[np.uint8]:
    """Map an official bitmap file: (N, 784), 0 is paper. Nothing is read before it is used."""
    rows, start = read_npy_header(path)
    if path.stat().st_size != start + rows * BITMAP_PIXEL_COUNT:
        raise ValueError(f"{path.name}: {rows} bitmaps are announced, the file has another length")
    return np.memmap(path, np.uint8, "r", start, (rows, BITMAP_PIXEL_COUNT))


def read_npy_header(path: Path) -> tuple[int, int]:
    """Return the rows that an `.npy` announces and where they begin. Raises ValueError unless it is uint8 (N, 784)."""
    with path.open("rb") as file:
        version = np.lib.format.read_magic(file)
        if version != (1, 0):
            raise ValueError(f"{path.name}: .npy version {version}")
        shape, fortran, kind = np.lib.format.read_array_header_1_0(file)
        if len(shape) != 2 or shape[1] != BITMAP_PIXEL_COUNT or fortran or kind != np.uint8:
            raise ValueError(f"{path.name}: {kind} {shape}, not uint8 (N, {BITMAP_PIXEL_COUNT})")
        return shape[0], file.tell()


def count_whole_drawings(path: Path, format: str, limit: int) -> tuple[int, int]:
    """Count the drawings that are whole in a file or the beginning of one, at most `limit`, and their bytes."""
    if format == "npy":
        rows, start = read_npy_header(path)
        count = min(rows, limit, (path.stat().st_size - start) // BITMAP_PIXEL_COUNT)
        return count, start + count * BITMAP_PIXEL_COUNT
    with path.open("rb") as file:
        count = size = 0
        while count < limit and (_read_bin_record(file) if format == "bin" else file.readline().endswith(b"\n")):
            count, size = count + 1, file.tell()
    return count, size


def check_first_drawing(path: Path, word: str, format: str) -> None:
    """Raise ValueError unless the first drawing of a file is of this word (where it says so) and format."""
    try:
        if format == "npy":
            read_npy_header(path)
            return
        with path.open("rb") as file:
            if format == "bin":
                record = _read_bin_record(file)
                fits = record is not None and record.recognized in (0, 1) and bool(record.strokes)
            else:
                line = json.loads(file.readline())
                fits = line["word"] == word and (len(line["drawing"][0]) > 2) == (format == "raw")
    except (ValueError, KeyError, TypeError, IndexError) as error:
        raise ValueError(f"no {format} drawings of {word} ({error!r})") from None
    if not fits:
        raise ValueError(f"no {format} drawings of {word}")
