"""From what the network says to what the game may believe: mask, temperature, doubt, calibration, top-k. numpy only."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from model.ink.vocabulary import CLASS_WORDS

Float32Array = npt.NDArray[np.float32]
WordMask = npt.NDArray[np.bool_]

MAX_ANSWER_WORDS = 5
"""Words of an answer, the likeliest ones."""
DOUBT_THRESHOLD = 0.50
"""From this doubt on the answer is "no idea" (`server.game.inkling.thresholds.NO_IDEA_DOUBT`)."""
CALIBRATION_FEATURE_COUNT = 5
"""1, log ink length, log strokes, log share of words allowed, log probability inside the pack: what is known at a guess."""
LOG_INK_LENGTH_KNOTS = (0.8, 1.05, 1.25, 1.45)
"""Log ink lengths at which the move of the leading word bends: fifths of what prefixes of real drawings have."""
LEAD_FEATURE_COUNT = 6 + 2 * len(LOG_INK_LENGTH_KNOTS)
"""1, length, share, its own logit, length × share, share²; length beyond each knot, and that × share: what the move depends on."""
MIN_KEPT_PROBABILITY_SHARE = 0.1
"""So much of what they had the other words keep when the leading one moves up: there is always a second guess."""
POSITIVE_DOUBT_LOGIT_SCALE = 0.25
"""How much of the logit of doubt counts beyond a half.

One drawing of fourteen is beyond it, and every fifth of those is named rightly all the same: doubt says when to be silent, and
must not make the answer worse than it is.
"""


@dataclass(frozen=True, slots=True)
class Answer:
    """The guess for one drawing: class indices, calibrated probabilities (most probable first), doubt in 0..1."""

    words: tuple[int, ...]
    probs: tuple[float, ...]
    doubt: float


@dataclass(frozen=True, slots=True)
class Calibration:
    """Temperature exp(known · temperature); doubt = sigmoid(mild(junk logit · slope + known · doubt)).

    Then the leading word's logit moves by `leads` · lead: Platt 1999, with an intercept that depends on what is known.
    """

    temperature: tuple[float, ...] = (0.0,) * CALIBRATION_FEATURE_COUNT
    doubt: tuple[float, ...] = (0.0,) * CALIBRATION_FEATURE_COUNT
    slope: float = 1.0
    lead: tuple[float, ...] = (0.0,) * LEAD_FEATURE_COUNT


def calibration_features(logits: Float32Array, scalars: Float32Array, masks: WordMask) -> Float32Array:
    """Collect what is known at the moment of a guess. logits (n, words), scalars (n, 3), masks (n, words) → (n, 5)."""
    odds = logits - logits.max(1, keepdims=True)
    np.exp(odds, out=odds)
    whole = odds.sum(1)
    odds *= masks
    inside = odds.sum(1) / whole
    share = np.count_nonzero(masks, 1) / masks.shape[1]
    known = [np.ones(len(logits)), scalars[:, 0], scalars[:, 1], np.log(share), np.log(inside + 1e-4)]
    return np.stack(known, 1).astype(np.float32)


def lead_features(first: Float32Array, known: Float32Array) -> tuple[Float32Array, Float32Array]:
    """Return the logit of the leading words' probabilities (n,), and what their move depends on (n, LEAD_FEATURE_COUNT)."""
    first = np.clip(first, 1e-4, 1 - 1e-4)
    logit = np.log(first / (1 - first)).astype(np.float32)
    length, share = known[:, 1], known[:, 3]
    beyond = [np.maximum(length - knot, 0) for knot in LOG_INK_LENGTH_KNOTS]
    found = [
        np.ones_like(logit),
        length,
        share,
        logit,
        length * share,
        share**2,
        *beyond,
        *(one * share for one in beyond),
    ]
    return logit, np.stack(found, 1).astype(np.float32)


def doubt_from_logits(strength: Float32Array) -> Float32Array:
    """Turn logits into doubt: a sigmoid, mild beyond a half."""
    mild = np.where(strength > 0, strength * POSITIVE_DOUBT_LOGIT_SCALE, strength)
    return (1 / (1 + np.exp(-mild))).astype(np.float32)


