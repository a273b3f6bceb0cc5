"""`inkling import`: other people's drawings into the collection, each of them once."""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import unicodedata
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import IO, Any

import numpy as np
import numpy.typing as npt
from rich.console import Console
from rich.progress import Progress

from model.data.readers import DamagedFile, RefusedRow, SourceFile, SourceRow, find_source_files, read_source_file
from model.data.source_record import SourceRecord, parse_licence, parse_source_record
from model.ink.simplify import simplify_drawing
from server.db.private.binary import NoRedis
from server.db.private.locate import add_data_dir_argument, locate_redis
from server.drawings import ink_codec
from server.drawings.dataset import Dataset, open_dataset
from server.drawings.folders import tombstone_file
from server.drawings.paging import split_into_pages
from server.drawings.record import DrawingRecord, key_from_origin
from server.rooms.ports import StoreUnavailable
from server.text import MAX_IMPORTED_WORD_CHARACTERS, clean_text

IMPORT_BATCH_SIZE = 100
SIMPLIFIED_TOLERANCE_UNITS = 4.0
"""Of 255: simplified lines lie within 2 of what was drawn, and their points are rounded."""
UNITS_PER_PIXEL = 1000
"""Official raw files have three decimals."""
MAX_PROBLEMS_PRINTED = 10
"""Refused lines, and files that are passed over, that are printed."""
_REFUSED_LINE_START = b'{"file": '
"""How a file of refused lines begins."""
UNSPECIFIED_LICENCE = "unspecified"


@dataclass(slots=True)
class ImportCounts:
    """How an import went, or a file of it."""

    read: int = 0
    new: int = 0
    known: int = 0
    """There already, archived, or erased."""
    refused: int = 0
    empty_strokes: int = 0
    """Strokes without a point that were left out."""

    def add(self, other: ImportCounts) -> None:
        """Add a file's."""
        for name, count in asdict(other).items():
            setattr(self, name, getattr(self, name) + count)


@dataclass(frozen=True, slots=True)
class _ImportedDrawing:
    """A drawing, where it stood in its file, and its line if it is wanted for --refused."""

    place: str
    kept: DrawingRecord
    text: bytes


@dataclass(slots=True)
class ImportReport:
    """What is said of an import while it goes on and at its end."""

    as_json: bool
    refusals: IO[str] | None = None
    """Where refused lines are written."""
    total: ImportCounts = field(default_factory=ImportCounts)
    damaged: int = 0
    said: int = 0

    def refuse(self, source: SourceFile, place: str, reason: str, text: bytes) -> None:
        """Note a line that is no drawing; the first ones are printed."""
        if reason:
            self._print(f"{source.shown}, {place}: {reason}")
        if self.refusals is not None:
            told = {"file": source.shown, "place": place, "reason": reason or "not in UTF-8",
                    "text": text.decode("utf-8", "replace").strip()}  # fmt: skip
            self.refusals.write(json.dumps(told, ensure_ascii=False) + "\n")

    def damage(self, source: SourceFile, reason: str) -> None:
        """Note a file that cannot be read any further."""
        self.damaged += 1
        print(f"{source.shown}: {reason}; what was read before is in", file=sys.stderr)

    def file(self, source: SourceFile, tally: ImportCounts) -> None:
        """Tell of a file that is done."""
        self.total.add(tally)
        if self.as_json:
            print(json.dumps({"file": source.shown, **asdict(tally)}, ensure_ascii=False), flush=True)
        else:
            print(f"{tally.new:>8}  {source.shown}{_format_counts(tally)}", flush=True)

    def end(self) -> None:
        """Tell of all."""
        if self.said > MAX_PROBLEMS_PRINTED:
            print(
                f"… and {self.said - MAX_PROBLEMS_PRINTED} more refused; --refused FILE writes all of them",
                file=sys.stderr,
            )
        if self.as_json:
            print(json.dumps({**asdict(self.total), "damaged_files": self.damaged}), flush=True)
        else:
            print(f"{self.total.new:>8}  drawings imported{_format_counts(self.total)}", flush=True)

    def _print(self, text: str) -> None:
        self.said += 1
        if self.said <= MAX_PROBLEMS_PRINTED:
            print(text, file=sys.stderr)


