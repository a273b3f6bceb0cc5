"""What holds of every state that the rules lead to: a stored one of which it does not hold is damage."""

from __future__ import annotations

from collections.abc import Iterator

from server.game import rules
from server.game.state import RoomState, Round

MAX_ROOM_TIME_MS = 2**53
"""Room times stay below: pages count in doubles, and no room lives for so many milliseconds."""


def find_state_fault(state: RoomState) -> str:
    """Say what makes no sense about a state, or nothing."""
    return next(_state_faults(state), "")


def _state_faults(state: RoomState) -> Iterator[str]:
    if not rules.are_settings_in_bounds(state.settings):
        yield "its settings are out of their bounds"
    if state.seats != {player.id: seat for seat, player in state.players.items()}:
        yield "its seats are not those of its players"
    if not all(0 <= seat < state.seats_given for seat in state.players):
        yield "a player has a seat that was never given"
    if state.host is not None and state.host not in state.players:
        yield "its host has no seat"
    if (state.until is not None) != (state.phase in ("countdown", "closing", "reveal")):
        yield f"the end of its {state.phase} is {state.until}"
    if (state.round is None) != (state.phase == "lobby"):
        yield f"it has {'no' if state.round is None else 'a'} round in its {state.phase}"
    times = [state.now, state.until, *(time for one in state.players.values() for time in (one.since, one.away_since))]
    if not all(time is None or 0 <= time < MAX_ROOM_TIME_MS for time in times):
        yield "one of its times is none"
    if state.round is not None:
        yield from _round_faults(state, state.round)


def _round_faults(state: RoomState, current: Round) -> Iterator[str]:
    if current.id != state.rounds_begun or not 1 <= current.n <= current.id:
        yield f"its round is the {current.n}th of a game, its {current.id}th of {state.rounds_begun}"
    if not rules.SECONDS_PER_ROUND_BOUNDS[0] <= current.seconds <= rules.SECONDS_PER_ROUND_BOUNDS[1]:
        yield f"its round has {current.seconds} s"
    times = [current.began, current.ends, current.stopped_at, current.waiting_since, current.first_at]
    times += [canvas.idea.due for canvas in current.canvases.values()]
    if not all(time is None or 0 <= time < MAX_ROOM_TIME_MS for time in times):
        yield "one of its round's times is none"
    if not current.canvases.keys() <= state.players.keys():
        yield "somebody draws who has no seat"
    for canvas in current.canvases.values():
        if not all(len(stroke.x) == len(stroke.y) == len(stroke.t) > 0 for stroke in canvas.strokes):
            yield "a stroke's axes differ in length"
        if canvas.points != sum(len(stroke.x) for stroke in canvas.strokes):
            yield "a canvas does not have the points that it counts"
