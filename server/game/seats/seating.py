"""Seats: taken, kept through absences, given up."""

from __future__ import annotations

from collections.abc import Container

from server.game.commands import Away, Join, Leave, Ready
from server.game.events import (
    Event,
    Outcome,
    PlayerCameBack,
    PlayerJoined,
    PlayerLeft,
    PlayerWentAway,
    Refused,
    Repeated,
    ViewChanged,
)
from server.game.ids import Millis, Phase, Seat
from server.game.mode import Mode
from server.game.state import Player, RoomState
from server.game.words.lookalikes import distinguish_name


def take_seat(state: RoomState, mode: Mode, command: Join, now: Millis) -> Outcome:
    """Give a newcomer a seat, or a known player the old one."""
    if command.player in state.kicked:
        return Refused("kicked")
    seat = state.seats.get(command.player)
    if seat is not None:
        return _come_back(state, seat, command, now)
    if state.locked:
        return Refused("unknown_room")
    if len(state.players) >= state.settings.seats:
        return Refused("room_full")
    return _add_player(state, mode, command, now)


def _add_player(state: RoomState, mode: Mode, command: Join, now: Millis) -> list[Event]:
    seat = Seat(state.seats_given)
    state.seats_given += 1
    state.seats[command.player] = seat
    state.players[seat] = Player(
        id=command.player,
        name=distinguish_name(command.name, _other_names(state)),
        avatar=command.avatar,
        keep=command.keep,
        device=command.device,
        source=command.source,
        generation=command.generation,
        since=now,
    )
    mode.admit_player(state, seat)
    return [PlayerJoined(seat)]


def _come_back(state: RoomState, seat: Seat, command: Join, now: Millis) -> list[Event]:
    player = state.players[seat]
    announced = not player.here or player.avatar != command.avatar
    if not player.here:
        player.here = True
        player.since = now
    player.name = distinguish_name(command.name, _other_names(state, seat))
    player.avatar = command.avatar
    player.keep = command.keep
    player.device = command.device
    player.source = command.source
    player.generation = max(player.generation, command.generation)
    return [PlayerCameBack(seat) if announced else ViewChanged()]


def _other_names(state: RoomState, besides: Seat | None = None) -> list[str]:
    """Return what the others are called."""
    return [player.name for seat, player in state.players.items() if seat != besides]


def mark_away(state: RoomState, command: Away, now: Millis) -> Outcome:
    """Note that a player is not connected; nothing of the seat is lost."""
    seat = state.seats.get(command.player)
    if seat is None:
        return Refused("not_joined")
    player = state.players[seat]
    if not player.here:
        return Repeated()
    player.here = False
    player.away_since = now
    return [PlayerWentAway(seat)]


def leave_seat(state: RoomState, mode: Mode, command: Leave) -> Outcome:
    """Give a seat up on purpose."""
    seat = state.seats.get(command.player)
    if seat is None:
        return Refused("not_joined")
    events = remove_player(state, mode, seat, kicked=False)
    return [PlayerLeft(seat, kicked=False), *events]


def remove_player(state: RoomState, mode: Mode, seat: Seat, kicked: bool) -> list[Event]:
    """Take a player and all that belongs to the seat out of the room."""
    events = mode.dismiss_player(state, seat, kicked)
    player = state.players.pop(seat)
    del state.seats[player.id]
    state.album = [drawing for drawing in state.album if drawing.seat != seat]
    return events


def set_ready(state: RoomState, command: Ready, phases: Container[Phase]) -> Outcome:
    """Be ready for what comes next, in phases that wait for it."""
    seat = state.seats.get(command.player)
    if seat is None:
        return Refused("not_joined")
    if state.phase not in phases:
        return Refused("not_now")
    player = state.players[seat]
    if player.ready == command.ready:
        return Repeated()
    player.ready = command.ready
    return [ViewChanged()]


def are_all_ready(state: RoomState) -> bool:
    """Say whether everybody who is connected is ready, and somebody is."""
    ready = [player.ready for player in state.players.values() if player.here]
    return bool(ready) and all(ready)


def begin_round_for_players(state: RoomState) -> None:
    """Let everybody begin a round: nobody is ready for the next one or has points of this one."""
    for player in state.players.values():
        player.ready = False
        player.gained = 0
