"""Every message in and out, typed and bounded. The client's types are generated from this file.

Inbound messages are Socket.IO events with exactly one object; `decode_message` is the only door for them. Outbound
messages are encoded once by `encode_packet` and put on as many sockets as need them.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta, Struct

from server.decode_errors import DECODE_ERRORS
from server.game.commands import Clear, InkKind, InkOp, Points, Undo
from server.game.commands import Segment as DrawnSegment
from server.game.ids import MAX_POINTS_PER_DRAWING, MAX_STROKES_PER_DRAWING, ModeName, Pose
from server.game.view import AvatarView, CanvasView, ResultView, RoomView
from server.text import MAX_CLUSTER_CODE_POINTS, MAX_NAME_CHARACTERS, MAX_WORD_CHARACTERS

PROTOCOL_VERSION = 1
"""Version of the protocol, counted up with each change that an older page cannot read."""

Coordinate = Annotated[int, Meta(ge=0, le=4095)]
DrawMs = Annotated[int, Meta(ge=0, le=400_000)]
Round = Annotated[int, Meta(ge=1, le=1_000_000)]
Seq = Annotated[int, Meta(ge=1, le=1_000_000)]
RequestId = Annotated[int, Meta(ge=0, le=2**31)]
SeatNumber = Annotated[int, Meta(ge=0, le=1_000_000)]
Code = Annotated[str, Meta(min_length=6, max_length=6, pattern="^[A-HJKMNP-TV-Z2-9]{6}$")]
Token = Annotated[str, Meta(max_length=512)]
Name = Annotated[str, Meta(max_length=MAX_NAME_CHARACTERS * MAX_CLUSTER_CODE_POINTS)]
Word = Annotated[str, Meta(max_length=MAX_WORD_CHARACTERS * MAX_CLUSTER_CODE_POINTS)]
Byte = Annotated[int, Meta(ge=0, le=255)]
Axis = Annotated[tuple[Coordinate, ...], Meta(min_length=1, max_length=64)]
Times = Annotated[tuple[DrawMs, ...], Meta(min_length=1, max_length=64)]
Segment = tuple[Axis, Axis, Times]
DoodleAxis = Annotated[tuple[Byte, ...], Meta(min_length=1, max_length=200)]
DoodleStrokes = Annotated[tuple[tuple[DoodleAxis, DoodleAxis], ...], Meta(max_length=12)]


class Connect(Struct, frozen=True):
    """What a client says of itself in the Socket.IO CONNECT packet."""

    protocol: Annotated[int, Meta(extra_json_schema={"const": PROTOCOL_VERSION})]
    player: str | None = None
    """The token of the last `hello`; without one the server makes a new identity."""


class ConnectError(Struct, frozen=True):
    """CONNECT_ERROR: the connection was refused."""

    message: RefusalCode


class ClientMessage(Struct, frozen=True, forbid_unknown_fields=True):
    """A message from a client."""


class Command(ClientMessage, frozen=True):
    """A message that gets exactly one `reply` with the same id, after its effect is stored."""

    id: RequestId


class DeviceIn(ClientMessage, frozen=True):
    """What the player draws with; provenance of kept drawings."""

    pointer: Literal["mouse", "touch", "pen", "keyboard", ""] = ""
    """Empty: not known."""
    width: Annotated[int, Meta(ge=0, le=20_000)] = 0
    height: Annotated[int, Meta(ge=0, le=20_000)] = 0
    """Of the canvas, in CSS pixels."""


class JoinIn(Command, frozen=True):
    """Take a seat or come back to it. `tab` tells a reload from a second tab; `takeover` is *continue here*.

    The identity of the connection brings a seat back; `seat` opens nothing and keeps nobody out;
    the limits of wrong codes do not hold for whoever brings it.
    An avatar has at most 500 points in all.
    """

    code: Code
    name: Name
    """1 to 20 characters as people count them."""
    tab: Annotated[str, Meta(max_length=64)]
    """Made up by the client: the same after a reload, another one in another tab."""
    avatar: DoodleStrokes = ()
    """x and y of a stroke are equally many."""
    keep: bool = False
    """Consent: drawings may be kept, without the name."""
    device: DeviceIn = DeviceIn()
    seat: Token | None = None
    """The token of the last `welcome`."""
    takeover: bool = False
    """Take the seat over from another tab."""
    bot: bool = False
    """Drawings of bots are never taken for people's."""


