"""`inkling export`: streams the collection into files that readers of Quick, Draw! understand."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import hashlib
import json
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO

from rich.console import Console
from rich.progress import Progress

from server.rooms.ports import StoreAway
from server.store import raw
from server.store.binary import NoRedis
from server.store.choice import SOURCES, Choice
from server.store.collection import Collection
from server.store.kept import Kept
from server.store.pipe import Pipe
from server.store.reached import add_data_dir, reached_redis

FORMATS = ("raw",)
SCHEMA = "inkling-export/1"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of `inkling export`."""
    parser.add_argument("--format", required=True, choices=FORMATS, help="one <word>.ndjson a word, with timing")
    parser.add_argument("--out", required=True, type=Path, metavar="DIR", help="folder for files and manifest.json")
    parser.add_argument("--word", action="append", metavar="W", help="only this word; may be repeated")
    parser.add_argument("--since", type=moment, metavar="T", help="made at T (UTC) or later: 2026-11-21[T03:00]")
    parser.add_argument("--until", type=moment, metavar="T", help="made before T")
    parser.add_argument("--recognized", choices=("true", "false"), help="only drawings that were hit, or were not")
    parser.add_argument("--model", metavar="V", help="only drawings this version of the network guessed at")
    parser.add_argument("--source", choices=SOURCES, default="player", help="who drew (default: player)")
    parser.add_argument("--finished", action="store_true", help="only drawings their players ended themselves")
    parser.add_argument("--min-ink", type=float, metavar="L", help="pen-down length; the canvas is 4096 wide")
    parser.add_argument("--provenance", action="store_true", help="add how each drawing came to be")
    parser.add_argument("--json", action="store_true", help="one JSON object a line on stdout")
    add_data_dir(parser)


def moment(text: str) -> float:
    """Read a time as ISO 8601, UTC unless it says otherwise; returns ms since 1970."""
    try:
        read = datetime.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no time such as 2026-11-21 or 2026-11-21T03:00") from None
    return (read if read.tzinfo else read.replace(tzinfo=UTC)).timestamp() * 1000


@dataclass(slots=True)
class Tally:
    """What the manifest says about the drawings."""

    files: list[dict[str, Any]] = field(default_factory=list)
    drawings: int = 0
    recognized: int = 0
    models: set[str] = field(default_factory=set)
    licences: set[str] = field(default_factory=set)

    def count(self, kept: Kept) -> None:
        """Count one drawing in."""
        self.drawings += 1
        self.recognized += kept.recognized
        self.models.update(kept.models)
        self.licences.add(kept.licence)


class Sheet:
    """One file being written: it gets its name when it is complete, and exists only if it has lines."""

    def __init__(self, folder: Path, name: str) -> None:
        self.path = folder / name
        self.lines = self.bytes = 0
        self._part = folder / (name + ".part")
        self._file: BinaryIO | None = None
        self._hash = hashlib.sha256()

    def write(self, line: bytes) -> None:
        """Add one line."""
        if self._file is None:
            self._file = self._part.open("wb")
        self._file.write(line + b"\n")
        self._hash.update(line + b"\n")
        self.lines += 1
        self.bytes += len(line) + 1

    def close(self) -> dict[str, Any] | None:
        """Complete the file; returns its line in the manifest."""
        if self._file is None:
            return None
        self._file.close()
        self._part.replace(self.path)
        return {
            "file": self.path.name, "drawings": self.lines, "bytes": self.bytes, "sha256": self._hash.hexdigest(),
        }  # fmt: skip


def run(arguments: argparse.Namespace) -> int:
    """Export; returns 0, or 1 when Redis is not to be had or the folder cannot be written."""
    console = Console(stderr=True)
    try:
        with reached_redis(arguments.data_dir) as url:
            manifest = asyncio.run(_export(url, arguments, console))
    except (NoRedis, StoreAway, OSError) as error:
        print(f"Export failed: {error}", file=sys.stderr)
        return 1
    _say(arguments.json, {"manifest": str(arguments.out / "manifest.json"), **manifest["counts"]})
    return 0


