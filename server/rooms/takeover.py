"""Taking a room over from its log: snapshot plus tail through the pure game, checked before anybody is let in."""

from __future__ import annotations

from server.game import invariants
from server.game.commands import Tick
from server.game.events import Event, Refused, Repeated
from server.game.game import Game
from server.game.ids import Millis, Seat
from server.game.state import RoomState
from server.rooms import codec, snapshot_parts
from server.rooms.format_version import FormatTooNew
from server.rooms.ports import AdoptedRoom, RoomNeedsNewerVersion, RoomPorts, RoomUnreadable
from server.rooms.room import Room


async def adopt_room(code: str, epoch: int | None, ports: RoomPorts) -> Room | None:
    """Take over a room; nobody is connected to it yet. None if it is gone, or not under `epoch` any more.

    Raises RoomNeedsNewerVersion and RoomUnreadable: what is stored is input like any other.
    """
    found = await ports.log.adopt(code, epoch)
    if found is None:
        return None
    try:
        return _rebuild_room(code, found, ports)
    except FormatTooNew as reason:
        await ports.log.release(code, found.epoch)
        raise RoomNeedsNewerVersion(str(reason)) from None
    except MemoryError:
        # That says nothing about the room.
        raise
    except Exception as error:
        raise RoomUnreadable(code, found.epoch, f"{type(error).__name__}: {error}") from error


def _rebuild_room(code: str, found: AdoptedRoom, ports: RoomPorts) -> Room:
    """Decode what is stored and apply the tail. Raises whatever damage leads to."""
    state, now = codec.decode_snapshot(found.snapshot)
    game = Game(state)
    events: list[Event] = []
    for entry in found.tail:
        command, now = codec.decode_log_entry(entry)
        outcome = game.handle(command, now)
        if not isinstance(outcome, (Refused, Repeated)):
            events += outcome
    _check_state(code, game, now)
    room = Room(game, now, found.snapshot_offset + len(found.tail), found.epoch, ports)
    room.resume(found.snapshot_offset, events)
    return room


def _check_state(code: str, game: Game, now: Millis) -> None:
    """Raise an error unless this room can be shown under its code: bytes that decode may still be nonsense."""
    if game.state.code != code:
        raise ValueError(f"the state is that of room {game.state.code}")
    if fault := invariants.find_state_fault(game.state):
        raise ValueError(fault)
    # What is due next is tried on a copy.
    state, now = codec.decode_snapshot(codec.encode_snapshot(game.state, now))
    _try_snapshot(state, now)
    copy = Game(state)
    if (deadline := copy.deadline) is not None:
        copy.handle(Tick(), deadline)
        _try_snapshot(state, now)
        codec.encode_snapshot(state, now)


def _try_snapshot(state: RoomState, now: Millis) -> None:
    snapshot_parts.build_snapshot(state, Seat(-1), 0, now, guesser=True, saving=True)
