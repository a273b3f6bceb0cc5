"""What Inkling says. One function decides it, and a hit is exactly the moment it says the prompt."""

from __future__ import annotations

from server.game import rules
from server.game.events import Saying
from server.game.state import Canvas, Idea
from server.game.words import Millis, Pose

SILENT = Saying("idle", "", (), 0.0)
"""Beside an empty canvas."""


def think(before: Idea, guesses: tuple[tuple[str, float], ...], doubt: float) -> Idea:
    """Turn a guess into an idea; the same likely word in front once more makes the row longer."""
    ranked = tuple(sorted(_sound(guesses), key=lambda guess: -guess[1])[:5])
    word, p = ranked[0] if ranked else ("", 0.0)
    likely = p >= rules.LIKELY
    row = before.row + 1 if likely and word == before.word else int(likely)
    return Idea(word, p, doubt if 0.0 <= doubt <= 1.0 else 1.0, ranked, row)


def commits(idea: Idea, now: Millis) -> bool:
    """Say whether Inkling says its leading word (RULES, *Hit*)."""
    if idea.p >= rules.SURE or idea.row >= rules.LIKELY_IN_A_ROW:
        return True
    return idea.due is not None and idea.due <= now


def has_idea(idea: Idea) -> bool:
    """Say whether there is anything to wonder about."""
    return idea.doubt < rules.DOUBTFUL and idea.p >= rules.IDEA


def say(canvas: Canvas, prompt: str, now: Millis) -> Saying:
    """Decide what Inkling shows to the one who draws. `says` is the prompt with a hit only."""
    idea = canvas.idea
    if canvas.hit is not None:
        return Saying("delighted", prompt, (), _probability(idea, prompt))
    if canvas.points == 0:
        return SILENT
    if commits(idea, now):
        if idea.word == prompt:
            return Saying("delighted", prompt, (), idea.p)
        return Saying("sure", idea.word, _mutters(idea, (prompt, idea.word)), idea.p)
    if not has_idea(idea):
        return Saying("puzzled", "", (), 0.0)
    pose: Pose = "warm" if idea.word == prompt else "watching"
    return Saying(pose, "", _mutters(idea, (prompt,)), idea.p)


def _mutters(idea: Idea, without: tuple[str, ...]) -> tuple[tuple[str, float], ...]:
    """Return what it wonders about: never the prompt, nor what it is just saying."""
    others = [guess for guess in idea.guesses if guess[0] not in without and guess[1] >= rules.MUTTERED]
    return tuple(others[: rules.MUTTERS])


def _sound(guesses: tuple[tuple[str, float], ...]) -> list[tuple[str, float]]:
    """Leave out what is no probability."""
    return [(word, p) for word, p in guesses if word and 0.0 <= p <= 1.0]


def _probability(idea: Idea, word: str) -> float:
    return next((p for guess, p in idea.guesses if guess == word), 0.0)
