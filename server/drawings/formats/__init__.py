"""All formats drawings leave in: each turns the drawings of one word into one file, or a folder of pictures."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from model.data.split import part_of
from server.drawings.formats import ndjson
from server.drawings.record import Kept


class Writer(Protocol):
    """A file or folder of one word, growing; it is complete once it is closed."""

    def add(self, some: Sequence[Kept]) -> None:
        """Add some drawings, in order; the file does not depend on how many come at a time. Raises OSError."""

    def close(self) -> None:
        """Complete the file. Raises OSError."""

    def abandon(self) -> None:
        """Give it up: close what is open and remove what lies beside the file."""


SKETCH_SHARES = (0.9334, 0.0333, 0.0333)
"""train, validation and test of sketch-rnn's files (70,000, 2,500 and 2,500 of 75,000)."""


def sketch_part(kept: Kept) -> str:
    """Return the part of a drawing where nobody asks for other shares: by person, as always."""
    return part_of(kept.person, SKETCH_SHARES)


@dataclass(frozen=True, slots=True)
class Provenance:
    """What is told beside the ink: how each drawing came to be, or not; `alias` renames players' hashes.

    `part_of` says which part a drawing belongs to, for a format that holds all parts in one file.
    """

    provenance: bool
    alias: Callable[[str], str]
    part_of: Callable[[Kept], str] = sketch_part

    def of(self, kept: Kept) -> dict[str, Any] | None:
        """Return a drawing's provenance where it is wanted."""
        return ndjson.provenance_of(kept, self.alias) if self.provenance else None


@dataclass(frozen=True, slots=True)
class Format:
    """`path` is where a word's file or folder goes, with NAME for the word."""

    path: str
    about: str
    open: Callable[[Path, Provenance], Writer]
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


class Appended:
    """A file of records one after the other."""

    def __init__(self, path: Path, records: Callable[[Sequence[Kept]], Iterable[bytes]], head: bytes = b"") -> None:
        self._file = path.open("wb")
        self._file.write(head)
        self._records = records

    def add(self, some: Sequence[Kept]) -> None:
        """Add some drawings."""
        self._file.writelines(self._records(some))

    def close(self) -> None:
        """Complete the file."""
        self._file.close()

    def abandon(self) -> None:
        """Close it."""
        self._file.close()


def _raw(path: Path, provenance: Provenance) -> Writer:
    return Appended(path, lambda some: (ndjson.raw_line(kept, provenance.of(kept)) for kept in some))


def _simplified(path: Path, provenance: Provenance) -> Writer:
    return Appended(path, lambda some: ndjson.simplified_lines(some, provenance.of))


def _csv(path: Path, _: Provenance) -> Writer:
    return Appended(path, ndjson.csv_rows, ndjson.CSV_HEAD)


def _bin(path: Path, _: Provenance) -> Writer:
    from server.drawings.formats.binary import records_of

    return Appended(path, records_of)


def _npy(path: Path, _: Provenance) -> Writer:
    from server.drawings.formats.binary import Bitmaps

    return Bitmaps(path)


def _npz(path: Path, told: Provenance) -> Writer:
    from server.drawings.formats.sketch_rnn import SketchFile

    return SketchFile(path, told.part_of)


def _tfrecord(path: Path, _: Provenance) -> Writer:
    from server.drawings.formats.tfrecord import records_of

    return Appended(path, records_of)


def _webdataset(path: Path, told: Provenance) -> Writer:
    from server.drawings.formats.webdataset import Shard

    return Shard(path, told.of)


def _parquet(path: Path, provenance: Provenance) -> Writer:
    from server.drawings.formats import parquet

    return parquet.TableFile(
        path,
        parquet.schema_of(provenance.provenance),
        lambda kept: parquet.row_of(kept, provenance.provenance, provenance.alias),
    )


def _pictures(suffix: str) -> Callable[[Path, Provenance], Writer]:
    def open_folder(path: Path, _: Provenance) -> Writer:
        from server.drawings.formats.images import Pictures

        return Pictures(path, suffix)

    return open_folder


def _imagefolder(path: Path, told: Provenance) -> Writer:
    from server.drawings.formats import parquet
    from server.drawings.formats.images import Pictures

    # Each folder's table has the same columns and types, which its reader insists on: not so JSON, where all may be null.
    schema = parquet.picture_schema_of(told.provenance)
    return Pictures(
        path,
        ".png",
        lambda file: parquet.TableFile(
            file, schema, lambda kept: parquet.picture_row_of(kept, told.provenance, told.alias)
        ),
    )


_OURS = "x and y are whole numbers in 0..4095 (imports: their own pixels)"
_TIMES = "t is milliseconds since the drawing's first point, null where it has no times"
_SMALL = "x and y are whole numbers in 0..255, simplified as Quick, Draw! does, without times"
_PICTURE = "each drawing is fitted into its square, dark on white"

FORMATS = {
    "raw": Format(
        "NAME.ndjson", "official ndjson with timing", _raw, f"{_OURS}; {_TIMES}", timed=True, provenance=True
    ),
    "simplified": Format("NAME.ndjson", "official ndjson, 0..255", _simplified, _SMALL, provenance=True),
    "csv": Format("NAME.csv", "CSV as on Kaggle, 0..255", _csv, f"drawing is JSON; {_SMALL}"),
    "bin": Format(
        "NAME.bin",
        "official binary",
        _bin,
        f"{_SMALL}; countrycode ZZ, seconds 0 and recognized 0 where they are not known",
    ),
    "npy": Format("NAME.npy", "official 28×28 bitmaps", _npy, "uint8 (N, 784), 0 is paper; ink alone"),
    "npz": Format(
        "NAME.npz",
        "sketch-rnn",
        _npz,
        f"rows of (dx, dy, pen lifted) as int16 in train, valid and test; {_SMALL}",
        parts_inside=True,
    ),
    "parquet": Format(
        "data/NAME.parquet",
        "parquet with a dataset card",
        _parquet,
        f"{_OURS}; {_TIMES}",
        provenance=True,
        card=True,
    ),
    "tfrecord": Format(
        "NAME.tfrecord",
        "TFRecord of tf.train.Example",
        _tfrecord,
        f"ink as rows of (dx, dy, pen lifted), and the 28×28 bitmap; {_SMALL}",
    ),
    "webdataset": Format(
        "NAME.tar",
        "webdataset shards",
        _webdataset,
        f"of each drawing .png (256×256; {_PICTURE}) and .json, its line of raw: {_OURS}; {_TIMES}",
        provenance=True,
    ),
    "png": Format("NAME", "a folder of PNGs a word", _pictures(".png"), f"512×512; {_PICTURE}"),
    "svg": Format("NAME", "a folder of SVGs a word", _pictures(".svg"), f"512×512; {_PICTURE}"),
    "gif": Format(
        "NAME",
        "a folder of GIFs a word, being drawn",
        _pictures(".gif"),
        f"256×256, played with the drawing's own times (12 ms a point where it has none); {_PICTURE}",
    ),
    "imagefolder": Format(
        "NAME",
        "PNGs for Hugging Face, with metadata.parquet and a dataset card",
        _imagefolder,
        f"512×512; {_PICTURE}",
        provenance=True,
        parted=True,
        card=True,
    ),
}
