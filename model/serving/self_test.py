"""Is this model fit to guess? Asked of a loaded one, before it answers anybody."""

from __future__ import annotations

import math
import statistics
import time
from collections.abc import Sequence
from typing import Protocol

import numpy as np

from model.answers import Answer, WordMask
from model.ink.negatives import JUNK_KINDS, make_junk
from model.ink.strokes import Ink

SELF_TEST_DRAWINGS = 48
"""Drawings that the self-test guesses."""
MIN_DIFFERENT_WORDS = 3
"""Different leading words over the pieces; a network that says the same of everything has learned nothing."""
MAX_MEDIAN_BATCH_SECONDS = 0.3
"""Median seconds of a batch of eight."""


class UnfitModel(ValueError):
    """A model that must not serve; the message says why."""


class SelfTestedModel(Protocol):
    """What is checked: `model.serving.predictor.Predictor`."""

    def guess(self, inks: Sequence[Ink], masks: Sequence[WordMask | None]) -> list[Answer]:
        """Answer each drawing."""


def run_self_test(network: SelfTestedModel) -> float:
    """Let the model guess at committed junk; returns the median seconds of a batch of eight. Raises UnfitModel."""
    rng = np.random.default_rng(7)
    kinds = [kind for kind in JUNK_KINDS if kind != "mixture"]
    inks = [make_junk(kinds[place % len(kinds)], rng) for place in range(SELF_TEST_DRAWINGS)]
    answers, seconds = [], []
    for start in range(0, SELF_TEST_DRAWINGS, 8):
        began = time.perf_counter()
        answers += network.guess(inks[start : start + 8], [None] * 8)
        seconds.append(time.perf_counter() - began)
    if not all(answer.probs and _is_distribution(*answer.probs, answer.doubt) for answer in answers):
        raise UnfitModel("its answers are no probabilities")
    if len({answer.words[0] for answer in answers}) < MIN_DIFFERENT_WORDS:
        raise UnfitModel("it says the same of everything")
    if statistics.median(seconds) > MAX_MEDIAN_BATCH_SECONDS:
        raise UnfitModel(f"a batch of eight takes {statistics.median(seconds):.2f} s")
    return statistics.median(seconds)


def _is_distribution(*parts: float) -> bool:
    return all(math.isfinite(part) and part >= 0 for part in parts) and sum(parts) <= 1.01
