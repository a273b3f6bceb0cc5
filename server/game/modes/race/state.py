"""What a room in race mode remembers of its current or last round."""

from __future__ import annotations

from dataclasses import dataclass, field

from server.game.ids import Millis, RoundId, Seat
from server.game.ink.canvas import Canvas

_START = Millis(0)


@dataclass(slots=True)
class HitRecord:
    """A hit, fixed for good."""

    at: Millis
    points: int
    first: bool
    ink: int
    """Points of ink that the winning guess saw."""


@dataclass(slots=True)
class RaceCanvas(Canvas):
    """One seat's drawing in one round of a race."""

    best: float = 0.0
    """Best probability the prompt ever had."""
    funniest: str = ""
    """Inkling's most confident wrong idea, or empty."""
    funniest_p: float = 0.0
    hit: HitRecord | None = None
    done: bool = False
    """Its player has nothing left to draw."""


@dataclass(slots=True)
class Round:
    """The current or last round. Its clock shows room time minus `began`, and stands while stopped."""

    id: RoundId
    n: int
    """Which of the game's rounds, from 1."""
    prompt: str
    seconds: int
    open_table: bool
    """Everybody sees everybody's ink at once."""
    began: Millis
    """Room time at which the clock shows 0."""
    ends: Millis
    """Room time at which the clock runs out."""
    stopped_at: Millis | None = None
    """Room time at which the clock was stopped, as long as it is."""
    waiting_since: Millis | None = None
    """Since when ink waits without any guess arriving in the room."""
    void: bool = False
    """The guesser was away for too long, so the round counts for nothing."""
    first_at: Millis | None = None
    """The earliest date of a hit so far."""
    canvases: dict[Seat, RaceCanvas] = field(default_factory=dict)

    def clock(self, now: Millis) -> Millis:
        """Return the round's clock (ms) at a room time."""
        counted = now if self.stopped_at is None else self.stopped_at
        return Millis(counted - self.began) if counted > self.began else _START
