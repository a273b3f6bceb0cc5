"""sketch-rnn `.npz`: train, valid and test as object arrays of (dx, dy, pen lifted), written without holding them in memory.

numpy can only pickle an object array that it has whole. The pickle of one is a fixed frame round its items, so it is written
here item by item; the names in it are those that numpy 1 and 2 both read.
"""

from __future__ import annotations

import struct
import zipfile
from collections.abc import Callable, Sequence
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

import numpy as np
import numpy.typing as npt

from server.drawings.formats.ndjson import SimplifiedStrokes, simplify_drawings
from server.drawings.record import DrawingRecord

SKETCH_RNN_SPLITS = ("train", "valid", "test")
_SPLIT_OF_PART = {"train": "train", "validation": "valid", "test": "test"}
_ZIP_EPOCH = (1980, 1, 1, 0, 0, 0)
"""Files in the archive carry no time, so that the same drawings make the same bytes."""

_PICKLED_ARRAY = b"cnumpy.core.multiarray\n_reconstruct\nq\x000cnumpy\nndarray\nq\x010"


def _pickled_dtype(kind: bytes, state: bytes, memo: int) -> bytes:
    name = b"cnumpy\ndtype\nX" + struct.pack("<I", len(kind)) + kind + b"\x89\x88\x87R"
    return name + state + b"tb" + b"q" + bytes([memo]) + b"0"


_PICKLED_INT16 = _pickled_dtype(b"i2", b"(K\x03X\x01\x00\x00\x00<NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00", 2)
_PICKLED_OBJECT = _pickled_dtype(b"O8", b"(K\x03X\x01\x00\x00\x00|NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK?", 3)
_PICKLED_EMPTY_ARRAY = b"h\x00h\x01K\x00\x85C\x01b\x87R(K\x01"


def to_stroke3(strokes: SimplifiedStrokes) -> npt.NDArray[np.int16]:
    """Return (points, 3): the way from the point before (the first from 0, 0), and 1 where the pen lifts after the point."""
    path = np.concatenate([np.stack([*map(np.asarray, stroke[:2])], 1) for stroke in strokes])
    lifted = np.zeros((len(path), 1), np.int64)
    lifted[np.cumsum([len(stroke[0]) for stroke in strokes]) - 1] = 1
    return np.hstack([np.diff(path, axis=0, prepend=0), lifted]).astype(np.int16)


class SketchRnnWriter:
    """One word's `.npz`: rows wait in a file of each split until their number is known."""

    def __init__(self, path: Path, part_of: Callable[[DrawingRecord], str]) -> None:
        self._path, self._part_of = path, part_of
        self._rows = {split: path.with_name(f"{path.name}.{split}") for split in SKETCH_RNN_SPLITS}
        self._files: dict[str, BinaryIO] = {split: rows.open("wb") for split, rows in self._rows.items()}
        self._counts = dict.fromkeys(SKETCH_RNN_SPLITS, 0)

    def add(self, drawings: Sequence[DrawingRecord]) -> None:
        """Add some drawings."""
        for record, strokes in zip(drawings, simplify_drawings(drawings), strict=True):
            split, rows = _SPLIT_OF_PART[self._part_of(record)], to_stroke3(strokes)
            self._files[split].write(struct.pack("<I", len(rows)) + rows.tobytes())
            self._counts[split] += 1

    def close(self) -> None:
        """Write the archive."""
        self.abandon(keep_rows=True)
        with zipfile.ZipFile(self._path, "w", zipfile.ZIP_DEFLATED) as archive:
            for split in SKETCH_RNN_SPLITS:
                entry = zipfile.ZipInfo(f"{split}.npy", _ZIP_EPOCH)
                entry.compress_type = zipfile.ZIP_DEFLATED
                with archive.open(entry, "w", force_zip64=True) as file, self._rows[split].open("rb") as rows:
                    _write_object_array(file, rows, self._counts[split])
        self.abandon()

    def abandon(self, keep_rows: bool = False) -> None:
        """Close and remove what lies beside the file."""
        for file in self._files.values():
            file.close()
        for rows in self._rows.values():
            if not keep_rows:
                rows.unlink(missing_ok=True)


def _write_object_array(file: object, rows: BinaryIO, count: int) -> None:
    write = file.write  # type: ignore[attr-defined]
    head = BytesIO()
    np.lib.format.write_array_header_1_0(head, {"descr": "|O", "fortran_order": False, "shape": (count,)})
    write(head.getvalue())
    write(b"\x80\x03" + _PICKLED_ARRAY + _PICKLED_INT16 + _PICKLED_OBJECT)
    write(_PICKLED_EMPTY_ARRAY + b"J" + struct.pack("<i", count) + b"\x85h\x03\x89](")
    while size := rows.read(4):
        points = struct.unpack("<I", size)[0]
        data = rows.read(6 * points)
        write(
            _PICKLED_EMPTY_ARRAY
            + b"J"
            + struct.pack("<i", points)
            + b"K\x03\x86h\x02\x89B"
            + struct.pack("<I", len(data))
            + data
            + b"tb"
        )
    write(b"etb.")
