"""`inkling export`: streams the collection into files that readers of Quick, Draw! understand, or counts it."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from server.commands.time_argument import parse_time_argument
from server.db.private.binary import NoRedis
from server.db.private.locate import add_data_dir_argument, locate_redis
from server.drawings.dataset import open_dataset
from server.drawings.export.count import print_collection_counts
from server.drawings.export.folder.journal import ExportFileEntry, read_journal
from server.drawings.export.folder.lock import ExportBusy, ForeignFilesInTheWay, lock_export_folder
from server.drawings.export.folder.ownership import summarize_names
from server.drawings.export.options import ExportOptions
from server.drawings.export.writer import NothingToExport, begin_export, write_export
from server.drawings.filter import DRAWING_SOURCES
from server.drawings.folders import tombstone_file
from server.drawings.formats.registry import EXPORT_FORMATS
from server.rooms.ports import StoreUnavailable

CSV_FORMULA_PREFIXES = "=+-@\t\r"
"""What a cell of CSV begins with that a spreadsheet reckons with."""
DEFAULT_SPLIT = "78:10:12"
"""The shares of retraining: what trained a network here is in no test part of an export."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of `inkling export`."""
    about = "; ".join(f"{name}: {kind.about}" for name, kind in EXPORT_FORMATS.items())
    parser.add_argument("--format", choices=EXPORT_FORMATS, help=about)
    parser.add_argument("--out", type=Path, metavar="DIR", help="folder for files and manifest.json")
    parser.add_argument("--count", action="store_true", help="instead of files: a table of what would be exported")
    parser.add_argument("--report", type=Path, metavar="FILE", help="with --count: also a page (HTML) with pictures")
    parser.add_argument("--word", action="append", metavar="W", help="only this word; may be repeated")
    parser.add_argument(
        "--since", type=parse_time_argument, metavar="T", help="made at T (UTC) or later: 2026-11-21[T03:00]"
    )
    parser.add_argument("--until", type=parse_time_argument, metavar="T", help="made before T")
    parser.add_argument("--recognized", choices=("true", "false"), help="only drawings that were hit, or were not")
    parser.add_argument("--model", metavar="V", help="only drawings this version of the network guessed at")
    parser.add_argument("--source", choices=DRAWING_SOURCES, default="player", help="who drew (default: player)")
    parser.add_argument("--finished", action="store_true", help="only drawings their players ended themselves")
    parser.add_argument("--min-ink", type=float, metavar="L", help="pen-down length; the canvas is 4096 wide")
    parser.add_argument(
        "--max-doubt",
        type=float,
        metavar="P",
        help="the network's last doubt that it is a drawing is at most P (0 to 1)",
    )
    parser.add_argument("--min-hit", type=float, metavar="P", help="the network once gave the word P or more (0 to 1)")
    parser.add_argument(
        "--dedup", action="store_true", help="of a word's drawings with the same strokes only the first"
    )
    parser.add_argument("--limit", type=int, metavar="N", help="the first N drawings of each word")
    parser.add_argument("--sample", type=int, metavar="N", help="N drawings of each word at random")
    parser.add_argument("--seed", type=int, default=0, metavar="S", help="another sample (default: 0)")
    parser.add_argument(
        "--split", nargs="?", const=DEFAULT_SPLIT, metavar="A:B:C",
        help=f"folders train, validation, test in these shares (default: {DEFAULT_SPLIT}), each person in one of them",
    )  # fmt: skip
    parser.add_argument(
        "--provenance",
        action="store_true",
        help="add how each drawing came to be (ndjson, parquet, webdataset, imagefolder)",
    )
    parser.add_argument(
        "--stable-players", action="store_true", help="name players alike in every export, not at random"
    )
    parser.add_argument("--untimed", action="store_true", help="raw: also drawings without times (t is null)")
    parser.add_argument("--resume", action="store_true", help="go on with an interrupted export of the same options")
    parser.add_argument(
        "--renewable", action="store_true", help="leave the journal: --resume then drops what was erased since"
    )
    parser.add_argument(
        "--force",
        action="store_true",
        help="replace files (no folders) in the way that no export wrote, and say which; with --report, any file",
    )
    parser.add_argument("--allow-empty", action="store_true", help="end with 0 also when no drawing was found")
    parser.add_argument("--json", action="store_true", help="one JSON object a line on stdout")
    add_data_dir_argument(parser)