class LeaveIn(Command, frozen=True):
    """Give the seat up."""


class ReadyIn(Command, frozen=True):
    """Ready, or not; on the reveal: seen enough."""

    ready: bool


class SettingsIn(Command, frozen=True):
    """Host: change some of the settings between rounds; what is missing stays as it is."""

    rounds: Annotated[int, Meta(ge=1, le=20)] | None = None
    seconds: Annotated[int, Meta(ge=10, le=300)] | None = None
    seats: Annotated[int, Meta(ge=1, le=40)] | None = None
    pack: Annotated[str, Meta(max_length=40)] | None = None
    """The name of a pack of `GET /api/info`, or `taught`: the words besides the built-in ones."""
    open_table: bool | None = None
    """Everybody sees everybody's ink at once."""
    keep: bool | None = None
    """Drawings of this room may be kept, if their makers agree, too."""
    mode: ModeName | None = None
    """What the next game is; it changes in the lobby and on the podium."""


TryAxis = Annotated[tuple[Coordinate, ...], Meta(min_length=1, max_length=MAX_POINTS_PER_DRAWING)]
TryTimes = Annotated[tuple[DrawMs, ...], Meta(min_length=1, max_length=MAX_POINTS_PER_DRAWING)]


class TryIn(ClientMessage, frozen=True):
    """A whole drawing for the page /try, by HTTP."""

    strokes: Annotated[
        tuple[tuple[TryAxis, TryAxis, TryTimes], ...], Meta(min_length=1, max_length=MAX_STROKES_PER_DRAWING)
    ]


class StartIn(Command, frozen=True):
    """Host: start the game."""


class InkIn(ClientMessage, frozen=True):
    """New points. It gets no reply: the `stored` seqs of the frames acknowledge it, `refused` says why not."""

    round: Round
    """The `id` of the view's `round`."""
    seq: Seq
    """1, 2, 3 … over all `ink`, `undo` and `clear` of one's own in this round."""
    segments: Annotated[tuple[Segment, ...], Meta(min_length=1, max_length=64)]
    """A segment is a whole stroke or a part of one; at most 64 points in all."""
    joined: bool = False
    """The first segment goes on with the newest stroke."""

    @property
    def op(self) -> InkOp:
        """The change of ink that this message asks for."""
        return Points(self.segments, self.joined)


class UndoIn(ClientMessage, frozen=True):
    """Take back the newest stroke; numbered like ink."""

    round: Round
    seq: Seq

    @property
    def op(self) -> InkOp:
        """The change of ink that this message asks for."""
        return Undo()


class ClearIn(ClientMessage, frozen=True):
    """Wipe the canvas; numbered like ink."""

    round: Round
    seq: Seq

    @property
    def op(self) -> InkOp:
        """The change of ink that this message asks for."""
        return Clear()


class DoneIn(Command, frozen=True):
    """Done with this round's drawing."""

    round: Round


class AgainIn(Command, frozen=True):
    """Host: rematch with everybody."""


class KickIn(Command, frozen=True):
    """Host: remove a player for good."""

    seat: SeatNumber


class LockIn(Command, frozen=True):
    """Host: let nobody new in, or do again."""

    locked: bool


Sketch = Annotated[tuple[tuple[DoodleAxis, DoodleAxis], ...], Meta(min_length=1, max_length=40)]


class TeachIn(Command, frozen=True):
    """Show the machine a word that it does not know: one whole drawing, x and y in 0..255, at most 300 points."""

    word: Word
    """1 to 30 characters as people count them."""
    sketch: Sketch


