"""The network in service: ink in, calibrated answers out. The only serving module that imports TensorFlow."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from model import registry
from model.answers import Answer, Mask, answers, probabilities
from model.labels import WORDS
from model.nn import export
from model.raster import CHANNELS, SCALARS, SIZE, rasters
from model.serve.batcher import BUCKETS, bucket
from model.serve.imprint import Column, Head, Memory, beside_taught, columns_of, imprint, memory_of
from model.strokes import Ink

_EVERY_WORD = np.ones(len(WORDS), bool)


class Guesser:
    """A loaded model. Not for several threads at once."""

    def __init__(self, folder: Path) -> None:
        card = registry.card_of(folder)
        built = registry.network_of(card)
        built.set_weights(registry.weights_of(folder))
        self.version = card.version
        self.spent = (0.0, 0.0)
        """Seconds that the pictures and the network of the last batch took."""
        self.columns = columns_of(folder)
        """Words that this model was taught besides the 345."""
        self._calibration = registry.calibration_of(card)
        self._function = export.Function(built)
        self._head = Head(
            self._function.embed, self._function.head, self._function.bias,
            memory_of(folder, len(self._function.head), self._function.bias),
        )  # fmt: skip

    @classmethod
    def load(cls, path: Path | None = None, threads: int | None = None) -> Guesser:
        """Load a model folder (None: the champion)."""
        if threads is not None:
            export.limit_threads(threads)
        return cls(path or registry.folder_of(None))

    def warm(self) -> None:
        """Run every batch size once, so that no player waits for the first time of anything."""
        for size in BUCKETS:
            self._function(np.zeros((size, SIZE, SIZE, CHANNELS), np.uint8), np.zeros((size, SCALARS), np.float32))

    def guess(
        self, inks: Sequence[Ink], masks: Sequence[Mask | None], taught: Sequence[Sequence[Column]] | None = None
    ) -> list[Answer]:
        """Guess each drawing over the words of its mask (None: all 345). Any number of drawings.

        `taught`: more words of each drawing's room; in an answer they are 345, 346, … in their order.
        """
        found: list[Answer] = []
        for start in range(0, len(inks), BUCKETS[-1]):
            part = slice(start, start + BUCKETS[-1])
            found += self._batch(list(inks[part]), masks[part], taught[part] if taught else None)
        return found

    @property
    def memory(self) -> Memory:
        """What it remembers of its words."""
        return self._head.memory

    def imprint(self, word: str, inks: Sequence[Ink]) -> Column:
        """Learn a word from a few drawings, for `guess`. Raises ValueError if they are too few."""
        return imprint(self._head, word, inks)

    def chances(self, ink: Ink) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.uint8]]:
        """Return the calibrated probability of every word (345,) for one drawing, and the picture that was seen."""
        pictures, scalars = rasters([ink])
        logits, junk = self._function(pictures, scalars)
        probs, _ = probabilities(logits, junk, scalars, _EVERY_WORD[None], self._calibration)
        return probs[0], pictures[0]

    def _batch(
        self, inks: list[Ink], masks: Sequence[Mask | None], taught: Sequence[Sequence[Column]] | None
    ) -> list[Answer]:
        began = time.perf_counter()
        pictures, scalars = rasters(inks)
        drawn = time.perf_counter()
        size, full = len(inks), bucket(len(inks))
        padded = np.zeros((full, *pictures.shape[1:]), np.uint8)
        padded[:size] = pictures
        beside = np.zeros((full, SCALARS), np.float32)
        beside[:size] = scalars
        embedding, junk = self._function.embed(padded, beside)
        logits = embedding[:size] @ self._function.head + self._function.bias
        allowed = np.stack([_EVERY_WORD if mask is None else mask for mask in masks])
        if taught and any(taught):
            logits, allowed = beside_taught(logits, allowed, embedding[:size], taught)
        found = answers(logits, junk[:size], scalars, allowed, self._calibration)
        self.spent = (drawn - began, time.perf_counter() - drawn)
        return found
