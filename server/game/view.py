"""What a room looks like from outside: the only picture of the state that leaves the server."""

from __future__ import annotations

from dataclasses import dataclass

from server.game.commands import Doodle, Segment, Settings
from server.game.ids import ModeName, Phase, Pose, Scope


@dataclass(frozen=True, slots=True)
class PlayerView:
    """One seat as everybody sees it."""

    seat: int
    name: str
    """As everybody reads it: no two of a room look alike, the later one has a number after it."""
    here: bool
    """Connected."""
    ready: bool
    """Lobby: ready to start; reveal: seen enough."""
    done: bool
    """Said that the drawing of this round is done."""
    score: int
    """Points of this game."""
    gained: int
    """Points of the current or last round."""
    hit_at: int | None
    """Milliseconds into the round at which it was hit, or null."""
    first: bool
    """The hit was the first of its round."""
    evening: int
    """Points over all games of this room (the board of the evening)."""
    wins: int
    """Games won in this room."""


@dataclass(frozen=True, slots=True)
class RoundView:
    """The current or last round. `prompt` is the word, `display` its form with an article."""

    id: int
    """Counts all rounds of the room; `ink` and `done` name it."""
    n: int
    """Which of the game's rounds, from 1."""
    of: int
    """How many rounds the game has."""
    prompt: str
    display: str
    seconds: int
    """Length of the round's clock."""
    ends: int
    """Room time at which the clock runs out (moves while `stopped`)."""
    stopped: bool
    """The clock stands still: Inkling is away."""
    void: bool
    """Inkling was away for too long; the round counts for nothing."""
    taught: bool
    """The prompt is a word that people taught."""


@dataclass(frozen=True, slots=True)
class Thought:
    """What Inkling thought of a drawing at one moment of the round (reveal only)."""

    at: int
    """Milliseconds into the round."""
    says: str
    """The leading word, as a display form."""
    p: float
    """Its probability."""


@dataclass(frozen=True, slots=True)
class ResultView:
    """One drawing on the reveal, best first: hits by time, then by the best probability."""

    seat: int
    round: int
    """The `id` of the round."""
    word: str
    """What was to be drawn."""
    display: str
    """The word with an article."""
    strokes: tuple[Segment, ...]
    hit_at: int | None
    """Milliseconds into the round at which it was hit, or null."""
    ink_share: float | None
    """Share of the final ink at which it was hit."""
    points: int
    first: bool
    """The hit was the first of its round."""
    best: float
    """Best calibrated probability the prompt ever had."""
    funniest: str
    """Inkling's most confident wrong idea, as a display form, or empty."""
    thoughts: tuple[Thought, ...]
    """In order of time."""


@dataclass(frozen=True, slots=True)
class TaughtView:
    """A word besides the built-in ones; it is played once it has been drawn `needed` times."""

    word: str
    drawings: int
    """How many there are so far."""
    needed: int
    ready: bool
    """It can be played."""
    scope: Scope


@dataclass(frozen=True, slots=True)
class RoomView:
    """The room without ink, avatars and moods. Identical for everybody in race mode."""

    code: str
    phase: Phase
    """`closing` waits 1 s at most for guesses on ink that came in time."""
    until: int | None
    """Room time at which the phase ends by itself, or null."""
    host: int | None
    """The seat in charge, or null."""
    locked: bool
    """Nobody new gets in."""
    settings: Settings
    players: tuple[PlayerView, ...]
    """In order of seats."""
    round: RoundView | None
    """The current or last round, or null."""
    game: int
    """Counts the games of the room, from 0 in the first lobby."""
    taught: tuple[TaughtView, ...]
    mode: ModeName
    """Of the running or the last game; the settings name the next one's."""


@dataclass(frozen=True, slots=True)
class CanvasView:
    """A drawing so far; empty when the viewer may not see it (then `activity` tells that a pen moves)."""

    seat: int
    seq: int
    """The highest stored seq of this seat."""
    strokes: tuple[Segment, ...]
    activity: int
    """Points drawn so far."""
    pose: Pose


@dataclass(frozen=True, slots=True)
class AvatarView:
    """A seat's doodle."""

    seat: int
    doodle: Doodle
