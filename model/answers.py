"""From what the network says to what the game may believe: mask, temperature, doubt, top-k. numpy only."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]
Mask = npt.NDArray[np.bool_]

TOP = 5
DOUBTFUL = 0.50
"""From this doubt on the answer is "no idea" (`server.game.rules.DOUBTFUL`)."""
KNOWN = 5
"""1, log ink length, log strokes, log share of words allowed, log probability inside the pack: what doubt depends on."""
FEATURES = 9
"""Those, and the squares of length, strokes, their product and the share's: what the temperature depends on."""
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
    """Temperature exp(features · temperature); doubt = sigmoid(mild(junk logit · slope + known · doubt))."""

    temperature: tuple[float, ...] = (0.0,) * FEATURES
    doubt: tuple[float, ...] = (0.0,) * KNOWN
    slope: float = 1.0


def features(logits: Floats, scalars: Floats, masks: npt.NDArray[np.bool_]) -> Floats:
    """Collect what is known at the moment of a guess. logits (n, 345), scalars (n, 3), masks (n, 345) → (n, 9)."""
    odds = logits - logits.max(1, keepdims=True)
    np.exp(odds, out=odds)
    whole = odds.sum(1)
    odds *= masks
    inside = odds.sum(1) / whole
    share = np.count_nonzero(masks, 1) / masks.shape[1]
    length, strokes, size = scalars[:, 0], scalars[:, 1], np.log(share)
    known = [np.ones(len(logits)), length, strokes, size, np.log(inside + 1e-4)]
    return np.stack([*known, length**2, strokes**2, length * strokes, size**2], 1).astype(np.float32)


def doubts(strength: Floats) -> Floats:
    """Turn logits into doubt: a sigmoid, mild beyond a half."""
    mild = np.where(strength > 0, strength * MILD, strength)
    return (1 / (1 + np.exp(-mild))).astype(np.float32)


def probabilities(
    logits: Floats, junk: Floats, scalars: Floats, masks: Mask, calibration: Calibration
) -> tuple[Floats, Floats]:
    """Return calibrated probabilities (n, 345), zero outside the mask, and doubt (n,); each row sums to 1 − doubt."""
    known = features(logits, scalars, masks)
    heat = np.exp(np.clip(known @ np.array(calibration.temperature, np.float32), -2.0, 3.0))
    cooled = np.where(masks, logits, np.float32(-np.inf))
    cooled /= heat[:, None]
    cooled -= cooled.max(1, keepdims=True)
    np.exp(cooled, out=cooled)
    doubt = doubts(junk * calibration.slope + known[:, :KNOWN] @ np.array(calibration.doubt, np.float32))
    cooled /= cooled.sum(1, keepdims=True)
    cooled *= (1 - doubt)[:, None]
    return cooled, doubt


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
