"""Does it know when it knows nothing? Junk that must be refused, drawings that must not be, scribbles that never hit."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from model.answers import DOUBT_THRESHOLD, Calibration, calibrated_probabilities
from model.data.quickdraw import LabelledDrawing
from model.evaluation.curves import NetworkFunction, NetworkOutputs
from model.ink.negatives import JUNK_KINDS, make_junk
from model.ink.raster import rasterise_inks
from model.ink.strokes import Ink
from model.ink.vocabulary import CLASS_INDEX, CLASS_WORDS

JUNK_LIKE_WORDS = ("circle", "line", "squiggle", "zigzag")
"""Words whose drawings are what junk is made of; they need not be accepted."""
JUNK_PIECES_PER_KIND = 400
"""Pieces of junk of each kind that are judged."""
MIN_HIT_PROBABILITY = 0.40
"""Probability of a word from which it counts as a hit."""
MIN_RESTED_HIT_PROBABILITY = 0.20
"""From these probabilities on Inkling may say a word: while it is drawn, and when it has rested and there is no doubt (`BOLD_THRESHOLDS` of `server.game.inkling.thresholds`)."""
SCRIBBLE_PACK_SIZE = 3
"""Words of the game that a scribble is shown to."""


def make_junk_of_kind(kind: str, count: int, lenders: list[Ink], labels: list[int], seed: int) -> list[Ink]:
    """Make junk of one kind. Mixtures borrow from drawings of three to five different words."""
    rng = np.random.default_rng(seed)
    by_word: dict[int, list[Ink]] = {}
    for label, ink in zip(labels, lenders, strict=True):
        by_word.setdefault(label, []).append(ink)
    made = []
    for _ in range(count):
        borrowed: list[Ink] = []
        if kind == "mixture":
            words = rng.choice(sorted(by_word), int(rng.integers(3, 6)), replace=False)
            borrowed = [by_word[int(word)][int(rng.integers(len(by_word[int(word)])))] for word in words]
        made.append(make_junk(kind, rng, borrowed))
    return made


def rejection_figures(
    network: NetworkFunction,
    drawings: list[LabelledDrawing],
    whole: NetworkOutputs,
    calibration: Calibration,
    seed: int = 7,
) -> dict[str, Any]:
    """Measure acceptance and rejection at the game's own threshold, over all words.

    `whole`: the network's answers to the drawings at share 1, in its last row. Returns `acceptance` (of whole
    drawings), `rejection` by kind and `overall`, `scribble_hits` (share of scribbles that name the prompt of a random
    pack of three words), `excluded`. Kinds that cannot be made of these drawings are left out.
    """
    labels = np.array([drawing.label for drawing in drawings])
    natural = ~np.isin(labels, [CLASS_INDEX[word] for word in JUNK_LIKE_WORDS])
    accepted = (
        _compute_doubt(whole.logits[-1], whole.junk[-1], whole.scalars[-1], calibration)[natural] < DOUBT_THRESHOLD
    )
    simple = [drawing for drawing in drawings if not drawing.raw] or drawings
    found: dict[str, float] = {}
    hits = 0.0
    for number, kind in enumerate(JUNK_KINDS):
        if kind == "mixture" and len(set(labels.tolist())) < 5:
            continue
        inks = make_junk_of_kind(
            kind, JUNK_PIECES_PER_KIND, [d.ink for d in simple], [d.label for d in simple], seed + number
        )
        outputs = _run_on_inks(network, inks)
        found[kind] = float((_compute_doubt(*outputs, calibration) >= DOUBT_THRESHOLD).mean())
        if kind == "scribble":
            hits = _scribble_hit_share(*outputs, calibration, np.random.default_rng(seed))
    return {
        "acceptance": float(accepted.mean()) if natural.any() else None,
        "rejection": found,
        "overall": float(np.mean(list(found.values()))),
        "scribble_hits": hits,
        "excluded": list(JUNK_LIKE_WORDS),
    }


def _run_on_inks(network: NetworkFunction, inks: list[Ink]) -> tuple[Any, Any, Any]:
    pictures, scalars = rasterise_inks(inks)
    logits, doubt = network(pictures, scalars)
    return logits, doubt, scalars


def _compute_doubt(logits: Any, junk_logits: Any, scalars: Any, calibration: Calibration) -> npt.NDArray[np.float32]:
    masks = np.ones((len(logits), len(CLASS_WORDS)), bool)
    return calibrated_probabilities(logits, junk_logits, scalars, masks, calibration)[1]


def _scribble_hit_share(
    logits: Any, junk_logits: Any, scalars: Any, calibration: Calibration, rng: np.random.Generator
) -> float:
    """Show each piece to a game with three words; the first of them is the prompt."""
    rows = np.arange(len(logits))
    masks = np.zeros((len(logits), len(CLASS_WORDS)), bool)
    prompts = np.zeros(len(logits), int)
    for row in rows:
        words = rng.choice(len(CLASS_WORDS), SCRIBBLE_PACK_SIZE, replace=False)
        masks[row, words], prompts[row] = True, words[0]
    probs, doubt = calibrated_probabilities(logits, junk_logits, scalars, masks, calibration)
    own = probs[rows, prompts]
    return float(
        (
            ((own >= MIN_HIT_PROBABILITY) | ((own >= MIN_RESTED_HIT_PROBABILITY) & (doubt < DOUBT_THRESHOLD)))
            & (probs.argmax(1) == prompts)
        ).mean()
    )
