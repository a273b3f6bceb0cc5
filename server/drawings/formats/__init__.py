"""All formats drawings leave in: each turns the drawings of one word into one file, or a folder of pictures."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from model.data.split import assign_part
from server.drawings.formats import ndjson
from server.drawings.record import DrawingRecord


class FormatWriter(Protocol):
    """A file or folder of one word, growing; it is complete once it is closed."""

    def add(self, some: Sequence[DrawingRecord]) -> None:
        """Add some drawings, in order; the file does not depend on how many come at a time. Raises OSError."""

    def close(self) -> None:
        """Complete the file. Raises OSError."""

    def abandon(self) -> None:
        """Give it up: close what is open and remove what lies beside the file."""


SKETCH_RNN_SPLIT_SHARES = (0.9334, 0.0333, 0.0333)
"""train, validation and test of sketch-rnn's files (70,000, 2,500 and 2,500 of 75,000)."""


def sketch_rnn_part(kept: DrawingRecord) -> str:
    """Return the part of a drawing where nobody asks for other shares: by person, as always."""
    return assign_part(kept.person, SKETCH_RNN_SPLIT_SHARES)


@dataclass(frozen=True, slots=True)
class Provenance:
    """What is told beside the ink: how each drawing came to be, or not; `alias` renames players' hashes.

    `part_of` says which part a drawing belongs to, for a format that holds all parts in one file.
    """

    provenance: bool
    alias: Callable[[str], str]
    part_of: Callable[[DrawingRecord], str] = sketch_rnn_part

    def of(self, kept: DrawingRecord) -> dict[str, Any] | None:
        """Return a drawing's provenance where it is wanted."""
        return ndjson.build_provenance(kept, self.alias) if self.provenance else None


@dataclass(frozen=True, slots=True)
class ExportFormat:
    """`path` is where a word's file or folder goes, with NAME for the word."""

    path: str
    about: str
    open: Callable[[Path, Provenance], FormatWriter]
    content: str
    """What the manifest says of its files."""
    timed: bool = False
    """Whether it exists for the times: drawings without are left out unless asked for."""
    provenance: bool = False
    """Whether it can carry how a drawing came to be."""
    parts_inside: bool = False
    """Whether one file holds train, validation and test; else each part has a folder of its own."""
    parted: bool = False
    """Whether there is such a folder also when nothing is split: readers look for `train`."""
    card: bool = False
    """Whether a dataset card for a hub belongs to it."""


class RecordFileWriter:
    """A file of records one after the other."""

    def __init__(
        self, path: Path, records: Callable[[Sequence[DrawingRecord]], Iterable[bytes]], head: bytes = b""
    ) -> None:
        self._file = path.open("wb")
        self._file.write(head)
        self._records = records

    def add(self, some: Sequence[DrawingRecord]) -> None:
        """Add some drawings."""
        self._file.writelines(self._records(some))

    def close(self) -> None:
        """Complete the file."""
        self._file.close()

    def abandon(self) -> None:
        """Close it."""
        self._file.close()


def _open_raw(path: Path, provenance: Provenance) -> FormatWriter:
    return RecordFileWriter(path, lambda some: (ndjson.encode_raw_line(kept, provenance.of(kept)) for kept in some))


def _open_simplified(path: Path, provenance: Provenance) -> FormatWriter:
    return RecordFileWriter(path, lambda some: ndjson.encode_simplified_lines(some, provenance.of))


def _open_csv(path: Path, _: Provenance) -> FormatWriter:
    return RecordFileWriter(path, ndjson.encode_csv_rows, ndjson.CSV_HEADER)


def _open_bin(path: Path, _: Provenance) -> FormatWriter:
    from server.drawings.formats.binary import encode_bin_records

    return RecordFileWriter(path, encode_bin_records)


def _open_npy(path: Path, _: Provenance) -> FormatWriter:
    from server.drawings.formats.binary import NpyWriter

    return NpyWriter(path)


def _open_npz(path: Path, told: Provenance) -> FormatWriter:
    from server.drawings.formats.sketch_rnn import SketchRnnWriter

    return SketchRnnWriter(path, told.part_of)


def _open_tfrecord(path: Path, _: Provenance) -> FormatWriter:
    from server.drawings.formats.tfrecord import encode_tfrecords

    return RecordFileWriter(path, encode_tfrecords)


def _open_webdataset(path: Path, told: Provenance) -> FormatWriter:
    from server.drawings.formats.webdataset import WebdatasetWriter

    return WebdatasetWriter(path, told.of)


