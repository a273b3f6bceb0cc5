"""What a room can be told: imperative, already typed and bounded. Accepted commands are the room's log."""

from __future__ import annotations

from dataclasses import dataclass, field, fields, replace
from typing import ClassVar, Literal

from server.game.ids import ModeName, PlayerId, RoundId, Seat

Axis = tuple[int, ...]
Segment = tuple[Axis, Axis, Axis]
"""Equal-length x, y (0..4095) and t (ms since the drawing's first point, never falling)."""

Doodle = tuple[tuple[Axis, Axis], ...]
"""An avatar: at most 12 strokes and 200 points, x and y in 0..255."""


@dataclass(frozen=True, slots=True)
class SettingsChange:
    """New values for some of the settings; None leaves one as it is."""

    rounds: int | None = None
    seconds: int | None = None
    seats: int | None = None
    pack: str | None = None
    open_table: bool | None = None
    keep: bool | None = None
    mode: ModeName | None = None

    def applied(self, settings: Settings) -> Settings:
        """Return the settings with this change made to them."""
        named = {part.name: getattr(self, part.name) for part in fields(self)}
        return replace(settings, **{name: value for name, value in named.items() if value is not None})

    def changes_mode(self, settings: Settings) -> bool:
        """Say whether these settings are of another mode than those."""
        return self.mode not in (None, settings.mode)


@dataclass(frozen=True, slots=True)
class Settings(SettingsChange):
    """All that the host chose."""

    rounds: int = 6
    seconds: int = 20
    seats: int = 12
    pack: str = "easy"
    open_table: bool = False
    keep: bool = True
    mode: ModeName = "race"


@dataclass(frozen=True, slots=True)
class Device:
    """Provenance of a drawing: what it was drawn with. `pointer` is mouse, touch, pen, keyboard or empty."""

    pointer: str = ""
    width: int = 0
    height: int = 0


@dataclass(frozen=True, slots=True)
class Join:
    """Take a seat, or come back to it; a known player's name, avatar, consent and device are updated."""

    player: PlayerId
    name: str
    avatar: Doodle = ()
    keep: bool = False
    device: Device = field(default_factory=Device)
    source: str = "player"
    generation: int = 0
    """Counts the welcomes of this seat. It is in the seat token, which opens nothing: the identity alone brings a seat back."""


@dataclass(frozen=True, slots=True)
class Away:
    """The player's last socket went away; the seat stays."""

    player: PlayerId


@dataclass(frozen=True, slots=True)
class Leave:
    """The player gives the seat up on purpose."""

    player: PlayerId


@dataclass(frozen=True, slots=True)
class Ready:
    """Ready for the next round (lobby) or done looking (reveal)."""

    player: PlayerId
    ready: bool = True


@dataclass(frozen=True, slots=True)
class Configure:
    """The host changes the settings, between rounds only."""

    player: PlayerId
    settings: SettingsChange


@dataclass(frozen=True, slots=True)
class Start:
    """The host starts the game."""

    player: PlayerId


@dataclass(frozen=True, slots=True)
class Points:
    """New points; `joined` says that the first segment goes on with the newest stroke."""

    segments: tuple[Segment, ...]
    joined: bool = False
    kind: ClassVar[Literal["p"]] = "p"


@dataclass(frozen=True, slots=True)
class Undo:
    """Take back the newest stroke."""

    segments: ClassVar[tuple[Segment, ...]] = ()
    joined: ClassVar[bool] = False
    kind: ClassVar[Literal["u"]] = "u"


@dataclass(frozen=True, slots=True)
class Clear:
    """Wipe the canvas."""

    segments: ClassVar[tuple[Segment, ...]] = ()
    joined: ClassVar[bool] = False
    kind: ClassVar[Literal["c"]] = "c"


InkOp = Points | Undo | Clear
"""One change of ink. Log and frames write it as `kind`, `joined` and `segments`, and `ink_op` reads that."""
InkKind = Literal["p", "u", "c"]


def ink_op(kind: InkKind, joined: bool, segments: tuple[Segment, ...]) -> InkOp:
    """Return the change of ink with this tag."""
    match kind:
        case "p":
            return Points(segments, joined)
        case "u":
            return Undo()
        case "c":
            return Clear()


@dataclass(frozen=True, slots=True)
class Draw:
    """One numbered change of ink: `seq` counts 1, 2, 3 … per player and round, without gaps."""

    player: PlayerId
    round: RoundId
    seq: int
    op: InkOp


@dataclass(frozen=True, slots=True)
class Done:
    """The player is done with this round's drawing; drawing on stays possible after a hit only."""

    player: PlayerId
    round: RoundId


@dataclass(frozen=True, slots=True)
class Again:
    """The host asks for a rematch: everybody keeps the seat, scores start at zero."""

    player: PlayerId


@dataclass(frozen=True, slots=True)
class Kick:
    """The host removes a seat; the same player cannot come back to this room."""

    player: PlayerId
    seat: Seat


@dataclass(frozen=True, slots=True)
class Lock:
    """The host lets nobody new in, or does again."""

    player: PlayerId
    locked: bool


Sketch = tuple[tuple[Axis, Axis], ...]
"""A drawing of a word that is being taught: x and y in 0..255."""


@dataclass(frozen=True, slots=True)
class Teach:
    """A player shows the machine a word that it does not know, once more."""

    player: PlayerId
    word: str
    sketch: Sketch


@dataclass(frozen=True, slots=True)
class Unteach:
    """The host forgets a word that the room taught."""

    player: PlayerId
    word: str


@dataclass(frozen=True, slots=True)
class MachineGuessed:
    """The network's answer for one revision of one drawing, over the words of the room's pack."""

    seat: Seat
    round: RoundId
    revision: int
    guesses: tuple[tuple[str, float], ...]
    """(word, calibrated probability), most probable first, at most five."""
    doubt: float
    """Junk score and probability outside the pack, 0..1."""
    model: str


@dataclass(frozen=True, slots=True)
class Tick:
    """Time has passed; sent when `Game.deadline` is reached."""


class ModeCommand:
    """Base class of the commands that one mode alone has."""

    __slots__ = ()


Command = (
    Join
    | Away
    | Leave
    | Ready
    | Configure
    | Start
    | Draw
    | Done
    | Again
    | Kick
    | Lock
    | Teach
    | Unteach
    | MachineGuessed
    | Tick
    | ModeCommand
)
