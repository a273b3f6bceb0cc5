"""The network's guesses: matched with the ink that they saw, weighed, and turned into what Inkling says."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import replace

from server.game import limits
from server.game.commands import MachineGuessed
from server.game.events import GuessNote, Outcome, Refused, Repeated, Saying
from server.game.ids import Millis
from server.game.ink.canvas import Canvas, Idea, InkRevision
from server.game.inkling import speech, thresholds
from server.game.inkling.thresholds import SayingThresholds
from server.game.mode import Mode
from server.game.state import RoomState


def take_machine_guess(
    state: RoomState, mode: Mode, command: MachineGuessed, now: Millis, needed: SayingThresholds
) -> Outcome:
    """Weigh the network's answer; one that is older than the last weighed one changes nothing."""
    current = mode.current_round(state)
    if current is None or command.round != current.id or not mode.is_guessing(state):
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
    weigh_guess(canvas, command, needed)
    return mode.note_guess(state, command.seat, now)


def _revision_number(revision: InkRevision) -> int:
    return revision.number


def weigh_guess(canvas: Canvas, command: MachineGuessed, needed: SayingThresholds) -> None:
    """Let Inkling think about the network's answer to the ink that `canvas.seen` names."""
    canvas.idea = speech.update_idea(canvas.idea, command.guesses, command.doubt, needed, canvas.vain)
    _note_guess(canvas, GuessNote(canvas.seen.at, canvas.idea.guesses, canvas.idea.doubt, command.model))


def speak(canvas: Canvas, prompt: str, hit: bool, now: Millis, needed: SayingThresholds) -> Saying:
    """Let Inkling speak. If it says another word than the prompt, it thinks again without that one."""
    saying = speech.choose_saying(canvas, prompt, hit, now, needed)
    canvas.pose = saying.pose
    if saying.says not in ("", prompt, *canvas.vain):
        canvas.vain.append(saying.says)
        again = speech.update_idea(canvas.idea, canvas.idea.guesses, canvas.idea.doubt, needed, canvas.vain)
        canvas.idea = replace(again, row=0)
    unchanged = canvas.seen.number == canvas.seq
    may_rest = saying.says != prompt and unchanged and speech.may_say_when_rested(canvas.idea, needed)
    canvas.idea.due = Millis(now + thresholds.INK_RESTED_MS) if may_rest else None
    return saying


def look_at_empty_canvas(canvas: Canvas, prompt: str, hit: bool, at: Millis) -> Saying:
    """Answer an empty canvas: nobody has to look at it, and guesses of what was there are too late.

    `at` is the round's clock.
    """
    canvas.seen = InkRevision(canvas.seq, at, 0)
    canvas.pending.clear()
    canvas.idea = Idea()
    saying = speech.choose_saying(canvas, prompt, hit, at)
    canvas.pose = saying.pose
    return saying


def _note_guess(canvas: Canvas, note: GuessNote) -> None:
    """Store a guess when it brings another word, or a probability in another step of five percent."""
    if not canvas.notes or _note_gist(canvas.notes[-1]) != _note_gist(note):
        if len(canvas.notes) >= limits.MAX_NOTES_PER_DRAWING:
            canvas.notes.pop()
        canvas.notes.append(note)


def _note_gist(note: GuessNote) -> tuple[str, str, int]:
    word, p = note.guesses[0] if note.guesses else ("", 0.0)
    return note.model, word, int(p / thresholds.NOTE_PROBABILITY_STEP)