class UnteachIn(Command, frozen=True):
    """Host: forget a word that this room taught."""

    word: Word


class ResyncIn(Command, frozen=True):
    """Ask for a snapshot."""


class MoreIn(Command, frozen=True):
    """Ask for the next `part` of the picture, while the last message of it said that something is `left`."""


INBOUND: dict[str, type[ClientMessage]] = {
    "join": JoinIn, "leave": LeaveIn, "ready": ReadyIn, "settings": SettingsIn, "start": StartIn, "ink": InkIn,
    "undo": UndoIn, "clear": ClearIn, "done": DoneIn, "again": AgainIn, "kick": KickIn, "lock": LockIn,
    "resync": ResyncIn, "more": MoreIn, "teach": TeachIn, "unteach": UnteachIn,
}  # fmt: skip


class Hello(Struct, frozen=True):
    """First message on every connection. `player` is the signed identity to present next time."""

    protocol: int
    player: str
    """Signed; whoever presents it is this player. Keep it secret."""
    version: str
    """Of the server."""
    tick_ms: int
    """A frame leaves at most once in so many ms."""


class Snapshot(Struct, frozen=True):
    """The room for one viewer; replaces everything the client knew. What is too much for it comes in parts."""

    o: int
    """Offset of the log this picture includes."""
    t: int
    """Room time in ms."""
    view: RoomView
    avatars: tuple[AvatarView, ...]
    canvases: tuple[CanvasView, ...]
    results: tuple[ResultView, ...]
    """ResultView of the round on the reveal; of the whole game on the podium."""
    guesser: bool
    """Whether Inkling is there to guess."""
    saving: bool
    """Whether what is drawn can be stored; else the room's clock stands still."""
    left: int = 0
    """How many faces, canvases and results are still to come: ask for `more`."""


class Part(Struct, frozen=True):
    """More of the picture, each thing as it is at offset `o`: it replaces what is known of the same seat, or seat and round."""

    o: int
    """Offset of the log this part includes."""
    t: int
    """Room time in ms."""
    avatars: tuple[AvatarView, ...]
    canvases: tuple[CanvasView, ...]
    results: tuple[ResultView, ...]
    left: int
    """How many things are still to come."""


class Welcome(Struct, frozen=True):
    """The seat is taken: who you are, and the room."""

    id: int
    """Of the `join`."""
    seat: int
    """One's own."""
    token: str
    """Says that this browser has a seat in this room; the server asks nobody for it."""
    snapshot: Snapshot


class InkOut(Struct, frozen=True, array_like=True):
    """One change of somebody's ink: kind is p (points), u (undo) or c (clear)."""

    seat: int
    seq: int
    kind: InkKind
    joined: bool
    """Whether the first segment goes on with the newest stroke."""
    segments: tuple[DrawnSegment, ...]
    """Points; empty for u and c."""


AnnouncementKind = Literal[
    "joined", "came_back", "went_away", "left", "kicked", "host", "hit", "clock_stopped", "clock_resumed", "round_void"
]


class Announcement(Struct, frozen=True, omit_defaults=True):
    """Something to show or announce once; the state it leads to is in `view`."""

    kind: AnnouncementKind
    seat: int = -1
    """Whom it is about; left out when nobody."""
    at: int = 0
    """Of a hit: ms into the round."""
    points: int = 0
    first: bool = False
    """Of a hit: the first of its round."""


