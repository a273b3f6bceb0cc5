"""The round's clock: it stops while the guesser is away and falls when nobody has anything left to draw."""

from __future__ import annotations

from server.game import rules
from server.game.events import ClockResumed, ClockStopped, Event
from server.game.ids import Millis
from server.game.state import Canvas, Round, State


def is_waiting(current: Round) -> bool:
    """Say whether ink that may still become a hit has no guess yet."""
    return any(canvas.pending and canvas.hit is None for canvas in current.canvases.values())


def hear(current: Round, now: Millis) -> list[Event]:
    """Note that a guess arrived: the guesser is there."""
    current.waiting_since = now if is_waiting(current) else None
    return _resume(current, now)


def give_up_waiting(current: Round, now: Millis) -> list[Event]:
    """Let the clock run on once nobody waits for a guess any more (wiped canvases, seats given up)."""
    if is_waiting(current):
        return []
    current.waiting_since = None
    return _resume(current, now)


def stop(current: Round, now: Millis) -> list[Event]:
    """Stop the clock: ink is waiting and no guess has come for a while."""
    current.stopped_at = now
    return [ClockStopped(current.id)]


def _resume(current: Round, now: Millis) -> list[Event]:
    if current.stopped_at is None:
        return []
    pause = now - current.stopped_at
    current.began = Millis(current.began + pause)
    current.ends = Millis(current.ends + pause)
    current.stopped_at = None
    return [ClockResumed(current.id)]


def fall(state: State, current: Round, now: Millis) -> bool:
    """Cut what is left of the round when every connected player has hit or is done; say whether that changed."""
    here = [current.canvases.get(seat) for seat, player in state.players.items() if player.here]
    if not here or not all(map(_is_through, here)):
        return False
    shown = now if current.stopped_at is None else current.stopped_at
    if current.ends <= shown + rules.FALL_MS:
        return False
    current.ends = Millis(shown + rules.FALL_MS)
    return True


def _is_through(canvas: Canvas | None) -> bool:
    return canvas is not None and (canvas.done or canvas.hit is not None)


def deadline(state: State) -> Millis | None:
    """Return the room time of the next thing that happens by itself, or None. Asked before every command."""
    soonest = state.until
    host = _host_due(state)
    if host is not None and (soonest is None or host < soonest):
        soonest = host
    current = state.round
    if current is None or state.phase not in ("drawing", "closing"):
        return soonest
    for canvas in current.canvases.values():
        due = canvas.idea.due
        if due is not None and (soonest is None or due < soonest):
            soonest = due
    if state.phase == "drawing":
        due = _clock_due(current)
        if soonest is None or due < soonest:
            soonest = due
    return soonest


def later(due: Millis, following: Millis | None) -> Millis | None:
    """Return what is due after all was done that was due before. Raises RuntimeError if time does not go on."""
    if following is not None and following <= due:
        raise RuntimeError(f"room time stands still: what is due at {following} stays due")
    return following


def _clock_due(current: Round) -> Millis:
    if current.stopped_at is not None:
        return Millis(current.stopped_at + rules.VOID_MS)
    if current.waiting_since is None:
        return current.ends
    return min(current.ends, Millis(current.waiting_since + rules.GUESSER_AWAY_MS))


def _host_due(state: State) -> Millis | None:
    """Return when somebody present takes over from an absent host."""
    host = None if state.host is None else state.players.get(state.host)
    if host is None or host.here or not any(player.here for player in state.players.values()):
        return None
    return Millis(host.away_since + rules.HOST_ABSENT_MS)
