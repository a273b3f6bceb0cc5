"""Does it know when it knows nothing? Junk that must be refused, drawings that must not be, scribbles that never hit."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from model.answers import DOUBTFUL, Calibration, probabilities
from model.data.quickdraw import Drawing
from model.evaluation.curves import Network, Outputs
from model.ink.negatives import KINDS, junk
from model.ink.raster import rasters
from model.ink.strokes import Ink
from model.ink.vocabulary import INDEX, WORDS

EXCLUDED = ("circle", "line", "squiggle", "zigzag")
"""Words whose drawings are what junk is made of; they need not be accepted."""
PIECES = 400
"""Junk of each kind."""
HIT = 0.40
RESTED = 0.20
"""From these probabilities on Inkling may say a word: while it is drawn, and when it has rested and there is no doubt (`server.game.rules.BOLD`)."""
PACK = 3


def pieces(kind: str, count: int, lenders: list[Ink], labels: list[int], seed: int) -> list[Ink]:
    """Make junk of one kind. Mixtures borrow from drawings of three to five different words."""
    chance = np.random.default_rng(seed)
    by_word: dict[int, list[Ink]] = {}
    for label, ink in zip(labels, lenders, strict=True):
        by_word.setdefault(label, []).append(ink)
    made = []
    for _ in range(count):
        lent: list[Ink] = []
        if kind == "mixture":
            words = chance.choice(sorted(by_word), int(chance.integers(3, 6)), replace=False)
            lent = [by_word[int(word)][int(chance.integers(len(by_word[int(word)])))] for word in words]
        made.append(junk(kind, chance, lent))
    return made


def figures(
    network: Network, drawings: list[Drawing], whole: Outputs, calibration: Calibration, seed: int = 7
) -> dict[str, Any]:
    """Measure acceptance and rejection at the game's own threshold, over all words.

    `whole`: the network's answers to the drawings at share 1, in its last row. Returns `acceptance` (of whole
    drawings), `rejection` by kind and `overall`, `scribble_hits` (share of scribbles that name the prompt of a random
    pack of three words), `excluded`. Kinds that cannot be made of these drawings are left out.
    """
    labels = np.array([drawing.label for drawing in drawings])
    kept = ~np.isin(labels, [INDEX[word] for word in EXCLUDED])
    accepted = _doubt(whole.logits[-1], whole.junk[-1], whole.scalars[-1], calibration)[kept] < DOUBTFUL
    simple = [drawing for drawing in drawings if not drawing.raw] or drawings
    found: dict[str, float] = {}
    hits = 0.0
    for number, kind in enumerate(KINDS):
        if kind == "mixture" and len(set(labels.tolist())) < 5:
            continue
        inks = pieces(kind, PIECES, [d.ink for d in simple], [d.label for d in simple], seed + number)
        seen = _seen(network, inks)
        found[kind] = float((_doubt(*seen, calibration) >= DOUBTFUL).mean())
        if kind == "scribble":
            hits = _hits(*seen, calibration, np.random.default_rng(seed))
    return {
        "acceptance": float(accepted.mean()) if kept.any() else None,
        "rejection": found,
        "overall": float(np.mean(list(found.values()))),
        "scribble_hits": hits,
        "excluded": list(EXCLUDED),
    }


def _seen(network: Network, inks: list[Ink]) -> tuple[Any, Any, Any]:
    pictures, scalars = rasters(inks)
    logits, doubt = network(pictures, scalars)
    return logits, doubt, scalars


def _doubt(logits: Any, junk_logits: Any, scalars: Any, calibration: Calibration) -> npt.NDArray[np.float32]:
    masks = np.ones((len(logits), len(WORDS)), bool)
    return probabilities(logits, junk_logits, scalars, masks, calibration)[1]


def _hits(logits: Any, junk_logits: Any, scalars: Any, calibration: Calibration, chance: np.random.Generator) -> float:
    """Show each piece to a game with three words; the first of them is the prompt."""
    rows = np.arange(len(logits))
    masks = np.zeros((len(logits), len(WORDS)), bool)
    prompts = np.zeros(len(logits), int)
    for row in rows:
        words = chance.choice(len(WORDS), PACK, replace=False)
        masks[row, words], prompts[row] = True, words[0]
    probs, doubt = probabilities(logits, junk_logits, scalars, masks, calibration)
    own = probs[rows, prompts]
    return float((((own >= HIT) | ((own >= RESTED) & (doubt < DOUBTFUL))) & (probs.argmax(1) == prompts)).mean())
