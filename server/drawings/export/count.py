"""`inkling export --count`: what the collection holds, word by word, before anybody writes it to a disk."""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import time
from array import array
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from model.ink.strokes import count_points, ink_length
from server.db.private.binary import NoRedis
from server.db.private.locate import locate_redis
from server.drawings.dataset import Dataset, open_dataset
from server.drawings.export.folder.files import write_atomically
from server.drawings.export.options import ExportOptions
from server.drawings.export.selection import batch_drawings, stroke_hash
from server.drawings.export.writer import explain_empty_filter
from server.drawings.folders import tombstone_file
from server.drawings.formats.ndjson import simplify_drawings
from server.drawings.record import DrawingRecord
from server.game.inkling import thresholds
from server.rooms.ports import StoreUnavailable

JUNK_BELOW_INK_LENGTH = 200.0
"""Pen-down length below which a drawing looks like junk; the canvas is 4096 wide. Imports: fewer than `JUNK_BELOW_POINTS` points."""
JUNK_BELOW_POINTS = 3
"""Points of a drawing below which it looks like junk."""
MAX_DRAWINGS_IN_MEAN = 1000
"""A mean picture is that of the first ones of a word."""
MAX_JUNK_EXAMPLES = 60
"""Drawings that look like junk which the report shows."""

JunkExample = tuple[DrawingRecord, str]


@dataclass(slots=True)
class WordCounts:
    """What is counted of a word, or of all."""

    word: str
    drawings: int = 0
    people: set[str] = field(default_factory=set)
    asked: int = 0
    """Drawings of which it is known whether they were recognised."""
    recognized: int = 0
    times: array[int] = field(default_factory=lambda: array("q"))
    """ms from the first point to the hit."""
    devices: Counter[str] = field(default_factory=Counter)
    sources: Counter[str] = field(default_factory=Counter)
    junk: Counter[str] = field(default_factory=Counter)
    ink: npt.NDArray[np.float64] = field(default_factory=lambda: np.zeros((28, 28)))
    pictured: int = 0

    def add(self, record: DrawingRecord, reasons: list[str]) -> None:
        """Count a drawing; `reasons` say why it looks like junk."""
        self.drawings += 1
        if record.player:
            self.people.add(record.player)
        self.asked += record.recognized is not None
        self.recognized += bool(record.recognized)
        if record.recognized and record.hit_at is not None:
            self.times.append(max(0, record.hit_at - record.first_point_at))
        self.devices[record.pointer or "unknown"] += 1
        self.sources[record.source] += 1
        self.junk.update(reasons)
        self.junk["any"] += bool(reasons)

    def figures(self) -> dict[str, Any]:
        """Return the figures; None where there is nothing to tell."""
        return {
            "word": self.word, "drawings": self.drawings, "people": len(self.people),
            "hit_rate": round(self.recognized / self.asked, 4) if self.asked else None,
            "hit_ms_median": _quantile(self.times, 0.5), "hit_ms_p90": _quantile(self.times, 0.9),
            "junk": self.junk["any"], "junk_because": {name: n for name, n in sorted(self.junk.items()) if name != "any" and n},
            "devices": dict(self.devices.most_common()), "sources": dict(self.sources.most_common()),
        }  # fmt: skip

    @property
    def mean(self) -> npt.NDArray[np.float64]:
        """The mean picture, 28 × 28, 0 is paper and 255 ink."""
        return self.ink / max(self.pictured, 1)


def print_collection_counts(arguments: argparse.Namespace, options: ExportOptions) -> int:
    """Print the table, and write the report if it is asked for; returns 0, or 1 if Redis is away or there is nothing."""
    try:
        if arguments.report is not None and not arguments.force:
            _refuse_foreign_report(arguments.report)
        with locate_redis(arguments.data_dir) as url:
            counts, total, junk, why = asyncio.run(_count_collection(url, arguments, options))
        if arguments.report is not None:
            from server.drawings.export.count_report import render_count_report

            write_atomically(arguments.report, render_count_report(counts, total, junk).encode())
    except (NoRedis, StoreUnavailable, OSError) as error:
        print(f"Counting failed: {error}", file=sys.stderr)
        return 1
    for line in _format_table(counts, total, arguments.json):
        print(line)
    for reason in why:
        print(f"Nothing is there: {reason}.", file=sys.stderr)
    return 0 if total.drawings or arguments.allow_empty else 1


