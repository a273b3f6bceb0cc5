"""Bytes of the log: commands with their room time, and snapshots of the state. Both begin with their format."""

from __future__ import annotations

from array import array
from collections.abc import Iterable
from typing import Any

import msgspec
from msgspec import Struct

from server.game.commands import (
    Again,
    Away,
    Command,
    Configure,
    Done,
    Draw,
    InkKind,
    Join,
    Kick,
    Leave,
    Lock,
    MachineGuessed,
    Ready,
    Segment,
    Start,
    Teach,
    Tick,
    Unteach,
    ink_op,
)
from server.game.ids import Millis, PlayerId, RoundId
from server.game.ink.canvas import PackedAxis, pack_axis
from server.game.mode import Mode
from server.game.modes.registry import MODES
from server.game.state import AlbumDrawing, RoomState
from server.game.view import ResultView
from server.rooms import format_version

ROOM_FORMAT_VERSION = 4
"""Of snapshots and log entries. 0 (no number in front): 523f2d6 and before. 1: the same with a number. 2: a change of settings
names what it changes. 3: a drawing remembers which words were said of it in vain. 4: rooms and settings name their mode."""


class _DrawEntry(Struct, frozen=True, array_like=True):
    """A Draw in the log: its change of ink lies flat in it."""

    player: PlayerId
    round: RoundId
    seq: int
    kind: InkKind
    joined: bool = False
    segments: tuple[Segment, ...] = ()


class _LogEntry(Struct, frozen=True, array_like=True):
    """One entry of the log: the command's name, room time in ms, and its fields."""

    name: str
    at: int
    body: msgspec.Raw


class _StoredSnapshot(Struct, frozen=True, array_like=True):
    """A snapshot: the state, and the room time at which it was true."""

    at: int
    state: RoomState


_SHARED_COMMANDS = (
    Join, Away, Leave, Ready, Configure, Start, Done, Again, Kick, Lock, Teach, Unteach, MachineGuessed, Tick,
)  # fmt: skip


def name_commands(modes: Iterable[Mode]) -> dict[str, type[Any]]:
    """Return the log's name of every command but Draw; one that a mode alone has is named `mode.Command`."""
    shared: dict[str, type[Any]] = {kind.__name__: kind for kind in _SHARED_COMMANDS}
    return shared | {f"{mode.name}.{kind.__name__}": kind for mode in modes for kind in mode.commands}


def _encode_packed(value: object) -> list[int] | ResultView:
    """Write what is packed in memory as if it were not."""
    if isinstance(value, array):
        return value.tolist()
    if isinstance(value, AlbumDrawing):
        return value.to_view()
    raise NotImplementedError(f"a {type(value).__name__} is no part of a state")


def _decode_packed(kind: type[Any], value: Any) -> PackedAxis | AlbumDrawing:
    if kind is array and isinstance(value, list):
        return pack_axis(value)
    if kind is AlbumDrawing:
        return AlbumDrawing(msgspec.convert(value, ResultView))
    raise NotImplementedError(f"a {kind.__name__} is no part of a state")


_encode = msgspec.msgpack.Encoder(enc_hook=_encode_packed).encode
_entry_decoder = msgspec.msgpack.Decoder(_LogEntry)
_draw_decoder = msgspec.msgpack.Decoder(_DrawEntry)
_command_decoders = {name: msgspec.msgpack.Decoder(kind) for name, kind in name_commands(MODES.values()).items()}
_command_names = {kind: name for name, kind in name_commands(MODES.values()).items()} | {Draw: "Draw"}
_snapshot_decoder = msgspec.msgpack.Decoder(_StoredSnapshot, dec_hook=_decode_packed)


def encode_log_entry(command: Command, at: Millis) -> bytes:
    """Encode one accepted command with its room time."""
    body: object = command
    if isinstance(command, Draw):
        body = _draw_to_entry(command)
    return format_version.add_format_version(
        ROOM_FORMAT_VERSION, _encode(_LogEntry(_command_names[type(command)], at, msgspec.Raw(_encode(body))))
    )


def decode_log_entry(data: bytes) -> tuple[Command, Millis]:
    """Decode one entry. Raises FormatTooNew, msgspec.DecodeError on bytes that no version wrote."""
    _, body = format_version.split_format_version(data, ROOM_FORMAT_VERSION)
    entry = _entry_decoder.decode(body)
    if entry.name == "Draw":
        return _entry_to_draw(_draw_decoder.decode(entry.body)), Millis(entry.at)
    decoder = _command_decoders.get(entry.name)
    if decoder is None:
        raise msgspec.DecodeError(f"unknown command {entry.name!r} in the log")
    command: Command = decoder.decode(entry.body)
    return command, Millis(entry.at)


def encode_untimed_command(command: Command) -> bytes:
    """Encode a command that has no time yet: on its way to the process that owns the room."""
    return encode_log_entry(command, Millis(0))


def decode_untimed_command(data: bytes) -> Command:
    """Decode what `encode_untimed_command` made. Raises msgspec.DecodeError."""
    return decode_log_entry(data)[0]


def encode_snapshot(state: RoomState, at: Millis) -> bytes:
    """Encode the whole state as it was at room time `at`."""
    return format_version.add_format_version(ROOM_FORMAT_VERSION, _encode(_StoredSnapshot(at, state)))


def decode_snapshot(data: bytes) -> tuple[RoomState, Millis]:
    """Decode a snapshot. Raises FormatTooNew, msgspec.DecodeError on bytes that no version wrote."""
    _, body = format_version.split_format_version(data, ROOM_FORMAT_VERSION)
    snapshot = _snapshot_decoder.decode(body)
    return snapshot.state, Millis(snapshot.at)


def _draw_to_entry(draw: Draw) -> _DrawEntry:
    op = draw.op
    return _DrawEntry(draw.player, draw.round, draw.seq, op.kind, op.joined, op.segments)


def _entry_to_draw(entry: _DrawEntry) -> Draw:
    op = ink_op(entry.kind, entry.joined, entry.segments)
    return Draw(entry.player, entry.round, entry.seq, op)