def calibrated_probabilities(
    logits: Float32Array, junk: Float32Array, scalars: Float32Array, masks: WordMask, calibration: Calibration
) -> tuple[Float32Array, Float32Array]:
    """Return calibrated probabilities (n, words), zero outside the mask, and doubt (n,); each row sums to 1 − doubt.

    Words behind the 345 are taught ones.
    """
    known = calibration_features(logits, scalars, masks)
    heat = np.exp(np.clip(known @ np.array(calibration.temperature, np.float32), -2.0, 3.0))
    cooled = np.where(masks, logits, np.float32(-np.inf))
    cooled /= heat[:, None]
    cooled -= cooled.max(1, keepdims=True)
    np.exp(cooled, out=cooled)
    doubt = doubt_from_logits(junk * calibration.slope + known @ np.array(calibration.doubt, np.float32))
    if logits.shape[1] > len(CLASS_WORDS):
        doubt = _reduce_doubt_by_taught_words(doubt, logits)
    cooled *= ((1 - doubt) / cooled.sum(1))[:, None]
    _calibrate_leading_word(cooled, 1 - doubt, known, np.array(calibration.lead, np.float32))
    return cooled, doubt


def _reduce_doubt_by_taught_words(doubt: Float32Array, logits: Float32Array) -> Float32Array:
    """Take from doubt what a taught word explains.

    Doubt weighs junk against the 345 words; a taught column, fitted against them and junk alike, is one more explanation
    beside both.
    """
    odds = np.exp(logits - logits.max(1, keepdims=True))
    taught = odds[:, len(CLASS_WORDS) :].sum(1) / odds.sum(1)
    left: Float32Array = doubt * (1 - taught) / (1 - doubt * taught)
    return left


def _calibrate_leading_word(probs: Float32Array, room: Float32Array, known: Float32Array, lead: Float32Array) -> None:
    """Move each row's leading probability as calibrated; the others share what is left of `room`.

    It goes on leading, and leaves the others MIN_KEPT_PROBABILITY_SHARE of what they had.
    """
    rows, top = np.arange(len(probs)), probs.argmax(1)
    first = probs[rows, top]
    probs[rows, top] = 0
    second = probs.max(1)
    rest = room - first
    logit, told = lead_features(first, known)
    wanted = 1 / (1 + np.exp(-(logit + told @ lead)))
    alone = rest < 1e-6
    least = np.where(alone, room, room * second / np.where(alone, 1, rest + second))
    moved = np.clip(wanted, least, room - MIN_KEPT_PROBABILITY_SHARE * rest)
    probs *= np.where(alone, 1, (room - moved) / np.where(alone, 1, rest))[:, None]
    probs[rows, top] = moved


def _top_words(probs: Float32Array) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.float64]]:
    """Return indices and values of each row's MAX_ANSWER_WORDS largest, largest first. Spoils the rows.

    Taking the largest so many times over costs a tenth of what sorting does.
    """
    rows = np.arange(len(probs))
    places, values = np.empty((len(probs), MAX_ANSWER_WORDS), np.intp), np.empty((len(probs), MAX_ANSWER_WORDS))
    for rank in range(MAX_ANSWER_WORDS):
        places[:, rank] = largest = probs.argmax(1)
        values[:, rank] = probs[rows, largest]
        probs[rows, largest] = -1.0
    return places, values


def rank_answers(
    logits: Float32Array, junk: Float32Array, scalars: Float32Array, masks: WordMask, calibration: Calibration
) -> list[Answer]:
    """Rank the words of each row's mask; empty ink (no length, no stroke) is all doubt."""
    probs, doubt = calibrated_probabilities(logits, junk, scalars, masks, calibration)
    best, chances = _top_words(probs)
    doubted = doubt.astype(np.float64).round(4).tolist()
    # In a small pack fewer than MAX_ANSWER_WORDS have a probability at all.
    counts, empty = (chances > 0).sum(1).tolist(), (scalars[:, 1] == 0).tolist()
    found = []
    for words, shares, count, unsure, nothing in zip(
        best.tolist(), chances.round(4).tolist(), counts, doubted, empty, strict=True
    ):
        if nothing:
            found.append(Answer((), (), 1.0))
            continue
        found.append(Answer(tuple(words[:count]), tuple(shares[:count]), unsure))
    return found