def _format_counts(tally: ImportCounts) -> str:
    told = (
        (tally.known, "known or erased"),
        (tally.refused, "refused"),
        (tally.empty_strokes, "empty strokes left out"),
    )
    return "".join(f"; {count} {what}" for count, what in told if count)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of `inkling import`."""
    parser.add_argument(
        "paths", nargs="+", type=Path, metavar="PATH",
        help="files or folders: .ndjson, .jsonl, .json, .csv (each also .gz), .bin, .npz (sketch-rnn), .parquet, .svg",
    )  # fmt: skip
    parser.add_argument(
        "--licence",
        default=UNSPECIFIED_LICENCE,
        metavar="TEXT",
        help="of drawings that name none (default: %(default)s)",
    )
    parser.add_argument("--word", metavar="W", help="of drawings whose file does not say it")
    parser.add_argument(
        "--refused", type=Path, metavar="FILE", help="write refused lines and why into FILE, one JSON object each"
    )
    parser.add_argument("--json", action="store_true", help="one JSON object a line on stdout: each file, then all")
    add_data_dir_argument(parser)


def run(arguments: argparse.Namespace) -> int:
    """Import; returns 0, or 1 when a file, a line or Redis failed. What could be read is in the collection then."""
    sources, skipped = find_source_files(arguments.paths)
    if arguments.refused is not None:
        sources = _without_refusals(sources, arguments.refused, arguments.paths)
    arguments.licence = parse_licence(arguments.licence)
    if skipped:
        more = f" and {len(skipped) - MAX_PROBLEMS_PRINTED} more" if len(skipped) > MAX_PROBLEMS_PRINTED else ""
        print(f"Not read, no files of drawings: {', '.join(skipped[:MAX_PROBLEMS_PRINTED])}{more}", file=sys.stderr)
    report = ImportReport(arguments.json)
    try:
        if arguments.refused is not None:
            report.refusals = arguments.refused.open("w", encoding="utf-8")
        with locate_redis(arguments.data_dir) as url:
            asyncio.run(_import(url, sources, arguments, report))
    except (NoRedis, StoreUnavailable, OSError) as error:
        print(f"Import failed: {error}. The same command again goes on: nothing comes twice.", file=sys.stderr)
        report.end()
        return 1
    except KeyboardInterrupt:
        print("Interrupted. The same command again goes on: nothing comes twice.", file=sys.stderr)
        report.end()
        raise
    finally:
        if report.refusals is not None:
            report.refusals.close()
    report.end()
    return 1 if report.total.refused or report.damaged else 0


def _without_refusals(sources: list[SourceFile], refused: Path, paths: list[Path]) -> list[SourceFile]:
    """Leave out the file that refused lines go to, which lies there from the last time. Raises ValueError for any other file."""
    if not refused.exists():
        return sources
    if any(path.is_file() and path.samefile(refused) for path in paths):
        raise ValueError(f"--refused {refused} is one of the files to read")
    if refused.is_file():
        with refused.open("rb") as file:
            begin = file.read(len(_REFUSED_LINE_START))
        if begin not in (b"", _REFUSED_LINE_START):
            raise ValueError(f"--refused {refused} is there and holds something else than refused lines")
    return [source for source in sources if not source.path.samefile(refused)]


async def _import(url: str, sources: list[SourceFile], arguments: argparse.Namespace, report: ImportReport) -> None:
    console = Console(stderr=True)
    async with open_dataset(url, tombstone_file(arguments.data_dir)) as dataset:
        archived = await _archived_keys(dataset)
        size = sum(source.size for source in sources)
        with Progress(console=console, disable=not console.is_terminal, transient=True) as progress:
            task = progress.add_task("importing", total=size)
            for source in sources:
                tally = ImportCounts()
                try:
                    items = read_source_file(source, arguments.word, lambda count: progress.advance(task, count))
                    for batch in split_into_pages(
                        _read_drawings(items, source, arguments.licence, tally, report), IMPORT_BATCH_SIZE
                    ):
                        await _store_batch(dataset, archived, source, batch, tally, report)
                finally:
                    report.file(source, tally)


async def _archived_keys(dataset: Dataset) -> npt.NDArray[np.uint64]:
    """Return the names of everything that is archived, in order, in eight bytes each."""
    parts = [np.array([int(name) for name, _, _ in page], np.uint64) async for page in dataset.archives.names()]
    return np.sort(np.concatenate([np.zeros(0, np.uint64), *parts]))


async def _store_batch(
    dataset: Dataset,
    archived: npt.NDArray[np.uint64],
    source: SourceFile,
    batch: list[_ImportedDrawing],
    tally: ImportCounts,
    report: ImportReport,
) -> None:
    away = np.isin(np.array([one.kept.key for one in batch], np.uint64), archived, assume_unique=False).tolist()
    fresh = [one for one, gone in zip(batch, away, strict=True) if not gone]
    tally.known += len(batch) - len(fresh)
    new = await asyncio.gather(*(_store_drawing(dataset, one.kept) for one in fresh))
    tally.new += new.count(True)
    for one, error in zip(fresh, new, strict=True):
        if isinstance(error, ValueError):
            tally.refused += 1
            report.refuse(source, one.place, str(error), one.text)
    known = [one for one, is_new in zip(fresh, new, strict=True) if is_new is False]
    found = await asyncio.gather(*(dataset.collection.get(one.kept.key_id) for one in known))
    for one, there in zip(known, found, strict=True):
        name, reason = one.kept.key_id, ""
        if name in dataset.collection.unreadable:
            reason = f"what is stored as key_id {name} cannot be read"
        elif there is not None and not is_same_drawing(there, one.kept):
            reason = f"key_id {name} (or the same strokes) is another drawing's here, of {there.word!r}"
        if reason:
            tally.refused += 1
            report.refuse(source, one.place, reason, one.text)
        else:
            tally.known += 1


async def _store_drawing(dataset: Dataset, kept: DrawingRecord) -> bool | ValueError:
    try:
        return await dataset.collection.put(kept)
    except ValueError as error:
        return error


def is_same_drawing(one: DrawingRecord, other: DrawingRecord) -> bool:
    """Say whether two records with one name are one drawing, perhaps one raw and the other simplified.

    Then the raw one is simplified, and each point of a stroke lies within `NEAR` of the other's line: ties in the
    simplification keep other points of the same line.
    """
    if one.word != other.word or len(one.arrays) != len(other.arrays):
        return False
    if one.form != other.form:
        pair = [_simplified_strokes(kept) for kept in (one, other)]
        return all(_lies_near_line(a, b) and _lies_near_line(b, a) for a, b in zip(*pair, strict=True))
    return all(
        len(a) == len(b) and np.allclose(a / one.unit, b / other.unit, atol=0.5 / UNITS_PER_PIXEL, rtol=0)
        for ours, theirs in zip(one.arrays, other.arrays, strict=True)
        for a, b in zip(ours[:2], theirs[:2], strict=True)
    )


def _simplified_strokes(kept: DrawingRecord) -> list[npt.NDArray[np.float64]]:
    strokes = kept.arrays if kept.form == "simplified" else simplify_drawing(kept.arrays)
    return [np.array(stroke[:2], float) for stroke in strokes]


def _lies_near_line(points: npt.NDArray[np.float64], line: npt.NDArray[np.float64]) -> bool:
    """Say whether each of some points (2, n) lies within `NEAR` of a line through points (2, m)."""
    start, step = line[:, :-1, None], np.diff(line)[:, :, None]
    length = (step**2).sum(0)
    for some in np.array_split(points, len(points[0]) // IMPORT_BATCH_SIZE + 1, axis=1):
        along = ((some[:, None] - start) * step).sum(0) / np.where(length == 0, 1, length)
        away = some[:, None] - start - step * np.clip(along, 0, 1)
        if (np.hypot(*away).min(0) > SIMPLIFIED_TOLERANCE_UNITS).any():
            return False
    return True


def _read_drawings(
    items: Iterator[SourceRow | RefusedRow | DamagedFile],
    source: SourceFile,
    licence: str,
    tally: ImportCounts,
    report: ImportReport,
) -> Iterator[_ImportedDrawing]:
    for item in items:
        if isinstance(item, DamagedFile):
            report.damage(source, item.reason)
            return
        tally.read += 1
        if isinstance(item, RefusedRow):
            tally.refused += 1
            report.refuse(source, item.place, item.reason, item.text)
            continue
        try:
            record = parse_source_record(item.fields)
            kept = record_from_import(record, licence)
        except Exception as error:
            # Whatever else a value does that nobody thought of costs its line alone.
            reason = (
                str(error)
                if isinstance(error, ValueError)
                else f"it cannot be stored ({type(error).__name__}: {error})"
            )
            tally.refused += 1
            report.refuse(source, item.place, reason, item.text)
            continue
        tally.empty_strokes += record.empty_strokes
        yield _ImportedDrawing(item.place, kept, item.text if report.refusals is not None else b"")


def record_from_import(record: SourceRecord, licence: str = UNSPECIFIED_LICENCE) -> DrawingRecord:
    """Turn a drawing of a file into what is stored. Raises ValueError where its word is none."""
    word = clean_text(record.word, MAX_IMPORTED_WORD_CHARACTERS)
    if word is None or any(unicodedata.category(letter) == "Cc" for letter in record.word):
        raise ValueError(f"the word must have 1 to {MAX_IMPORTED_WORD_CHARACTERS} visible characters")
    places = np.concatenate([np.asarray(axis, float) for stroke in record.strokes for axis in stroke[:2]])
    whole = bool((places == np.rint(places)).all())
    unit = 1 if whole else UNITS_PER_PIXEL
    ink = [
        [np.rint(np.asarray(axis) * (unit if place < 2 else 1)).astype(np.int64) for place, axis in enumerate(stroke)]
        for stroke in record.strokes
    ]
    simple = not record.timed and whole and places.min() >= 0 and places.max() <= 255
    millis, micros = divmod(record.made or 0, 1000)
    return DrawingRecord(
        key=_key_of_strokes(record, simple) if record.key is None else record.key,
        word=word,
        at=millis,
        recognized=record.recognized,
        ink=ink_codec.pack_stored_ink(ink, timed=record.timed),
        source="import",
        licence=record.licence or licence,
        consent=False,
        unit=unit,
        form="simplified" if simple else "raw",
        country=record.country,
        micros=micros,
    )


def _key_of_strokes(record: SourceRecord, simple: bool) -> int:
    """Name a drawing by its simplified strokes."""
    plain: Any
    if simple:
        plain = [[[int(value) for value in axis] for axis in stroke] for stroke in record.strokes]
    else:
        plain = simplify_drawing(record.strokes)
    return key_from_origin(json.dumps(plain))
