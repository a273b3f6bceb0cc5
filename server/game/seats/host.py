"""The host: who it is, and what hosts alone may do to seats."""

from __future__ import annotations

from server.game import limits
from server.game.commands import Kick, Lock
from server.game.events import Event, HostChanged, Outcome, PlayerLeft, Refused, Repeated, ViewChanged
from server.game.ids import Millis, PlayerId
from server.game.mode import Mode
from server.game.seats.seating import remove_player
from server.game.state import RoomState


def host_refusal_code(state: RoomState, player: PlayerId) -> str:
    """Return why a player may not do what only hosts do, or nothing."""
    seat = state.seats.get(player)
    if seat is None:
        return "not_joined"
    return "" if seat == state.host else "not_host"


def kick_player(state: RoomState, mode: Mode, command: Kick) -> Outcome:
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
    events = remove_player(state, mode, command.seat, kicked=True)
    return [PlayerLeft(command.seat, kicked=True), *events]


def lock_room(state: RoomState, command: Lock) -> Outcome:
    """Let nobody new in, or do again; players who hold a seat come and go as before."""
    code = host_refusal_code(state, command.player)
    if code:
        return Refused(code)
    if state.locked == command.locked:
        return Repeated()
    state.locked = command.locked
    return [ViewChanged()]


def appoint_host(state: RoomState, now: Millis) -> list[Event]:
    """Put somebody in charge when there is no host, or the host has been away for too long.

    It is whoever has been connected for the longest time, people before bots. Who finds a room without any host
    takes over silently.
    """
    before = state.host
    host = None if before is None else state.players.get(before)
    if host is not None and (host.here or now < host.away_since + limits.HOST_ABSENT_MS):
        return []
    here = [(player.source != "player", player.since, seat) for seat, player in state.players.items() if player.here]
    if not here:
        state.host = before if host is not None else None
        return []
    state.host = min(here)[2]
    return [] if before is None else [HostChanged(state.host)]


def host_deadline(state: RoomState) -> Millis | None:
    """Return when somebody present takes over from an absent host."""
    host = None if state.host is None else state.players.get(state.host)
    if host is None or host.here or not any(player.here for player in state.players.values()):
        return None
    return Millis(host.away_since + limits.HOST_ABSENT_MS)
