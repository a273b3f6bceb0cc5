"""From what the network says to what the game may believe: mask, temperature, doubt, calibration, top-k. numpy only."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from model.ink.vocabulary import WORDS

Floats = npt.NDArray[np.float32]
Mask = npt.NDArray[np.bool_]

TOP = 5
DOUBTFUL = 0.50
"""From this doubt on the answer is "no idea" (`server.game.rules.DOUBTFUL`)."""
KNOWN = 5
"""1, log ink length, log strokes, log share of words allowed, log probability inside the pack: what is known at a guess."""
KNOTS = (0.8, 1.05, 1.25, 1.45)
"""Log ink lengths at which the move of the leading word bends: fifths of what prefixes of real drawings have."""
LEAD = 6 + 2 * len(KNOTS)
"""1, length, share, its own logit, length × share, share²; length beyond each knot, and that × share: what the move depends on."""
HELD = 0.1
"""So much of what they had the other words keep when the leading one moves up: there is always a second guess."""
MILD = 0.25
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

    temperature: tuple[float, ...] = (0.0,) * KNOWN
    doubt: tuple[float, ...] = (0.0,) * KNOWN
    slope: float = 1.0
    lead: tuple[float, ...] = (0.0,) * LEAD


def features(logits: Floats, scalars: Floats, masks: Mask) -> Floats:
    """Collect what is known at the moment of a guess. logits (n, words), scalars (n, 3), masks (n, words) → (n, 5)."""
    odds = logits - logits.max(1, keepdims=True)
    np.exp(odds, out=odds)
    whole = odds.sum(1)
    odds *= masks
    inside = odds.sum(1) / whole
    share = np.count_nonzero(masks, 1) / masks.shape[1]
    known = [np.ones(len(logits)), scalars[:, 0], scalars[:, 1], np.log(share), np.log(inside + 1e-4)]
    return np.stack(known, 1).astype(np.float32)


def leads(first: Floats, known: Floats) -> tuple[Floats, Floats]:
    """Return the logit of the leading words' probabilities (n,), and what their move depends on (n, LEAD)."""
    first = np.clip(first, 1e-4, 1 - 1e-4)
    logit = np.log(first / (1 - first)).astype(np.float32)
    length, share = known[:, 1], known[:, 3]
    beyond = [np.maximum(length - knot, 0) for knot in KNOTS]
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


def doubts(strength: Floats) -> Floats:
    """Turn logits into doubt: a sigmoid, mild beyond a half."""
    mild = np.where(strength > 0, strength * MILD, strength)
    return (1 / (1 + np.exp(-mild))).astype(np.float32)


def probabilities(
    logits: Floats, junk: Floats, scalars: Floats, masks: Mask, calibration: Calibration
) -> tuple[Floats, Floats]:
    """Return calibrated probabilities (n, words), zero outside the mask, and doubt (n,); each row sums to 1 − doubt.

    Words behind the 345 are taught ones.
    """
    known = features(logits, scalars, masks)
    heat = np.exp(np.clip(known @ np.array(calibration.temperature, np.float32), -2.0, 3.0))
    cooled = np.where(masks, logits, np.float32(-np.inf))
    cooled /= heat[:, None]
    cooled -= cooled.max(1, keepdims=True)
    np.exp(cooled, out=cooled)
    doubt = doubts(junk * calibration.slope + known @ np.array(calibration.doubt, np.float32))
    if logits.shape[1] > len(WORDS):
        doubt = _explained(doubt, logits)
    cooled *= ((1 - doubt) / cooled.sum(1))[:, None]
    _move(cooled, 1 - doubt, known, np.array(calibration.lead, np.float32))
    return cooled, doubt


def _explained(doubt: Floats, logits: Floats) -> Floats:
    """Take from doubt what a taught word explains.

    Doubt weighs junk against the 345 words; a taught column, fitted against them and junk alike, is one more explanation
    beside both.
    """
    odds = np.exp(logits - logits.max(1, keepdims=True))
    taught = odds[:, len(WORDS) :].sum(1) / odds.sum(1)
    left: Floats = doubt * (1 - taught) / (1 - doubt * taught)
    return left


def _move(probs: Floats, room: Floats, known: Floats, lead: Floats) -> None:
    """Move each row's leading probability as calibrated; the others share what is left of `room`.

    It goes on leading, and leaves the others HELD of what they had.
    """
    rows, top = np.arange(len(probs)), probs.argmax(1)
    first = probs[rows, top]
    probs[rows, top] = 0
    second = probs.max(1)
    rest = room - first
    logit, told = leads(first, known)
    wanted = 1 / (1 + np.exp(-(logit + told @ lead)))
    alone = rest < 1e-6
    least = np.where(alone, room, room * second / np.where(alone, 1, rest + second))
    moved = np.clip(wanted, least, room - HELD * rest)
    probs *= np.where(alone, 1, (room - moved) / np.where(alone, 1, rest))[:, None]
    probs[rows, top] = moved


def _leading(probs: Floats) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.float64]]:
    """Return the TOP places and values of each row, largest first. Spoils the rows.

    The largest, TOP times over, costs a tenth of what sorting does.
    """
    rows = np.arange(len(probs))
    places, values = np.empty((len(probs), TOP), np.intp), np.empty((len(probs), TOP))
    for rank in range(TOP):
        places[:, rank] = largest = probs.argmax(1)
        values[:, rank] = probs[rows, largest]
        probs[rows, largest] = -1.0
    return places, values


def answers(logits: Floats, junk: Floats, scalars: Floats, masks: Mask, calibration: Calibration) -> list[Answer]:
    """Rank the words of each row's mask; empty ink (no length, no stroke) is all doubt."""
    probs, doubt = probabilities(logits, junk, scalars, masks, calibration)
    best, chances = _leading(probs)
    doubted = doubt.astype(np.float64).round(4).tolist()
    # In a small pack fewer than TOP have a chance at all.
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
