"""The state of a room: plain data, whole in a snapshot. Only `server.game` changes it."""

from __future__ import annotations

from dataclasses import dataclass, field

from server.game.commands import Device, Doodle, Settings
from server.game.words import Millis, PlayerId, RoundId, Seat


@dataclass(slots=True)
class Stroke:
    """A stroke that is being drawn."""

    x: list[int] = field(default_factory=list)
    y: list[int] = field(default_factory=list)
    t: list[int] = field(default_factory=list)
    length: float = 0.0


@dataclass(slots=True)
class Received:
    """When a revision's ink came: its seq, ms on the round's clock, and how long the ink was."""

    seq: int
    clock: Millis
    length: float


@dataclass(slots=True)
class Note:
    """A guess worth keeping: ms in the round, top words, doubt, model."""

    at: Millis
    guesses: list[tuple[str, float]]
    doubt: float
    model: str


@dataclass(slots=True)
class Canvas:
    """One seat's drawing in one round, and what Inkling thinks of it."""

    strokes: list[Stroke] = field(default_factory=list)
    seq: int = 0
    revision: int = 0
    points: int = 0
    last_t: int = 0
    length: float = 0.0
    first_at: Millis = Millis(-1)
    waiting: dict[int, Received] = field(default_factory=dict)
    """Revisions without a guess yet."""
    guessed: int = 0
    lead: str = ""
    lead_p: float = 0.0
    held_since: Millis = Millis(-1)
    """Room time since which a likely word stands on unchanged ink, or −1."""
    held: Received | None = None
    pose: str = "idle"
    best: float = 0.0
    wrong: str = ""
    wrong_p: float = 0.0
    notes: list[Note] = field(default_factory=list)
    hit_at: Millis = Millis(-1)
    hit_length: float = 0.0
    first: bool = False
    points_won: int = 0
    done: bool = False

    @property
    def hit(self) -> bool:
        """Whether Inkling said the prompt."""
        return self.hit_at >= 0


@dataclass(slots=True)
class SeatState:
    """A place in the room and who holds it."""

    seat: Seat
    player: PlayerId
    name: str
    avatar: Doodle
    keep: bool
    device: Device
    source: str
    generation: int
    here: bool
    since: Millis
    """Room time at which the player came (back)."""
    ready: bool = False
    gone: bool = False
    """Left on purpose or kicked: no longer shown, and the seat number is not used again."""
    score: int = 0
    gained: int = 0
    hits: int = 0
    evening: int = 0
    wins: int = 0


@dataclass(slots=True)
class Round:
    """The current or last round."""

    id: RoundId
    n: int
    prompt: str
    seconds: int
    began: Millis
    ends: Millis
    """Room time at which the clock runs out; moves when the clock stops or everybody is done."""
    stopped_at: Millis = Millis(-1)
    stopped: int = 0
    """How long (ms) the clock stood still so far."""
    silent_since: Millis = Millis(-1)
    """Room time since which ink waits for a guess while none at all arrives, or −1."""
    void: bool = False
    canvases: dict[int, Canvas] = field(default_factory=dict)


@dataclass(slots=True)
class Result:
    """A finished drawing as reveal and album show it; it lives until the next game."""

    seat: Seat
    round: RoundId
    word: str
    strokes: list[Stroke]
    hit_at: Millis
    ink_share: float
    points: int
    first: bool
    best: float
    wrong: str
    notes: list[Note]


@dataclass(slots=True)
class State:
    """Everything about a room."""

    code: str
    seed: int
    settings: Settings
    phase: str = "lobby"
    until: Millis | None = None
    host: Seat | None = None
    host_away: Millis = Millis(-1)
    locked: bool = False
    seats: list[SeatState] = field(default_factory=list)
    kicked: list[PlayerId] = field(default_factory=list)
    game: int = 0
    rounds: int = 0
    """Rounds of the room so far, over all games: the next RoundId − 1."""
    round: Round | None = None
    results: list[Result] = field(default_factory=list)
    used: list[str] = field(default_factory=list)
    """Prompts of this game."""
    recent: list[str] = field(default_factory=list)
    """Prompts of the room, newest last."""


def seat_of(state: State, player: PlayerId) -> SeatState | None:
    """Return the seat a player holds."""
    return next((seat for seat in reversed(state.seats) if seat.player == player and not seat.gone), None)


def holders(state: State) -> list[SeatState]:
    """Return the seats that are held, in order of arrival."""
    return [seat for seat in state.seats if not seat.gone]


def clock(current: Round, now: Millis) -> Millis:
    """Return milliseconds on the round's clock: it stands still while stopped."""
    until = current.stopped_at if current.stopped_at >= 0 else now
    return Millis(max(until - current.began - current.stopped, 0))
