"""Every number of the rules, in one place. Times in milliseconds of room time."""

from __future__ import annotations

from server.game.commands import Settings
from server.game.words import Millis

COUNTDOWN = 3_000
REVEAL = 8_000
LAST_GUESSES = 1_000
"""After time over, guesses on ink received in time are waited for at most this long."""
ALL_DONE = 5_000
"""When everybody connected has hit or is done, the clock falls to this, if more was left."""
HOST_ABSENT = 20_000
SILENCE = 3_000
"""Without any guess for this long the round's clock stops …"""
VOID = 30_000
"""… and after this long in that state the round does not count."""

SURE = 0.75
"""Inkling says a word at this probability at once …"""
LIKELY = 0.40
"""… and at this one on two guesses in a row, or when the ink does not change for HOLD."""
HOLD = 1_000
NO_IDEA = 0.15
DOUBTFUL = 0.5
"""Below the one, or at a doubt from the other, Inkling has no idea."""
MUTTER = 0.04
"""What Inkling wonders about aloud."""

HIT = 50
SPEED = 50
FIRST = 10
NEAR = 20
"""Points: HIT + SPEED · remaining/T (+ FIRST); without a hit up to NEAR · best probability of the prompt."""

RECENT = 50
"""A word does not come again in a room within this many prompts, when the pack allows."""

ROUNDS = (1, 20)
SECONDS = (10, 300)
SEATS = (1, 40)

STANDARD_ROUNDS = 6
STANDARD_SECONDS = 20


def problem(settings: Settings, packs: frozenset[str]) -> str:
    """Return the refusal code of settings that are out of bounds, or nothing."""
    bounded = ((settings.rounds, ROUNDS), (settings.seconds, SECONDS), (settings.seats, SEATS))
    if any(not low <= value <= high for value, (low, high) in bounded):
        return "bad_setting"
    return "" if settings.pack in packs else "unknown_pack"


def points_for_hit(at: Millis, seconds: int, first: bool) -> int:
    """Return the points of a hit `at` ms into a round of `seconds`, halves rounded up."""
    total = seconds * 1000
    remaining = max(total - at, 0)
    return HIT + (2 * SPEED * remaining + total) // (2 * total) + (FIRST if first else 0)


def points_for_best(best: float) -> int:
    """Return the points of a drawing without a hit, halves rounded up."""
    return int(NEAR * best + 0.5)
