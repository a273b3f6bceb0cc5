"""All formats that drawings are exported in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from server.drawings.formats import ndjson
from server.drawings.formats.writer import FormatWriter, Provenance, RecordFileWriter


@dataclass(frozen=True, slots=True)
class ExportFormat:
    """One format: where its files go, what is said of them, and how one is opened."""

    path: str
    """Where a word's file or folder goes, with NAME for the word."""
    about: str
    """What the command line's help says."""
    open: Callable[[Path, Provenance], FormatWriter]
    content: str
    """What the manifest says of its files."""
    timed: bool = False
    """Whether it exists for the times of points: drawings without times are left out unless asked for."""
    provenance: bool = False
    """Whether it can carry how a drawing came to be."""
    parts_inside: bool = False
    """Whether one file holds train, validation and test; otherwise each part has a folder of its own."""
    always_in_parts: bool = False
    """Whether there is a folder `train` even when nothing is split, because readers look for it."""
    card: bool = False
    """Whether a dataset card for a hub belongs to it."""


def _open_raw(path: Path, provenance: Provenance) -> FormatWriter:
    return RecordFileWriter(
        path, lambda drawings: (ndjson.encode_raw_line(record, provenance.of(record)) for record in drawings)
    )


def _open_simplified(path: Path, provenance: Provenance) -> FormatWriter:
    return RecordFileWriter(path, lambda drawings: ndjson.encode_simplified_lines(drawings, provenance.of))


def _open_csv(path: Path, _: Provenance) -> FormatWriter:
    return RecordFileWriter(path, ndjson.encode_csv_rows, ndjson.CSV_HEADER)


def _open_bin(path: Path, _: Provenance) -> FormatWriter:
    from server.drawings.formats.binary import encode_bin_records

    return RecordFileWriter(path, encode_bin_records)


def _open_npy(path: Path, _: Provenance) -> FormatWriter:
    from server.drawings.formats.binary import NpyWriter

    return NpyWriter(path)


def _open_npz(path: Path, provenance: Provenance) -> FormatWriter:
    from server.drawings.formats.sketch_rnn import SketchRnnWriter

    return SketchRnnWriter(path, provenance.part_of)


def _open_tfrecord(path: Path, _: Provenance) -> FormatWriter:
    from server.drawings.formats.tfrecord import encode_tfrecords

    return RecordFileWriter(path, encode_tfrecords)


def _open_webdataset(path: Path, provenance: Provenance) -> FormatWriter:
    from server.drawings.formats.webdataset import WebdatasetWriter

    return WebdatasetWriter(path, provenance.of)


def _open_parquet(path: Path, provenance: Provenance) -> FormatWriter:
    from server.drawings.formats import parquet

    return parquet.ParquetTableWriter(
        path,
        parquet.export_schema(provenance.wanted),
        lambda record: parquet.export_row(record, provenance.wanted, provenance.alias),
    )


def _picture_folder_opener(suffix: str) -> Callable[[Path, Provenance], FormatWriter]:
    def open_folder(path: Path, _: Provenance) -> FormatWriter:
        from server.drawings.formats.images import PictureFolderWriter

        return PictureFolderWriter(path, suffix)

    return open_folder


def _open_imagefolder(path: Path, provenance: Provenance) -> FormatWriter:
    from server.drawings.formats import parquet
    from server.drawings.formats.images import PictureFolderWriter

    # The reader insists on the same columns and types in each folder, which JSON cannot promise where all values are null.
    schema = parquet.picture_schema(provenance.wanted)
    return PictureFolderWriter(
        path,
        ".png",
        lambda file: parquet.ParquetTableWriter(
            file, schema, lambda record: parquet.picture_row(record, provenance.wanted, provenance.alias)
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
        always_in_parts=True,
        card=True,
    ),
}
