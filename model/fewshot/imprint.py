"""A new word from a few drawings: one more column for the head, fitted beside the old ones (Qi et al. 2018: imprinting).

The embedding and all old columns stay as they are. The column is fitted by ridge logistic regression against what the
network remembers of the old words, and against scribbles, written words, dots and lines, with the old words' log-sum as
offset: the more drawings, the freer. Its bias is lowered until at most `MAX_FLIPPED_SHARE` of the remembered drawings change sides.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Protocol

import numpy as np
import numpy.typing as npt

from model.answers import WordMask
from model.fewshot.logistic import fit_logistic_regression
from model.ink.augment import augment_strokes
from model.ink.negatives import make_junk
from model.ink.raster import rasterise_paths
from model.ink.strokes import Ink, StrokePath, ink_to_path, take_path_prefix

Float32Array = npt.NDArray[np.float32]
EmbedFunction = Callable[[npt.NDArray[np.uint8], Float32Array], tuple[Float32Array, Float32Array]]


class EmbeddingNetwork(Protocol):
    """A network in two steps: `model.network.frozen_function.FrozenFunction`."""

    head: Float32Array
    bias: Float32Array

    def embed(self, pictures: npt.NDArray[np.uint8], scalars: Float32Array) -> tuple[Float32Array, Float32Array]:
        """Return embeddings and junk logits."""


VIEWS_PER_DRAWING = 3
"""Varied views of each drawing, each of them whole and cut."""
AUGMENTATION_STRENGTH = 0.7
"""Strength of the variation, as a share of what training uses."""
RIDGE_STRENGTH = 1000.0
"""Divided by the number of drawings: how small the column is kept."""
MAX_FLIPPED_SHARE = 0.005
"""Share of the remembered drawings that a new word may take from their own."""
NEGATIVE_JUNK_KINDS, NEGATIVE_JUNK_WEIGHT = ("scribble", "writing", "marks"), 1.0
"""Kinds of junk that a column must not claim, and how much all of it counts beside the old words."""
NEGATIVE_JUNK_PER_KIND = 60
"""Of each kind."""
MIN_DRAWINGS_TO_IMPRINT = 3
"""Drawings below which a word cannot be taught."""


@dataclass(frozen=True, slots=True)
class TaughtColumn:
    """A taught word: its logit is embedding @ vector + bias."""

    word: str
    vector: Float32Array
    bias: float
    drawings: int


@dataclass(frozen=True, slots=True)
class WordMemory:
    """Embeddings (n, size) of drawings of the old words, as the network that uses them sees them; labels (n,)."""

    embeddings: Float32Array
    labels: npt.NDArray[np.int64]


@dataclass(frozen=True)
class ClassifierHead:
    """What a column is fitted beside: the embedding function, the old columns (size, words) and their bias, a memory."""

    embed: EmbedFunction
    columns: Float32Array
    bias: Float32Array
    memory: WordMemory

    @classmethod
    def of(cls, function: EmbeddingNetwork, folder: Path) -> ClassifierHead:
        """Take a network's head, what its folder remembers, and embeddings of junk."""
        memory = load_memory(folder, len(function.head), function.bias)
        return cls(function.embed, function.head, function.bias, memory)

    @cached_property
    def junk(self) -> Float32Array:
        """Embeddings (n, size) of junk, the same each time; made when the first word is taught."""
        rng = np.random.default_rng(0)
        pieces = [
            ink_to_path(make_junk(kind, rng)) for kind in NEGATIVE_JUNK_KINDS for _ in range(NEGATIVE_JUNK_PER_KIND)
        ]
        return self.embed(*rasterise_paths(pieces))[0]


def imprint_word(head: ClassifierHead, word: str, inks: Sequence[Ink], seed: int = 0) -> TaughtColumn:
    """Make a column for a word. Raises ValueError with fewer than MIN_DRAWINGS_TO_IMPRINT drawings, or without a memory of old words."""
    inks = [ink for ink in inks if ink]
    if len(inks) < MIN_DRAWINGS_TO_IMPRINT:
        raise ValueError(f"{word!r} needs at least {MIN_DRAWINGS_TO_IMPRINT} drawings, not {len(inks)}")
    if not len(head.memory.labels):
        raise ValueError("this model remembers no drawings of its words (inkling model remember)")
    pictures, scalars, weight = make_weighted_views(inks, seed)
    new = head.embed(pictures, scalars)[0].astype(np.float64)
    old = head.memory.embeddings.astype(np.float64)
    others = np.concatenate([old, head.junk])
    against = np.concatenate(
        [np.full(len(old), 1 / len(old)), np.full(len(head.junk), NEGATIVE_JUNK_WEIGHT / len(head.junk))]
    )
    vector, bias = _fit_column(
        new, weight, others, against, _log_sum_exp(head, new), _log_sum_exp(head, others), RIDGE_STRENGTH / len(inks)
    )  # fmt: skip
    margin = old @ vector + bias - (old @ head.columns + head.bias).max(1)
    bias -= max(0.0, float(np.quantile(margin, 1 - MAX_FLIPPED_SHARE)))
    return TaughtColumn(word, vector.astype(np.float32), float(bias), len(inks))


