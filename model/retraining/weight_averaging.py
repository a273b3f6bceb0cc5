"""Mixes the fine-tuned weights with the champion's, as far as public drawings bear it.

A network that has learned something new and the one it came from lie in one valley, and between them are networks that know
most of the new and have lost nothing of the old (WiSE-FT, Wortsman et al. 2022). Which share to take is chosen on validation
drawings by what the gates measure.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from rich.console import Console
from rich.table import Table

from model.data.quickdraw import LabelledDrawing
from model.ink.raster import rasterise_inks
from model.ink.strokes import take_ink_prefix
from model.network.frozen_function import FrozenFunction
from model.retraining.gates import MAX_HALF_INK_LOSS_POINTS, MAX_TOP1_LOSS_POINTS, MAX_TOP3_LOSS_POINTS

Float32Array = npt.NDArray[np.float32]
Ranks = npt.NDArray[np.int64]
Weights = Sequence[npt.NDArray[np.float32]]

FINE_TUNED_SHARES = (1.0, 0.85, 0.7, 0.55, 0.4, 0.25, 0.15)
"""Shares of the fine-tuned network that are tried, the largest first; the last one is taken if none loses little enough."""
WHOLE_INK_SHARES, HALF_INK_SHARES = (1.0, 0.92, 0.84), (0.5, 0.45, 0.55)
"""Shares of the ink at which they are compared, each time plain and in the mirror. Of twelve views of a drawing some turn right
and some turn wrong by chance; their mean tells a loss from chance with a quarter of the drawings that one view would need."""
WORD_PRIOR_VIEWS = slice(None, None, 2 * len(WHOLE_INK_SHARES))
"""Views by which words are evened out: the whole drawing and half of it."""
VALIDATION_DRAWINGS_PER_WORD = 12
"""Validation drawings of one word and file that compare."""
AVERAGING_BATCH_SIZE = 256
"""Drawings guessed at once."""
WORD_PRIOR_ITERATIONS = 30
"""Updates of the words' biases, after which they have settled."""
WORD_PRIOR_DAMPING = 0.8
"""Share of the full correction that each update takes."""
WORD_PRIOR_SMOOTHING = 1e-4
"""So probable every word counts at least, when words are evened out."""


@dataclass(frozen=True, slots=True)
class WeightAverage:
    """One share of the fine-tuned weights, and what it loses on public validation drawings: points with their standard errors."""

    share: float
    weights: list[npt.NDArray[np.float32]]
    losses: tuple[tuple[float, float], ...]
    """Top-1 and top-3 of (nearly) whole drawings, top-1 with about half the ink."""

    @property
    def bearable(self) -> bool:
        """Whether the gates would most likely bear it: the loss, and a standard error more, is within their limits."""
        limits = (MAX_TOP1_LOSS_POINTS, MAX_TOP3_LOSS_POINTS, MAX_HALF_INK_LOSS_POINTS)
        return all(loss + error <= limit for (loss, error), limit in zip(self.losses, limits, strict=True))


