"""Fit temperature and doubt on the validation part: prefixes of any share, packs of any size, and junk.

Temperature: exp(w · features) by gradient descent on the negative log-likelihood of the masked softmax
(Guo et al. 2017, with the temperature made a function of what is known). Doubt: logistic regression.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from model.answers import FEATURES, Calibration, Mask, features
from model.labels import WORDS

Floats = npt.NDArray[np.float32]
Weights = npt.NDArray[np.float64]

PACKS = (3, 10, 30, 60, 120, 345)
"""Pack sizes that the calibration has to serve."""
JUNK_PRIOR = 0.05
"""Share of junk among what people draw, as far as anybody knows."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What the network said about prefixes of known drawings (label −1: junk)."""

    logits: Floats
    junk: Floats
    scalars: Floats
    labels: npt.NDArray[np.int64]


def fit(seen: Seen, seed: int = 0) -> Calibration:
    """Fit both parts; the temperature on drawings only."""
    chance = np.random.default_rng(seed)
    real = seen.labels >= 0
    masks = packs_for(seen.labels, chance)
    known = features(seen.logits, seen.scalars, masks).astype(np.float64)
    temperature = _fit_temperature(seen.logits[real], seen.labels[real], masks[real], known[real])
    slope, doubt = _fit_doubt(seen.junk.astype(np.float64), known, ~real)
    return Calibration(tuple(temperature.round(5).tolist()), tuple(doubt.round(5).tolist()), round(slope, 5))


def packs_for(labels: npt.NDArray[np.int64], chance: np.random.Generator, size: int | None = None) -> Mask:
    """Draw a random pack for each row that holds its label; sizes from PACKS unless told. Returns (n, 345)."""
    masks = np.zeros((len(labels), len(WORDS)), bool)
    for row, label in enumerate(labels):
        count = size or int(chance.choice(PACKS))
        masks[row, chance.choice(len(WORDS), count, replace=False)] = True
        if label >= 0 and not masks[row, label]:
            masks[row, chance.choice(np.flatnonzero(masks[row]))] = False
            masks[row, label] = True
    return masks


def _fit_temperature(
    logits: Floats, labels: npt.NDArray[np.int64], masks: Mask, known: npt.NDArray[np.float64]
) -> npt.NDArray[np.float64]:
    allowed = np.where(masks, logits, -1e9)
    own = logits[np.arange(len(labels)), labels]

    def gradient(weights: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        heat = np.exp(np.clip(known @ weights, -2.0, 3.0))
        cooled = allowed / heat[:, None]
        odds = np.exp(cooled - cooled.max(1, keepdims=True))
        odds /= odds.sum(1, keepdims=True)
        expected = (odds * np.where(masks, logits, 0.0)).sum(1)
        slope: npt.NDArray[np.float64] = ((own - expected) / heat) @ known / len(labels)
        return slope

    return _descend(gradient, np.zeros(FEATURES))


def _fit_doubt(
    junk: npt.NDArray[np.float64], known: npt.NDArray[np.float64], is_junk: npt.NDArray[np.bool_]
) -> tuple[float, npt.NDArray[np.float64]]:
    inputs = np.concatenate([junk[:, None], known], axis=1)
    weight = np.where(is_junk, JUNK_PRIOR / is_junk.sum(), (1 - JUNK_PRIOR) / (~is_junk).sum())

    def gradient(weights: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        chance = 1 / (1 + np.exp(-(inputs @ weights)))
        slope: npt.NDArray[np.float64] = ((chance - is_junk) * weight) @ inputs
        return slope

    start = np.zeros(FEATURES + 1)
    start[0] = 1.0
    found = _descend(gradient, start, rate=0.05, steps=1500)
    return float(found[0]), found[1:]


def _descend(gradient: Callable[[Weights], Weights], start: Weights, rate: float = 0.03, steps: int = 300) -> Weights:
    """Minimise with Adam."""
    weights, mean, square = start.copy(), np.zeros_like(start), np.zeros_like(start)
    for step in range(1, steps + 1):
        slope = gradient(weights)
        mean = 0.9 * mean + 0.1 * slope
        square = 0.999 * square + 0.001 * slope**2
        size = rate * (1 - step / steps) + 1e-4
        weights -= size * (mean / (1 - 0.9**step)) / (np.sqrt(square / (1 - 0.999**step)) + 1e-9)
    return weights