def run(arguments: argparse.Namespace) -> int:
    """Export; returns 0, or 1 when Redis is not to be had, the folder cannot be written, or no drawing was found.

    Raises ValueError for options that do not fit together.
    """
    if arguments.count:
        return print_collection_counts(arguments, export_options_from(arguments, arguments.format or "raw"))
    if arguments.format is None or arguments.out is None:
        raise ValueError("--format and --out are needed (or --count, to see what there is)")
    if arguments.report is not None:
        raise ValueError("--report goes with --count")
    options = export_options_from(arguments, arguments.format)
    console = Console(stderr=True)
    previous = signal.signal(signal.SIGTERM, _raise_interrupt) if _in_main_thread() else None
    try:
        with lock_export_folder(arguments.out), locate_redis(arguments.data_dir) as url:
            manifest = asyncio.run(_export(url, arguments, options, console))
    except (NoRedis, StoreUnavailable, OSError, ExportBusy, ForeignFilesInTheWay) as error:
        print(f"Export failed: {error}{_resume_hint(arguments.out)}", file=sys.stderr)
        return 1
    except NothingToExport as nothing:
        for reason in nothing.args:
            print(f"Nothing was exported: {reason}.", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print(f"Interrupted{_resume_hint(arguments.out)}", file=sys.stderr)
        raise
    finally:
        if previous is not None:
            signal.signal(signal.SIGTERM, previous)
    _print_record(arguments.json, {"manifest": str(arguments.out / "manifest.json"), **manifest["counts"]})
    if options.format == "csv" and (
        words := [file["word"] for file in manifest["files"] if file["word"][0] in CSV_FORMULA_PREFIXES]
    ):
        print(
            f"A spreadsheet takes these words for formulas, import the column as text: {summarize_names(words)}",
            file=sys.stderr,
        )
    if without := manifest["left_out"]["without_times"]:
        print(f"{without} drawings without times were left out; --untimed exports them with t null.", file=sys.stderr)
    if repeated := manifest["left_out"]["repeated"]:
        print(f"{repeated} drawings with the same strokes as another one of their word were left out.", file=sys.stderr)
    for reason in manifest["empty_because"]:
        print(f"Nothing was exported: {reason}.", file=sys.stderr)
    return 0


def _in_main_thread() -> bool:
    import threading

    return threading.current_thread() is threading.main_thread()


def _raise_interrupt(*_: object) -> None:
    raise KeyboardInterrupt


def _resume_hint(folder: Path) -> str:
    journal = read_journal(folder)
    if journal is None:
        return ""
    return f". {len(journal.files)} files are complete; the same command with --resume goes on."


def export_options_from(arguments: argparse.Namespace, format: str) -> ExportOptions:
    """Return what the command line asks for. Raises ValueError for what cannot be meant."""
    return ExportOptions(
        format=format,
        words=arguments.word,
        since=arguments.since,
        until=arguments.until,
        recognized=None if arguments.recognized is None else arguments.recognized == "true",
        model=arguments.model,
        source=arguments.source,
        finished=arguments.finished,
        min_ink=arguments.min_ink,
        provenance=arguments.provenance,
        stable_players=arguments.stable_players,
        max_doubt=arguments.max_doubt,
        min_hit=arguments.min_hit,
        dedup=arguments.dedup,
        limit=arguments.limit,
        sample=arguments.sample,
        seed=arguments.seed,
        split=arguments.split,
        untimed=arguments.untimed or arguments.count,
    )


async def _export(url: str, arguments: argparse.Namespace, options: ExportOptions, console: Console) -> dict[str, Any]:
    force = (lambda said: print(said, file=sys.stderr)) if arguments.force else None
    async with open_dataset(url, tombstone_file(arguments.data_dir)) as dataset:
        journal = await begin_export(dataset, arguments.out, options, arguments.resume, force, arguments.allow_empty)
        with _progress(console, journal.expected, sum(file.drawings for file in journal.files)) as advance:
            manifest = await write_export(
                dataset,
                arguments.out,
                journal,
                advance,
                lambda file: _print_record(arguments.json, _file_summary(file)),
                arguments.renewable,
            )
    for folder in manifest["archives_missing"]:
        print(f"The archive {folder} is not there now: its drawings are not in this export.", file=sys.stderr)
    for file in manifest["archives_damaged"]:
        print(f"A file of an archive cannot be read: what follows in it is not in this export: {file}", file=sys.stderr)
    return manifest


def _file_summary(file: ExportFileEntry) -> dict[str, Any]:
    return {
        "word": file.word, "file": file.file, "drawings": file.drawings, "bytes": file.bytes, "sha256": file.sha256,
    }  # fmt: skip


@contextlib.contextmanager
def _progress(console: Console, total: int, done: int) -> Iterator[Any]:
    columns = (TextColumn("exporting"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, disable=not console.is_terminal, transient=True) as progress:
        task = progress.add_task("exporting", total=total, completed=done)
        yield lambda: progress.advance(task)


def _print_record(as_json: bool, record: dict[str, Any]) -> None:
    if as_json:
        print(json.dumps(record, ensure_ascii=False))
    elif "file" in record:
        print(f"{record['drawings']:>8}  {record['file']}")
    else:
        print(f"{record['drawings']:>8}  drawings of {record['words']} words; see {record['manifest']}")
    sys.stdout.flush()
