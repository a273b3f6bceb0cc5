"""Coming, going, and who is in charge."""

from __future__ import annotations

from server.game.commands import Away, Join, Kick, Leave, Lock, Ready
from server.game.events import CameBack, Changed, Event, HostChanged, Joined, Left, Refused, WentAway
from server.game.state import SeatState, State, holders, seat_of
from server.game.words import Millis, Seat

Outcome = list[Event] | Refused


def join(state: State, command: Join, now: Millis) -> Outcome:
    """Give a new player a seat, or a known one the seat held before."""
    if command.player in state.kicked:
        return Refused("kicked")
    known = seat_of(state, command.player)
    if known is not None:
        return _come_back(state, known, command, now)
    if state.locked:
        return Refused("unknown_room")
    made_free = _make_room(state)
    if len(holders(state)) >= state.settings.seats:
        return Refused("room_full")
    seat = Seat(len(state.seats))
    state.seats.append(
        SeatState(
            seat, command.player, command.name, command.avatar, command.keep, command.device, command.source,
            command.generation, here=True, since=now,
        )
    )  # fmt: skip
    events: list[Event] = [*made_free, Joined(seat)]
    return events + _lead(state, now)


def _come_back(state: State, known: SeatState, command: Join, now: Millis) -> list[Event]:
    known.name, known.avatar, known.keep = command.name, command.avatar, command.keep
    known.device, known.generation = command.device, max(command.generation, known.generation)
    events: list[Event] = [CameBack(known.seat)]
    if not known.here:
        known.here, known.since = True, now
        if known.seat == state.host:
            state.host_away = Millis(-1)
    return events + _lead(state, now)


def _make_room(state: State) -> list[Event]:
    """Between games, a full room takes the seat of whoever has been away longest."""
    held = holders(state)
    if len(held) < state.settings.seats or state.phase not in ("lobby", "podium"):
        return []
    absent = [seat for seat in held if not seat.here]
    if not absent:
        return []
    seat = min(absent, key=lambda one: one.since)
    seat.gone = True
    return [Left(seat.seat, kicked=False)]


def away(state: State, command: Away, now: Millis) -> Outcome:
    """Note that a player is not connected; the seat stays."""
    seat = seat_of(state, command.player)
    if seat is None or not seat.here:
        return Refused("not_joined")
    seat.here, seat.ready, seat.since = False, False, now
    if seat.seat == state.host:
        state.host_away = now
    return [WentAway(seat.seat)]


def leave(state: State, command: Leave, now: Millis) -> Outcome:
    """Give a seat up."""
    seat = seat_of(state, command.player)
    return Refused("not_joined") if seat is None else _vacate(state, seat, False, now)


def kick(state: State, command: Kick, now: Millis) -> Outcome:
    """Remove somebody for good."""
    if not is_host(state, command.player):
        return Refused("not_host")
    seat = next((one for one in holders(state) if one.seat == command.seat), None)
    if seat is None or seat.seat == state.host:
        return Refused("unknown_seat")
    state.kicked.append(seat.player)
    return _vacate(state, seat, True, now)


def _vacate(state: State, seat: SeatState, kicked: bool, now: Millis) -> list[Event]:
    seat.gone, seat.here, seat.ready = True, False, False
    events: list[Event] = [Left(seat.seat, kicked)]
    if seat.seat == state.host:
        state.host = None
    return events + _lead(state, now)


def lock(state: State, command: Lock) -> Outcome:
    """Let nobody new in, or do again."""
    if not is_host(state, command.player):
        return Refused("not_host")
    state.locked = command.locked
    return [Changed()]


def ready(state: State, command: Ready) -> Outcome:
    """Note that somebody is ready, or not."""
    seat = seat_of(state, command.player)
    if seat is None:
        return Refused("not_joined")
    if state.phase not in ("lobby", "reveal", "podium"):
        return Refused("not_now")
    seat.ready = command.ready
    return [Changed()]


def is_host(state: State, player: str) -> bool:
    """Tell whether a player is in charge."""
    return state.host is not None and any(s.seat == state.host and s.player == player for s in holders(state))


def hand_over(state: State, now: Millis) -> list[Event]:
    """Put the longest-present player in charge when the host has been away for too long."""
    present = [seat for seat in holders(state) if seat.here]
    if not present:
        return []
    state.host = min(present, key=lambda seat: (seat.since, seat.seat)).seat
    state.host_away = Millis(-1)
    return [HostChanged(state.host)]


def _lead(state: State, now: Millis) -> list[Event]:
    """Somebody has to be in charge as soon as anybody is there."""
    return hand_over(state, now) if state.host is None else []
