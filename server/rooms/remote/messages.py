"""Messages between web processes about players whose socket is in one of them and whose room is in another.

`conn` numbers a connection within the process that has its socket. Bytes of commands are the log's own.
"""

from __future__ import annotations

import msgspec
from msgspec import Struct

from server.rooms.summary import Card


class JoinRequest(Struct, frozen=True, array_like=True, tag="j"):
    """Somebody wants a seat. `join` is a Join as in the log; `age` how long ago (s) the connection was opened when the
    message leaves; while that waits, it grows older.
    """

    conn: int
    code: str
    player: str
    tab: str
    join: bytes
    request: int
    takeover: bool
    age: float


class CommandMessage(Struct, frozen=True, array_like=True, tag="s"):
    """A command of a seated player."""

    conn: int
    command: bytes
    request: int | None
    event: str


class ResyncRequest(Struct, frozen=True, array_like=True, tag="r"):
    """A connection wants the whole picture."""

    conn: int
    request: int | None


class NextPartRequest(Struct, frozen=True, array_like=True, tag="m"):
    """A connection wants the next part of its picture."""

    conn: int
    request: int


class ConnectionLost(Struct, frozen=True, array_like=True, tag="g"):
    """A connection is lost."""

    conn: int


class CardRequest(Struct, frozen=True, array_like=True, tag="a"):
    """Somebody with a link asks who is in a room."""

    request: int
    code: str


class CardReply(Struct, frozen=True, array_like=True, tag="c"):
    """The answer; None when the room is not here."""

    request: int
    card: Card | None


class Deliver(Struct, frozen=True, array_like=True, tag="t"):
    """A packet for connections of the process that gets it."""

    conns: list[int]
    packet: str


class DeliverDroppable(Struct, frozen=True, array_like=True, tag="d"):
    """A droppable packet."""

    conn: int
    kind: str
    packet: str


class SeatGranted(Struct, frozen=True, array_like=True, tag="y"):
    """A connection has its seat."""

    conn: int


class SeatRevoked(Struct, frozen=True, array_like=True, tag="n"):
    """A connection has no seat any more."""

    conn: int


class CloseConnection(Struct, frozen=True, array_like=True, tag="x"):
    """Say why, and cut a connection."""

    conn: int
    code: str


class RoomReleased(Struct, frozen=True, array_like=True, tag="h"):
    """Nobody was in the room that a connection wanted to join: its owner released it, so that it moves to its players."""

    conn: int


class AdoptRooms(Struct, frozen=True, array_like=True, tag="o"):
    """Rooms that a draining process has released."""

    codes: list[str]


PeerMessage = (
    JoinRequest | CommandMessage | ResyncRequest | NextPartRequest | ConnectionLost | CardRequest | CardReply | Deliver | DeliverDroppable | SeatGranted | SeatRevoked | CloseConnection | RoomReleased | AdoptRooms
)  # fmt: skip


class PeerEnvelope(Struct, frozen=True, array_like=True):
    """Items that leave together. `number` counts the envelopes of one queue, from 1; `born` tells queues apart."""

    web: str
    born: int
    number: int
    items: list[PeerMessage]


encode_envelope = msgspec.msgpack.Encoder().encode
decode_envelope = msgspec.msgpack.Decoder(PeerEnvelope).decode
