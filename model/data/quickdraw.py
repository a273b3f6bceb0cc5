"""Readers for Quick, Draw! files: simplified and raw ndjson, plain or gzipped, and simplified `.bin`."""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from model.data.formats import read_bin_records
from model.data.readers import lines
from model.data.source_record import parse_source_record
from model.ink.strokes import Ink, ink_from_lists
from model.ink.vocabulary import CLASS_INDEX

log = logging.getLogger(__name__)

MAX_SKIPPED_LINES_LOGGED = 5
"""Lines of a file that are told of."""


@dataclass(frozen=True, slots=True)
class LabelledDrawing:
    """One drawing: its class index, its ink (in the file's units) and what it is split by."""

    label: int
    ink: Ink
    identity: str
    raw: bool


def list_drawing_files(folder: Path) -> list[Path]:
    """List the drawing files of a folder, in order: `<word>.ndjson[.gz]`; `<word>.bin` where there are none of those."""
    there = sorted(folder.iterdir())
    found = [path for path in there if path.name.endswith((".ndjson", ".ndjson.gz"))]
    found = found or [path for path in there if path.suffix == ".bin"]
    if not found:
        raise ValueError(f"no .ndjson or .ndjson.gz files in {folder}")
    return found


def read_labelled_drawings(path: Path, limit: int | None = None) -> Iterator[LabelledDrawing]:
    """Stream one file's drawings, from at most `limit` lines. What is none is passed over and told in the log, as is damage."""
    passed_over = _SkippedLines(path)
    if path.suffix == ".bin":
        yield from _read_bin_drawings(path, limit, passed_over)
    else:
        for number, fields in read_json_lines(path, limit, passed_over.add):
            try:
                yield _drawing_from_record(fields)
            except (ValueError, KeyError, TypeError, IndexError, AttributeError) as error:
                passed_over.add(number, _explain_bad_row(fields, error))
    passed_over.end()


def read_json_lines(
    path: Path, limit: int | None, passed_over: Callable[[int, str], None]
) -> Iterator[tuple[int, Any]]:
    """Stream what is in at most `limit` lines of JSON, with their numbers; `passed_over` is told of lines that are none."""
    for number, line in lines.read_numbered_lines(path, lambda _: None):
        if isinstance(line, lines.TruncatedFile):
            passed_over(number, f"{line}; what comes after it is passed over")
            return
        if limit is not None and number > limit:
            return
        if line is None:
            passed_over(number, f"longer than {lines.MAX_LINE_BYTES} bytes")
        elif line.strip():
            try:
                yield number, json.loads(line)
            except (ValueError, RecursionError):
                passed_over(number, "no JSON in UTF-8")


class _SkippedLines:
    """Tells of what is passed over in a file: the first lines, then how many more."""

    def __init__(self, path: Path) -> None:
        self._path, self._count = path, 0

    def add(self, number: int, why: str) -> None:
        """Tell of a line, or with number 0 of the file or what is left of it."""
        self._count += 1
        if self._count <= MAX_SKIPPED_LINES_LOGGED:
            log.warning("%s is passed over: %s", f"{self._path}:{number}" if number else self._path, why)

    def end(self) -> None:
        if self._count > MAX_SKIPPED_LINES_LOGGED:
            log.warning("%s: %d more are passed over", self._path, self._count - MAX_SKIPPED_LINES_LOGGED)


def _explain_bad_row(fields: Any, error: Exception) -> str:
    """Say in words what is wrong with a row."""
    try:
        record = parse_source_record(fields)
    except (ValueError, AttributeError) as told:
        return str(told) if isinstance(told, ValueError) else "no JSON object"
    return f"{record.word!r} is none of the {len(CLASS_INDEX)} words" if record.word not in CLASS_INDEX else str(error)


def _read_bin_drawings(path: Path, limit: int | None, passed_over: _SkippedLines) -> Iterator[LabelledDrawing]:
    if path.stem not in CLASS_INDEX:
        passed_over.add(0, "the file's name is no word")
        return
    try:
        for record in islice(read_bin_records(path), limit):
            yield LabelledDrawing(CLASS_INDEX[path.stem], ink_from_lists(record.strokes), str(record.key_id), False)
    except ValueError as error:
        passed_over.add(0, str(error))


def _drawing_from_record(record: dict[str, object]) -> LabelledDrawing:
    strokes = record["drawing"]
    if not isinstance(strokes, list):
        raise ValueError("drawing is not a list")
    ink = ink_from_lists(strokes)
    return LabelledDrawing(
        CLASS_INDEX[str(record["word"])], ink, split_identity(record), bool(strokes) and len(strokes[0]) > 2
    )


def split_identity(record: dict[str, object]) -> str:
    """Return what a drawing is split by: its identity, its key_id, or a hash of its strokes."""
    return str(record.get("identity") or record.get("key_id") or _hash_strokes(record["drawing"]))


def _hash_strokes(strokes: object) -> str:
    return hashlib.sha256(json.dumps(strokes).encode()).hexdigest()[:32]
