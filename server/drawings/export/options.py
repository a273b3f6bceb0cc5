"""What an export is asked for, as it comes from a command line or a request: bounded, checked, and kept in its journal."""

from __future__ import annotations

import math
import re

import msgspec

from model.data.split import SPLIT_PARTS, assign_part
from server.drawings.export.selection import ExportSelection
from server.drawings.filter import DRAWING_SOURCES, DrawingFilter
from server.drawings.formats.ndjson import format_timestamp
from server.drawings.formats.registry import EXPORT_FORMATS
from server.drawings.formats.writer import sketch_rnn_part
from server.drawings.record import DrawingRecord
from server.export_types import ExportOrder
from server.text import tidy_text

MAX_EXPORT_WORDS = 2000
"""Words that one export may name."""
_SPLIT_PATTERN = re.compile(r"[0-9]{1,3}:[0-9]{1,3}:[0-9]{1,3}")
MAX_SAMPLE_SIZE = 1_000_000
"""Drawings that a sample may have."""
LATEST_TIMESTAMP_MS = 253_402_300_799_000
"""ms since 1970 at the end of the year 9999: what a date can say."""


class ExportOptions(ExportOrder, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """An export whose fields fit together."""

    def __post_init__(self) -> None:
        """Refuse what cannot be meant. Raises ValueError."""
        if self.format not in EXPORT_FORMATS:
            raise ValueError(f"format must be one of {', '.join(EXPORT_FORMATS)}, not {self.format!r}")
        if self.source not in DRAWING_SOURCES:
            raise ValueError(f"source must be one of {', '.join(DRAWING_SOURCES)}, not {self.source!r}")
        for name in ("since", "until", "min_ink"):
            value = getattr(self, name)
            if value is not None and not math.isfinite(value):
                raise ValueError(f"{name} must be a finite number")
        for name in ("since", "until"):
            value = getattr(self, name)
            if value is not None and not 0 <= value <= LATEST_TIMESTAMP_MS:
                raise ValueError(f"{name} must be milliseconds since 1970 (UTC), up to the year 9999")
        if self.min_ink is not None and self.min_ink < 0:
            raise ValueError("min_ink must not be below 0")
        for name in ("max_doubt", "min_hit"):
            value = getattr(self, name)
            if value is not None and not 0 <= value <= 1:
                raise ValueError(f"{name} must be 0 to 1")
        if self.limit is not None and self.limit < 1:
            raise ValueError("limit must be at least 1")
        if self.sample is not None and not 1 <= self.sample <= MAX_SAMPLE_SIZE:
            raise ValueError(f"sample must be 1 to {MAX_SAMPLE_SIZE}")
        if not 0 <= self.seed < 2**53:
            raise ValueError("seed must be 0 or more, below 2^53")
        if self.split is not None and not (
            _SPLIT_PATTERN.fullmatch(self.split) and any(map(int, self.split.split(":")))
        ):
            raise ValueError("split must be shares of train, validation and test, such as 78:10:12")
        if self.since is not None and self.until is not None and self.since >= self.until:
            raise ValueError("since must be before until")
        if self.words is not None and not 1 <= len(self.words) <= MAX_EXPORT_WORDS:
            raise ValueError(f"words must be 1 to {MAX_EXPORT_WORDS}")

    def filter(self, now: float) -> DrawingFilter:
        """Return which drawings are wanted: none that were finished after now, so that resuming finds the same ones."""
        return DrawingFilter(
            words=None if self.words is None else tuple(sorted(set(map(tidy_text, self.words)))),
            since=self.since,
            until=now if self.until is None else min(self.until, now),
            recognized=self.recognized,
            model=self.model,
            source=self.source,
            finished=self.finished,
            min_ink=self.min_ink,
            dated=self.since is not None or self.until is not None,
            max_doubt=self.max_doubt,
            min_hit=self.min_hit,
        )

    def selection(self, now: float) -> ExportSelection:
        """Return which drawings are taken."""
        return ExportSelection(
            self.filter(now),
            timed=EXPORT_FORMATS[self.format].timed and not self.untimed,
            dedup=self.dedup,
            sample=self.sample,
            limit=self.limit,
            seed=self.seed,
        )

    @property
    def parts(self) -> tuple[str, ...]:
        """The folders that a word's drawings go into, by their part; "" for the export's own folder."""
        kind = EXPORT_FORMATS[self.format]
        if kind.parts_inside:
            return ("",)
        return SPLIT_PARTS if self.split is not None else ("train",) if kind.always_in_parts else ("",)

    def part_of(self, record: DrawingRecord) -> str:
        """Return the part a drawing belongs to: all drawings of a person to one."""
        if self.split is None:
            return sketch_rnn_part(record) if EXPORT_FORMATS[self.format].parts_inside else self.parts[0]
        train, validation, test = map(int, self.split.split(":"))
        total = train + validation + test
        return assign_part(record.person, (train / total, validation / total, test / total))


decode_export_options = msgspec.json.Decoder(ExportOptions).decode


def export_command_line(options: ExportOptions) -> list[str]:
    """Return the command line of an export."""
    words = ["--format", options.format, "--source", options.source]
    for word in options.words or ():
        words += [f"--word={word}"]
    for name in ("since", "until"):
        value = getattr(options, name)
        if value is not None:
            words += [f"--{name}", format_timestamp(int(value)).removesuffix("00 UTC") + "Z"]
    if options.recognized is not None:
        words += ["--recognized", "true" if options.recognized else "false"]
    if options.model is not None:
        words += [f"--model={options.model}"]
    if options.min_ink is not None:
        words += [f"--min-ink={options.min_ink}"]
    for name in ("max_doubt", "min_hit", "limit", "sample", "split"):
        if (value := getattr(options, name)) is not None:
            words += [f"--{name.replace('_', '-')}={value}"]
    words += [f"--seed={options.seed}"]
    flags = ("finished", "dedup", "provenance", "stable_players", "untimed")
    return words + [f"--{flag.replace('_', '-')}" for flag in flags if getattr(options, flag)]
