"""Inkling speaks beside a canvas of a race. When it says the prompt, that is the hit: dated, paid and fixed."""

from __future__ import annotations

from server.game.events import Event, GuessWeighed, Hit
from server.game.ids import Millis, Seat
from server.game.inkling import guesses, speech
from server.game.modes.race.points import hit_points
from server.game.modes.race.round_clock import note_guess_arrived
from server.game.modes.race.state import HitRecord, RaceCanvas, Round
from server.game.state import RoomState
from server.game.words.packs import pack_thresholds


def note_ink_change(state: RoomState, seat: Seat, now: Millis) -> list[Event]:
    """Wait for a guess at a canvas that has changed; an empty one is answered at once."""
    current = state.round
    if current is None:
        return []
    canvas = current.canvases[seat]
    if not canvas.points:
        saying = guesses.look_at_empty_canvas(canvas, current.prompt, canvas.hit is not None, current.clock(now))
        return [GuessWeighed(seat, current.id, canvas.seq, canvas.seq, saying)]
    if current.waiting_since is None and canvas.hit is None:
        current.waiting_since = now
    return []


def note_guess(state: RoomState, seat: Seat, now: Millis) -> list[Event]:
    """Let Inkling speak after a guess has given it a new idea."""
    current = state.round
    if current is None:
        return []
    events = note_guess_arrived(current, now)
    canvas = current.canvases[seat]
    _note_best(canvas, current.prompt)
    return events + speak_beside_canvas(state, current, seat, now)


def speak_beside_canvas(state: RoomState, current: Round, seat: Seat, now: Millis) -> list[Event]:
    """Let Inkling speak: after a guess, or because the ink has rested for long enough."""
    canvas = current.canvases[seat]
    has_hit = canvas.hit is not None
    saying = guesses.speak(canvas, current.prompt, has_hit, now, pack_thresholds(state.settings.pack))
    number = canvas.seen.number
    events: list[Event] = [GuessWeighed(seat, current.id, number, number, saying)]
    if saying.says == current.prompt and not has_hit:
        events.append(_fix_hit(current, seat, canvas))
    return events


def speak_of_rested_canvases(state: RoomState, current: Round, now: Millis) -> list[Event]:
    """Say the words that lead on ink that has rested for long enough, and a second later the next ones."""
    events: list[Event] = []
    for seat, canvas in current.canvases.items():
        if canvas.idea.due is not None and canvas.idea.due <= now:
            events += speak_beside_canvas(state, current, seat, now)
    return events


def _note_best(canvas: RaceCanvas, prompt: str) -> None:
    """Note how probable the prompt ever was, and the wrong word that was most probable."""
    idea = canvas.idea
    canvas.best = max(canvas.best, *(p for word, p in idea.guesses if word == prompt), 0.0)
    if idea.word != prompt and speech.has_idea(idea) and idea.p > canvas.funniest_p:
        canvas.funniest, canvas.funniest_p = idea.word, idea.p


def _fix_hit(current: Round, seat: Seat, canvas: RaceCanvas) -> Hit:
    """Fix the hit. First in the room is whoever has no hit dated before; what is given is not taken back."""
    at = canvas.seen.at
    first = current.first_at is None or at <= current.first_at
    points = hit_points(at, current.seconds, first)
    canvas.hit = HitRecord(at, points, first, canvas.seen.points)
    if first:
        current.first_at = at
    return Hit(seat, current.id, at, points, first)
