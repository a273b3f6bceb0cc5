"""Fit temperature, doubt and the leading word's move on the validation part: prefixes of any share, packs of any size, and junk.

Temperature: exp(w · known), after Guo et al. 2017, made a function of what is known. Doubt: logistic regression. The move:
logistic regression with the leading word's logit as offset (Platt 1999), which makes the mean of every group right that its
features can tell apart; a temperature alone can only sharpen or flatten.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from model.answers import (
    Calibration,
    WordMask,
    calibrated_probabilities,
    calibration_features,
    doubt_from_logits,
    lead_features,
)
from model.fewshot.logistic import fit_logistic_regression
from model.ink.vocabulary import CLASS_WORDS

Float32Array = npt.NDArray[np.float32]
Float64Array = npt.NDArray[np.float64]

PACK_SIZE_WEIGHTS = {3: 0.5, 10: 1.0, 30: 1.0, 60: 1.0, 120: 1.0, 345: 2.0}
"""Pack sizes that the calibration has to serve, and how much each counts for the leading word's move: all words are what is
judged by ink, three what few play."""
JUNK_PRIOR = 0.05
"""Share of junk among what people draw, as far as anybody knows."""
LEAD_RIDGE_STRENGTH = 1.0
"""How much the leading word's move is held to zero."""
ACCEPTED_DRAWINGS_SHARE = 0.925
"""Share of whole drawings (other than lines, circles and their like) whose doubt stays below a half."""


@dataclass(frozen=True, slots=True)
class CalibrationData:
    """What the network said about prefixes of known drawings (label −1: junk)."""

    logits: Float32Array
    junk: Float32Array
    scalars: Float32Array
    labels: npt.NDArray[np.int64]
    whole: npt.NDArray[np.bool_]
    """Rows that show whole drawings which are to be accepted."""


def fit_calibration(data: CalibrationData, seed: int = 0) -> Calibration:
    """Fit doubt, then the temperature of what doubt leaves over, then the leading word's move.

    Doubt: on drawings and junk; a half is where `ACCEPTED_DRAWINGS_SHARE` of the whole drawings pass. The others: on drawings only.
    """
    rng = np.random.default_rng(seed)
    real = data.labels >= 0
    masks = draw_random_packs(data.labels, rng)
    known = calibration_features(data.logits, data.scalars, masks).astype(np.float64)
    slope, doubt = _fit_doubt(data.junk.astype(np.float64), known, ~real)
    everything = calibration_features(data.logits, data.scalars, np.ones_like(masks)).astype(np.float64)
    doubt[0] -= float(np.quantile((data.junk * slope + everything @ doubt)[data.whole], ACCEPTED_DRAWINGS_SHARE))
    left = 1 - doubt_from_logits((data.junk * slope + known @ doubt).astype(np.float32)).astype(np.float64)
    temperature = _fit_temperature(data.logits[real], data.labels[real], masks[real], known[real], left[real])
    found = Calibration(tuple(temperature.round(5).tolist()), tuple(doubt.round(5).tolist()), round(slope, 5))
    drawings = CalibrationData(
        data.logits[real], data.junk[real], data.scalars[real], data.labels[real], data.whole[real]
    )
    return replace(found, lead=tuple(_fit_lead(drawings, found, rng).round(5).tolist()))


def draw_random_packs(labels: npt.NDArray[np.int64], rng: np.random.Generator, size: int | None = None) -> WordMask:
    """Draw a random pack for each row that holds its label; sizes from PACK_SIZE_WEIGHTS unless one is given. Returns (n, 345)."""
    keys = rng.random((len(labels), len(CLASS_WORDS)))
    real = labels >= 0
    keys[real, labels[real]] = -1.0  # its own word comes first
    counts = np.full(len(labels), size) if size else rng.choice(list(PACK_SIZE_WEIGHTS), len(labels))
    ranks = keys.argsort(1).argsort(1)
    masks: WordMask = ranks < counts[:, None]
    return masks


