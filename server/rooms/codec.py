"""Bytes of the log: commands with their room time, and snapshots of the state. Both begin with their format."""

from __future__ import annotations

from array import array
from typing import Any

import msgspec
from msgspec import Struct

from server.game.commands import (
    Again,
    Away,
    Clear,
    Command,
    Configure,
    Done,
    Draw,
    InkOp,
    Join,
    Kick,
    Leave,
    Lock,
    MachineGuessed,
    Points,
    Ready,
    Segment,
    Start,
    Teach,
    Tick,
    Undo,
    Unteach,
)
from server.game.ids import Millis, PlayerId, RoundId
from server.game.state import Axis, Print, State, axis
from server.game.view import ResultView
from server.rooms import formats

FORMAT = 3
"""Of snapshots and log entries. 0 (no number in front): 523f2d6 and before. 1: the same with a number. 2: a change of settings
names what it changes. 3: a drawing remembers which words were said of it in vain."""


class _Inked(Struct, frozen=True, array_like=True):
    """A Draw on the wire: kind is p, u or c."""

    player: PlayerId
    round: RoundId
    seq: int
    kind: str
    joined: bool = False
    segments: tuple[Segment, ...] = ()


class _Entry(Struct, frozen=True, array_like=True):
    """One line of the log: the command's name, room time in ms, and its fields."""

    name: str
    at: int
    body: msgspec.Raw


class _Picture(Struct, frozen=True, array_like=True):
    """A snapshot: the state, and the room time at which it was true."""

    at: int
    state: State


_PLAIN: dict[str, type[Any]] = {
    kind.__name__: kind
    for kind in (
        Join,
        Away,
        Leave,
        Ready,
        Configure,
        Start,
        Done,
        Again,
        Kick,
        Lock,
        Teach,
        Unteach,
        MachineGuessed,
        Tick,
    )
}


def _unpacked(value: object) -> list[int] | ResultView:
    """Write what is packed in memory as if it were not."""
    if isinstance(value, array):
        return value.tolist()
    if isinstance(value, Print):
        return value.shown()
    raise NotImplementedError(f"a {type(value).__name__} is no part of a state")


def _packed(kind: type[Any], value: Any) -> Axis | Print:
    if kind is array and isinstance(value, list):
        return axis(value)
    if kind is Print:
        return Print(msgspec.convert(value, ResultView))
    raise NotImplementedError(f"a {kind.__name__} is no part of a state")


_encode = msgspec.msgpack.Encoder(enc_hook=_unpacked).encode
_entry = msgspec.msgpack.Decoder(_Entry)
_inked = msgspec.msgpack.Decoder(_Inked)
_plain = {name: msgspec.msgpack.Decoder(kind) for name, kind in _PLAIN.items()}
_picture = msgspec.msgpack.Decoder(_Picture, dec_hook=_packed)


def entry(command: Command, at: Millis) -> bytes:
    """Encode one accepted command with its room time."""
    body: object = command
    if isinstance(command, Draw):
        body = _inked_of(command)
    return formats.stamped(FORMAT, _encode(_Entry(type(command).__name__, at, msgspec.Raw(_encode(body)))))


def command(data: bytes) -> tuple[Command, Millis]:
    """Decode one entry. Raises formats.TooNew, msgspec.DecodeError on bytes that no version wrote."""
    _, body = formats.split(data, FORMAT)
    line = _entry.decode(body)
    if line.name == "Draw":
        return _draw_of(_inked.decode(line.body)), Millis(line.at)
    decoder = _plain.get(line.name)
    if decoder is None:
        raise msgspec.DecodeError(f"unknown command {line.name!r} in the log")
    made: Command = decoder.decode(line.body)
    return made, Millis(line.at)


def bare(made: Command) -> bytes:
    """Encode a command that has no time yet: on its way to the process that owns the room."""
    return entry(made, Millis(0))


def unwrapped(data: bytes) -> Command:
    """Decode what `bare` made. Raises msgspec.DecodeError."""
    return command(data)[0]


def snapshot(state: State, at: Millis) -> bytes:
    """Encode the whole state as it was at room time `at`."""
    return formats.stamped(FORMAT, _encode(_Picture(at, state)))


def restore(data: bytes) -> tuple[State, Millis]:
    """Decode a snapshot. Raises formats.TooNew, msgspec.DecodeError on bytes that no version wrote."""
    _, body = formats.split(data, FORMAT)
    picture = _picture.decode(body)
    return picture.state, Millis(picture.at)


def _inked_of(draw: Draw) -> _Inked:
    op = draw.op
    if isinstance(op, Points):
        return _Inked(draw.player, draw.round, draw.seq, "p", op.joined, op.segments)
    return _Inked(draw.player, draw.round, draw.seq, "u" if isinstance(op, Undo) else "c")


def _draw_of(inked: _Inked) -> Draw:
    ops: dict[str, InkOp] = {"u": Undo(), "c": Clear()}
    op = ops.get(inked.kind) or Points(inked.segments, inked.joined)
    return Draw(inked.player, inked.round, inked.seq, op)
