"""What a room needs from the world, as Protocols. Adapters live in store, guessing and gateway."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol, SupportsBytes

from msgspec import Struct

from server.game.commands import Sketch
from server.game.events import DrawingFinished, GameEnded
from server.game.ids import Millis, PlayerId, RoundId, Seat
from server.metrics import Meters
from server.rooms.remote.messages import PeerMessage
from server.rooms.tick_scheduler import TickScheduler


class StoreUnavailable(Exception):
    """The store cannot be reached or refuses to write; nothing was answered, so nothing is promised."""


class InvalidExport(ValueError):
    """An export that is asked for cannot be; the text says why."""


class TooManyExports(Exception):
    """Too many exports are kept."""


class RoomUnavailable(Exception):
    """A room exists, or did, and cannot be opened here; `refusal` is the code that players hear."""

    refusal = "room_lost"


class RoomNeedsNewerVersion(RoomUnavailable):
    """A newer version of Inkling held the room last; it waits, untouched, for a process of that version."""

    refusal = "room_newer"


class RoomUnreadable(RoomUnavailable):
    """What is stored of the room cannot be read; `epoch` is the one it was taken under, 0 if not even that is known."""

    def __init__(self, code: str, epoch: int, reason: str) -> None:
        super().__init__(reason)
        self.code, self.epoch = code, epoch


class Fenced(Exception):
    """Another owner has taken this room over; this one must forget it."""


class LogGap(Exception):
    """The log does not end where this owner believes; it must reload the room."""


@dataclass(frozen=True, slots=True)
class AdoptedRoom:
    """A room as its new owner finds it: the last snapshot and the tail of the log after it."""

    epoch: int
    snapshot: bytes
    """Codec bytes of the state at `snapshot_offset`."""
    snapshot_offset: int
    tail: tuple[bytes, ...]
    """Codec bytes of the entries snapshot_offset+1, …, in order, without gaps."""


@dataclass(frozen=True, slots=True)
class StoredRoom:
    """A room as it is stored, for who only reads it: codec bytes of its last snapshot, and of the log's entries after it."""

    snapshot: bytes
    tail: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class Ownership:
    """Who owns a room, and since which epoch; `owner` is empty after a web process drained."""

    epoch: int
    owner: str


@dataclass(frozen=True, slots=True)
class RoundClosing:
    """What a phase change leaves behind, to be stored exactly once under `offset`."""

    drawings: tuple[DrawingFinished, ...] = ()
    ended: GameEnded | None = None


class RoomLog(Protocol):
    """The log under one room. Every call raises StoreUnavailable, Fenced or LogGap and is safe to repeat."""

    async def create(self, code: str, snapshot: bytes) -> int:
        """Make a new room of this process at offset 0; returns its epoch, 0 if the code is taken."""

    async def owners(self, codes: Sequence[str]) -> list[Ownership | None]:
        """Say who owns these rooms; None for those that do not exist."""

    async def adopt(self, code: str, epoch: int | None = None) -> AdoptedRoom | None:
        """Take the room over under a new epoch; None if it is gone, or has left `epoch` (somebody was faster).

        Raises RoomNeedsNewerVersion (the room stays as it is) and RoomUnreadable.
        """

    async def read(self, code: str) -> StoredRoom | None:
        """Read the room as it is stored now, without taking it over; None if there is none.

        Raises RoomNeedsNewerVersion, RoomUnreadable.
        """

    async def set_aside(self, code: str, epoch: int) -> str:
        """Move a room that cannot be read out of the way, whole; returns where to. Raises Fenced if it was taken over.

        Epoch 0: nobody knows under which one it was taken.
        """

    async def is_aside(self, code: str) -> bool:
        """Whether a room of this code was set aside."""

    async def release(self, code: str, epoch: int) -> None:
        """Let any process take the room over at once."""

    async def append(self, code: str, epoch: int, expected: int, entries: Sequence[bytes]) -> None:
        """Store entries at offsets expected+1, …; already there is as good as stored."""

    async def save(self, code: str, epoch: int, offset: int, snapshot: bytes, closing: RoundClosing) -> None:
        """Store a snapshot at `offset` (already appended) and put `closing` in the room's outbox, once."""

    async def forget(self, code: str, epoch: int) -> None:
        """Remove the room's log and snapshot (empty for 10 minutes)."""

    async def live(self) -> tuple[str, ...]:
        """Codes of all rooms that exist."""


