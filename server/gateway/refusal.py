"""The answer to a message that had no effect, which may be one that could not even be read."""

from __future__ import annotations

import msgspec

from server.decode_errors import DECODE_ERRORS
from server.gateway.connection import INK_EVENTS
from server.protocol import RefusedOut, Reply, encode_packet


class _MessageWithId(msgspec.Struct, frozen=True):
    """The id of a message that could not be read otherwise."""

    id: int


class _InkPosition(msgspec.Struct, frozen=True):
    """Round and seq of ink that had no effect."""

    round: int = 0
    seq: int = 0


_message_id_decoder = msgspec.json.Decoder(_MessageWithId)
_ink_position_decoder = msgspec.json.Decoder(_InkPosition)


def encode_refusal(event: str, raw: str, code: str, detail: str = "") -> str:
    """Answer a message by its id if it has one, else as `refused`."""
    number = _read_message_id(raw) if event not in INK_EVENTS else None
    if number is not None:
        return encode_packet(Reply(number, ok=False, code=code, detail=detail))
    return encode_packet(RefusedOut(event, code, *_read_ink_position(raw), detail=detail))


def _read_message_id(raw: str) -> int | None:
    try:
        return _message_id_decoder.decode(raw).id
    except (*DECODE_ERRORS, ValueError):
        return None


def _read_ink_position(raw: str) -> tuple[int, int]:
    try:
        position = _ink_position_decoder.decode(raw)
    except (*DECODE_ERRORS, ValueError):
        return 0, 0
    return position.round, position.seq
