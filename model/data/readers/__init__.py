"""Drawings out of the files that people have. What is damaged costs itself and nothing beside it.

A reader turns a file into rows, each a mapping with the keys of Quick, Draw! (word, drawing, key_id, timestamp, countrycode,
recognized …), into refusals of what is no row, and perhaps ends with `Damaged`. `model.data.record` checks the rows.
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

MAX_FILE = 512 * 1024 * 1024
"""Bytes of what is read as a whole (an array of an .npz), after it was unpacked."""
log = logging.getLogger(__name__)
_HASHED = re.compile(r".*~[0-9a-f]{16}")
"""Our own name for a word that cannot be a file's name; which word that is stands in the manifest."""


@dataclass(frozen=True, slots=True)
class Row:
    """What may be a drawing. `place` tells where it stood: `line 7`."""

    place: str
    fields: dict[str, Any]
    text: bytes = b""


@dataclass(frozen=True, slots=True)
class Refused:
    """What is no row, and why in words."""

    place: str
    reason: str
    text: bytes = b""


@dataclass(frozen=True, slots=True)
class Damaged:
    """The file cannot be read from some place on."""

    reason: str


Item = Row | Refused | Damaged


@dataclass(frozen=True, slots=True)
class Source:
    """A file with drawings. `shown` names it with the folder it was found in; `size` in bytes."""

    path: Path
    shown: str
    kind: str
    size: int = 0


SUFFIXES = {
    ".ndjson": "ndjson", ".jsonl": "ndjson", ".json": "ndjson", ".csv": "csv", ".bin": "bin", ".npz": "npz",
    ".parquet": "parquet", ".svg": "svg",
}  # fmt: skip


def find(paths: Iterable[Path]) -> tuple[list[Source], list[str]]:
    """List the files with drawings, folders with all that is in them, and what was passed over.

    A file that is named itself is read as ndjson if its suffix is unknown. Raises ValueError for a path that holds none.
    """
    found: list[Source] = []
    skipped: list[str] = []
    for path in paths:
        if path.is_dir():
            before = len(found)
            for file in _inside(path):
                kind, size = _kind(file), _size(file)
                shown = _shown(path.name / file.relative_to(path))
                if kind and size is not None:
                    found.append(Source(file, shown, kind, size))
                else:
                    skipped.append(shown)
            if len(found) == before:
                raise ValueError(f"there is no file of drawings ({', '.join(SUFFIXES)}) in {path}")
        elif path.is_file():
            shown = _shown(Path(path.absolute().parent.name) / path.name)
            found.append(Source(path, shown, _kind(path) or "ndjson", path.stat().st_size))
        else:
            raise ValueError(f"there is no file or folder {path}")
    return found, skipped


def _inside(folder: Path) -> list[Path]:
    """List all that is in a folder, in order: files, and folders that cannot be listed or are links."""
    found: list[Path] = []

    def unlisted(error: OSError) -> None:
        found.append(Path(error.filename))

    for root, folders, names in os.walk(folder, onerror=unlisted):
        found += [Path(root) / name for name in names]
        found += [Path(root) / name for name in folders if (Path(root) / name).is_symlink()]
    return sorted(found)


def _size(path: Path) -> int | None:
    """Return a file's bytes; None for what is none, or not to be reached (a link to nowhere, a pipe)."""
    try:
        told = path.stat()
    except OSError:
        return None
    return told.st_size if stat.S_ISREG(told.st_mode) else None


def _shown(path: Path) -> str:
    """Return a file's name as text that can be written, whatever its bytes are."""
    return os.fsencode(path).decode("utf-8", "backslashreplace")


def _kind(path: Path) -> str:
    name = path.name.removesuffix(".gz") if path.suffix == ".gz" else path.name
    kind = SUFFIXES.get(Path(name).suffix.lower(), "")
    if name in ("manifest.json", "SHA256SUMS") or (path.suffix == ".gz" and kind not in ("ndjson", "csv")):
        return ""
    return kind


