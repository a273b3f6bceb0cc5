"""A new word from a few drawings: one more column for the head, fitted beside the old ones (Qi et al. 2018: imprinting).

The embedding and all old columns stay as they are. The column is fitted by ridge logistic regression against what the
network remembers of the old words, and against scribbles, written words, dots and lines, with the old words' log-sum as
offset: the more drawings, the freer. Its bias is lowered until at most FLIPS of the remembered drawings change sides.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Protocol

import numpy as np
import numpy.typing as npt

from model.answers import Mask
from model.fewshot.logistic import regress
from model.ink.augment import augment
from model.ink.negatives import junk
from model.ink.raster import raster_paths
from model.ink.strokes import Ink, Trace, path_of, prefix_path

Floats = npt.NDArray[np.float32]
Embed = Callable[[npt.NDArray[np.uint8], Floats], tuple[Floats, Floats]]


class Function(Protocol):
    """A network in two steps: `model.network.frozen_function.Function`."""

    head: Floats
    bias: Floats

    def embed(self, pictures: npt.NDArray[np.uint8], scalars: Floats) -> tuple[Floats, Floats]:
        """Return embeddings and junk logits."""


VIEWS = 3
"""Varied views of each drawing, each of them whole and cut."""
STRENGTH = 0.7
RIDGE = 1000.0
"""Divided by the number of drawings: how small the column is kept."""
FLIPS = 0.005
JUNK, JUNK_WEIGHT = ("scribble", "writing", "marks"), 1.0
"""Kinds of junk that a column must not claim, and how much all of it counts beside the old words."""
PIECES = 60
"""Of each kind."""
FEWEST = 3
"""Drawings below which a word cannot be taught."""


@dataclass(frozen=True, slots=True)
class Column:
    """A taught word: its logit is embedding @ vector + bias."""

    word: str
    vector: Floats
    bias: float
    drawings: int


@dataclass(frozen=True, slots=True)
class Memory:
    """Embeddings (n, size) of drawings of the old words, as the network that uses them sees them; labels (n,)."""

    embeddings: Floats
    labels: npt.NDArray[np.int64]


@dataclass(frozen=True)
class Head:
    """What a column is fitted beside: the embedding function, the old columns (size, words) and their bias, a memory."""

    embed: Embed
    columns: Floats
    bias: Floats
    memory: Memory

    @classmethod
    def of(cls, function: Function, folder: Path) -> Head:
        """Take a network's head, what its folder remembers, and embeddings of junk."""
        memory = memory_of(folder, len(function.head), function.bias)
        return cls(function.embed, function.head, function.bias, memory)

    @cached_property
    def junk(self) -> Floats:
        """Embeddings (n, size) of junk, the same each time; made when the first word is taught."""
        chance = np.random.default_rng(0)
        pieces = [path_of(junk(kind, chance)) for kind in JUNK for _ in range(PIECES)]
        return self.embed(*raster_paths(pieces))[0]


def imprint(head: Head, word: str, inks: Sequence[Ink], seed: int = 0) -> Column:
    """Make a column for a word. Raises ValueError with fewer than FEWEST drawings, or without a memory of old words."""
    inks = [ink for ink in inks if ink]
    if len(inks) < FEWEST:
        raise ValueError(f"{word!r} needs at least {FEWEST} drawings, not {len(inks)}")
    if not len(head.memory.labels):
        raise ValueError("this model remembers no drawings of its words (inkling model remember)")
    pictures, scalars, weight = views(inks, seed)
    new = head.embed(pictures, scalars)[0].astype(np.float64)
    old = head.memory.embeddings.astype(np.float64)
    others = np.concatenate([old, head.junk])
    against = np.concatenate([np.full(len(old), 1 / len(old)), np.full(len(head.junk), JUNK_WEIGHT / len(head.junk))])
    vector, bias = _fit(
        new, weight, others, against, _log_sum(head, new), _log_sum(head, others), RIDGE / len(inks)
    )  # fmt: skip
    ahead = old @ vector + bias - (old @ head.columns + head.bias).max(1)
    bias -= max(0.0, float(np.quantile(ahead, 1 - FLIPS)))
    return Column(word, vector.astype(np.float32), float(bias), len(inks))


