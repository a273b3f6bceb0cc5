"""Seats: taken, kept through absences, given up; and who is in charge."""

from __future__ import annotations

from server.game import rules
from server.game.album.finished_drawings import finish_drawing
from server.game.commands import Away, Join, Kick, Leave, Lock
from server.game.events import (
    Event,
    HostChanged,
    PlayerCameBack,
    PlayerJoined,
    PlayerLeft,
    PlayerWentAway,
    Refused,
    Repeated,
    ViewChanged,
)
from server.game.ids import Millis, PlayerId, Seat
from server.game.state import Canvas, Player, RoomState
from server.game.words.lookalikes import distinguish_name

Outcome = list[Event] | Refused | Repeated


def take_seat(state: RoomState, command: Join, now: Millis) -> Outcome:
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
    return _add_player(state, command, now)


def _add_player(state: RoomState, command: Join, now: Millis) -> list[Event]:
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
    if state.round is not None and state.phase in ("countdown", "drawing"):
        state.round.canvases[seat] = Canvas()
    return [PlayerJoined(seat)]


def _come_back(state: RoomState, seat: Seat, command: Join, now: Millis) -> list[Event]:
    player = state.players[seat]
    news = not player.here or player.avatar != command.avatar
    if not player.here:
        player.here = True
        player.since = now
    player.name = distinguish_name(command.name, _other_names(state, seat))
    player.avatar = command.avatar
    player.keep = command.keep
    player.device = command.device
    player.source = command.source
    player.generation = max(player.generation, command.generation)
    return [PlayerCameBack(seat) if news else ViewChanged()]


def _other_names(state: RoomState, but: Seat | None = None) -> list[str]:
    """Return what the others are called."""
    return [player.name for seat, player in state.players.items() if seat != but]


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


def leave_seat(state: RoomState, command: Leave) -> Outcome:
    """Give a seat up on purpose."""
    seat = state.seats.get(command.player)
    if seat is None:
        return Refused("not_joined")
    drawing = finish_drawing(state, seat, "left")
    _remove_player(state, seat)
    return [PlayerLeft(seat, kicked=False), *drawing]


def kick_player(state: RoomState, command: Kick) -> Outcome:
    """Remove somebody for good; what a kicked player drew is not kept."""
    code = host_refusal_code(state, command.player)
    if code:
        return Refused(code)
    player = state.players.get(command.seat)
    if player is None:
        return Refused("unknown_seat")
    if player.id == command.player:
        return Refused("not_now")
    state.kicked.append(player.id)
    _remove_player(state, command.seat)
    return [PlayerLeft(command.seat, kicked=True)]


def lock_room(state: RoomState, command: Lock) -> Outcome:
    """Let nobody new in, or do again; players who hold a seat come and go as before."""
    code = host_refusal_code(state, command.player)
    if code:
        return Refused(code)
    if state.locked == command.locked:
        return Repeated()
    state.locked = command.locked
    return [ViewChanged()]


def host_refusal_code(state: RoomState, player: PlayerId) -> str:
    """Return why a player may not do what only hosts do, or nothing."""
    seat = state.seats.get(player)
    if seat is None:
        return "not_joined"
    return "" if seat == state.host else "not_host"


def appoint_host(state: RoomState, now: Millis) -> list[Event]:
    """Put somebody in charge when there is no host, or the host has been away for too long.

    It is whoever has been connected for the longest time, people before bots. Who finds a room without any host
    takes over silently.
    """
    before = state.host
    host = None if before is None else state.players.get(before)
    if host is not None and (host.here or now < host.away_since + rules.HOST_ABSENT_MS):
        return []
    here = [(one.source != "player", one.since, seat) for seat, one in state.players.items() if one.here]
    if not here:
        state.host = before if host is not None else None
        return []
    state.host = min(here)[2]
    return [] if before is None else [HostChanged(state.host)]


def _remove_player(state: RoomState, seat: Seat) -> None:
    player = state.players.pop(seat)
    del state.seats[player.id]
    if state.round is not None:
        state.round.canvases.pop(seat, None)
    state.album = [kept for kept in state.album if kept.seat != seat]
