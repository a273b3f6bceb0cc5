"""The round's clock: it stops while the guesser is away and falls when nobody has anything left to draw."""

from __future__ import annotations

from server.game.events import ClockResumed, ClockStopped, Event
from server.game.ids import Millis
from server.game.modes.race import rules
from server.game.modes.race.state import RaceCanvas, Round
from server.game.state import RoomState


def is_guess_awaited(current: Round) -> bool:
    """Say whether ink that may still become a hit has no guess yet."""
    return any(canvas.pending and canvas.hit is None for canvas in current.canvases.values())


def note_guess_arrived(current: Round, now: Millis) -> list[Event]:
    """Note that a guess arrived: the guesser is there."""
    current.waiting_since = now if is_guess_awaited(current) else None
    return _resume_round_clock(current, now)


def resume_if_no_guess_awaited(current: Round, now: Millis) -> list[Event]:
    """Let the clock run on once nobody waits for a guess any more (wiped canvases, seats given up)."""
    if is_guess_awaited(current):
        return []
    current.waiting_since = None
    return _resume_round_clock(current, now)


def stop_round_clock(current: Round, now: Millis) -> list[Event]:
    """Stop the clock: ink is waiting and no guess has come for a while."""
    current.stopped_at = now
    return [ClockStopped(current.id)]


def _resume_round_clock(current: Round, now: Millis) -> list[Event]:
    if current.stopped_at is None:
        return []
    pause = now - current.stopped_at
    current.began = Millis(current.began + pause)
    current.ends = Millis(current.ends + pause)
    current.stopped_at = None
    return [ClockResumed(current.id)]


def shorten_round(state: RoomState, current: Round, now: Millis) -> bool:
    """Cut what is left of the round when every connected player has hit or is done; say whether that changed."""
    canvases = [current.canvases.get(seat) for seat, player in state.players.items() if player.here]
    if not canvases or not all(map(_has_hit_or_done, canvases)):
        return False
    counted = now if current.stopped_at is None else current.stopped_at
    if current.ends <= counted + rules.SHORTENED_ROUND_MS:
        return False
    current.ends = Millis(counted + rules.SHORTENED_ROUND_MS)
    return True


def _has_hit_or_done(canvas: RaceCanvas | None) -> bool:
    return canvas is not None and (canvas.done or canvas.hit is not None)


def next_deadline(state: RoomState) -> Millis | None:
    """Return the room time of the next thing that happens by itself, or None. Asked before every command."""
    soonest = state.until
    current = state.round
    if current is None or state.phase not in ("drawing", "closing"):
        return soonest
    for canvas in current.canvases.values():
        due = canvas.idea.due
        if due is not None and (soonest is None or due < soonest):
            soonest = due
    if state.phase == "drawing":
        due = _round_deadline(current)
        if soonest is None or due < soonest:
            soonest = due
    return soonest


def _round_deadline(current: Round) -> Millis:
    if current.stopped_at is not None:
        return Millis(current.stopped_at + rules.MAX_CLOCK_STOPPED_MS)
    if current.waiting_since is None or current.ends - current.waiting_since <= rules.GUESSER_AWAY_MS:
        return current.ends
    return Millis(current.waiting_since + rules.GUESSER_AWAY_MS)
