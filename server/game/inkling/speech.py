"""What Inkling says. One function decides it, and a hit is exactly the moment it says the prompt."""

from __future__ import annotations

from collections.abc import Sequence

from server.game.events import Saying
from server.game.ids import Millis, Pose
from server.game.ink.canvas import Canvas, Idea
from server.game.inkling import thresholds
from server.game.inkling.thresholds import SayingThresholds

SILENT_SAYING = Saying("idle", "", (), 0.0)
"""Beside an empty canvas."""


def update_idea(
    before: Idea,
    guesses: tuple[tuple[str, float], ...],
    doubt: float,
    needed: SayingThresholds = thresholds.BOLD_THRESHOLDS,
    ruled_out: Sequence[str] = (),
) -> Idea:
    """Turn a guess into an idea; the same likely word in front once more makes the row longer.

    What was said before is not the prompt and is `ruled_out`, so the other words and doubt share what it had.
    """
    doubt = doubt if 0.0 <= doubt <= 1.0 else 1.0
    valid = _valid_guesses(guesses)
    left = max(1.0 - sum(p for word, p in valid if word in ruled_out), thresholds.MIN_PROBABILITY_LEFT)
    possible = [(word, min(p / left, 1.0)) for word, p in valid if word not in ruled_out]
    ranked = tuple(sorted(possible, key=lambda guess: -guess[1])[:5])
    word, p = ranked[0] if ranked else ("", 0.0)
    likely = p >= needed.likely
    row = before.row + 1 if likely and word == before.word else int(likely)
    leading = max(valid, key=lambda guess: guess[1], default=("", 0.0))[0]
    still = leading if ruled_out and leading == ruled_out[-1] and leading in (before.word, before.still) else ""
    return Idea(word, p, min(doubt / left, 1.0), ranked, row, still)


def says_leading_word(idea: Idea, now: Millis, needed: SayingThresholds = thresholds.BOLD_THRESHOLDS) -> bool:
    """Say whether Inkling says its leading word (docs/rules.md, *What Inkling says, and hits*)."""
    if idea.p >= needed.sure or idea.row >= needed.row:
        return True
    return idea.due is not None and idea.due <= now


def may_say_when_rested(idea: Idea, needed: SayingThresholds) -> bool:
    """Say whether it would say its leading word if nothing more were drawn."""
    return idea.p >= needed.likely or (idea.p >= needed.rested and has_idea(idea))


def has_idea(idea: Idea) -> bool:
    """Say whether there is anything to wonder about."""
    return idea.doubt < thresholds.NO_IDEA_DOUBT and idea.p >= thresholds.MIN_IDEA_PROBABILITY


def choose_saying(
    canvas: Canvas, prompt: str, hit: bool, now: Millis, needed: SayingThresholds = thresholds.BOLD_THRESHOLDS
) -> Saying:
    """Decide what Inkling shows beside a canvas. `says` is the prompt with the `hit` or after it only."""
    idea = canvas.idea
    if hit:
        return Saying("delighted", prompt, (), _word_probability(idea, prompt))
    if canvas.points == 0:
        return SILENT_SAYING
    if says_leading_word(idea, now, needed):
        if idea.word == prompt:
            return Saying("delighted", prompt, (), idea.p)
        return Saying("sure", idea.word, _muttered_words(idea, (prompt, idea.word)), idea.p)
    if idea.still:
        return Saying("sure", idea.still, _muttered_words(idea, (prompt,)), idea.p)
    if not has_idea(idea):
        return Saying("puzzled", "", (), 0.0)
    pose: Pose = "warm" if idea.word == prompt else "watching"
    return Saying(pose, "", _muttered_words(idea, (prompt,)), idea.p)


def _muttered_words(idea: Idea, without: tuple[str, ...]) -> tuple[tuple[str, float], ...]:
    """Return what it wonders about: never the prompt, nor what it is just saying."""
    others = [
        guess for guess in idea.guesses if guess[0] not in without and guess[1] >= thresholds.MIN_MUTTERED_PROBABILITY
    ]
    return tuple(others[: thresholds.MAX_MUTTERED_WORDS])


def _valid_guesses(guesses: tuple[tuple[str, float], ...]) -> list[tuple[str, float]]:
    """Leave out what is no probability."""
    return [(word, p) for word, p in guesses if word and 0.0 <= p <= 1.0]


def _word_probability(idea: Idea, word: str) -> float:
    return next((p for guess, p in idea.guesses if guess == word), 0.0)
