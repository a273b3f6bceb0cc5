"""What an export is asked for, as it comes from a command line or a request: bounded, checked, and kept in its journal."""

from __future__ import annotations

import math
import re

import msgspec

from model.data.split import PARTS, part_of
from server.api_types import ExportOrder
from server.drawings.filter import SOURCES, DrawingFilter
from server.drawings.formats import FORMATS, sketch_part
from server.drawings.record import Kept
from server.drawings.selection import Selection
from server.text import tidy

MAX_WORDS = 2000
_SPLIT = re.compile(r"[0-9]{1,3}:[0-9]{1,3}:[0-9]{1,3}")
MAX_SAMPLE = 1_000_000
LATEST = 253_402_300_799_000
"""ms since 1970 at the end of the year 9999: what a date can say."""


class ExportOptions(ExportOrder, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """An export whose fields fit together."""

    def __post_init__(self) -> None:
        """Refuse what cannot be meant. Raises ValueError."""
        if self.format not in FORMATS:
            raise ValueError(f"format must be one of {', '.join(FORMATS)}, not {self.format!r}")
        if self.source not in SOURCES:
            raise ValueError(f"source must be one of {', '.join(SOURCES)}, not {self.source!r}")
        for name in ("since", "until", "min_ink"):
            value = getattr(self, name)
            if value is not None and not math.isfinite(value):
                raise ValueError(f"{name} must be a finite number")
        for name in ("since", "until"):
            value = getattr(self, name)
            if value is not None and not 0 <= value <= LATEST:
                raise ValueError(f"{name} must be milliseconds since 1970 (UTC), up to the year 9999")
        if self.min_ink is not None and self.min_ink < 0:
            raise ValueError("min_ink must not be below 0")
        for name in ("max_doubt", "min_hit"):
            value = getattr(self, name)
            if value is not None and not 0 <= value <= 1:
                raise ValueError(f"{name} must be 0 to 1")
        if self.limit is not None and self.limit < 1:
            raise ValueError("limit must be at least 1")
        if self.sample is not None and not 1 <= self.sample <= MAX_SAMPLE:
            raise ValueError(f"sample must be 1 to {MAX_SAMPLE}")
        if not 0 <= self.seed < 2**53:
            raise ValueError("seed must be 0 or more, below 2^53")
        if self.split is not None and not (_SPLIT.fullmatch(self.split) and any(map(int, self.split.split(":")))):
            raise ValueError("split must be shares of train, validation and test, such as 78:10:12")
        if self.since is not None and self.until is not None and self.since >= self.until:
            raise ValueError("since must be before until")
        if self.words is not None and not 1 <= len(self.words) <= MAX_WORDS:
            raise ValueError(f"words must be 1 to {MAX_WORDS}")

    def filter(self, now: float) -> DrawingFilter:
        """Return which drawings are wanted: none that were finished after now, so that resuming finds the same ones."""
        return DrawingFilter(
            words=None if self.words is None else tuple(sorted(set(map(tidy, self.words)))),
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

    def selection(self, now: float) -> Selection:
        """Return which drawings are taken."""
        return Selection(
            self.filter(now),
            timed=FORMATS[self.format].timed and not self.untimed,
            dedup=self.dedup,
            sample=self.sample,
            limit=self.limit,
            seed=self.seed,
        )

    @property
    def parts(self) -> tuple[str, ...]:
        """The folders that a word's drawings go into, by their part; "" for the export's own folder."""
        kind = FORMATS[self.format]
        if kind.parts_inside:
            return ("",)
        return PARTS if self.split is not None else ("train",) if kind.parted else ("",)

    def part_of(self, kept: Kept) -> str:
        """Return the part a drawing belongs to: all drawings of a person to one."""
        if self.split is None:
            return sketch_part(kept) if FORMATS[self.format].parts_inside else self.parts[0]
        train, validation, test = map(int, self.split.split(":"))
        total = train + validation + test
        return part_of(kept.person, (train / total, validation / total, test / total))


read_options = msgspec.json.Decoder(ExportOptions).decode
