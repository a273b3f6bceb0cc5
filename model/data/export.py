"""Reads a folder that `inkling export` wrote: typed, lazy, in bounded memory.

from model.data import load_export

for drawing in load_export("drawings/", words=["cat"]):
    print(drawing.key, drawing.word, len(drawing.strokes))
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator
from pathlib import Path

from model.data.readers import Damaged, Refused, Row, Source, read
from model.data.record import SourceRecord, record_of

KINDS = {"raw": "ndjson", "simplified": "ndjson", "bin": "bin", "npz": "npz", "parquet": "parquet"}


def load_export(folder: str | Path, words: Collection[str] | None = None) -> Iterator[SourceRecord]:
    """Stream the drawings of an export (raw, simplified, bin, npz or parquet), word by word; `words`: only these.

    Raises ValueError for a folder without a finished export, for a format without strokes, and for a file that is not what
    the manifest says; OSError.
    """
    root = Path(folder)
    try:
        manifest = json.loads((root / "manifest.json").read_text(encoding="utf-8"))
        kind = KINDS.get(manifest["format"])
        files = [(str(file["word"]), str(file["file"]), int(file["drawings"])) for file in manifest["files"]]
    except FileNotFoundError:
        raise ValueError(f"{root} holds no finished export: there is no manifest.json") from None
    except (ValueError, KeyError, TypeError) as error:
        raise ValueError(f"{root / 'manifest.json'} is no manifest of an export ({error!r})") from None
    if kind is None:
        raise ValueError(f"an export as {manifest['format']} holds no strokes; {', '.join(KINDS)} do")
    for word, name, count in files:
        if words is None or word in words:
            yield from _drawings(Source(root / name, name, kind), word, count)


def _drawings(source: Source, word: str, count: int) -> Iterator[SourceRecord]:
    found = 0
    for item in read(source, word):
        if isinstance(item, Damaged | Refused):
            raise ValueError(f"{source.path}: {item.reason}")
        assert isinstance(item, Row)
        yield record_of(item.fields)
        found += 1
    if found != count:
        raise ValueError(f"{source.path}: {found} drawings; the manifest says {count}")