class WeightAverager:
    """Weighs mixtures of champion and fine-tuned network on the same public drawings."""

    def __init__(self, network: Any, champion: Weights, public: list[LabelledDrawing]) -> None:
        """`network` is of the shape of both; its weights are overwritten. `champion` are the champion's weights."""
        self._network, self._champion = network, champion
        self._labels = np.array([drawing.label for drawing in public])
        self._views = [
            rasterise_inks([take_ink_prefix(drawing.ink, share) for drawing in public])
            for share in WHOLE_INK_SHARES + HALF_INK_SHARES
        ]
        network.set_weights(champion)
        before = self._logits()
        self._word_priors = _mean_probability(before[WORD_PRIOR_VIEWS])
        self._before = [_rank_labels(part, self._labels) for part in before]

    def mix(self, fine_tuned: Weights, share: float) -> WeightAverage:
        """Mix weights, even out how likely words are, and say what that loses."""
        weights = [(1 - share) * old + share * new for old, new in zip(self._champion, fine_tuned, strict=True)]
        self._network.set_weights(weights)
        logits = self._logits()
        bias = self._even_word_priors(logits[WORD_PRIOR_VIEWS])
        head = self._network.get_layer("words")
        kernel, old = head.get_weights()
        head.set_weights([kernel, old + bias])
        after = [_rank_labels(part + bias, self._labels) for part in logits]
        cut = 2 * len(WHOLE_INK_SHARES)
        pairs = list(zip(self._before, after, strict=True))
        losses = _points_lost(pairs[:cut], 1), _points_lost(pairs[:cut], 3), _points_lost(pairs[cut:], 1)
        return WeightAverage(share, [np.asarray(weight) for weight in self._network.get_weights()], losses)

    def _logits(self) -> list[Float32Array]:
        """Return the logits of each view, plain and mirrored in turns."""
        function = FrozenFunction(self._network)
        return [
            np.concatenate(
                [
                    function(
                        np.ascontiguousarray(pictures[at : at + AVERAGING_BATCH_SIZE, :, ::way]),
                        scalars[at : at + AVERAGING_BATCH_SIZE],
                    )[0]
                    for at in range(0, len(pictures), AVERAGING_BATCH_SIZE)
                ]
            )
            for pictures, scalars in self._views
            for way in (1, -1)
        ]

    def _even_word_priors(self, logits: list[Float32Array]) -> Float32Array:
        """Return what to add to each word's logit so that public drawings look like it as often as they did before.

        Who learns from drawings of a few words comes to see those words everywhere; all others pay for it. The labels are
        not asked (Saerens et al. 2002 correct a classifier for other priors in the same way).
        """
        bias = np.zeros(logits[0].shape[1], np.float32)
        for _ in range(WORD_PRIOR_ITERATIONS):
            now = _mean_probability([part + bias for part in logits])
            bias += WORD_PRIOR_DAMPING * (
                np.log(self._word_priors + WORD_PRIOR_SMOOTHING) - np.log(now + WORD_PRIOR_SMOOTHING)
            )
        return bias


def average_weights(network: Any, champion: Weights, public: list[LabelledDrawing], console: Console) -> WeightAverage:
    """Put the largest bearable share of the fine-tuned network, which is in `network`, into `network`."""
    fine_tuned = [np.asarray(weight) for weight in network.get_weights()]
    averager = WeightAverager(network, champion, public)
    table = Table(
        "share of the fine-tuned network",
        "top-1",
        "top-3",
        "half the ink",
        title=f"{len(public)} validation drawings",
        box=None,
    )
    for share in FINE_TUNED_SHARES:
        found = averager.mix(fine_tuned, share)
        table.add_row(f"{share:.0%}", *(f"{-loss:+.1f} ± {error:.1f}" for loss, error in found.losses))
        if found.bearable:
            break
    console.print(table)
    network.set_weights(found.weights)
    return found


def _mean_probability(logits: list[Float32Array]) -> Float32Array:
    every = np.concatenate(logits)
    odds = np.exp(every - every.max(1, keepdims=True))
    mean: Float32Array = (odds / odds.sum(1, keepdims=True)).mean(0)
    return mean


def _rank_labels(logits: Float32Array, labels: Ranks) -> Ranks:
    own = logits[np.arange(len(labels)), labels]
    ranks: Ranks = (logits > own[:, None]).sum(1)
    return ranks


def _points_lost(pairs: list[tuple[Ranks, Ranks]], among: int) -> tuple[float, float]:
    """Return the loss in points, and its standard error, of being among the first so many."""
    views = [100.0 * ((before < among).astype(float) - (after < among)) for before, after in pairs]
    lost = np.mean(views, axis=0)
    return float(lost.mean()), float(lost.std() / np.sqrt(len(lost)))