def beside_taught(
    logits: Floats, allowed: Mask, embedding: Floats, taught: Sequence[Sequence[Column]]
) -> tuple[Floats, Mask]:
    """Put each row's taught words behind the 345: logits (n, 345 + most) and what is allowed of them."""
    most = max(map(len, taught))
    more = np.full((len(logits), most), -1e9, np.float32)
    there = np.zeros((len(logits), most), bool)
    for row, columns in enumerate(taught):
        for place, column in enumerate(columns):
            more[row, place] = embedding[row] @ column.vector + column.bias
            there[row, place] = True
    return np.concatenate([logits, more], 1), np.concatenate([allowed, there], 1)


def views(inks: Sequence[Ink], seed: int = 0) -> tuple[npt.NDArray[np.uint8], Floats, npt.NDArray[np.float64]]:
    """Draw each ink as it is, varied, and cut; returns pictures, scalars and how much each counts."""
    chance = np.random.default_rng(seed)
    shown: list[Trace] = []
    shares: list[float] = []
    for ink in inks:
        path = path_of(ink)
        shown.append(path)
        shares.append(1.0)
        for _ in range(VIEWS):
            varied, share = augment(path, chance, None, STRENGTH), float(chance.uniform(0.35, 1.0))
            shown += [varied, prefix_path(*varied, share)]
            shares += [1.0, share]
    weight = np.square(shares)
    return *raster_paths(shown), weight / weight.sum()


def _log_sum(head: Head, embeddings: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    logits = embeddings @ head.columns + head.bias
    most = logits.max(1)
    found: npt.NDArray[np.float64] = most + np.log(np.exp(logits - most[:, None]).sum(1))
    return found


def _fit(
    new: npt.NDArray[np.float64], weight: npt.NDArray[np.float64],
    old: npt.NDArray[np.float64], against: npt.NDArray[np.float64],
    new_rest: npt.NDArray[np.float64], old_rest: npt.NDArray[np.float64], ridge: float,
) -> tuple[npt.NDArray[np.float64], float]:  # fmt: skip
    """Fit a column: p(new) = sigmoid(logit − log-sum of the old words), both sides weighing the same."""
    spread = np.concatenate([new, old]).std(0) + 1e-2
    inputs = np.concatenate([np.concatenate([new, old]) / spread, np.ones((len(new) + len(old), 1))], 1)
    found = regress(
        inputs, np.arange(len(inputs)) < len(new), np.concatenate([weight, against]) * 1000,
        -np.concatenate([new_rest, old_rest]), np.append(np.full(len(spread), ridge), 1e-3),
        np.append(np.zeros(len(spread)), np.average(new_rest, weights=weight)),
    )  # fmt: skip
    return found[:-1] / spread, float(found[-1])


def save_memory(folder: Path, memory: Memory, bias: Floats) -> None:
    """Write `memory.npz` beside a model, 8 bits a number; the bias of its head says whose memory it is."""
    unit = np.maximum(np.abs(memory.embeddings).max(0, initial=0), 1e-6) / 127
    np.savez_compressed(
        folder / "memory.npz", embeddings=np.rint(memory.embeddings / unit).astype(np.int8), unit=unit.astype(np.float32),
        labels=memory.labels.astype(np.int16), owner=bias.astype(np.float16),
    )  # fmt: skip


def memory_of(folder: Path, size: int, bias: Floats) -> Memory:
    """Read what a model remembers; nothing if it has no memory, or another network's."""
    nothing = Memory(np.zeros((0, size), np.float32), np.zeros(0, np.int64))
    try:
        with np.load(folder / "memory.npz") as stored:
            if not np.array_equal(stored["owner"], bias.astype(np.float16)):
                return nothing
            return Memory(stored["embeddings"] * stored["unit"], stored["labels"].astype(np.int64))
    except (OSError, KeyError, ValueError):
        return nothing


def save_columns(folder: Path, columns: Sequence[Column]) -> None:
    """Write the words that a model was taught, `taught.npz`."""
    np.savez_compressed(
        folder / "taught.npz", words=np.array([column.word for column in columns]),
        vectors=np.stack([column.vector for column in columns]), biases=np.array([column.bias for column in columns]),
        drawings=np.array([column.drawings for column in columns]),
    )  # fmt: skip


def columns_of(folder: Path) -> tuple[Column, ...]:
    """Read the words that a model was taught."""
    if not (folder / "taught.npz").exists():
        return ()
    with np.load(folder / "taught.npz") as stored:
        return tuple(
            Column(str(word), vector.astype(np.float32), float(bias), int(count))
            for word, vector, bias, count in zip(
                stored["words"], stored["vectors"], stored["biases"], stored["drawings"], strict=True
            )
        )
