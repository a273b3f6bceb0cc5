"""What a reveal tells of a drawing besides its ink: what Inkling thought of it, and with how much of it came the hit."""

from __future__ import annotations

from collections.abc import Sequence
from math import hypot

from server.game import downsample, limits
from server.game.events import GuessNote
from server.game.ink.canvas import Stroke
from server.game.inkling import thresholds
from server.game.view import Thought
from server.game.words import packs


def picture_thoughts(notes: Sequence[GuessNote]) -> tuple[Thought, ...]:
    """Picture what Inkling thought, in order of time."""
    return downsample.pick_evenly(tuple(map(_picture_thought, notes)), limits.MAX_THOUGHTS_PER_RESULT)


def _picture_thought(note: GuessNote) -> Thought:
    word, p = note.guesses[0] if note.guesses else ("", 0.0)
    if note.doubt >= thresholds.NO_IDEA_DOUBT or p < thresholds.MIN_IDEA_PROBABILITY:
        return Thought(note.at, "", 0.0)
    return Thought(note.at, packs.display(word), p)


def ink_share(strokes: Sequence[Stroke], points: int) -> float:
    """Return which share of the ink's length its first `points` points hold."""
    whole = part = 0.0
    passed = 0
    for stroke in strokes:
        for i in range(1, len(stroke.x)):
            step = hypot(stroke.x[i] - stroke.x[i - 1], stroke.y[i] - stroke.y[i - 1])
            whole += step
            part += step if passed + i < points else 0.0
        passed += len(stroke.x)
    return round(part / whole, 3) if whole else 1.0
