"""The state of a room: a tree of plain records, changed only by `Game.handle`, that can be stored as it is."""

from __future__ import annotations

from array import array
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from server.game.commands import Device, Doodle, Segment, Settings, Sketch
from server.game.events import GuessNote
from server.game.ids import Millis, Phase, PlayerId, Pose, RoundId, Scope, Seat
from server.game.view import ResultView

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
class Player:
    """Who holds a seat, present or not."""

    id: PlayerId
    name: str
    avatar: Doodle
    keep: bool
    device: Device
    source: str
    generation: int
    since: Millis
    """When the present connection began; the longest present takes over from an absent host."""
    here: bool = True
    away_since: Millis = _START
    ready: bool = False
    played: bool = False
    """Whether any ink was drawn in this game."""
    score: int = 0
    gained: int = 0
    hits: int = 0
    evening: int = 0
    wins: int = 0


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


class AlbumDrawing:
    """A drawing in the album: what is shown of it, its ink apart and packed. It is stored as the result it shows."""

    __slots__ = ("_result", "_strokes")

    def __init__(self, result: ResultView) -> None:
        self._result = replace(result, strokes=())
        self._strokes = [Stroke.of(segment) for segment in result.strokes]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, AlbumDrawing) and self.shown() == other.shown()

    __hash__ = None  # type: ignore[assignment]

    @property
    def seat(self) -> int:
        """Whose drawing it is."""
        return self._result.seat

    @property
    def round(self) -> int:
        """The round it was drawn in."""
        return self._result.round

    def shown(self) -> ResultView:
        """Return the result with its ink."""
        return replace(self._result, strokes=tuple(stroke.segment() for stroke in self._strokes))


@dataclass(slots=True)
class InkRevision:
    """One state of a drawing: its number is the seq of the change that led to it."""

    number: int
    at: Millis
    """Round clock at which that change was received."""
    points: int


@dataclass(slots=True)
class HitRecord:
    """A hit, fixed for good."""

    at: Millis
    points: int
    first: bool
    ink: int
    """Points of ink that the winning guess saw."""


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
    best: float = 0.0
    """Best probability the prompt ever had."""
    funniest: str = ""
    funniest_p: float = 0.0
    hit: HitRecord | None = None
    done: bool = False
    first_point_at: Millis = _START
    notes: list[GuessNote] = field(default_factory=list)


@dataclass(slots=True)
class Round:
    """The current or last round. Its clock shows room time minus `began`, and stands while stopped."""

    id: RoundId
    n: int
    prompt: str
    seconds: int
    open_table: bool
    began: Millis
    ends: Millis
    stopped_at: Millis | None = None
    waiting_since: Millis | None = None
    """Since when ink waits without any guess arriving in the room."""
    void: bool = False
    first_at: Millis | None = None
    """The earliest date of a hit so far."""
    canvases: dict[Seat, Canvas] = field(default_factory=dict)

    def clock(self, now: Millis) -> Millis:
        """Return the round's clock (ms) at a room time."""
        shown = now if self.stopped_at is None else self.stopped_at
        return Millis(max(0, shown - self.began))


@dataclass(slots=True)
class CustomWord:
    """A word besides the built-in ones: taught in this room, or known to the server or to the model."""

    word: str
    sketches: list[Sketch] = field(default_factory=list)
    key: str = ""
    """Names exactly these drawings; empty: the model knows the word itself."""
    scope: Scope = "room"
    played: bool = False
    by: dict[Seat, int] = field(default_factory=dict)
    """How many of the drawings each seat made in the lobby."""


@dataclass(slots=True)
class RoomState:
    """Everything a room is; replaying the accepted commands from a fresh one gives the same state."""

    code: str
    seed: int
    settings: Settings
    phase: Phase = "lobby"
    until: Millis | None = None
    """Room time at which countdown, closing or reveal end by themselves."""
    now: Millis = _START
    """Room time of the last accepted command."""
    host: Seat | None = None
    locked: bool = False
    players: dict[Seat, Player] = field(default_factory=dict)
    seats: dict[PlayerId, Seat] = field(default_factory=dict)
    seats_given: int = 0
    kicked: list[PlayerId] = field(default_factory=list)
    round: Round | None = None
    rounds_begun: int = 0
    game: int = 0
    game_pack: str = ""
    standard: bool = True
    """Whether all rounds of this game so far count on the public boards."""
    used: list[str] = field(default_factory=list)
    """Prompts of this game."""
    recent: list[str] = field(default_factory=list)
    """Prompts of the room, newest last."""
    album: list[AlbumDrawing] = field(default_factory=list)
    """Results of this game's rounds."""
    lessons: list[CustomWord] = field(default_factory=list)
    """Words besides the built-in ones."""
