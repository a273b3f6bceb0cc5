"""Drawings out of the files that people have. What is damaged costs itself and nothing beside it.

A reader turns a file into rows, each a mapping with the keys of Quick, Draw! (word, drawing, key_id, timestamp, countrycode,
recognized …), into refusals of what is no row, and perhaps ends with `Damaged`. `model.data.record` checks the rows.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from model.data.readers import lines

MAX_FILE = 512 * 1024 * 1024
"""Bytes of what is read as a whole (an array of an .npz), after it was unpacked."""
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
    """A file with drawings. `shown` names it with the folder it was found in."""

    path: Path
    shown: str
    kind: str


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
            inside = [Path(folder) / name for folder, _, names in sorted(os.walk(path)) for name in sorted(names)]
            sources = [
                Source(file, str(path.name / file.relative_to(path)), kind) for file in inside if (kind := _kind(file))
            ]
            skipped += [str(path.name / file.relative_to(path)) for file in inside if not _kind(file)]
            if not sources:
                raise ValueError(f"there is no file of drawings ({', '.join(SUFFIXES)}) in {path}")
            found += sources
        elif path.is_file():
            shown = str(Path(path.absolute().parent.name) / path.name)
            found.append(Source(path, shown, _kind(path) or "ndjson"))
        else:
            raise ValueError(f"there is no file or folder {path}")
    return found, skipped


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
            yield Row(f"drawing {number}", {
                "word": named, "key_id": record.key_id, "countrycode": "" if country == "ZZ" else country,
                "recognized": record.recognized, "seconds": record.made, "drawing": record.strokes,
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
    # Our own exports put `<key_id>.svg` into a folder of the word.
    key = path.stem if path.stem.isdecimal() else None
    fields = {"word": word or word_of(path.parent if key else path), "key_id": key}
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
            told = json.loads((folder / "manifest.json").read_bytes())["files"]
            name = str(path.relative_to(folder))
            return next(str(file["word"]) for file in told if file["file"] == name)
        except (OSError, ValueError, KeyError, TypeError, StopIteration):
            continue
    stem = path.name.partition(".")[0].removeprefix("sketchrnn_").replace("_", " ")
    return None if _HASHED.fullmatch(stem) else stem
