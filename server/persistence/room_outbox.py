"""What a room leaves behind at a phase change, on its way to the collection and the boards."""

from __future__ import annotations

import msgspec
from msgspec import Struct

from server.drawings.record import DEFAULT_LICENCE
from server.game.events import DrawingFinished, GameEnded
from server.rooms import format_version
from server.rooms.ports import RoundClosing

OUTBOX_ENTRY_FORMAT = 2
"""Of outbox entries. 0 (no number in front): 523f2d6 and before. 1: the same with a number. 2: drawings and games name their mode."""


class OutboxEntry(Struct, frozen=True, array_like=True):
    """One outbox entry; `at` is the wall clock (ms) when it was stored, for time stamps only."""

    code: str
    at: int
    drawings: tuple[DrawingFinished, ...]
    ended: GameEnded | None
    licence: str = DEFAULT_LICENCE
    """What the players were told when they drew."""


_encode_msgpack = msgspec.msgpack.Encoder().encode
_decode_msgpack = msgspec.msgpack.Decoder(OutboxEntry).decode


def encode_outbox_entry(code: str, closing: RoundClosing, at: int, keep: bool, licence: str = DEFAULT_LICENCE) -> bytes:
    """Encode what is to be moved; empty if there is nothing. `keep` false leaves all drawings out."""
    drawings = closing.drawings if keep else ()
    if not drawings and closing.ended is None:
        return b""
    return format_version.add_format_version(
        OUTBOX_ENTRY_FORMAT, _encode_msgpack(OutboxEntry(code, at, drawings, closing.ended, licence))
    )


def decode_outbox_entry(data: bytes) -> OutboxEntry:
    """Decode an outbox entry. Raises formats.TooNew, msgspec.DecodeError on bytes that no version wrote."""
    return _decode_msgpack(format_version.split_format_version(data, OUTBOX_ENTRY_FORMAT)[1])