def _refuse_foreign_report(path: Path) -> None:
    """Refuse to write over what is no report. Raises FileExistsError, OSError."""
    from server.drawings.export.count_report import REPORT_TITLE

    for file in (path, path.with_name(path.name + ".new")):  # `write_atomically` writes the second one first
        if file.is_symlink() or file.exists():
            with file.open("rb") as begun:
                if REPORT_TITLE.encode() not in begun.read(4096):
                    raise FileExistsError(f"{file} is no report of a collection; --force replaces it")


async def _count_collection(
    url: str, arguments: argparse.Namespace, options: ExportOptions
) -> tuple[list[WordCounts], WordCounts, list[JunkExample], list[str]]:
    now = time.time() * 1000
    counts, total, junk = list[WordCounts](), WordCounts(""), list[JunkExample]()
    async with open_dataset(url, tombstone_file(arguments.data_dir)) as dataset:
        for word in await dataset.words(options.filter(now)):
            counted = await count_word(dataset, options, now, word, total, junk)
            counts += [counted] if counted.drawings else []
        why = [] if counts else await explain_empty_filter(dataset, options.filter(now))
    return counts, total, junk, why


async def count_word(
    dataset: Dataset, options: ExportOptions, now: float, word: str, total: WordCounts, junk: list[JunkExample]
) -> WordCounts:
    """Count a word's drawings, in `total` too; the first ones of all that look like junk come into `junk`. Raises StoreUnavailable."""
    from server.drawings.formats.binary import draw_bitmap

    counted, seen = WordCounts(word), set[int]()
    async for batch in batch_drawings(options.selection(now).of_word(dataset, word, Counter())):
        for record, strokes in zip(batch, simplify_drawings(batch), strict=True):
            reasons, name = junk_reasons(record), stroke_hash(strokes)
            reasons += ["repeated"] if name in seen else []
            seen.add(name)
            for each in (counted, total):
                each.add(record, reasons)
            if counted.pictured < MAX_DRAWINGS_IN_MEAN:
                counted.ink += draw_bitmap(strokes)
                counted.pictured += 1
            if reasons and len(junk) < MAX_JUNK_EXAMPLES:
                junk.append((record, ", ".join(reasons)))
    return counted


def junk_reasons(record: DrawingRecord) -> list[str]:
    """Say why a drawing looks like junk by itself: little ink, or the network doubts it."""
    little = count_points(record.arrays) < JUNK_BELOW_POINTS or (
        record.source != "import" and ink_length(record.arrays) < JUNK_BELOW_INK_LENGTH
    )
    doubted = record.last_doubt is not None and record.last_doubt >= thresholds.NO_IDEA_DOUBT
    return [reason for reason, is_so in (("little ink", little), ("doubted", doubted)) if is_so]


def _format_table(counts: list[WordCounts], total: WordCounts, as_json: bool) -> list[str]:
    rows = [each.figures() for each in (*counts, total)]
    if as_json:
        return [json.dumps(one, ensure_ascii=False) for one in rows]
    rows[-1]["word"] = "(all)"
    head = f"{'drawings':>9} {'people':>7} {'hit':>5} {'median':>7} {'p90':>7} {'junk':>6}  word"
    return [head, *(
        f"{one['drawings']:>9} {one['people']:>7} {format_percent(one['hit_rate']):>5} {format_seconds(one['hit_ms_median']):>7} "
        f"{format_seconds(one['hit_ms_p90']):>7} {one['junk']:>6}  {one['word']}"
        for one in rows
    )]  # fmt: skip


def format_percent(value: float | None) -> str:
    """Write a share in percent."""
    return "–" if value is None else f"{value:.0%}"


def format_seconds(millis: int | None) -> str:
    """Write a time in seconds."""
    return "–" if millis is None else f"{millis / 1000:.1f} s"


def _quantile(times: array[int], share: float) -> int | None:
    return round(float(np.quantile(np.asarray(times), share))) if times else None
