"""`inkling import`: other people's drawings into the collection, each of them once."""

from __future__ import annotations

import argparse
import asyncio
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from rich.console import Console
from rich.progress import Progress

from model.data.readers import DamagedFile, RefusedRow, SourceFile, SourceRow, find_source_files, read_source_file
from model.data.source_record import parse_licence, parse_source_record
from server.db.private.binary import NoRedis
from server.db.private.locate import add_data_dir_argument, locate_redis
from server.drawings.dataset import Dataset, open_dataset
from server.drawings.folders import tombstone_file
from server.drawings.imports.comparison import is_same_drawing
from server.drawings.imports.conversion import UNSPECIFIED_LICENCE, record_from_import
from server.drawings.imports.report import MAX_PROBLEMS_PRINTED, ImportCounts, ImportReport
from server.drawings.paging import split_into_pages
from server.drawings.record import DrawingRecord
from server.drawings.repository import DrawingRepository
from server.rooms.ports import StoreUnavailable

IMPORT_BATCH_SIZE = 100
"""Drawings that are stored at once."""
_REFUSED_LINE_START = b'{"file": '
"""How a file of refused lines begins."""


@dataclass(frozen=True, slots=True)
class _ImportedDrawing:
    """A drawing, where it stood in its file, and its line if it is wanted for --refused."""

    place: str
    record: DrawingRecord
    text: bytes


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
    return 1 if report.total.refused or report.damaged_files else 0


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
    console, now = Console(stderr=True), int(time.time() * 1000)
    async with open_dataset(url, tombstone_file(arguments.data_dir)) as dataset:
        archived = await dataset.archived_keys()
        size = sum(source.size for source in sources)
        with Progress(console=console, disable=not console.is_terminal, transient=True) as progress:
            task = progress.add_task("importing", total=size)
            for source in sources:
                counts = ImportCounts()
                try:
                    rows = read_source_file(source, arguments.word, lambda count: progress.advance(task, count))
                    drawings = _read_drawings(rows, source, arguments.licence, now, counts, report)
                    for batch in split_into_pages(drawings, IMPORT_BATCH_SIZE):
                        await _store_batch(dataset, archived, source, batch, counts, report)
                finally:
                    report.file(source, counts)


def _read_drawings(
    rows: Iterator[SourceRow | RefusedRow | DamagedFile],
    source: SourceFile,
    licence: str,
    imported_at: int,
    counts: ImportCounts,
    report: ImportReport,
) -> Iterator[_ImportedDrawing]:
    """Stream the drawings of a file; what is none is counted and reported."""
    for row in rows:
        if isinstance(row, DamagedFile):
            report.damage(source, row.reason)
            return
        counts.read += 1
        if isinstance(row, RefusedRow):
            counts.refused += 1
            report.refuse(source, row.place, row.reason, row.text)
            continue
        try:
            parsed = parse_source_record(row.fields)
            record = record_from_import(parsed, licence, imported_at)
        except Exception as error:
            # Whatever else a value does that nobody thought of costs its line alone.
            counts.refused += 1
            report.refuse(source, row.place, _explain_refusal(error), row.text)
            continue
        counts.empty_strokes += parsed.empty_strokes
        yield _ImportedDrawing(row.place, record, row.text if report.refusals is not None else b"")


def _explain_refusal(error: Exception) -> str:
    if isinstance(error, ValueError):
        return str(error)
    return f"it cannot be stored ({type(error).__name__}: {error})"


async def _store_batch(
    dataset: Dataset,
    archived: npt.NDArray[np.uint64],
    source: SourceFile,
    batch: list[_ImportedDrawing],
    counts: ImportCounts,
    report: ImportReport,
) -> None:
    """Store drawings; counts those that are new, known and refused."""
    is_archived = np.isin(np.array([one.record.key for one in batch], np.uint64), archived).tolist()
    batch = [one for one, known in zip(batch, is_archived, strict=True) if not known]
    counts.known += is_archived.count(True)
    live = await dataset.live()
    outcomes = await asyncio.gather(*(_store_drawing(live, one.record) for one in batch))
    for one, outcome in zip(batch, outcomes, strict=True):
        if outcome is True:
            counts.new += 1
        elif outcome is False:
            counts.known += 1
        else:
            counts.refused += 1
            report.refuse(source, one.place, outcome, one.text)


async def _store_drawing(live: DrawingRepository, record: DrawingRecord) -> bool | str:
    """Store a drawing; returns whether it is new, or why it is refused."""
    try:
        if await live.put(record):
            return True
    except ValueError as error:
        return str(error)
    stored = await live.get(record.key_id)
    if stored is None and record.key_id in live.unreadable:
        return f"what is stored as key_id {record.key_id} cannot be read"
    if stored is not None and not is_same_drawing(stored, record):
        return f"key_id {record.key_id} (or the same strokes) is another drawing's here, of {stored.word!r}"
    return False
