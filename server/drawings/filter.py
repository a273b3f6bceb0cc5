"""Which drawings of the collection are wanted: the same filters for export, retraining and whoever else reads it."""

from __future__ import annotations

from dataclasses import dataclass

from model.ink.strokes import ink_length
from server.drawings.record import DrawingRecord

DRAWING_SOURCES = ("player", "bot", "import", "teach", "any")


@dataclass(frozen=True, slots=True)
class DrawingFilter:
    """Which drawings are wanted; None means all. Held and removed ones are not wanted unless `states` names theirs.

    `since` and `until` are ms since 1970, UTC, `until` exclusive; `min_ink` is pen-down length on the canvas, which is
    4096 wide (for imports: in their own pixels).
    """

    words: tuple[str, ...] | None = None
    since: float | None = None
    until: float | None = None
    recognized: bool | None = None
    model: str | None = None
    source: str = "player"
    finished: bool = False
    min_ink: float | None = None
    licence: str | None = None
    states: tuple[str, ...] = ("ok",)
    max_doubt: float | None = None
    """What the network last doubted that it is a drawing of a word, at most; without guesses a drawing is not wanted."""
    min_hit: float | None = None
    """What the network once gave the word, at least; without guesses a drawing is not wanted."""
    dated: bool = False
    """Whether drawings of which nobody knows when they were made are left out."""
    by_arrival: bool = False
    """Whether `since`, `until` and `dated` ask when a drawing came in: for an import, when it was imported, if that is stored."""

    def wants(self, record: DrawingRecord) -> bool:
        """Say whether a drawing is wanted."""
        arrived = record.imported_at if self.by_arrival else 0
        at = arrived or record.at
        return (
            record.state in self.states
            and self.source in ("any", record.source)
            and (self.words is None or record.word in self.words)
            and self.recognized in (None, record.recognized)
            and (self.since is None or at >= self.since)
            and (self.until is None or at < self.until)
            and (self.model is None or self.model in record.models)
            and (record.finished or not self.finished)
            and (bool(arrived) or record.dated or not self.dated)
            and self.licence in (None, record.licence)
            and (self.max_doubt is None or (record.last_doubt is not None and record.last_doubt <= self.max_doubt))
            and (self.min_hit is None or record.best_hit >= self.min_hit)
            and (self.min_ink is None or ink_length(record.arrays) / record.unit >= self.min_ink)
        )

    @property
    def span(self) -> tuple[float, float]:
        """When the wanted drawings were made, as the indexes of the collection want it."""
        if self.by_arrival:
            return float("-inf"), float("inf")
        return (
            float("-inf") if self.since is None else self.since,
            float("inf") if self.until is None else self.until,
        )