class Peers(Protocol):
    """The web processes round one store: who is alive, and messages to them."""

    me: str
    """This process, for its lifetime."""

    @property
    def saving(self) -> bool:
        """Whether messages leave now; false while the store is away."""

    @property
    def others(self) -> tuple[str, ...]:
        """The other processes that are alive and stay."""

    async def is_alive(self, web: str) -> bool:
        """Whether a process has written a heartbeat lately. Raises StoreUnavailable."""

    def send(self, web: str, item: PeerMessage) -> bool:
        """Post one item; False if there is no such process (any more).

        Items to one process arrive in order, or `PeerListener.lost` says that some did not.
        """

    def deliver(self, web: str, conn: int, packet: str) -> None:
        """Post a packet for one connection there; the same packet for several of them travels once."""


class PeerListener(Protocol):
    """What a process is told about the others."""

    def on_peer_message(self, web: str, item: PeerMessage) -> None:
        """Take one item in."""

    def on_messages_lost(self, web: str) -> None:
        """Items from this process are lost, or it died: whatever hung on it has to begin again."""

    def on_peer_gone(self, web: str) -> None:
        """A process wrote no heartbeat for long, or said that it ends: its rooms need an owner."""

    def on_ownership_doubted(self) -> None:
        """The others may have taken this process for dead: it has to see which rooms are still its own."""

    def saving_changed(self, saving: bool) -> None:
        """The way to the others broke, or is open again."""


@dataclass(frozen=True, slots=True)
class TaughtWord:
    """A word that people taught: `key` names its drawings, and is empty for one that the model knows itself.

    Without drawings the store has them under their key already.
    """

    word: str
    key: str
    sketches: tuple[Sketch, ...] = ()


class GuessRequest(Struct, frozen=True):
    """Ink that wants a guess. `words` is the room's pack."""

    code: str
    seat: Seat
    round: RoundId
    revision: int
    seq: int
    ink: SupportsBytes
    """Packed as in `server.ink_codec.pack_guess_ink`. It may be one that grows: it stays as it is until there is a newer request for it."""
    words: tuple[str, ...]
    taught: tuple[TaughtWord, ...] = ()
    """More words that may be guessed."""


class GuessAnswer(Struct, frozen=True):
    """The guesser's answer to one request."""

    code: str
    seat: Seat
    round: RoundId
    revision: int
    guesses: tuple[tuple[str, float], ...]
    doubt: float
    model: str
    asked_at: float
    """`time.time()` at which the request left this process; for measuring only."""


class Guesser(Protocol):
    """The guesser's client side. Newest ink wins; it never blocks the room."""

    def ask(self, request: GuessRequest) -> None:
        """Ask for a guess of the newest ink of a drawing, replacing one that has not left yet."""

    def drop(self, code: str, seat: Seat | None = None) -> None:
        """Forget what a room (or seat) still wanted to know."""

    @property
    def ready(self) -> bool:
        """Whether a warmed guesser is alive."""


class Outbox(Protocol):
    """The way to one connected player. `send` never waits; what does not fit is replaced by a snapshot."""

    def send(self, packet: str) -> None:
        """Queue a reliable message, encoded by `server.protocol.encode_packet`."""

    def droppable(self, kind: str, packet: str) -> None:
        """Offer a message of which only the newest of its kind matters."""

    def close(self, code: str) -> None:
        """Say why (an `ended` message) and cut the connection after it is flushed."""

    @property
    def overflowed(self) -> bool:
        """True once after the queue hit its bound: the room must send a snapshot instead."""


class Clock(Protocol):
    """Monotonic time; tests let it run faster."""

    def now(self) -> float:
        """Seconds, monotonic."""

    async def sleep(self, seconds: float) -> None:
        """Wait."""

    async def wait(self, event: asyncio.Event, seconds: float) -> None:
        """Wait until the event is set, at most `seconds`."""


@dataclass(frozen=True, slots=True)
class RoomPorts:
    """What every room of this process shares."""

    log: RoomLog
    guesser: Guesser
    clock: Clock
    tick: float
    """Seconds between two frames of a room."""
    sign: Callable[[str, PlayerId, int], str]
    """Makes the token of a seat: room code, player, and how often the player was welcomed."""
    meters: Meters = field(default_factory=Meters)
    tick_scheduler: TickScheduler | None = None
    """What rooms keep step by; without it each one ticks for itself."""


__all__ = [
    "AdoptedRoom",
    "Clock",
    "Fenced",
    "GuessAnswer",
    "GuessRequest",
    "Guesser",
    "LogGap",
    "Millis",
    "Outbox",
    "Ownership",
    "PeerListener",
    "Peers",
    "PlayerId",
    "RoomLog",
    "RoomPorts",
    "RoundClosing",
    "StoreUnavailable",
    "StoredRoom",
    "TaughtWord",
]  # fmt: skip
