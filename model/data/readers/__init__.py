"""Drawings out of the files that people have. What is damaged costs itself and nothing beside it.

A reader turns a file into rows, each a mapping with the keys of Quick, Draw! (word, drawing, key_id, timestamp, countrycode,
recognized …), into refusals of what is no row, and perhaps ends with a `DamagedFile`. `model.data.source_record` checks the rows.
"""

from __future__ import annotations

import json
import logging
import os
import re
import stat
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from model.data.readers import lines

MAX_UNPACKED_BYTES = 512 * 1024 * 1024
"""Bytes of what is read as a whole (an array of an .npz), after it was unpacked."""
log = logging.getLogger(__name__)
_HASHED_FILE_NAME = re.compile(r".*~[0-9a-f]{16}")
"""Our own name for a word that cannot be a file's name; which word that is stands in the manifest."""


@dataclass(frozen=True, slots=True)
class SourceRow:
    """What may be a drawing. `place` tells where it stood: `line 7`."""

    place: str
    fields: dict[str, Any]
    text: bytes = b""


@dataclass(frozen=True, slots=True)
class RefusedRow:
    """What is no row, and why in words."""

    place: str
    reason: str
    text: bytes = b""


@dataclass(frozen=True, slots=True)
class DamagedFile:
    """The file cannot be read from some place on."""

    reason: str


ReaderItem = SourceRow | RefusedRow | DamagedFile


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file with drawings. `shown` names it with the folder it was found in; `size` in bytes."""

    path: Path
    shown: str
    kind: str
    size: int = 0


KIND_OF_SUFFIX = {
    ".ndjson": "ndjson", ".jsonl": "ndjson", ".json": "ndjson", ".csv": "csv", ".bin": "bin", ".npz": "npz",
    ".parquet": "parquet", ".svg": "svg",
}  # fmt: skip


def find_source_files(paths: Iterable[Path]) -> tuple[list[SourceFile], list[str]]:
    """List the files with drawings, folders with all that is in them, and what was passed over.

    A file that is named itself is read as ndjson if its suffix is unknown. Raises ValueError for a path that holds none.
    """
    found: list[SourceFile] = []
    skipped: list[str] = []
    for path in paths:
        if path.is_dir():
            before = len(found)
            for file in _list_recursively(path):
                kind, size = _kind_of_file(file), _file_size(file)
                shown = _printable_path(path.name / file.relative_to(path))
                if kind and size is not None:
                    found.append(SourceFile(file, shown, kind, size))
                else:
                    skipped.append(shown)
            if len(found) == before:
                raise ValueError(f"there is no file of drawings ({', '.join(KIND_OF_SUFFIX)}) in {path}")
        elif path.is_file():
            shown = _printable_path(Path(path.absolute().parent.name) / path.name)
            found.append(SourceFile(path, shown, _kind_of_file(path) or "ndjson", path.stat().st_size))
        else:
            raise ValueError(f"there is no file or folder {path}")
    return found, skipped


def _list_recursively(folder: Path) -> list[Path]:
    """List all that is in a folder, in order: files, and folders that cannot be listed or are links."""
    found: list[Path] = []

    def unlisted(error: OSError) -> None:
        found.append(Path(error.filename))

    for root, folders, names in os.walk(folder, onerror=unlisted):
        found += [Path(root) / name for name in names]
        found += [Path(root) / name for name in folders if (Path(root) / name).is_symlink()]
    return sorted(found)


def _file_size(path: Path) -> int | None:
    """Return a file's bytes; None for what is none, or not to be reached (a link to nowhere, a pipe)."""
    try:
        told = path.stat()
    except OSError:
        return None
    return told.st_size if stat.S_ISREG(told.st_mode) else None


def _printable_path(path: Path) -> str:
    """Return a file's name as text that can be written, whatever its bytes are."""
    return os.fsencode(path).decode("utf-8", "backslashreplace")


def _kind_of_file(path: Path) -> str:
    name = path.name.removesuffix(".gz") if path.suffix == ".gz" else path.name
    kind = KIND_OF_SUFFIX.get(Path(name).suffix.lower(), "")
    if name in ("manifest.json", "SHA256SUMS") or (path.suffix == ".gz" and kind not in ("ndjson", "csv")):
        return ""
    return kind


