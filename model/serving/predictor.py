"""The network in service: ink in, calibrated answers out. The only serving module that imports TensorFlow."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from model.answers import Answer, Mask, answers, probabilities
from model.fewshot.imprint import Column, Head, Memory, beside_taught, columns_of, imprint
from model.ink.raster import CHANNELS, SCALARS, SIZE, rasters
from model.ink.strokes import Ink, Trace, path_of
from model.ink.vocabulary import WORDS
from model.network import frozen_function
from model.registry.artifact import artifact
from model.serving.batch_size import BUCKETS
from model.serving.embedding import Padded, Pair

_EVERY_WORD = np.ones(len(WORDS), bool)


TRIAL = 8
"""Pictures in the trial of a precision."""
GAIN = 1.2
"""A lower precision has to be so many times as fast."""
CLOSE = 0.5
"""And its logits may be off by so much at most."""

Forward = frozen_function.Function | frozen_function.Quantised


class Guesser:
    """A loaded model. Not for several threads at once."""

    def __init__(self, folder: Path, threads: int = 1) -> None:
        card = artifact.card_of(folder)
        self._built = built = artifact.network_of(card)
        built.set_weights(artifact.weights_of(folder))
        self.precision = "float"
        self.version = card.version
        self.spent = (0.0, 0.0)
        """Seconds that the pictures and the network of the last batch took."""
        self.columns = columns_of(folder)
        """Words that this model was taught besides the 345."""
        self._calibration = artifact.calibration_of(card)
        self._function: Forward = frozen_function.Function(built)
        self._eyes: Padded | Pair = Padded(self._function.embed)
        self._threads = threads
        self._head = Head.of(self._function, folder)

    @classmethod
    def load(cls, path: Path | None = None, threads: int | None = None) -> Guesser:
        """Load a model folder (None: the champion)."""
        if threads is not None:
            frozen_function.limit_threads(threads)
        return cls(path or artifact.folder_of(None), threads or 1)

    def warm(self) -> None:
        """Run every batch size once, so that no player waits for the first time of anything."""
        for size in BUCKETS:
            self._function(*_blank(size))

    def quantise(self) -> str:
        """Change to 8 bits if that is faster here and says the same; returns the precision chosen. Not yet warmed."""
        try:
            small = frozen_function.Quantised(self._built)
            beside = small.again() if self._threads > 1 else None
        except (RuntimeError, ImportError, AttributeError, ValueError):
            return self.precision
        sample = _sample(TRIAL)
        off = float(np.abs(self._function(*sample)[0] - small(*sample)[0]).max())
        if off < CLOSE and _seconds(small, sample) * GAIN < _seconds(self._function, sample):
            self._function, self.precision = small, "int8"
            self._eyes = Pair(small.embed, beside and beside.embed)
        return self.precision

    def guess(
        self, inks: Sequence[Ink], masks: Sequence[Mask | None], taught: Sequence[Sequence[Column]] | None = None
    ) -> list[Answer]:
        """Guess each drawing over the words of its mask (None: all 345). Any number of drawings.

        `taught`: more words of each drawing's room; in an answer they are 345, 346, … in their order.
        """
        return self.answer([path_of(ink) for ink in inks], masks, taught)

    def answer(
        self, paths: Sequence[Trace], masks: Sequence[Mask | None], taught: Sequence[Sequence[Column]] | None = None
    ) -> list[Answer]:
        """Guess drawings that are paths already, as `guess` does."""
        found: list[Answer] = []
        for start in range(0, len(paths), BUCKETS[-1]):
            part = slice(start, start + BUCKETS[-1])
            found += self._batch(paths[part], masks[part], taught[part] if taught else None)
        return found

    @property
    def memory(self) -> Memory:
        """What it remembers of its words."""
        return self._head.memory

    def imprint(self, word: str, inks: Sequence[Ink]) -> Column:
        """Learn a word from a few drawings, for `guess`. Raises ValueError if they are too few."""
        return imprint(self._head, word, inks)

    def look(self, inks: list[Ink]) -> tuple[Any, Any]:
        """Draw and run the network, nothing else: logits (n, 345) and junk logits. For measuring."""
        return self._function(*rasters(inks))

    def chances(self, ink: Ink) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.uint8]]:
        """Return the calibrated probability of every word (345,) for one drawing, and the picture that was seen."""
        pictures, scalars = rasters([ink])
        logits, junk = self._function(pictures, scalars)
        probs, _ = probabilities(logits, junk, scalars, _EVERY_WORD[None], self._calibration)
        return probs[0], pictures[0]

    def _batch(
        self, paths: Sequence[Trace], masks: Sequence[Mask | None], taught: Sequence[Sequence[Column]] | None
    ) -> list[Answer]:
        began = time.perf_counter()
        seen = self._eyes.look(paths)
        logits = seen.embedding @ self._function.head + self._function.bias
        allowed = np.stack([_EVERY_WORD if mask is None else mask for mask in masks])
        if taught and any(taught):
            logits, allowed = beside_taught(logits, allowed, seen.embedding, taught)
        found = answers(logits, seen.junk, seen.scalars, allowed, self._calibration)
        self.spent = (seen.drawing, time.perf_counter() - began - seen.drawing)
        return found


def _blank(size: int) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.float32]]:
    return np.zeros((size, SIZE, SIZE, CHANNELS), np.uint8), np.zeros((size, SCALARS), np.float32)


def _sample(size: int) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.float32]]:
    """Draw zigzags, each with one turn more: ink enough to compare answers."""
    inks: list[Ink] = []
    for turns in range(2, size + 2):
        x = np.linspace(300, 3800, 8 * turns).astype(np.int32)
        y = (2000 + 1500 * np.sin(np.arange(8 * turns) * 0.8)).astype(np.int32)
        inks.append([(x, y, np.arange(8 * turns, dtype=np.int32) * 16)])
    return rasters(inks)


def _seconds(function: Forward, sample: tuple[npt.NDArray[np.uint8], npt.NDArray[np.float32]]) -> float:
    """Return the processor time of one call, the best of several."""
    best = float("inf")
    for _ in range(6):
        began = time.process_time()
        function(*sample)
        best = min(best, time.process_time() - began)
    return best
