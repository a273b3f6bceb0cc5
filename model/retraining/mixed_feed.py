"""Batches from two pools: public drawings for the most part, and those of players."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from model.ink.negatives import JUNK_KINDS, make_junk
from model.ink.strokes import Ink
from model.training.pipeline import DrawingPool, Feed, TrainingBatch, TrainingSampler

MAX_PLAYERS_SHARE = 0.25
"""Of a batch, where there are public drawings too."""
MAX_PLAYERS_SHARE_OF_THEIR_WORDS = 0.6
"""And at most so much of what the words that players drew have of a batch: else those words would seem likelier than they are,
and all others would suffer."""
MIN_PUBLIC_WORD_SHARE = 0.25
"""So much of its share a word keeps among the public drawings, however often players drew it."""
MIN_WORDS_FOR_MIXTURES = 6
"""Different words below which no junk is mixed from drawings of several."""
PLAYER_DRAWING_SOURCE = -2
"""In `TrainingBatch.source`: the view is of a player's drawing."""


@dataclass(frozen=True, slots=True)
class MixedFeedSources:
    """Folders of public drawings (none: players only) and of players', and how strongly both are varied."""

    public: tuple[Path, ...]
    players: Path
    strength: float = 1.0


class _PlayerSampler(TrainingSampler):
    """Draws samples of players, who may have drawn few words: too few to mix their strokes."""

    def _make_junk(self) -> Ink:
        if len(self._words) >= MIN_WORDS_FOR_MIXTURES:
            return super()._make_junk()
        kinds = [kind for kind in JUNK_KINDS if kind != "mixture"]
        return make_junk(kinds[int(self._rng.integers(len(kinds)))], self._rng)


class _PublicSampler(TrainingSampler):
    """Draws public samples; what players draw often it draws less often."""

    def reserve_player_share(self, players: TrainingSampler) -> float:
        """Even out how often each word comes; returns the players' share of a batch."""
        theirs = np.zeros(len(self._words))
        for word, weight in zip(players._words, players._weight, strict=True):
            theirs[self._words == word] = weight
        share = min(MAX_PLAYERS_SHARE, MAX_PLAYERS_SHARE_OF_THEIR_WORDS * float(self._weight[theirs > 0].sum()))
        weight = np.maximum(self._weight - share * theirs, MIN_PUBLIC_WORD_SHARE * self._weight)
        self._weight = weight / weight.sum()
        return share


class MixedSampler:
    """Draws batches in which the given share of the drawings is players'."""

    def __init__(self, sources: MixedFeedSources, seed: int, share: tuple[int, int] = (0, 1)) -> None:
        self._players = _PlayerSampler(DrawingPool([sources.players], share=share), seed, sources.strength)
        self._public: _PublicSampler | None = None
        self._share = 1.0
        if sources.public:
            self._public = _PublicSampler(DrawingPool(list(sources.public), share=share), seed + 1, sources.strength)
            self._share = self._public.reserve_player_share(self._players)

    def batch(self, size: int) -> TrainingBatch:
        """Make one batch of `size` views."""
        if self._public is None:
            return _mark_as_players(self._players.batch(size))
        theirs = 2 * max(1, round(size * self._share / 2))
        return _join_batches(self._public.batch(size - theirs), _mark_as_players(self._players.batch(theirs)))


def _mark_as_players(batch: TrainingBatch) -> TrainingBatch:
    batch.source[:] = PLAYER_DRAWING_SOURCE
    return batch


def _join_batches(one: TrainingBatch, two: TrainingBatch) -> TrainingBatch:
    """Put two batches together; the first half of the rows still shows whole drawings, the second their beginnings."""

    def both(a: npt.NDArray[Any], b: npt.NDArray[Any]) -> npt.NDArray[Any]:
        half, rest = len(a) // 2, len(b) // 2
        return np.concatenate([a[:half], b[:rest], a[half:], b[rest:]])

    return TrainingBatch(
        both(one.pictures, two.pictures), both(one.scalars, two.scalars), both(one.labels, two.labels),
        both(one.source, two.source), both(one.share, two.share), both(one.pure, two.pure),
        one.bitmaps, both(one.bitmap_index, two.bitmap_index),
    )  # fmt: skip


class MixedFeed(Feed):
    """As `Feed`, from two pools."""

    def __init__(self, sources: MixedFeedSources, size: int, seed: int, workers: int) -> None:
        self._start(partial(MixedSampler, sources), size, seed, workers)
