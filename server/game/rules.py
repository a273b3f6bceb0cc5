"""Every number of race mode in one place: defaults, bounds, times and points."""

from __future__ import annotations

from dataclasses import dataclass

from server.game.commands import Settings
from server.game.ids import Millis

ROUNDS_PER_GAME_BOUNDS = (1, 20)
SECONDS_PER_ROUND_BOUNDS = (10, 300)
SEATS_PER_ROOM_BOUNDS = (1, 40)
"""Bounds (lowest, highest) of what a host may choose; the defaults are in `Settings`."""

COUNTDOWN_MS = 3_000
REVEAL_MS = 8_000
MAX_CLOSING_MS = 1_000
"""How long a closed round waits for guesses on ink that was received in time."""
SHORTENED_ROUND_MS = 5_000
"""What is left of a round once every connected player has hit or is done."""

HOST_ABSENT_MS = 20_000
GUESSER_AWAY_MS = 3_000
MAX_CLOCK_STOPPED_MS = 30_000
"""Without a guess for GUESSER_AWAY_MS the clock stops; stopped for VOID_MS, the round is void."""


@dataclass(frozen=True, slots=True)
class SayingThresholds:
    """How probable a word has to be before Inkling says it."""

    sure: float
    """Once is enough."""
    likely: float
    row: int
    """So many weighed guesses in a row with the same likely word in front are enough, too."""
    rested: float
    """And so is this, where the ink has not changed for RESTED_MS and it has an idea. At most `likely`."""


BOLD_THRESHOLDS = SayingThresholds(0.75, 0.40, 2, 0.20)
STEADY_THRESHOLDS = SayingThresholds(0.75, 0.50, 4, 0.15)
"""For packs of words that are unlike each other, and for the others: what brings most hits for one wrong word a drawing
(`inkling model evaluate --play`, docs/model.md)."""
INK_RESTED_MS = 1_000
MIN_PROBABILITY_LEFT = 0.05
"""Of a guess, when the words said in vain are taken out of it: what is left counts as at least so much."""
NO_IDEA_DOUBT = 0.50
MIN_IDEA_PROBABILITY = 0.15
"""It has no idea while its doubt is DOUBTFUL or more, or its leading word is below IDEA."""
MAX_MUTTERED_WORDS = 3
MIN_MUTTERED_PROBABILITY = 0.05
"""At most so many words are wondered about, none of them less probable than MUTTERED."""

HIT_POINTS = 50
SPEED_POINTS = 50
FIRST_HIT_POINTS = 10
MAX_NEAR_POINTS = 20

MIN_DRAWINGS_PER_TAUGHT_WORD = 12
"""Drawings from which on a taught word is played."""
MAX_DRAWINGS_PER_TEACHER = 20
MAX_DRAWINGS_PER_TAUGHT_WORD = 40
MAX_TAUGHT_WORDS_PER_ROOM = 3
"""Drawings of one word and player, of one word; words that one room may teach."""
MAX_POINTS_PER_SKETCH = 300
MAX_STROKES_PER_SKETCH = 40

MAX_RECENT_PROMPTS = 50
MAX_NOTES_PER_DRAWING = 200
MAX_PENDING_REVISIONS = 1_024
"""Revisions that may wait for a guess: 100 s of ink at ten changes a second."""
NOTE_PROBABILITY_STEP = 0.05

MAX_POINTS_PER_SNAPSHOT = 10_000
MAX_OWN_POINTS_PER_SNAPSHOT = 2_000
MAX_CANVAS_POINTS_ON_REVEAL = 2_000
"""Points of all canvases in the picture of a room, of them the viewer's own first; fewer beside the results."""
MAX_POINTS_PER_ALBUM = 9_000
MAX_DRAWINGS_PER_ALBUM = 120
MAX_THOUGHTS_PER_RESULT = 24
"""What reveal and podium show at most, so that the picture of a room stays below a connection's bound."""

STANDARD_SETTINGS = Settings()
MIN_STANDARD_PEOPLE = 2
"""A game counts on the public boards with these rounds, seconds and hidden canvases, and so many people."""


def round_half_up(numerator: int, denominator: int) -> int:
    """Round a non-negative fraction to the nearest integer, halves up, without floating point."""
    return (2 * numerator + denominator) // (2 * denominator)


def hit_points(at: Millis, seconds: int, first: bool) -> int:
    """Return the points of a hit at `at` ms of a round of so many seconds."""
    whole = seconds * 1000
    remaining = min(max(whole - at, 0), whole)
    return HIT_POINTS + round_half_up(SPEED_POINTS * remaining, whole) + (FIRST_HIT_POINTS if first else 0)


def near_points(best: float) -> int:
    """Return the points without a hit: `best` is the best probability the prompt ever had."""
    return int(MAX_NEAR_POINTS * best + 0.5)


def are_settings_in_bounds(settings: Settings) -> bool:
    """Say whether the numbers of the settings are within their bounds."""
    chosen = (
        (settings.rounds, ROUNDS_PER_GAME_BOUNDS),
        (settings.seconds, SECONDS_PER_ROUND_BOUNDS),
        (settings.seats, SEATS_PER_ROOM_BOUNDS),
    )
    return all(low <= value <= high for value, (low, high) in chosen)


def are_settings_standard(settings: Settings) -> bool:
    """Say whether a round under these settings may count on the public boards (its pack aside)."""
    return (
        settings.rounds == STANDARD_SETTINGS.rounds
        and settings.seconds == STANDARD_SETTINGS.seconds
        and settings.open_table == STANDARD_SETTINGS.open_table
    )
