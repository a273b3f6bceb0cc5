"""What `inkling import` says while it goes on and at its end."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict, dataclass, field
from typing import IO

from model.data.readers import SourceFile

MAX_PROBLEMS_PRINTED = 10
"""Refused lines, and files that are passed over, that are printed."""


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


@dataclass(slots=True)
class ImportReport:
    """What is said of an import while it goes on and at its end."""

    as_json: bool
    refusals: IO[str] | None = None
    """Where refused lines are written."""
    total: ImportCounts = field(default_factory=ImportCounts)
    damaged_files: int = 0
    problems: int = 0
    """Refused lines for which there is a reason; the first ones are printed."""

    def refuse(self, source: SourceFile, place: str, reason: str, text: bytes) -> None:
        """Note a line that is no drawing; the first ones are printed."""
        if reason:
            self._print(f"{source.shown}, {place}: {reason}")
        if self.refusals is not None:
            refusal = {"file": source.shown, "place": place, "reason": reason or "not in UTF-8",
                       "text": text.decode("utf-8", "replace").strip()}  # fmt: skip
            self.refusals.write(json.dumps(refusal, ensure_ascii=False) + "\n")

    def damage(self, source: SourceFile, reason: str) -> None:
        """Note a file that cannot be read any further."""
        self.damaged_files += 1
        print(f"{source.shown}: {reason}; what was read before is in", file=sys.stderr)

    def file(self, source: SourceFile, counts: ImportCounts) -> None:
        """Tell of a file that is done."""
        self.total.add(counts)
        if self.as_json:
            print(json.dumps({"file": source.shown, **asdict(counts)}, ensure_ascii=False), flush=True)
        else:
            print(f"{counts.new:>8}  {source.shown}{_format_counts(counts)}", flush=True)

    def end(self) -> None:
        """Tell of all."""
        if self.problems > MAX_PROBLEMS_PRINTED:
            print(
                f"… and {self.problems - MAX_PROBLEMS_PRINTED} more refused; --refused FILE writes all of them",
                file=sys.stderr,
            )
        if self.as_json:
            print(json.dumps({**asdict(self.total), "damaged_files": self.damaged_files}), flush=True)
        else:
            print(f"{self.total.new:>8}  drawings imported{_format_counts(self.total)}", flush=True)

    def _print(self, text: str) -> None:
        self.problems += 1
        if self.problems <= MAX_PROBLEMS_PRINTED:
            print(text, file=sys.stderr)


def _format_counts(counts: ImportCounts) -> str:
    parts = (
        (counts.known, "known or erased"),
        (counts.refused, "refused"),
        (counts.empty_strokes, "empty strokes left out"),
    )
    return "".join(f"; {count} {what}" for count, what in parts if count)
