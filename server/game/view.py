"""What a room looks like from outside: the only picture of the state that leaves the server."""

from __future__ import annotations

from dataclasses import dataclass

from server.game.commands import Doodle, Segment, Settings


@dataclass(frozen=True, slots=True)
class PlayerView:
    """One seat as everybody sees it."""

    seat: int
    name: str
    """As everybody reads it: no two of a room look alike, the later one has a number after it."""
    here: bool
    ready: bool
    done: bool
    score: int
    gained: int
    """Points of the current or last round."""
    hit_at: int | None
    """Milliseconds into the round at which it was hit, or null."""
    first: bool
    evening: int
    """Points over all games of this room (the board of the evening)."""
    wins: int


@dataclass(frozen=True, slots=True)
class RoundView:
    """The current or last round. `prompt` is the word, `display` its form with an article."""

    id: int
    n: int
    of: int
    prompt: str
    display: str
    seconds: int
    ends: int
    """Room time at which the clock runs out (moves while `stopped`)."""
    stopped: bool
    void: bool
    taught: bool
    """The prompt is a word that people taught."""


@dataclass(frozen=True, slots=True)
class Thought:
    """What Inkling thought of a drawing at one moment of the round (reveal only)."""

    at: int
    says: str
    p: float


@dataclass(frozen=True, slots=True)
class ResultView:
    """One drawing on the reveal, best first: hits by time, then by the best probability."""

    seat: int
    round: int
    word: str
    display: str
    strokes: tuple[Segment, ...]
    hit_at: int | None
    ink_share: float | None
    """Share of the final ink at which it was hit."""
    points: int
    first: bool
    best: float
    """Best calibrated probability the prompt ever had."""
    funniest: str
    """Inkling's most confident wrong idea, as a display form, or empty."""
    thoughts: tuple[Thought, ...]


@dataclass(frozen=True, slots=True)
class TaughtView:
    """A word besides the built-in ones; it is played once it has been drawn `needed` times."""

    word: str
    drawings: int
    needed: int
    ready: bool
    scope: str
    """room, server or model."""


@dataclass(frozen=True, slots=True)
class RoomView:
    """The room without ink, avatars and moods. Identical for everybody in race mode."""

    code: str
    phase: str
    """lobby, countdown, drawing, closing (waiting ≤ 1 s for last guesses), reveal or podium."""
    until: int | None
    """Room time at which the phase ends by itself, or null."""
    host: int | None
    locked: bool
    settings: Settings
    players: tuple[PlayerView, ...]
    round: RoundView | None
    game: int
    taught: tuple[TaughtView, ...]


@dataclass(frozen=True, slots=True)
class CanvasView:
    """A drawing so far; empty when the viewer may not see it (then `activity` tells that a pen moves)."""

    seat: int
    seq: int
    strokes: tuple[Segment, ...]
    activity: int
    pose: str


@dataclass(frozen=True, slots=True)
class AvatarView:
    """A seat's doodle."""

    seat: int
    doodle: Doodle
