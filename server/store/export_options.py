"""What an export is asked for, as it comes from a command line or a request: bounded, checked, and kept in its journal."""

from __future__ import annotations

import math

import msgspec

from server.bodies import ExportOrder
from server.store.drawing_filter import SOURCES, DrawingFilter
from server.store.formats import FORMATS
from server.text import tidy

MAX_WORDS = 2000
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
        )


read_options = msgspec.json.Decoder(ExportOptions).decode