def _open_parquet(path: Path, provenance: Provenance) -> FormatWriter:
    from server.drawings.formats import parquet

    return parquet.ParquetTableWriter(
        path,
        parquet.export_schema(provenance.provenance),
        lambda kept: parquet.export_row(kept, provenance.provenance, provenance.alias),
    )


def _picture_folder_opener(suffix: str) -> Callable[[Path, Provenance], FormatWriter]:
    def open_folder(path: Path, _: Provenance) -> FormatWriter:
        from server.drawings.formats.images import PictureFolderWriter

        return PictureFolderWriter(path, suffix)

    return open_folder


def _open_imagefolder(path: Path, told: Provenance) -> FormatWriter:
    from server.drawings.formats import parquet
    from server.drawings.formats.images import PictureFolderWriter

    # Each folder's table has the same columns and types, which its reader insists on: not so JSON, where all may be null.
    schema = parquet.picture_schema(told.provenance)
    return PictureFolderWriter(
        path,
        ".png",
        lambda file: parquet.ParquetTableWriter(
            file, schema, lambda kept: parquet.picture_row(kept, told.provenance, told.alias)
        ),
    )


_CANVAS_UNITS_NOTE = "x and y are whole numbers in 0..4095 (imports: their own pixels)"
_TIMES_NOTE = "t is milliseconds since the drawing's first point, null where it has no times"
_SIMPLIFIED_NOTE = "x and y are whole numbers in 0..255, simplified as Quick, Draw! does, without times"
_PICTURE_NOTE = "each drawing is fitted into its square, dark on white"

EXPORT_FORMATS = {
    "raw": ExportFormat(
        "NAME.ndjson",
        "official ndjson with timing",
        _open_raw,
        f"{_CANVAS_UNITS_NOTE}; {_TIMES_NOTE}",
        timed=True,
        provenance=True,
    ),
    "simplified": ExportFormat(
        "NAME.ndjson", "official ndjson, 0..255", _open_simplified, _SIMPLIFIED_NOTE, provenance=True
    ),
    "csv": ExportFormat("NAME.csv", "CSV as on Kaggle, 0..255", _open_csv, f"drawing is JSON; {_SIMPLIFIED_NOTE}"),
    "bin": ExportFormat(
        "NAME.bin",
        "official binary",
        _open_bin,
        f"{_SIMPLIFIED_NOTE}; countrycode ZZ, seconds 0 and recognized 0 where they are not known",
    ),
    "npy": ExportFormat("NAME.npy", "official 28×28 bitmaps", _open_npy, "uint8 (N, 784), 0 is paper; ink alone"),
    "npz": ExportFormat(
        "NAME.npz",
        "sketch-rnn",
        _open_npz,
        f"rows of (dx, dy, pen lifted) as int16 in train, valid and test; {_SIMPLIFIED_NOTE}",
        parts_inside=True,
    ),
    "parquet": ExportFormat(
        "data/NAME.parquet",
        "parquet with a dataset card",
        _open_parquet,
        f"{_CANVAS_UNITS_NOTE}; {_TIMES_NOTE}",
        provenance=True,
        card=True,
    ),
    "tfrecord": ExportFormat(
        "NAME.tfrecord",
        "TFRecord of tf.train.Example",
        _open_tfrecord,
        f"ink as rows of (dx, dy, pen lifted), and the 28×28 bitmap; {_SIMPLIFIED_NOTE}",
    ),
    "webdataset": ExportFormat(
        "NAME.tar",
        "webdataset shards",
        _open_webdataset,
        f"of each drawing .png (256×256; {_PICTURE_NOTE}) and .json, its line of raw: {_CANVAS_UNITS_NOTE}; {_TIMES_NOTE}",
        provenance=True,
    ),
    "png": ExportFormat("NAME", "a folder of PNGs a word", _picture_folder_opener(".png"), f"512×512; {_PICTURE_NOTE}"),
    "svg": ExportFormat("NAME", "a folder of SVGs a word", _picture_folder_opener(".svg"), f"512×512; {_PICTURE_NOTE}"),
    "gif": ExportFormat(
        "NAME",
        "a folder of GIFs a word, being drawn",
        _picture_folder_opener(".gif"),
        f"256×256, played with the drawing's own times (12 ms a point where it has none); {_PICTURE_NOTE}",
    ),
    "imagefolder": ExportFormat(
        "NAME",
        "PNGs for Hugging Face, with metadata.parquet and a dataset card",
        _open_imagefolder,
        f"512×512; {_PICTURE_NOTE}",
        provenance=True,
        parted=True,
        card=True,
    ),
}
