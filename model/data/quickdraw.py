"""Readers for Quick, Draw! files: simplified and raw ndjson, plain or gzipped."""

from __future__ import annotations

import gzip
import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

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
    """List the drawing files of a folder, in order: `<word>.ndjson` or `<word>.ndjson.gz`."""
    found = sorted(path for path in folder.iterdir() if path.name.endswith((".ndjson", ".ndjson.gz")))
    if not found:
        raise ValueError(f"no .ndjson or .ndjson.gz files in {folder}")
    return found


def read(path: Path, limit: int | None = None) -> Iterator[Drawing]:
    """Stream one file's drawings, at most `limit`. Raises ValueError naming the line that is wrong."""
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
    identity = record.get("identity") or record.get("key_id") or _hash(strokes)
    return Drawing(INDEX[str(record["word"])], ink, str(identity), bool(strokes) and len(strokes[0]) > 2)


def _hash(strokes: list[object]) -> str:
    return hashlib.sha256(json.dumps(strokes).encode()).hexdigest()[:32]