def append_taught_words(
    logits: Float32Array, allowed: WordMask, embedding: Float32Array, taught: Sequence[Sequence[TaughtColumn]]
) -> tuple[Float32Array, WordMask]:
    """Put each row's taught words behind the 345: logits (n, 345 + the longest row's) and what is allowed of them."""
    width = max(map(len, taught))
    added = np.full((len(logits), width), -1e9, np.float32)
    present = np.zeros((len(logits), width), bool)
    for row, columns in enumerate(taught):
        for index, column in enumerate(columns):
            added[row, index] = embedding[row] @ column.vector + column.bias
            present[row, index] = True
    return np.concatenate([logits, added], 1), np.concatenate([allowed, present], 1)


def make_weighted_views(
    inks: Sequence[Ink], seed: int = 0
) -> tuple[npt.NDArray[np.uint8], Float32Array, npt.NDArray[np.float64]]:
    """Draw each ink as it is, varied, and cut; returns pictures, scalars and how much each counts."""
    rng = np.random.default_rng(seed)
    views: list[StrokePath] = []
    shares: list[float] = []
    for ink in inks:
        path = ink_to_path(ink)
        views.append(path)
        shares.append(1.0)
        for _ in range(VIEWS_PER_DRAWING):
            varied, share = augment_strokes(path, rng, None, AUGMENTATION_STRENGTH), float(rng.uniform(0.35, 1.0))
            views += [varied, take_path_prefix(*varied, share)]
            shares += [1.0, share]
    weight = np.square(shares)
    return *rasterise_paths(views), weight / weight.sum()


def _log_sum_exp(head: ClassifierHead, embeddings: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    logits = embeddings @ head.columns + head.bias
    largest = logits.max(1)
    total: npt.NDArray[np.float64] = largest + np.log(np.exp(logits - largest[:, None]).sum(1))
    return total


def _fit_column(
    new: npt.NDArray[np.float64], weight: npt.NDArray[np.float64],
    old: npt.NDArray[np.float64], against: npt.NDArray[np.float64],
    new_rest: npt.NDArray[np.float64], old_rest: npt.NDArray[np.float64], ridge: float,
) -> tuple[npt.NDArray[np.float64], float]:  # fmt: skip
    """Fit a column: p(new) = sigmoid(logit − log-sum of the old words), both sides weighing the same."""
    spread = np.concatenate([new, old]).std(0) + 1e-2
    inputs = np.concatenate([np.concatenate([new, old]) / spread, np.ones((len(new) + len(old), 1))], 1)
    found = fit_logistic_regression(
        inputs, np.arange(len(inputs)) < len(new), np.concatenate([weight, against]) * 1000,
        -np.concatenate([new_rest, old_rest]), np.append(np.full(len(spread), ridge), 1e-3),
        np.append(np.zeros(len(spread)), np.average(new_rest, weights=weight)),
    )  # fmt: skip
    return found[:-1] / spread, float(found[-1])


def save_memory(folder: Path, memory: WordMemory, bias: Float32Array) -> None:
    """Write `memory.npz` beside a model, 8 bits a number; the bias of its head says whose memory it is."""
    unit = np.maximum(np.abs(memory.embeddings).max(0, initial=0), 1e-6) / 127
    np.savez_compressed(
        folder / "memory.npz", embeddings=np.rint(memory.embeddings / unit).astype(np.int8), unit=unit.astype(np.float32),
        labels=memory.labels.astype(np.int16), owner=bias.astype(np.float16),
    )  # fmt: skip


def load_memory(folder: Path, size: int, bias: Float32Array) -> WordMemory:
    """Read what a model remembers; nothing if it has no memory, or another network's."""
    nothing = WordMemory(np.zeros((0, size), np.float32), np.zeros(0, np.int64))
    try:
        with np.load(folder / "memory.npz") as stored:
            if not np.array_equal(stored["owner"], bias.astype(np.float16)):
                return nothing
            return WordMemory(stored["embeddings"] * stored["unit"], stored["labels"].astype(np.int64))
    except (OSError, KeyError, ValueError):
        return nothing


def save_columns(folder: Path, columns: Sequence[TaughtColumn]) -> None:
    """Write the words that a model was taught, `taught.npz`."""
    np.savez_compressed(
        folder / "taught.npz", words=np.array([column.word for column in columns]),
        vectors=np.stack([column.vector for column in columns]), biases=np.array([column.bias for column in columns]),
        drawings=np.array([column.drawings for column in columns]),
    )  # fmt: skip


def load_columns(folder: Path) -> tuple[TaughtColumn, ...]:
    """Read the words that a model was taught."""
    if not (folder / "taught.npz").exists():
        return ()
    with np.load(folder / "taught.npz") as stored:
        return tuple(
            TaughtColumn(str(word), vector.astype(np.float32), float(bias), int(count))
            for word, vector, bias, count in zip(
                stored["words"], stored["vectors"], stored["biases"], stored["drawings"], strict=True
            )
        )