def read_source_file(
    source: SourceFile, word: str | None = None, on_bytes: Callable[[int], None] = lambda _: None
) -> Iterator[ReaderItem]:
    """Stream a file. `word` is that of drawings whose file does not say it; `on_bytes` is told how many bytes were read."""
    reader = {
        "ndjson": _read_ndjson,
        "csv": _read_csv,
        "bin": _read_bin,
        "npz": _read_npz,
        "parquet": _read_parquet,
        "svg": _read_svg,
    }[source.kind]
    try:
        yield from reader(source, word, on_bytes)
    except OSError as error:
        yield DamagedFile(error.strerror or str(error))
    except MemoryError:
        yield DamagedFile("it needs more memory than there is")
    except Exception as error:
        # What a library raises at a file that nobody thought of costs that file alone.
        log.debug("reading %s failed", source.shown, exc_info=True)
        yield DamagedFile(f"it cannot be read any further ({type(error).__name__}: {error})")


def _read_ndjson(source: SourceFile, word: str | None, on_bytes: Callable[[int], None]) -> Iterator[ReaderItem]:
    for item in lines.read_json_rows(source.path, on_bytes):
        if isinstance(item, SourceRow) and word is not None:
            item.fields.setdefault("word", word)
        yield item


def _read_csv(source: SourceFile, word: str | None, on_bytes: Callable[[int], None]) -> Iterator[ReaderItem]:
    for item in lines.read_csv_rows(source.path, on_bytes):
        if isinstance(item, SourceRow) and word is not None:
            item.fields.setdefault("word", word)
        yield item


def _read_bin(source: SourceFile, word: str | None, on_bytes: Callable[[int], None]) -> Iterator[ReaderItem]:
    from model.data.formats import read_bin_records

    named = word or word_from_file_name(source.path)
    number = 0
    try:
        for number, record in enumerate(read_bin_records(source.path), 1):
            country = record.country.decode("ascii", "replace")
            made = datetime.fromtimestamp(record.made, UTC).isoformat() if record.made else None
            yield SourceRow(f"drawing {number}", {
                "word": named, "key_id": record.key_id, "countrycode": "" if country == "ZZ" else country,
                "recognized": record.recognized, "timestamp": made, "drawing": record.strokes,
            })  # fmt: skip
    except ValueError:
        yield DamagedFile(f"it ends inside drawing {number + 1}")
    on_bytes(source.path.stat().st_size)


def _read_npz(source: SourceFile, word: str | None, on_bytes: Callable[[int], None]) -> Iterator[ReaderItem]:
    from model.data.readers.sketch_rnn import read_sketch_rnn_rows

    named = word or word_from_file_name(source.path)
    for item in read_sketch_rnn_rows(source.path):
        if isinstance(item, SourceRow):
            item.fields["word"] = named
        yield item
    on_bytes(source.path.stat().st_size)


def _read_parquet(source: SourceFile, word: str | None, on_bytes: Callable[[int], None]) -> Iterator[ReaderItem]:
    from model.data.readers.tables import read_parquet_rows

    for item in read_parquet_rows(source.path, on_bytes):
        if isinstance(item, SourceRow) and word is not None:
            item.fields.setdefault("word", word)
        yield item


def _read_svg(source: SourceFile, word: str | None, on_bytes: Callable[[int], None]) -> Iterator[ReaderItem]:
    from model.data.readers.svg import read_svg_strokes

    path, size = source.path, source.path.stat().st_size
    numbered = path.stem.isdecimal()
    fields = {"word": word or word_from_file_name(path.parent if numbered else path)}
    if numbered and any(_read_manifest(folder).get("format") == "svg" for folder in (path.parent, path.parent.parent)):
        # Our own exports put `<key_id>.svg` into a folder of the word; others' files are numbered in each folder.
        fields["key_id"] = path.stem
    if size > lines.MAX_LINE_BYTES:
        yield RefusedRow("the drawing", f"it is longer than {lines.MAX_LINE_BYTES} bytes")
    else:
        try:
            yield SourceRow("the drawing", {**fields, "drawing": read_svg_strokes(path.read_bytes())})
        except ValueError as error:
            yield RefusedRow("the drawing", str(error))
    on_bytes(size)


def word_from_file_name(path: Path) -> str | None:
    """Return the word that a file or folder is named after; None for a name that only a manifest explains, without one."""
    for folder in (path.parent, path.parent.parent):
        try:
            told = _read_manifest(folder)["files"]
            name = str(path.relative_to(folder))
            return next(str(file["word"]) for file in told if file["file"] == name)
        except (ValueError, KeyError, TypeError, StopIteration):
            continue
    stem = path.name.partition(".")[0].removeprefix("sketchrnn_").replace("_", " ")
    return None if _HASHED_FILE_NAME.fullmatch(stem) else stem


def _read_manifest(folder: Path) -> dict[str, Any]:
    """Read what an export says of itself; empty where there is none."""
    try:
        told = json.loads((folder / "manifest.json").read_bytes())
    except (OSError, ValueError, RecursionError):
        return {}
    return told if isinstance(told, dict) else {}
