"""Reads a folder that `inkling export` wrote: typed, lazy, in bounded memory.

from model.data import load_export

for drawing in load_export("drawings/", words=["cat"]):
    print(drawing.key, drawing.word, len(drawing.strokes))
"""

from __future__ import annotations

import json
import tarfile
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from model.data.readers import SourceFile, SourceRow, lines, read_source_file
from model.data.source_record import SourceRecord, parse_source_record
from model.data.split import SPLIT_PARTS

FILE_KIND_OF_FORMAT = {
    "raw": "ndjson", "simplified": "ndjson", "csv": "csv", "bin": "bin", "npz": "npz", "parquet": "parquet",
    "webdataset": "tar",
}  # fmt: skip
"""The formats that are read, and how their files are."""
_SKETCH_RNN_PART_NAMES = {"train": "train", "validation": "valid", "test": "test"}
"""What sketch-rnn calls the parts, all of which are in one file."""


@dataclass(frozen=True, slots=True)
class ExportFile:
    """A file of an export; `part` is empty where it holds all of them."""

    word: str
    file: str
    drawings: int
    part: str
    bytes: int | None = None
    """How long it is, as the manifest tells."""


class Export:
    """Drawings of a finished export. Its manifest has been read; each time it is iterated over, its files are."""

    def __init__(
        self, root: Path, format: str, files: list[ExportFile], part: str | None = None, licence: str = ""
    ) -> None:
        self.root, self.format, self.files, self.part = root, format, files, part
        self.licence = licence
        """That of all drawings, where they have the same one; else empty."""

    @property
    def words(self) -> tuple[str, ...]:
        """The words of its drawings, in order."""
        return tuple(sorted({file.word for file in self.files}))

    @property
    def parts(self) -> tuple[str, ...]:
        """The parts that it was split into, and that `load_export` can be asked for."""
        return SPLIT_PARTS if self.format == "npz" or any(file.part for file in self.files) else ()

    def __iter__(self) -> Iterator[SourceRecord]:
        """Stream the drawings, word by word. Raises ValueError for a file that is not what the manifest says; OSError."""
        for file in self.files:
            yield from self._drawings(file)

    def _drawings(self, file: ExportFile) -> Iterator[SourceRecord]:
        source = SourceFile(self.root / file.file, file.file, FILE_KIND_OF_FORMAT[self.format])
        size = source.path.stat().st_size
        if file.bytes not in (None, size):
            raise ValueError(f"{source.path}: {size} bytes; the manifest says {file.bytes}")
        found = 0
        for item in _read_tar_members(source.path) if source.kind == "tar" else read_source_file(source, file.word):
            if not isinstance(item, SourceRow):
                raise ValueError(f"{source.path}: {item.reason}")
            found += 1
            if self.format != "npz" or self.part is None or item.place.split()[0] == _SKETCH_RNN_PART_NAMES[self.part]:
                yield self._told(parse_source_record(item.fields))
        if found != file.drawings:
            raise ValueError(f"{source.path}: {found} drawings; the manifest says {file.drawings}")

    def _told(self, record: SourceRecord) -> SourceRecord:
        """Add what the manifest tells of all drawings, and take what a .bin has to write where nothing is known for nothing."""
        if self.format == "bin":
            record = replace(record, recognized=record.recognized or None, made=record.made or None)
        return replace(record, licence=record.licence or self.licence)


def _read_tar_members(path: Path) -> Iterator[SourceRow]:
    """Stream the JSON files of a tar. Raises ValueError."""
    try:
        with tarfile.open(path, "r:") as tar:
            for member in tar:
                if member.name.endswith(".json"):
                    file = tar.extractfile(member) if member.size <= lines.MAX_LINE_BYTES else None
                    if file is None:
                        raise ValueError(f"{member.name} is no file, or longer than {lines.MAX_LINE_BYTES} bytes")
                    fields: Any = json.load(file)
                    if not isinstance(fields, dict):
                        raise ValueError(f"{member.name} is no JSON object")
                    yield SourceRow(member.name, fields)
    except (tarfile.TarError, ValueError) as error:
        raise ValueError(f"{path}: {error}") from None


def load_export(folder: str | Path, words: Collection[str] | None = None, part: str | None = None) -> Export:
    """Open an export (raw, simplified, csv, bin, npz, parquet or webdataset) to stream its drawings.

    `words`: only these; `part`: only train, validation or test. Raises ValueError for a folder without a finished export,
    for a format that is not read, and for a part that there is not; OSError.
    """
    root = Path(folder)
    try:
        manifest = json.loads((root / "manifest.json").read_text(encoding="utf-8"))
        format = str(manifest["format"])
        files = [
            ExportFile(
                str(file["word"]),
                str(file["file"]),
                int(file["drawings"]),
                str(file.get("part", "")),
                file.get("bytes"),
            )
            for file in manifest["files"]
        ]
        licences = manifest.get("licence", [])
        licence = str(licences[0]) if isinstance(licences, list) and len(licences) == 1 else ""
    except FileNotFoundError:
        raise ValueError(f"{root} holds no finished export: there is no manifest.json") from None
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"{root / 'manifest.json'} is no manifest of an export ({error!r})") from None
    if format not in FILE_KIND_OF_FORMAT:
        raise ValueError(f"load_export does not read an export as {format}; it reads {', '.join(FILE_KIND_OF_FORMAT)}")
    parts = Export(root, format, files).parts
    if part is not None and part not in parts:
        raise ValueError(f"{root} has no part {part!r}; it has {', '.join(parts) or 'none (export with --split)'}")
    wanted = [
        file for file in files if (words is None or file.word in words) and (part is None or file.part in ("", part))
    ]
    return Export(root, format, wanted, part, licence)