async def _export(url: str, arguments: argparse.Namespace, console: Console) -> dict[str, Any]:
    wanted = _filter_of(arguments)
    pipe = Pipe(url)
    try:
        tally = await _write(Collection(pipe), wanted, arguments, console)
    finally:
        await pipe.close()
    manifest = _manifest(wanted, arguments, tally)
    path = arguments.out / "manifest.json"
    path.write_text(json.dumps(manifest, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    return manifest


async def _write(collection: Collection, wanted: Choice, arguments: argparse.Namespace, console: Console) -> Tally:
    since = float("-inf") if wanted.since is None else wanted.since
    until = float("inf") if wanted.until is None else wanted.until
    words = tuple(sorted(set(wanted.words))) if wanted.words is not None else await collection.words()
    sizes = {word: await collection.count_of(word, since, until) for word in words}
    _clear(arguments.out)
    tally = Tally()
    with _progress(console, sum(sizes.values())) as advance:
        for word in words:
            sheet = Sheet(arguments.out, raw.file_of(word))
            async for kept in collection.of_word(word, since, until):
                if wanted.wants(kept):
                    sheet.write(raw.line_of(kept, arguments.provenance))
                    tally.count(kept)
                advance()
            line = sheet.close()
            if line is not None:
                tally.files.append({"word": word, **line})
                _say(arguments.json, tally.files[-1])
    return tally


@contextlib.contextmanager
def _progress(console: Console, total: int) -> Iterator[Any]:
    with Progress(console=console, disable=not console.is_terminal, transient=True) as progress:
        task = progress.add_task("exporting", total=total)
        yield lambda: progress.advance(task)


def _filter_of(arguments: argparse.Namespace) -> Choice:
    return Choice(
        words=None if arguments.word is None else tuple(arguments.word),
        since=arguments.since,
        until=arguments.until,
        recognized=None if arguments.recognized is None else arguments.recognized == "true",
        model=arguments.model,
        source=arguments.source,
        finished=arguments.finished,
        min_ink=arguments.min_ink,
    )


def _manifest(wanted: Choice, arguments: argparse.Namespace, tally: Tally) -> dict[str, Any]:
    return {
        "schema": SCHEMA,
        "format": arguments.format,
        "made": raw.timestamp_of(int(time.time() * 1000)),
        "canvas": "x and y are integers in 0..4095, t is milliseconds since the drawing's first point",
        "filters": {
            "words": wanted.words,
            "since": None if wanted.since is None else raw.timestamp_of(int(wanted.since)),
            "until": None if wanted.until is None else raw.timestamp_of(int(wanted.until)),
            "recognized": wanted.recognized,
            "model": wanted.model,
            "source": wanted.source,
            "finished": wanted.finished,
            "min_ink": wanted.min_ink,
        },
        "provenance": arguments.provenance,
        "licence": sorted(tally.licences),
        "models": sorted(tally.models),
        "counts": {"drawings": tally.drawings, "words": len(tally.files), "recognized": tally.recognized},
        "files": tally.files,
    }


def _clear(folder: Path) -> None:
    """Make the folder; remove what an earlier export wrote there, and only that."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "manifest.json"
    with contextlib.suppress(FileNotFoundError, ValueError, KeyError, TypeError):
        manifest = json.loads(path.read_text(encoding="utf-8"))
        if manifest["schema"] == SCHEMA:
            for line in manifest["files"]:
                (folder / Path(line["file"]).name).unlink(missing_ok=True)
            path.unlink()


def _say(as_json: bool, record: dict[str, Any]) -> None:
    if as_json:
        print(json.dumps(record, ensure_ascii=False), flush=True)
    elif "file" in record:
        print(f"{record['drawings']:>8}  {record['file']}")
    else:
        print(f"{record['drawings']:>8}  drawings of {record['words']} words; see {record['manifest']}")
    sys.stdout.flush()
