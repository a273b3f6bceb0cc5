"""Readers for Quick, Draw! files: simplified and raw ndjson, plain or gzipped, and simplified `.bin`."""

from __future__ import annotations

import gzip
import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from model.data.formats import read_bin
from model.labels import INDEX
from model.strokes import Ink, ink_of


@dataclass(frozen=True, slots=True)
class Drawing:
    """One drawing: its class index, its ink (in the file's units) and what it is split by."""

    label: int
    ink: Ink
    identity: str
    raw: bool


def files(folder: Path) -> list[Path]:
    """List the drawing files of a folder, in order: `<word>.ndjson[.gz]`; `<word>.bin` where there are none of those."""
    there = sorted(folder.iterdir())
    found = [path for path in there if path.name.endswith((".ndjson", ".ndjson.gz"))]
    found = found or [path for path in there if path.suffix == ".bin"]
    if not found:
        raise ValueError(f"no .ndjson or .ndjson.gz files in {folder}")
    return found


def read(path: Path, limit: int | None = None) -> Iterator[Drawing]:
    """Stream one file's drawings, at most `limit`. Raises ValueError naming the line that is wrong."""
    if path.suffix == ".bin":
        if path.stem not in INDEX:
            raise ValueError(f"{path.name}: the file's name is no word")
        for record in islice(read_bin(path), limit):
            yield Drawing(INDEX[path.stem], ink_of(record.strokes), str(record.key_id), False)
        return
    opener = gzip.open if path.suffix == ".gz" else open
    with opener(path, "rt", encoding="utf-8") as lines:
        for number, line in enumerate(lines):
            if limit is not None and number >= limit:
                return
            if not line.strip():
                continue
            try:
                yield _drawing(json.loads(line))
            except (ValueError, KeyError, TypeError, IndexError) as error:
                raise ValueError(f"{path.name}:{number + 1}: {error!r}") from None


def _drawing(record: dict[str, object]) -> Drawing:
    strokes = record["drawing"]
    if not isinstance(strokes, list):
        raise ValueError("drawing is not a list")
    ink = ink_of(strokes)
    return Drawing(INDEX[str(record["word"])], ink, identity_of(record), bool(strokes) and len(strokes[0]) > 2)


def identity_of(record: dict[str, object]) -> str:
    """Return what a drawing is split by: its identity, its key_id, or a hash of its strokes."""
    return str(record.get("identity") or record.get("key_id") or _hash(record["drawing"]))


def _hash(strokes: object) -> str:
    return hashlib.sha256(json.dumps(strokes).encode()).hexdigest()[:32]
