"""What holds of every state that the rules lead to: a stored one of which it does not hold is damage."""

from __future__ import annotations

from collections.abc import Iterator

from server.game.game import are_settings_in_bounds
from server.game.ids import are_room_times
from server.game.mode import CurrentRound
from server.game.modes.registry import mode_of
from server.game.state import RoomState


def find_state_fault(state: RoomState) -> str:
    """Say what makes no sense about a state, or nothing."""
    return next(_state_faults(state), "")


def _state_faults(state: RoomState) -> Iterator[str]:
    if not are_settings_in_bounds(state.settings):
        yield "its settings are out of their bounds"
    if state.seats != {player.id: seat for seat, player in state.players.items()}:
        yield "its seats are not those of its players"
    if not all(0 <= seat < state.seats_given for seat in state.players):
        yield "a player has a seat that was never given"
    if state.host is not None and state.host not in state.players:
        yield "its host has no seat"
    times = [state.now, state.until]
    times += [time for player in state.players.values() for time in (player.since, player.away_since)]
    if not are_room_times(times):
        yield "one of its times cannot be a room time"
    mode = mode_of(state)
    yield from mode.find_faults(state)
    current = mode.current_round(state)
    if current is not None:
        yield from _canvas_faults(state, current)


def _canvas_faults(state: RoomState, current: CurrentRound) -> Iterator[str]:
    if not are_room_times(canvas.idea.due for canvas in current.canvases.values()):
        yield "the time of an idea cannot be a room time"
    if not current.canvases.keys() <= state.players.keys():
        yield "a canvas belongs to a seat that no player has"
    for canvas in current.canvases.values():
        if not all(len(stroke.x) == len(stroke.y) == len(stroke.t) > 0 for stroke in canvas.strokes):
            yield "a stroke's axes differ in length"
        if canvas.points != sum(len(stroke.x) for stroke in canvas.strokes):
            yield "a canvas does not have the points that it counts"
