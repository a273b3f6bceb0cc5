"""Guesses are weighed, and a hit is dated and paid."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import replace

from server.game import packs, rules, speech
from server.game.commands import MachineGuessed
from server.game.events import Event, Guessed, GuessNote, Hit, Refused, Repeated
from server.game.ids import Millis, Seat
from server.game.round_clock import hear
from server.game.rules import Bar
from server.game.state import Canvas, Idea, Mark, Revision, Round, State


def take_guess(state: State, command: MachineGuessed, now: Millis) -> list[Event] | Refused | Repeated:
    """Weigh the network's answer; one that is older than the last weighed one changes nothing."""
    current = state.round
    if current is None or command.round != current.id or state.phase not in ("drawing", "closing"):
        return Refused("round_over")
    canvas = current.canvases.get(command.seat)
    if canvas is None:
        return Refused("unknown_seat")
    if command.revision <= canvas.seen.number:
        return Repeated()
    found = bisect_right(canvas.pending, command.revision, key=_number)
    if found == 0 or canvas.pending[found - 1].number != command.revision:
        return Refused("not_now")
    canvas.seen = canvas.pending[found - 1]
    del canvas.pending[:found]
    events = hear(current, now)
    bar = packs.bar_of(state.settings.pack)
    weigh(current, canvas, command, now, bar)
    return events + tell(current, command.seat, canvas, now, bar)


def keep_saying(state: State, current: Round, seat: Seat, canvas: Canvas, now: Millis) -> list[Event]:
    """Say the word that leads on ink that has rested for long enough, and a second later the next one."""
    return tell(current, seat, canvas, now, packs.bar_of(state.settings.pack))


def weigh_nothing(current: Round, seat: Seat, canvas: Canvas, now: Millis) -> Guessed:
    """Answer an empty canvas: nobody has to look at it, and guesses of what was there are too late."""
    canvas.seen = Revision(canvas.seq, current.clock(now), 0)
    canvas.pending.clear()
    canvas.idea = Idea()
    shown = speech.say(canvas, current.prompt, now)
    canvas.pose = shown.pose
    return Guessed(seat, current.id, canvas.seq, canvas.seq, shown)


def _number(revision: Revision) -> int:
    return revision.number


def weigh(current: Round, canvas: Canvas, command: MachineGuessed, now: Millis, bar: Bar) -> None:
    """Let Inkling think about the network's answer to the ink that `canvas.seen` names."""
    idea = speech.think(canvas.idea, command.guesses, command.doubt, bar, canvas.vain)
    canvas.idea = idea
    canvas.best = max(canvas.best, *(p for word, p in idea.guesses if word == current.prompt), 0.0)
    if idea.word != current.prompt and speech.has_idea(idea) and idea.p > canvas.funniest_p:
        canvas.funniest, canvas.funniest_p = idea.word, idea.p
    _note(canvas, GuessNote(canvas.seen.at, idea.guesses, idea.doubt, command.model))


def tell(current: Round, seat: Seat, canvas: Canvas, now: Millis, bar: Bar) -> list[Event]:
    """Let Inkling speak; if it says the prompt, that is the hit. If it says another word, it thinks again without that one."""
    shown = speech.say(canvas, current.prompt, now, bar)
    canvas.pose = shown.pose
    number = canvas.seen.number
    events: list[Event] = [Guessed(seat, current.id, number, number, shown)]
    if shown.says == current.prompt and canvas.hit is None:
        events.append(_mark(current, seat, canvas))
    elif shown.says not in ("", current.prompt, *canvas.vain):
        canvas.vain.append(shown.says)
        again = speech.think(canvas.idea, canvas.idea.guesses, canvas.idea.doubt, bar, canvas.vain)
        canvas.idea = replace(again, row=0)
    unchanged = canvas.seen.number == canvas.seq
    may_rest = canvas.hit is None and unchanged and speech.may_rest(canvas.idea, bar)
    canvas.idea.due = Millis(now + rules.RESTED_MS) if may_rest else None
    return events


def _mark(current: Round, seat: Seat, canvas: Canvas) -> Hit:
    """Fix the hit. First in the room is whoever has no hit dated before; what is given is not taken back."""
    at = canvas.seen.at
    first = current.first_at is None or at <= current.first_at
    points = rules.hit_points(at, current.seconds, first)
    canvas.hit = Mark(at, points, first, canvas.seen.points)
    canvas.idea.due = None
    if first:
        current.first_at = at
    return Hit(seat, current.id, at, points, first)


def _note(canvas: Canvas, note: GuessNote) -> None:
    """Keep a guess when it brings another word, or a probability in another step of five percent."""
    if not canvas.notes or _gist(canvas.notes[-1]) != _gist(note):
        if len(canvas.notes) >= rules.MAX_NOTES:
            canvas.notes.pop()
        canvas.notes.append(note)


def _gist(note: GuessNote) -> tuple[str, str, int]:
    word, p = note.guesses[0] if note.guesses else ("", 0.0)
    return note.model, word, int(p / rules.NOTE_STEP)
