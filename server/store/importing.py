"""`inkling import`: drawings in the official raw or simplified ndjson into the collection, each of them once."""

from __future__ import annotations

import argparse
import asyncio
import gzip
import json
import sys
import unicodedata
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from msgspec import Struct
from rich.console import Console
from rich.progress import Progress

from model.simplify import simplify
from server.rooms.ports import StoreAway
from server.store import inkbytes
from server.store.binary import NoRedis
from server.store.dataset import Dataset, open_dataset
from server.store.kept import Kept, key_of
from server.store.paging import pages
from server.store.reached import add_data_dir, erased_file, reached_redis
from server.text import IMPORTED_LENGTH, clean

TOGETHER = 100
MAX_LINE = 8 * 1024 * 1024
FINE = 1000
"""Official raw files have three decimals."""
FARTHEST = 1_000_000
"""Coordinates and times beyond it are no drawing's (times: ms; 16 minutes)."""
SHOWN = 10
UNSPECIFIED = "unspecified"


class Row(Struct):
    """One line of a file; other keys are passed over."""

    word: str
    drawing: list[list[list[float]]]
    key_id: str | int | None = None
    recognized: bool = False
    timestamp: str = ""
    provenance: dict[str, Any] | None = None


@dataclass(slots=True)
class Tally:
    """How an import went."""

    read: int = 0
    new: int = 0
    known: int = 0
    """There already, archived, or erased."""
    refused: int = 0
    errors: list[str] = field(default_factory=list)


