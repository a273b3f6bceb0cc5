"""Batches from two pools: public drawings for the most part, and those of players."""

from __future__ import annotations

import multiprocessing
import queue
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from model.nn.pipeline import Batch, Feed, Pool, Sampler

PLAYERS_SHARE = 0.25
"""Of a batch, where there are public drawings too."""
OF_PLAYERS = -2
"""In `Batch.source`: the view is of a player's drawing."""


@dataclass(frozen=True, slots=True)
class Sources:
    """Folders of public drawings (none: players only) and of players', and how strongly both are varied."""

    public: tuple[Path, ...]
    players: Path
    strength: float = 1.0


class MixedSampler:
    """Draws batches in which the given share of the drawings is players'."""

    def __init__(self, sources: Sources, seed: int, share: tuple[int, int] = (0, 1)) -> None:
        self._players = Sampler(Pool([sources.players], share=share), seed, sources.strength)
        self._public = None
        if sources.public:
            self._public = Sampler(Pool(list(sources.public), share=share), seed + 1, sources.strength)

    def batch(self, size: int) -> Batch:
        """Make one batch of `size` views."""
        if self._public is None:
            return _marked(self._players.batch(size))
        theirs = 2 * round(size * PLAYERS_SHARE / 2)
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


def _work(sources: Sources, size: int, seed: int, share: tuple[int, int], made: multiprocessing.Queue[Batch]) -> None:
    sampler = MixedSampler(sources, seed, share)
    parent = multiprocessing.parent_process()
    while True:
        batch = sampler.batch(size)
        while True:
            try:
                made.put(batch, timeout=5)
                break
            except queue.Full:
                if parent is None or not parent.is_alive():
                    made.cancel_join_thread()
                    return


class MixedFeed(Feed):
    """As `Feed`, from two pools."""

    def __init__(self, sources: Sources, size: int, seed: int, workers: int) -> None:
        context = multiprocessing.get_context("spawn")
        self._queue = context.Queue(maxsize=24)
        self._workers = [
            context.Process(
                target=_work, args=(sources, size, seed + 1000 * number, (number, workers), self._queue), daemon=True
            )
            for number in range(workers)
        ]
        for worker in self._workers:
            worker.start()
