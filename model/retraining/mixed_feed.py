"""Batches from two pools: public drawings for the most part, and those of players."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from model.ink.negatives import KINDS, junk
from model.ink.strokes import Ink
from model.training.pipeline import Batch, Feed, Pool, Sampler

PLAYERS_SHARE = 0.25
"""Of a batch, where there are public drawings too."""
OF_THEIR_WORDS = 0.6
"""And at most so much of what the words that players drew have of a batch: else those words would seem likelier than they are,
and all others would suffer."""
LEFT = 0.25
"""So much of its share a word keeps among the public drawings, however often players drew it."""
FEW_WORDS = 6
OF_PLAYERS = -2
"""In `Batch.source`: the view is of a player's drawing."""


@dataclass(frozen=True, slots=True)
class Sources:
    """Folders of public drawings (none: players only) and of players', and how strongly both are varied."""

    public: tuple[Path, ...]
    players: Path
    strength: float = 1.0


class _Players(Sampler):
    """Draws samples of players, who may have drawn few words: too few to mix their strokes."""

    def _junk(self) -> Ink:
        if len(self._words) >= FEW_WORDS:
            return super()._junk()
        kinds = [kind for kind in KINDS if kind != "mixture"]
        return junk(kinds[int(self._chance.integers(len(kinds)))], self._chance)


class _Yielding(Sampler):
    """Draws public samples; what players draw often it draws less often."""

    def give_way(self, players: Sampler) -> float:
        """Even out how often each word comes; returns the players' share of a batch."""
        theirs = np.zeros(len(self._words))
        for word, weight in zip(players._words, players._weight, strict=True):
            theirs[self._words == word] = weight
        share = min(PLAYERS_SHARE, OF_THEIR_WORDS * float(self._weight[theirs > 0].sum()))
        weight = np.maximum(self._weight - share * theirs, LEFT * self._weight)
        self._weight = weight / weight.sum()
        return share


class MixedSampler:
    """Draws batches in which the given share of the drawings is players'."""

    def __init__(self, sources: Sources, seed: int, share: tuple[int, int] = (0, 1)) -> None:
        self._players = _Players(Pool([sources.players], share=share), seed, sources.strength)
        self._public: _Yielding | None = None
        self._share = 1.0
        if sources.public:
            self._public = _Yielding(Pool(list(sources.public), share=share), seed + 1, sources.strength)
            self._share = self._public.give_way(self._players)

    def batch(self, size: int) -> Batch:
        """Make one batch of `size` views."""
        if self._public is None:
            return _marked(self._players.batch(size))
        theirs = 2 * max(1, round(size * self._share / 2))
        return _joined(self._public.batch(size - theirs), _marked(self._players.batch(theirs)))


def _marked(batch: Batch) -> Batch:
    batch.source[:] = OF_PLAYERS
    return batch


def _joined(one: Batch, two: Batch) -> Batch:
    """Put two batches together; the first half of the rows still shows whole drawings, the second their beginnings."""

    def both(a: npt.NDArray[Any], b: npt.NDArray[Any]) -> npt.NDArray[Any]:
        half, rest = len(a) // 2, len(b) // 2
        return np.concatenate([a[:half], b[:rest], a[half:], b[rest:]])

    return Batch(
        both(one.pictures, two.pictures), both(one.scalars, two.scalars), both(one.labels, two.labels),
        both(one.source, two.source), both(one.share, two.share), both(one.pure, two.pure),
        one.bitmaps, both(one.seen, two.seen),
    )  # fmt: skip


class MixedFeed(Feed):
    """As `Feed`, from two pools."""

    def __init__(self, sources: Sources, size: int, seed: int, workers: int) -> None:
        self._start(partial(MixedSampler, sources), size, seed, workers)
