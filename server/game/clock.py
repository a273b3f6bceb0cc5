"""Room time: what happens by itself, and when."""

from __future__ import annotations

from server.game.events import Event, PhaseBegan
from server.game.ids import Millis, Phase
from server.game.mode import Mode
from server.game.seats import host
from server.game.state import RoomState


def room_deadline(state: RoomState, mode: Mode) -> Millis | None:
    """Return the room time of the next thing that happens by itself, or None. Asked before every command."""
    soonest = mode.next_deadline(state)
    due = host.host_deadline(state)
    return due if soonest is None or (due is not None and due < soonest) else soonest


def require_later_deadline(due: Millis, following: Millis | None) -> Millis | None:
    """Return what is due after all was done that was due before. Raises RuntimeError if time does not go on."""
    if following is not None and following <= due:
        raise RuntimeError(f"room time stands still: what is due at {following} stays due")
    return following


def pass_time(state: RoomState, mode: Mode, now: Millis) -> list[Event]:
    """Do everything that is due, each thing at its own time. Raises RuntimeError in a state in which nothing helps."""
    events: list[Event] = []
    due = room_deadline(state, mode)
    while due is not None and due <= now:
        events += mode.do_what_is_due(state, due)
        events += apply_room_consequences(state, mode, due)
        due = require_later_deadline(due, room_deadline(state, mode))
    return events


def apply_room_consequences(state: RoomState, mode: Mode, now: Millis) -> list[Event]:
    """Do what follows from whatever has just happened."""
    return host.appoint_host(state, now) + mode.apply_consequences(state, now)


def enter_phase(state: RoomState, phase: Phase, until: Millis | None = None) -> list[Event]:
    """Begin a phase; `until` is the room time at which it ends by itself."""
    state.phase = phase
    state.until = until
    return [PhaseBegan(phase)]