def _fit_temperature(
    logits: Float32Array,
    labels: npt.NDArray[np.int64],
    masks: WordMask,
    known: npt.NDArray[np.float64],
    left: npt.NDArray[np.float64],
) -> npt.NDArray[np.float64]:
    """Minimise the log loss of "the leading word is right" (what the calibration error measures)."""
    allowed = np.where(masks, logits, -np.inf)
    top = allowed.argmax(1)
    lead = allowed.max(1, keepdims=True)
    right = top == labels
    below = np.where(masks, logits - lead, -np.inf)  # ≤ 0, so that nothing overflows
    middle, spread = known.mean(0), known.std(0)
    middle[0], spread[spread == 0] = 0.0, 1.0
    known = (known - middle) / spread  # squares and what they are of go hand in hand: descend on an even slope

    def gradient(weights: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        heat = np.exp(np.clip(known @ weights, -2.0, 3.0))
        odds = np.exp(below / heat[:, None])
        total = odds.sum(1)
        gap = -(odds * np.where(masks, below, 0.0)).sum(1) / total / heat  # how sharply heat lowers the leading word
        probability = np.clip(left / total, 1e-6, 1 - 1e-6)
        pull = right - (1 - right) * probability / (1 - probability)
        slope: npt.NDArray[np.float64] = (gap * pull) @ known / len(labels)
        return slope

    found: Float64Array = _minimise_with_adam(gradient, np.zeros(known.shape[1])) / spread
    found[0] -= found @ middle
    return found


def _fit_doubt(
    junk: npt.NDArray[np.float64], known: npt.NDArray[np.float64], is_junk: npt.NDArray[np.bool_]
) -> tuple[float, npt.NDArray[np.float64]]:
    inputs = np.concatenate([junk[:, None], known], axis=1)
    weight = np.where(is_junk, JUNK_PRIOR / is_junk.sum(), (1 - JUNK_PRIOR) / (~is_junk).sum())

    def gradient(weights: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        probability = 1 / (1 + np.exp(-(inputs @ weights)))
        slope: npt.NDArray[np.float64] = ((probability - is_junk) * weight) @ inputs
        return slope

    start = np.zeros(inputs.shape[1])
    start[0] = 1.0
    found = _minimise_with_adam(gradient, start, rate=0.05, steps=1500)
    return float(found[0]), found[1:]


def _fit_lead(data: CalibrationData, calibration: Calibration, rng: np.random.Generator) -> Float64Array:
    """Minimise the log loss of "the leading word is right" by moving its logit, a little held to zero."""
    parts = []
    for size, weight in PACK_SIZE_WEIGHTS.items():
        masks = draw_random_packs(data.labels, rng, size)
        probs, _ = calibrated_probabilities(data.logits, data.junk, data.scalars, masks, calibration)
        offset, features = lead_features(probs.max(1), calibration_features(data.logits, data.scalars, masks))
        parts.append((features, offset, probs.argmax(1) == data.labels, np.full(len(features), weight)))
    inputs, offsets, right, counts = (np.concatenate(part).astype(np.float64) for part in zip(*parts, strict=True))
    middle, spread = inputs.mean(0), inputs.std(0)
    middle[0], spread[spread == 0] = 0.0, 1.0
    inputs = (inputs - middle) / spread
    ridge = np.full(inputs.shape[1], LEAD_RIDGE_STRENGTH)
    found: Float64Array = (
        fit_logistic_regression(inputs, right.astype(bool), counts, offsets, ridge, np.zeros_like(ridge)) / spread
    )
    found[0] -= found @ middle
    return found


def _minimise_with_adam(
    gradient: Callable[[Float64Array], Float64Array], start: Float64Array, rate: float = 0.03, steps: int = 300
) -> Float64Array:
    """Minimise with Adam."""
    weights, mean, square = start.copy(), np.zeros_like(start), np.zeros_like(start)
    for step in range(1, steps + 1):
        slope = gradient(weights)
        mean = 0.9 * mean + 0.1 * slope
        square = 0.999 * square + 0.001 * slope**2
        size = rate * (1 - step / steps) + 1e-4
        weights -= size * (mean / (1 - 0.9**step)) / (np.sqrt(square / (1 - 0.999**step)) + 1e-9)
    return weights