class Frame(Struct, frozen=True, omit_defaults=True):
    """Everything new of one tick, for one audience; sent after it is stored."""

    o: int
    """Offset of the log that everything here is stored up to."""
    t: int
    """Room time in ms."""
    stored: dict[int, tuple[int, int]] = {}
    """Seat → (round, highest stored seq), of the seats whose ink changed."""
    ink: tuple[InkOut, ...] = ()
    """To those who may see everybody's, one's own among it."""
    activity: dict[int, int] = {}
    """Seat → points drawn so far, for those who may not see the ink."""
    poses: dict[int, Pose] = {}
    """Seat → Inkling's pose beside that canvas, where it changed."""
    events: tuple[Announcement, ...] = ()
    view: RoomView | None = None
    """Whole, when anything of it changed."""
    avatars: tuple[AvatarView, ...] = ()
    """Of those who came."""
    results: tuple[ResultView, ...] = ()
    left: int = 0
    """How many results of the phase are still to come, where they are too much for a frame: ask for `more`."""
    """With the phases reveal and podium."""


class GuessOut(Struct, frozen=True):
    """What Inkling says to the drawer; droppable, the newest wins."""

    round: int
    seq: int
    """The newest ink that was looked at."""
    revision: int
    """Counts states of the drawing; an older one than the last is stale."""
    pose: Pose
    says: str
    """The word that Inkling commits to, or empty; the prompt only with the hit."""
    mutters: tuple[tuple[str, float], ...]
    """(word, probability) that it wonders about, at most three; the prompt never before the hit."""
    confidence: float
    """Probability of the leading word, 0 when it has no idea."""
    asked_at: float
    """Wall clock (s) at which the request left the web process; for measuring on one machine."""


EndCode = Annotated[
    str,
    Meta(
        extra_json_schema={
            "enum": ["replaced", "kicked", "left", "slow", "flood", "too_many_tabs", "shutdown", "moved"]
        }
    ),
]


class Reply(Struct, frozen=True, omit_defaults=True):
    """The answer to a command, after its effect is stored."""

    id: int
    ok: bool
    code: ReplyCode = ""
    """Why it had no effect; left out when it had."""
    detail: str = ""
    """More for people who write clients."""


class RefusedOut(Struct, frozen=True, omit_defaults=True):
    """A message without an id (ink, or one that could not be read) had no effect."""

    event: str
    code: RefusalCode
    round: int = 0
    seq: int = 0
    expected: int = 0
    """With `seq_gap`: the seq to resend from."""
    detail: str = ""


class Notice(Struct, frozen=True):
    """Something about the server."""

    kind: Literal["guesser", "saving"]
    ok: bool
    """False: Inkling is away, or saving is paused."""


class Ended(Struct, frozen=True):
    """The last message before the server closes the connection."""

    code: EndCode
    """`replaced`: the seat was taken over by another connection; `moved`: another server process has the room, come
    back; `shutdown`: so may this one soon; `slow`, `flood`: read faster, send less; `too_many_tabs`: a newer connection of
    the same player took its place."""


OUTBOUND: dict[str, type[Struct]] = {
    "hello": Hello, "welcome": Welcome, "snapshot": Snapshot, "part": Part, "frame": Frame, "guess": GuessOut, "reply": Reply,
    "refused": RefusedOut, "notice": Notice, "ended": Ended,
}  # fmt: skip

