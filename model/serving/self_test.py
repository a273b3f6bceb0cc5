"""Is this model fit to guess? Asked of a loaded one, before it answers anybody."""

from __future__ import annotations

import math
import statistics
import time
from collections.abc import Sequence
from typing import Protocol

import numpy as np

from model.answers import Answer, Mask
from model.ink.negatives import KINDS, junk
from model.ink.strokes import Ink

PIECES = 48
FEWEST_WORDS = 3
"""Different leading words over the pieces; a network that says the same of everything has learned nothing."""
SLOWEST = 0.3
"""Median seconds of a batch of eight."""


class Broken(ValueError):
    """A model that must not serve; the message says why."""


class Network(Protocol):
    """What is checked: `model.serving.predictor.Guesser`."""

    def guess(self, inks: Sequence[Ink], masks: Sequence[Mask | None]) -> list[Answer]:
        """Answer each drawing."""


def check(network: Network) -> float:
    """Let the model guess at committed junk; returns the median seconds of a batch of eight. Raises Broken."""
    chance = np.random.default_rng(7)
    kinds = [kind for kind in KINDS if kind != "mixture"]
    inks = [junk(kinds[place % len(kinds)], chance) for place in range(PIECES)]
    answers, seconds = [], []
    for start in range(0, PIECES, 8):
        began = time.perf_counter()
        answers += network.guess(inks[start : start + 8], [None] * 8)
        seconds.append(time.perf_counter() - began)
    if not all(answer.probs and _is_a_share(*answer.probs, answer.doubt) for answer in answers):
        raise Broken("its answers are no probabilities")
    if len({answer.words[0] for answer in answers}) < FEWEST_WORDS:
        raise Broken("it says the same of everything")
    if statistics.median(seconds) > SLOWEST:
        raise Broken(f"a batch of eight takes {statistics.median(seconds):.2f} s")
    return statistics.median(seconds)


def _is_a_share(*parts: float) -> bool:
    return all(math.isfinite(part) and part >= 0 for part in parts) and sum(parts) <= 1.01
