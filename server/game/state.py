"""The state of a room: a tree of plain records, changed only by `Game.handle`, that can be stored as it is."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from server.game.commands import Device, Doodle, Settings, Sketch
from server.game.ids import Millis, ModeName, Phase, PlayerId, Scope, Seat
from server.game.ink.canvas import Stroke
from server.game.modes.race.state import Round
from server.game.view import ResultView

_START = Millis(0)


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


class AlbumDrawing:
    """A drawing in the album: what is shown of it, its ink apart and packed. It is stored as the result it shows."""

    __slots__ = ("_result", "_strokes")

    def __init__(self, result: ResultView) -> None:
        self._result = replace(result, strokes=())
        self._strokes = [Stroke.of(segment) for segment in result.strokes]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, AlbumDrawing) and self.to_view() == other.to_view()

    __hash__ = None  # type: ignore[assignment]

    @property
    def seat(self) -> int:
        """Whose drawing it is."""
        return self._result.seat

    @property
    def round(self) -> int:
        """The round it was drawn in."""
        return self._result.round

    def to_view(self) -> ResultView:
        """Return the result with its ink."""
        return replace(self._result, strokes=tuple(stroke.segment() for stroke in self._strokes))


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
    """Of a race."""
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
    mode: ModeName = "race"
    """Of the running or the last game; `settings.mode` is what the host wants next."""