REFUSALS: dict[str, str] = {
    "bad_message": "The message is not what the protocol allows.",
    "bad_name": "A name needs 1 to 20 visible characters, without marks piled up on them.",
    "bad_token": "This identity was not signed by this server; nobody was put in its place.",
    "wrong_token": "A newer connection of the same tab has this seat.",
    "not_joined": "Join a room first.",
    "already_joined": "This connection holds a seat already.",
    "unknown_room": "No open room has this code (or it lets nobody new in).",
    "room_lost": "What was stored of this room cannot be read any more; the operator's log says where it was put.",
    "room_newer": "A newer version of the server had this room; it comes back with that one. Try again soon.",
    "room_full": "Every seat is taken.",
    "seat_taken": "You play in another tab: continue here, or play as somebody else.",
    "kicked": "The host removed this seat from the room.",
    "not_host": "Only the host can do this.",
    "bad_setting": "A setting is out of its bounds.",
    "unknown_pack": "There is no such pack of words.",
    "not_now": "This cannot be done in the present phase.",
    "bad_word": "A word to teach needs 1 to 30 visible characters, without marks piled up on them.",
    "known_word": "Inkling knows this word already.",
    "unknown_word": "This room has not taught that word.",
    "lessons_full": "A room teaches three words; of each you may draw 20, all of you 40.",
    "unknown_seat": "Nobody sits there.",
    "round_over": "The round had closed when this arrived.",
    "seq_gap": "Ink is missing before this; resend from `expected`.",
    "canvas_full": "This drawing holds all the ink it can.",
    "bad_ink": "Axes differ in length, time runs backwards, or there are too many points.",
    "slow_down": "Too many messages; wait a moment.",
    "saving_paused": "The store is away; nothing was lost, and this was not stored. Try again soon.",
    "too_many": "This browser tried too often; wait a minute.",
    "too_many_tabs": "This browser has too many tabs of the game open; close some.",
    "network_busy": "This network's address did too much in the last minute: connections, new browsers, rooms, wrong codes, floods, "
    "or connections that said nothing. Wait a minute, or ask the server's operator to trust the network.",
    "network_full": "More tabs of the game are open in this network than its address may hold; ask the server's operator to "
    "trust the network.",
    "server_full": "The server holds as many rooms as it may.",
    "flood": "This browser sent far more than the page does; it has to wait before it may come back.",
    "foreign_origin": "Only pages of this server may do this.",
    "old_client": "The page is older than the server; reload.",
    "unknown_recipe": "There is no such recipe.",
    "not_trained": "This recipe has no trained run here.",
    "too_large": "A picture may have 2 MB and 16 million pixels.",
    "bad_picture": "This is no picture that can be read (PNG, JPEG, WebP), or not one that this recipe takes.",
    "guesser_away": "The guesser is away; try again soon.",
    "unknown_drawing": "There is no such drawing, or it is not shown.",
    "bad_code": "This token or recovery code is not good here.",
    "admin_off": "The operator's pages are off: INKLING_ADMIN_TOKEN is not set.",
    "wrong_admin_token": "This is not the operator's token.",
    "bad_filter": "The export cannot be what was asked for.",
    "exports_full": "Too many exports are kept; delete one.",
    "no_room": "The server has no room for it.",
    "unknown_export": "There is no such export or file.",
    "server_error": "The server failed at this, and its log says how. Try again soon.",
    "try_failed": "The network could not look at this; the guesser's log says why.",
}
"""Every stable code with what it means; the page has its own words for each."""

RefusalCode = Annotated[str, Meta(extra_json_schema={"enum": [*REFUSALS]})]
ReplyCode = Annotated[str, Meta(extra_json_schema={"enum": ["", *REFUSALS]})]

MAX_FRAME_BYTES = 8 * 1024
"""Bytes that one frame from a client may have."""

_encoder = msgspec.json.Encoder()
_decoders: dict[str, msgspec.json.Decoder[Any]] = {name: msgspec.json.Decoder(kind) for name, kind in INBOUND.items()}


class BadMessage(ValueError):
    """An inbound message that is unknown or not what its type allows."""

    def __init__(self, event: str, detail: str) -> None:
        super().__init__(detail)
        self.event = event
        self.detail = detail


def decode_message(event: str, payload: bytes | str) -> ClientMessage:
    """Parse the JSON object of one inbound event. Raises BadMessage; nothing else gets out."""
    decoder = _decoders.get(event)
    if decoder is None:
        raise BadMessage(event[:40], "unknown event")
    try:
        message: ClientMessage = decoder.decode(payload)
    except (*DECODE_ERRORS, ValueError) as error:
        raise BadMessage(event, str(error)[:200]) from None
    return message


def encode_packet(message: Struct) -> str:
    """Encode an outbound message as the text of a Socket.IO event packet, once for all receivers."""
    return f'2["{_EVENT_OF_TYPE[type(message)]}",{_encoder.encode(message).decode()}]'


_EVENT_OF_TYPE = {kind: name for name, kind in OUTBOUND.items()}
