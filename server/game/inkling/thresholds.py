"""How probable a word has to be before Inkling says it or wonders about it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SayingThresholds:
    """How probable a word has to be before Inkling says it."""

    sure: float
    """One guess with this probability is enough."""
    likely: float
    """Several guesses in a row with this probability are enough, too."""
    row: int
    """How many guesses in a row that are, with the same word in front."""
    rested: float
    """Enough where the ink has not changed for `INK_RESTED_MS` and Inkling has an idea. At most `likely`."""


BOLD_THRESHOLDS = SayingThresholds(0.75, 0.40, 2, 0.20)
"""For packs of words that are unlike each other: what brings most hits for one wrong word a drawing
(`inkling model evaluate --play`, docs/model.md)."""
STEADY_THRESHOLDS = SayingThresholds(0.75, 0.50, 4, 0.15)
"""The same for all other packs."""
INK_RESTED_MS = 1_000
"""Ink that has not changed for so long has rested."""
MIN_PROBABILITY_LEFT = 0.05
"""What is left of a guess without the words that are ruled out counts as at least so much."""
NO_IDEA_DOUBT = 0.50
"""From this doubt on Inkling has no idea."""
MIN_IDEA_PROBABILITY = 0.15
"""Inkling has no idea while its leading word is less probable."""
MAX_MUTTERED_WORDS = 3
"""How many words it wonders about at once."""
MIN_MUTTERED_PROBABILITY = 0.05
"""It does not wonder about words that are less probable."""
NOTE_PROBABILITY_STEP = 0.05
"""A guess is stored with the drawing when the probability of its leading word is in another step than before."""
