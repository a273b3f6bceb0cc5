"""Guesses are weighed, and a hit is dated and paid."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import replace

from server.game import rules
from server.game.commands import MachineGuessed
from server.game.events import Event, GuessNote, GuessWeighed, Hit, Refused, Repeated
from server.game.ids import Millis, Seat
from server.game.inkling import speech
from server.game.round_clock import note_guess_arrived
from server.game.rules import SayingThresholds
from server.game.state import Canvas, HitRecord, Idea, InkRevision, RoomState, Round
from server.game.words import packs


def take_machine_guess(state: RoomState, command: MachineGuessed, now: Millis) -> list[Event] | Refused | Repeated:
    """Weigh the network's answer; one that is older than the last weighed one changes nothing."""
    current = state.round
    if current is None or command.round != current.id or state.phase not in ("drawing", "closing"):
        return Refused("round_over")
    canvas = current.canvases.get(command.seat)
    if canvas is None:
        return Refused("unknown_seat")
    if command.revision <= canvas.seen.number:
        return Repeated()
    found = bisect_right(canvas.pending, command.revision, key=_revision_number)
    if found == 0 or canvas.pending[found - 1].number != command.revision:
        return Refused("not_now")
    canvas.seen = canvas.pending[found - 1]
    del canvas.pending[:found]
    events = note_guess_arrived(current, now)
    bar = packs.pack_thresholds(state.settings.pack)
    weigh_guess(current, canvas, command, now, bar)
    return events + speak_after_guess(current, command.seat, canvas, now, bar)


def say_on_rested_ink(state: RoomState, current: Round, seat: Seat, canvas: Canvas, now: Millis) -> list[Event]:
    """Say the word that leads on ink that has rested for long enough, and a second later the next one."""
    return speak_after_guess(current, seat, canvas, now, packs.pack_thresholds(state.settings.pack))


def answer_empty_canvas(current: Round, seat: Seat, canvas: Canvas, now: Millis) -> GuessWeighed:
    """Answer an empty canvas: nobody has to look at it, and guesses of what was there are too late."""
    canvas.seen = InkRevision(canvas.seq, current.clock(now), 0)
    canvas.pending.clear()
    canvas.idea = Idea()
    shown = speech.choose_saying(canvas, current.prompt, now)
    canvas.pose = shown.pose
    return GuessWeighed(seat, current.id, canvas.seq, canvas.seq, shown)


def _revision_number(revision: InkRevision) -> int:
    return revision.number


def weigh_guess(current: Round, canvas: Canvas, command: MachineGuessed, now: Millis, bar: SayingThresholds) -> None:
    """Let Inkling think about the network's answer to the ink that `canvas.seen` names."""
    idea = speech.update_idea(canvas.idea, command.guesses, command.doubt, bar, canvas.vain)
    canvas.idea = idea
    canvas.best = max(canvas.best, *(p for word, p in idea.guesses if word == current.prompt), 0.0)
    if idea.word != current.prompt and speech.has_idea(idea) and idea.p > canvas.funniest_p:
        canvas.funniest, canvas.funniest_p = idea.word, idea.p
    _note_guess(canvas, GuessNote(canvas.seen.at, idea.guesses, idea.doubt, command.model))


def speak_after_guess(current: Round, seat: Seat, canvas: Canvas, now: Millis, bar: SayingThresholds) -> list[Event]:
    """Let Inkling speak; if it says the prompt, that is the hit. If it says another word, it thinks again without that one."""
    shown = speech.choose_saying(canvas, current.prompt, now, bar)
    canvas.pose = shown.pose
    number = canvas.seen.number
    events: list[Event] = [GuessWeighed(seat, current.id, number, number, shown)]
    if shown.says == current.prompt and canvas.hit is None:
        events.append(_fix_hit(current, seat, canvas))
    elif shown.says not in ("", current.prompt, *canvas.vain):
        canvas.vain.append(shown.says)
        again = speech.update_idea(canvas.idea, canvas.idea.guesses, canvas.idea.doubt, bar, canvas.vain)
        canvas.idea = replace(again, row=0)
    unchanged = canvas.seen.number == canvas.seq
    may_rest = canvas.hit is None and unchanged and speech.may_say_when_rested(canvas.idea, bar)
    canvas.idea.due = Millis(now + rules.INK_RESTED_MS) if may_rest else None
    return events


def _fix_hit(current: Round, seat: Seat, canvas: Canvas) -> Hit:
    """Fix the hit. First in the room is whoever has no hit dated before; what is given is not taken back."""
    at = canvas.seen.at
    first = current.first_at is None or at <= current.first_at
    points = rules.hit_points(at, current.seconds, first)
    canvas.hit = HitRecord(at, points, first, canvas.seen.points)
    canvas.idea.due = None
    if first:
        current.first_at = at
    return Hit(seat, current.id, at, points, first)


def _note_guess(canvas: Canvas, note: GuessNote) -> None:
    """Keep a guess when it brings another word, or a probability in another step of five percent."""
    if not canvas.notes or _note_gist(canvas.notes[-1]) != _note_gist(note):
        if len(canvas.notes) >= rules.MAX_NOTES_PER_DRAWING:
            canvas.notes.pop()
        canvas.notes.append(note)


def _note_gist(note: GuessNote) -> tuple[str, str, int]:
    word, p = note.guesses[0] if note.guesses else ("", 0.0)
    return note.model, word, int(p / rules.NOTE_PROBABILITY_STEP)
