"""All formats drawings leave in: each turns the drawings of one word into one file, or a folder of pictures."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from server.store.formats import lines
from server.store.kept import Kept


class Writer(Protocol):
    """A file or folder of one word, growing; it is complete once it is closed."""

    def add(self, some: Sequence[Kept]) -> None:
        """Add some drawings, in order; the file does not depend on how many come at a time. Raises OSError."""

    def close(self) -> None:
        """Complete the file. Raises OSError."""

    def abandon(self) -> None:
        """Give it up: close what is open and remove what lies beside the file."""


@dataclass(frozen=True, slots=True)
class Provenance:
    """What is told beside the ink: how each drawing came to be, or not; `alias` renames players' hashes."""

    provenance: bool
    alias: Callable[[str], str]

    def of(self, kept: Kept) -> dict[str, Any] | None:
        """Return a drawing's provenance where it is wanted."""
        return lines.provenance_of(kept, self.alias) if self.provenance else None


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


class Appended:
    """A file of records one after the other."""

    def __init__(self, path: Path, records: Callable[[Sequence[Kept]], Iterable[bytes]]) -> None:
        self._file = path.open("wb")
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


class Bitmaps:
    """A `.npy` of (N, 784): the header is written again when N is known."""

    def __init__(self, path: Path) -> None:
        from server.store.formats import bits

        self._bits, self._rows = bits, 0
        self._file = path.open("wb")
        bits.write_npy_head(self._file, 0)

    def add(self, some: Sequence[Kept]) -> None:
        """Add some drawings."""
        self._file.writelines(self._bits.bitmap_of(strokes).tobytes() for strokes in lines.simplified(some))
        self._rows += len(some)

    def close(self) -> None:
        """Complete the file."""
        self._file.seek(0)
        self._bits.write_npy_head(self._file, self._rows)
        self._file.close()

    def abandon(self) -> None:
        """Close it."""
        self._file.close()


class Pictures:
    """A folder of one picture a drawing, named by key_id, with a list that `sha256sum -c` reads."""

    def __init__(self, path: Path, suffix: str) -> None:
        from server.store.formats import pictures

        self._folder, self._suffix = path, suffix
        self._draw = {".png": pictures.png_of, ".svg": pictures.svg_of, ".gif": pictures.gif_of}[suffix]
        path.mkdir()
        self._list = (path / "SHA256SUMS").open("w", encoding="ascii")

    def add(self, some: Sequence[Kept]) -> None:
        """Add some drawings."""
        import hashlib

        for kept in some:
            data, name = self._draw(kept), kept.key_id + self._suffix
            (self._folder / name).write_bytes(data)
            self._list.write(f"{hashlib.sha256(data).hexdigest()}  {name}\n")

    def close(self) -> None:
        """Complete the list."""
        self._list.close()

    def abandon(self) -> None:
        """Close the list."""
        self._list.close()


def _raw(path: Path, provenance: Provenance) -> Writer:
    return Appended(path, lambda some: (lines.raw_line(kept, provenance.of(kept)) for kept in some))


def _simplified(path: Path, provenance: Provenance) -> Writer:
    return Appended(path, lambda some: lines.simplified_lines(some, provenance.of))


def _bin(path: Path, _: Provenance) -> Writer:
    from server.store.formats.bits import records_of

    return Appended(path, records_of)


def _npz(path: Path, _: Provenance) -> Writer:
    from server.store.formats.sketch import SketchFile

    return SketchFile(path)


def _parquet(path: Path, provenance: Provenance) -> Writer:
    from server.store.formats import table

    return table.TableFile(
        path,
        table.schema_of(provenance.provenance),
        lambda kept: table.row_of(kept, provenance.provenance, provenance.alias),
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
    "bin": Format(
        "NAME.bin",
        "official binary",
        _bin,
        f"{_SMALL}; countrycode ZZ, seconds 0 and recognized 0 where they are not known",
    ),
    "npy": Format(
        "NAME.npy", "official 28×28 bitmaps", lambda path, _: Bitmaps(path), "uint8 (N, 784), 0 is paper; ink alone"
    ),
    "npz": Format(
        "NAME.npz", "sketch-rnn", _npz, f"rows of (dx, dy, pen lifted) as int16 in train, valid and test; {_SMALL}"
    ),
    "parquet": Format(
        "data/NAME.parquet", "parquet with a dataset card", _parquet, f"{_OURS}; {_TIMES}", provenance=True
    ),
    "png": Format("NAME", "a folder of PNGs a word", lambda path, _: Pictures(path, ".png"), f"512×512; {_PICTURE}"),
    "svg": Format("NAME", "a folder of SVGs a word", lambda path, _: Pictures(path, ".svg"), f"512×512; {_PICTURE}"),
    "gif": Format(
        "NAME",
        "a folder of GIFs a word, being drawn",
        lambda path, _: Pictures(path, ".gif"),
        f"256×256, played with the drawing's own times (12 ms a point where it has none); {_PICTURE}",
    ),
}