_row = msgspec.json.Decoder(Row).decode


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of `inkling import`."""
    parser.add_argument(
        "paths", nargs="+", type=Path, metavar="PATH", help=".ndjson or .ndjson.gz files, or folders of them"
    )
    parser.add_argument(
        "--licence", default=UNSPECIFIED, metavar="TEXT", help="of drawings that name none (default: %(default)s)"
    )
    parser.add_argument("--json", action="store_true", help="one JSON object a line on stdout")
    add_data_dir(parser)


def run(arguments: argparse.Namespace) -> int:
    """Import; returns 0, or 1 when a file, a line or Redis failed. What could be read is in the collection then."""
    try:
        files = files_of(arguments.paths)
        with reached_redis(arguments.data_dir) as url:
            tally = asyncio.run(_import(url, files, arguments))
    except (NoRedis, StoreAway, OSError, EOFError) as error:
        print(f"Import failed: {error}. The same command again goes on: nothing comes twice.", file=sys.stderr)
        return 1
    for line in tally.errors:
        print(line, file=sys.stderr)
    told = {name: count for name, count in asdict(tally).items() if name != "errors"}
    if arguments.json:
        print(json.dumps(told))
    else:
        print(f"{tally.new:>8}  drawings imported; {tally.known} were known or erased, {tally.refused} refused")
    return 1 if tally.refused else 0


def files_of(paths: list[Path]) -> list[Path]:
    """List the files, folders opened. Raises ValueError for a path that holds none."""
    found = []
    for path in paths:
        if path.is_dir():
            inside = sorted(file for file in path.iterdir() if file.name.endswith((".ndjson", ".ndjson.gz")))
            if not inside:
                raise ValueError(f"there is no .ndjson or .ndjson.gz file in {path}")
            found += inside
        elif path.is_file():
            found.append(path)
        else:
            raise ValueError(f"there is no file or folder {path}")
    return found


async def _import(url: str, files: list[Path], arguments: argparse.Namespace) -> Tally:
    tally = Tally()
    console = Console(stderr=True)
    async with open_dataset(url, erased_file(arguments.data_dir)) as dataset:
        archived = {int(name) async for page in dataset.archives.names() for name, _, _ in page}
        size = sum(path.stat().st_size for path in files)
        with Progress(console=console, disable=not console.is_terminal, transient=True) as progress:
            task = progress.add_task("importing", total=size)
            for path in files:
                for batch in pages(_drawings(path, arguments.licence, tally), TOGETHER):
                    fresh = [kept for kept in batch if kept.key not in archived]
                    tally.known += len(batch) - len(fresh)
                    await _put(dataset, fresh, tally)
                progress.advance(task, path.stat().st_size)
    return tally


async def _put(dataset: Dataset, batch: list[Kept], tally: Tally) -> None:
    fresh = await asyncio.gather(*(dataset.collection.put(kept) for kept in batch))
    tally.new += sum(fresh)
    tally.known += len(fresh) - sum(fresh)


def _drawings(path: Path, licence: str, tally: Tally) -> Iterator[Kept]:
    with gzip.open(path, "rb") if path.suffix == ".gz" else path.open("rb") as file:
        number = 0
        while line := file.readline(MAX_LINE):
            number += 1
            if not line.strip():
                continue
            tally.read += 1
            try:
                if len(line) == MAX_LINE:
                    raise ValueError(f"a line is longer than {MAX_LINE} bytes")
                yield drawing_of(_row(line), licence)
            except (ValueError, msgspec.DecodeError) as error:
                tally.refused += 1
                if len(tally.errors) < SHOWN:
                    tally.errors.append(f"{path.name}:{number}: {error}")


def drawing_of(row: Row, licence: str) -> Kept:
    """Turn a line into a record. Raises ValueError where it is no drawing."""
    word = clean(row.word, IMPORTED_LENGTH)
    if word is None or any(unicodedata.category(letter) == "Cc" for letter in row.word):
        raise ValueError(f"the word must have 1 to {IMPORTED_LENGTH} visible characters")
    strokes = [stroke for stroke in row.drawing if stroke and stroke[0]]
    axes = {len(stroke) for stroke in strokes}
    if not strokes or axes not in ({2}, {3}):
        raise ValueError("drawing must be strokes of [[x…], [y…]] or [[x…], [y…], [t…]]")
    if any(len({len(axis) for axis in stroke}) != 1 for stroke in strokes):
        raise ValueError("the axes of a stroke differ in length")
    flat = np.concatenate([axis for stroke in strokes for axis in stroke])
    if not np.isfinite(flat).all() or np.abs(flat).max() > FARTHEST:
        raise ValueError(f"a coordinate or time is beyond {FARTHEST}")
    timed = axes == {3}
    places = np.concatenate([axis for stroke in strokes for axis in stroke[:2]])
    whole = bool((places == np.rint(places)).all())
    unit = 1 if whole else FINE
    ink = [
        [np.rint(np.asarray(axis) * (unit if place < 2 else 1)).astype(np.int64) for place, axis in enumerate(stroke)]
        for stroke in strokes
    ]
    simple = not timed and whole and places.min() >= 0 and places.max() <= 255
    own = row.provenance.get("licence") if row.provenance is not None else None
    return Kept(
        key=_key(row, strokes, simple),
        word=word,
        at=_at(row.timestamp),
        recognized=row.recognized,
        ink=inkbytes.pack(ink, timed=timed),
        source="import",
        licence=own if isinstance(own, str) and own else licence,
        consent=False,
        unit=unit,
        form="simplified" if simple else "raw",
    )


def _key(row: Row, strokes: list[list[list[float]]], simple: bool) -> int:
    if row.key_id not in (None, ""):
        key = int(row.key_id)
        if not 0 <= key < 2**64:
            raise ValueError("key_id must be a 64-bit number")
        return key
    plain = [[[int(value) for value in axis] for axis in stroke] for stroke in strokes] if simple else simplify(strokes)
    return key_of(json.dumps(plain))


def _at(stamp: str) -> int:
    """Read a moment as official files write it (ms); 0 without one."""
    if not stamp:
        return 0
    try:
        read = datetime.fromisoformat(_six_decimals(stamp.removesuffix(" UTC")))
    except ValueError:
        raise ValueError(f"timestamp {stamp[:40]!r} is none such as 2017-03-01 20:41:36.70725 UTC") from None
    return max(0, int((read if read.tzinfo else read.replace(tzinfo=UTC)).timestamp() * 1000 + 1e-6))


def _six_decimals(stamp: str) -> str:
    whole, dot, part = stamp.partition(".")
    return f"{whole}.{part:0<6}"[: len(whole) + 7] if dot and part.isdecimal() else stamp
