"""What happened in a room: past tense. `redact` decides who learns of it."""

from __future__ import annotations

from dataclasses import dataclass

from server.game.commands import Device, InkOp, Segment
from server.game.ids import Millis, ModeName, PlayerId, Pose, RoundId, Seat


@dataclass(frozen=True, slots=True)
class Refused:
    """A command that changed nothing; `code` is stable and part of the protocol."""

    code: str
    expected: int = 0
    """For `seq_gap`: the seq that should have come."""


@dataclass(frozen=True, slots=True)
class Repeated:
    """A command that was applied before (a resend); it changes nothing and is as good as accepted."""


@dataclass(frozen=True, slots=True)
class PlayerJoined:
    """Somebody took a new seat."""

    seat: Seat


@dataclass(frozen=True, slots=True)
class PlayerCameBack:
    """Somebody is connected to a seat held before."""

    seat: Seat


@dataclass(frozen=True, slots=True)
class PlayerWentAway:
    """A seat's player is not connected; the seat stays."""

    seat: Seat


@dataclass(frozen=True, slots=True)
class PlayerLeft:
    """A seat was given up, or its player kicked."""

    seat: Seat
    kicked: bool


@dataclass(frozen=True, slots=True)
class HostChanged:
    """Another seat is in charge."""

    seat: Seat


@dataclass(frozen=True, slots=True)
class ViewChanged:
    """Something in the view changed that needs no announcement (ready, settings, lock, done)."""


@dataclass(frozen=True, slots=True)
class PhaseBegan:
    """The room moved on: lobby, countdown, drawing, closing, reveal or podium."""

    phase: str


@dataclass(frozen=True, slots=True)
class InkDrawn:
    """One change of ink was accepted; `revision` counts the states of this drawing."""

    seat: Seat
    round: RoundId
    seq: int
    revision: int
    op: InkOp


@dataclass(frozen=True, slots=True)
class Saying:
    """What Inkling shows to the player who draws; the prompt is in it only together with the hit.

    `says` is a word it commits to, or empty;
    `mutters` are (word, probability) it wonders about, the prompt never among them before the hit.
    """

    pose: Pose
    says: str
    mutters: tuple[tuple[str, float], ...]
    confidence: float
    """Probability of the leading word (0 when it has no idea)."""


@dataclass(frozen=True, slots=True)
class GuessWeighed:
    """A guess was weighed: what Inkling says to the player who draws. `seq` is the newest ink that the guess saw."""

    seat: Seat
    round: RoundId
    revision: int
    seq: int
    saying: Saying


@dataclass(frozen=True, slots=True)
class Hit:
    """The machine said the prompt; the points are fixed."""

    seat: Seat
    round: RoundId
    at: Millis
    """Milliseconds of the round's clock at which the guessed ink was received."""
    points: int
    first: bool


@dataclass(frozen=True, slots=True)
class ClockStopped:
    """No guess has come for a while: the round's clock waits for the guesser."""

    round: RoundId


@dataclass(frozen=True, slots=True)
class ClockResumed:
    """The guesser is back and the clock runs on."""

    round: RoundId


@dataclass(frozen=True, slots=True)
class RoundVoided:
    """The guesser stayed away; this round's points do not count."""

    round: RoundId


@dataclass(frozen=True, slots=True)
class GuessNote:
    """One stored guess of a drawing: when (ms in the round), the top words, doubt, the model."""

    at: Millis
    guesses: tuple[tuple[str, float], ...]
    doubt: float
    model: str


@dataclass(frozen=True, slots=True)
class DrawingFinished:
    """A non-empty drawing whose player agreed to keep it, with its provenance; for the collection."""

    game: int
    round: RoundId
    seat: Seat
    player: PlayerId
    word: str
    strokes: tuple[Segment, ...]
    recognized: bool
    hit_at: Millis | None
    points: int
    open_table: bool
    seconds: int
    pack: str
    device: Device
    source: str
    first_point_at: Millis
    finished_by: str
    """done, time, hit (drawn on to the end after a hit) or left."""
    notes: tuple[GuessNote, ...]
    mode: ModeName = "race"


@dataclass(frozen=True, slots=True)
class Standing:
    """One line of a game's result."""

    seat: Seat
    player: PlayerId
    name: str
    score: int
    place: int
    hits: int
    source: str


@dataclass(frozen=True, slots=True)
class GameEnded:
    """The podium: `standard` games count on the public boards."""

    game: int
    pack: str
    standard: bool
    standings: tuple[Standing, ...]
    mode: ModeName = "race"


Event = (
    PlayerJoined
    | PlayerCameBack
    | PlayerWentAway
    | PlayerLeft
    | HostChanged
    | ViewChanged
    | PhaseBegan
    | InkDrawn
    | GuessWeighed
    | Hit
    | ClockStopped
    | ClockResumed
    | RoundVoided
    | DrawingFinished
    | GameEnded
)

Outcome = list[Event] | Refused | Repeated
"""What comes of a command."""
