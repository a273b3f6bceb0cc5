"""Who sees what in a race. Others' ink is secret until one's own hit or until the round is over."""

from __future__ import annotations

from server.game.events import Event, GuessWeighed, InkDrawn
from server.game.ids import Millis, Seat
from server.game.mode import PlayerRound
from server.game.state import RoomState
from server.game.view import RoundView
from server.game.words import custom_words, packs


def ink_audience(state: RoomState, viewer: Seat) -> str:
    """Return "all" or "own": whose ink the viewer may see.

    At an open table that is everybody's. A round that waits for its last guesses (closing) is not over.
    """
    current = state.round
    if current is None or state.phase not in ("drawing", "closing") or current.open_table:
        return "all"
    canvas = current.canvases.get(viewer)
    return "all" if canvas is not None and canvas.hit is not None else "own"


def sees_all_ink(audience: str) -> bool:
    """Say whether an audience sees ink that is not its own."""
    return audience == "all"


def redact_race_event(event: Event, audience: str, own: bool) -> Event | None:
    """Return the event as an audience may learn of it, or None; `own`: it is about the viewer's seat."""
    match event:
        case InkDrawn():
            return event if own or audience == "all" else None
        case GuessWeighed():
            return event if own else None
        case _:
            return event


def phase_end(state: RoomState) -> Millis | None:
    """Return when the phase ends by itself: never, as long as the round's clock is stopped."""
    current = state.round
    if current is None or state.phase != "drawing":
        return state.until
    return None if current.stopped_at is not None else current.ends


def picture_round(state: RoomState, audience: str) -> RoundView | None:
    """Picture the current or last round; it is the same for all audiences, as everybody knows the prompt."""
    current = state.round
    if current is None:
        return None
    return RoundView(
        id=current.id,
        n=current.n,
        of=max(current.n, state.settings.rounds),
        prompt=current.prompt,
        display=packs.display(current.prompt),
        seconds=current.seconds,
        ends=current.ends,
        stopped=current.stopped_at is not None,
        void=current.void,
        taught=custom_words.find_custom_word(state, current.prompt) is not None,
    )


def picture_player_round(state: RoomState, seat: Seat) -> PlayerRound:
    """Picture a player's round. Points of a hit are shown at once, all others when they are paid."""
    canvas = None if state.round is None else state.round.canvases.get(seat)
    paid = state.players[seat].gained
    if canvas is None:
        return PlayerRound(gained=paid)
    hit = canvas.hit
    if hit is None:
        return PlayerRound(canvas.done, paid)
    gained = hit.points if state.phase in ("drawing", "closing") else paid
    return PlayerRound(canvas.done, gained, hit.at, hit.first)
