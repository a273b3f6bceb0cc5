"""A canvas: the strokes that one seat has drawn, and what Inkling makes of them."""

from __future__ import annotations

from array import array
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from server.game.commands import Segment
from server.game.events import GuessNote
from server.game.ids import Millis, Pose

if TYPE_CHECKING:
    PackedAxis = array[int]
else:
    # Python 3.11 has no array[int].
    PackedAxis = array

_START = Millis(0)


def pack_axis(values: Iterable[int] = ()) -> PackedAxis:
    """Pack numbers into four bytes each; a list or tuple keeps an object of 28, and eight to point at it, for every one."""
    return array("i", values)


@dataclass(slots=True)
class Stroke:
    """Points of one stroke, still growing; t in ms since the drawing's first point."""

    x: PackedAxis
    y: PackedAxis
    t: PackedAxis

    @classmethod
    def of(cls, segment: Segment) -> Stroke:
        """Pack a stroke."""
        x, y, t = segment
        return cls(pack_axis(x), pack_axis(y), pack_axis(t))

    def segment(self) -> Segment:
        """Return the stroke as it leaves the rules."""
        return tuple(self.x), tuple(self.y), tuple(self.t)


@dataclass(slots=True)
class InkRevision:
    """One state of a drawing: its number is the seq of the change that led to it."""

    number: int
    at: Millis
    """Round clock at which that change was received."""
    points: int


@dataclass(slots=True)
class Idea:
    """What Inkling makes of one drawing between two guesses."""

    word: str = ""
    p: float = 0.0
    doubt: float = 0.0
    guesses: tuple[tuple[str, float], ...] = ()
    row: int = 0
    """Guesses in a row that had `word` in front and likely."""
    still: str = ""
    """The word said last, as long as the network's answers go on being led by it."""
    due: Millis | None = None
    """Room time at which the ink will have rested long enough for the word to be said."""


@dataclass(slots=True)
class Canvas:
    """One seat's drawing in one round."""

    strokes: list[Stroke] = field(default_factory=list)
    points: int = 0
    seq: int = 0
    """Changes accepted so far; it also numbers the revisions."""
    pending: list[InkRevision] = field(default_factory=list)
    """Revisions without a guess, oldest first."""
    seen: InkRevision = field(default_factory=lambda: InkRevision(0, Millis(0), 0))
    """The newest revision that was weighed."""
    idea: Idea = field(default_factory=Idea)
    vain: list[str] = field(default_factory=list)
    """Words that were said in this round, oldest first: the prompt is none of them."""
    pose: Pose = "idle"
    first_point_at: Millis = _START
    """Round clock at which the first point was received."""
    notes: list[GuessNote] = field(default_factory=list)
    """Guesses that are stored with the drawing."""

    def segments(self) -> tuple[Segment, ...]:
        """Return the ink as it leaves the rules."""
        return tuple([stroke.segment() for stroke in self.strokes])