def read(source: Source, word: str | None = None, moved: Callable[[int], None] = lambda _: None) -> Iterator[Item]:
    """Stream a file. `word` is that of drawings whose file does not say it; `moved` is told how many bytes were read."""
    reader = {"ndjson": _ndjson, "csv": _csv, "bin": _bin, "npz": _npz, "parquet": _parquet, "svg": _svg}[source.kind]
    try:
        yield from reader(source, word, moved)
    except OSError as error:
        yield Damaged(error.strerror or str(error))
    except MemoryError:
        yield Damaged("it needs more memory than there is")
    except Exception as error:
        # What a library raises at a file that nobody thought of costs that file alone.
        log.debug("reading %s failed", source.shown, exc_info=True)
        yield Damaged(f"it cannot be read any further ({type(error).__name__}: {error})")


def _ndjson(source: Source, word: str | None, moved: Callable[[int], None]) -> Iterator[Item]:
    for item in lines.read(source.path, moved):
        if isinstance(item, Row) and word is not None:
            item.fields.setdefault("word", word)
        yield item


def _csv(source: Source, word: str | None, moved: Callable[[int], None]) -> Iterator[Item]:
    for item in lines.read_csv(source.path, moved):
        if isinstance(item, Row) and word is not None:
            item.fields.setdefault("word", word)
        yield item


def _bin(source: Source, word: str | None, moved: Callable[[int], None]) -> Iterator[Item]:
    from model.data.formats import read_bin

    named = word or word_of(source.path)
    number = 0
    try:
        for number, record in enumerate(read_bin(source.path), 1):
            country = record.country.decode("ascii", "replace")
            made = datetime.fromtimestamp(record.made, UTC).isoformat() if record.made else None
            yield Row(f"drawing {number}", {
                "word": named, "key_id": record.key_id, "countrycode": "" if country == "ZZ" else country,
                "recognized": record.recognized, "timestamp": made, "drawing": record.strokes,
            })  # fmt: skip
    except ValueError:
        yield Damaged(f"it ends inside drawing {number + 1}")
    moved(source.path.stat().st_size)


def _npz(source: Source, word: str | None, moved: Callable[[int], None]) -> Iterator[Item]:
    from model.data.readers.sketch_rnn import read_sketches

    named = word or word_of(source.path)
    for item in read_sketches(source.path):
        if isinstance(item, Row):
            item.fields["word"] = named
        yield item
    moved(source.path.stat().st_size)


def _parquet(source: Source, word: str | None, moved: Callable[[int], None]) -> Iterator[Item]:
    from model.data.readers.tables import read_table

    for item in read_table(source.path, moved):
        if isinstance(item, Row) and word is not None:
            item.fields.setdefault("word", word)
        yield item


def _svg(source: Source, word: str | None, moved: Callable[[int], None]) -> Iterator[Item]:
    from model.data.readers.svg import read_paths

    path, size = source.path, source.path.stat().st_size
    numbered = path.stem.isdecimal()
    fields = {"word": word or word_of(path.parent if numbered else path)}
    if numbered and any(_manifest(folder).get("format") == "svg" for folder in (path.parent, path.parent.parent)):
        # Our own exports put `<key_id>.svg` into a folder of the word; others' files are numbered in each folder.
        fields["key_id"] = path.stem
    if size > lines.MAX_LINE:
        yield Refused("the drawing", f"it is longer than {lines.MAX_LINE} bytes")
    else:
        try:
            yield Row("the drawing", {**fields, "drawing": read_paths(path.read_bytes())})
        except ValueError as error:
            yield Refused("the drawing", str(error))
    moved(size)


def word_of(path: Path) -> str | None:
    """Return the word that a file or folder is named after; None for a name that only a manifest explains, without one."""
    for folder in (path.parent, path.parent.parent):
        try:
            told = _manifest(folder)["files"]
            name = str(path.relative_to(folder))
            return next(str(file["word"]) for file in told if file["file"] == name)
        except (ValueError, KeyError, TypeError, StopIteration):
            continue
    stem = path.name.partition(".")[0].removeprefix("sketchrnn_").replace("_", " ")
    return None if _HASHED.fullmatch(stem) else stem


def _manifest(folder: Path) -> dict[str, Any]:
    """Read what an export says of itself; empty where there is none."""
    try:
        told = json.loads((folder / "manifest.json").read_bytes())
    except (OSError, ValueError, RecursionError):
        return {}
    return told if isinstance(told, dict) else {}
