"""What a room leaves behind at a phase change, on its way to the collection and the boards."""

from __future__ import annotations

import msgspec
from msgspec import Struct

from server.drawings.record import LICENCE
from server.game.events import DrawingFinished, GameEnded
from server.rooms import formats
from server.rooms.ports import Closing

FORMAT = 1
"""Of outbox entries. 0 (no number in front): 523f2d6 and before; otherwise the same."""


class Leftover(Struct, frozen=True, array_like=True):
    """One outbox entry; `at` is the wall clock (ms) when it was stored, for time stamps only."""

    code: str
    at: int
    drawings: tuple[DrawingFinished, ...]
    ended: GameEnded | None
    licence: str = LICENCE
    """What the players were told when they drew."""


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Leftover).decode


def pack(code: str, closing: Closing, at: int, keep: bool, licence: str = LICENCE) -> bytes:
    """Encode what is to be moved; empty if there is nothing. `keep` false leaves all drawings out."""
    drawings = closing.drawings if keep else ()
    if not drawings and closing.ended is None:
        return b""
    return formats.stamped(FORMAT, _encode(Leftover(code, at, drawings, closing.ended, licence)))


def unpack(data: bytes) -> Leftover:
    """Decode an outbox entry. Raises formats.TooNew, msgspec.DecodeError on bytes that no version wrote."""
    return _decode(formats.split(data, FORMAT)[1])
