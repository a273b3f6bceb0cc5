"""What makes no sense about a race that was stored."""

from __future__ import annotations

from collections.abc import Iterator

from server.game.ids import are_room_times
from server.game.modes.race import rules
from server.game.modes.race.state import Round
from server.game.state import RoomState


def find_faults(state: RoomState) -> Iterator[str]:
    """Say what makes no sense about the phases and the round of a race."""
    if (state.until is not None) != (state.phase in ("countdown", "closing", "reveal")):
        yield f"its phase {state.phase} ends at {state.until}"
    if (state.round is None) != (state.phase == "lobby"):
        yield f"it has {'no' if state.round is None else 'a'} round in its phase {state.phase}"
    if state.round is not None:
        yield from _round_faults(state, state.round)


def _round_faults(state: RoomState, current: Round) -> Iterator[str]:
    if current.id != state.rounds_begun or not 1 <= current.n <= current.id:
        yield f"its round has number {current.n} in a game and {current.id} of {state.rounds_begun} in the room"
    if not rules.SECONDS_PER_ROUND_BOUNDS[0] <= current.seconds <= rules.SECONDS_PER_ROUND_BOUNDS[1]:
        yield f"its round has {current.seconds} s"
    if not are_room_times((current.began, current.ends, current.stopped_at, current.waiting_since, current.first_at)):
        yield "one of the times of its round cannot be a room time"
