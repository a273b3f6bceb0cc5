"""The input pipeline: processes that augment, cut and rasterise. They import neither Keras nor TensorFlow."""

from __future__ import annotations

import multiprocessing
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from model.data.quickdraw import Drawing, files, read
from model.data.split import part_of
from model.nn.augment import augment
from model.nn.bitmap import SIDE, bitmap
from model.nn.junk import KINDS, junk
from model.raster import rasters
from model.strokes import Ink, prefix

CAP = 400
"""Drawings of one word and file that are used: a few words have thousands."""
JUDGED = 8
"""Drawings of one word that judge (and calibrate), so that the few large words do not."""
JUNK_SHARE = 0.06
LOWEST_SHARE = 0.10
"""Cut samples are cut at a share of the ink from here to 1."""
CUT_SHARE = 0.55
"""How many samples are cut."""


@dataclass(frozen=True, slots=True)
class Batch:
    """One batch: pictures uint8 (n, 32, 32, 2), scalars (n, 3), source drawing (n,; −1 is junk), share of ink (n,)."""

    pictures: npt.NDArray[np.uint8]
    scalars: npt.NDArray[np.float32]
    source: npt.NDArray[np.int64]
    share: npt.NDArray[np.float32]
    bitmaps: npt.NDArray[np.uint8]
    """What the teacher sees: the varied drawing in full, (n, 28, 28); empty unless asked for."""


def load(folders: list[Path], part: str, cap: int = CAP) -> list[Drawing]:
    """Read the drawings of one part of the split, in a fixed order."""
    drawings = []
    for folder in folders:
        for path in files(folder):
            chosen = [drawing for drawing in read(path) if drawing.ink and part_of(drawing.identity) == part]
            drawings += chosen[:cap]
    return drawings


class Sampler:
    """Draws training samples; each worker process has one of its own."""

    def __init__(self, drawings: list[Drawing], seed: int, strength: float = 1.0, taught: bool = False) -> None:
        self._strength, self._taught = strength, taught
        self._drawings = drawings
        self._chance = np.random.default_rng(seed)
        self._of_word: dict[int, list[int]] = defaultdict(list)
        for place, drawing in enumerate(drawings):
            self._of_word[drawing.label].append(place)
        self._words = np.array(sorted(self._of_word))
        weight = np.array([len(self._of_word[int(word)]) for word in self._words]) ** 0.25
        self._weight = weight / weight.sum()

    def batch(self, size: int) -> Batch:
        """Make one batch."""
        source = np.full(size, -1)
        share = np.ones(size, np.float32)
        inks: list[Ink] = []
        seen = np.zeros((size if self._taught else 0, SIDE, SIDE), np.uint8)
        words = self._chance.choice(self._words, size, p=self._weight)
        for place, word in enumerate(words):
            if self._chance.random() < JUNK_SHARE:
                inks.append(self._junk())
                continue
            source[place] = self._pick(int(word))
            if self._chance.random() < CUT_SHARE:
                share[place] = self._chance.uniform(LOWEST_SHARE, 1.0)
            donor = self._drawings[self._pick(int(word))]
            drawing = self._drawings[source[place]]
            lent = donor.ink if donor.raw == drawing.raw else None
            varied = augment(drawing.ink, self._chance, lent, self._strength)
            if self._taught:
                seen[place] = bitmap(varied)
            inks.append(prefix(varied, float(share[place])))
        pictures, scalars = rasters(inks)
        return Batch(pictures, scalars, source, share, seen)

    def _pick(self, word: int) -> int:
        places = self._of_word[word]
        return places[int(self._chance.integers(len(places)))]

    def _junk(self) -> Ink:
        kind = KINDS[int(self._chance.integers(len(KINDS)))]
        words = self._chance.choice(self._words, int(self._chance.integers(3, 6)), replace=False)
        lenders = [self._drawings[self._pick(int(word))] for word in words]
        inks = [lender.ink for lender in lenders if not lender.raw]
        if kind == "mixture" and len(inks) < 3:
            kind = "scribble"
        return junk(kind, self._chance, inks)


def _work(folders: list[Path], size: int, seed: int, strength: float, taught: bool,
          queue: multiprocessing.Queue[Batch]) -> None:  # fmt: skip
    sampler = Sampler(load(folders, "train"), seed, strength, taught)
    while True:
        queue.put(sampler.batch(size))


class Feed:
    """Worker processes and the queue of batches they fill. Start it before a backend is imported."""

    def __init__(self, folders: list[Path], size: int, seed: int, workers: int, strength: float = 1.0,
                 taught: bool = False) -> None:  # fmt: skip
        context = multiprocessing.get_context("spawn")
        self._queue: multiprocessing.Queue[Batch] = context.Queue(maxsize=24)
        self._workers = [
            context.Process(
                target=_work,
                args=(folders, size, seed + 1000 * number, strength, taught, self._queue),
                daemon=True,
            )
            for number in range(workers)
        ]
        for worker in self._workers:
            worker.start()

    def __iter__(self) -> Iterator[Batch]:
        while True:
            yield self._queue.get()

    def close(self) -> None:
        """End the workers."""
        for worker in self._workers:
            worker.terminate()
            worker.join()
