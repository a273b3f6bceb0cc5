"""The network in service: ink in, calibrated answers out. The only serving module that imports TensorFlow."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from model.answers import Answer, WordMask, calibrated_probabilities, rank_answers
from model.fewshot.imprint import (
    ClassifierHead,
    TaughtColumn,
    WordMemory,
    append_taught_words,
    imprint_word,
    load_columns,
)
from model.ink.raster import PICTURE_CHANNELS, PICTURE_SIDE_PIXELS, SCALAR_COUNT, rasterise_inks
from model.ink.strokes import Ink, StrokePath, ink_to_path
from model.ink.vocabulary import CLASS_WORDS
from model.network import frozen_function
from model.registry import artifact
from model.serving.batch_size import WARMED_BATCH_SIZES
from model.serving.embedding import PaddedEmbedder, PipelinedEmbedder

_ALL_WORDS_MASK = np.ones(len(CLASS_WORDS), bool)


PRECISION_TRIAL_PICTURES = 8
"""Pictures in the trial of a precision."""
MIN_INT8_SPEEDUP = 1.2
"""A lower precision has to be so many times as fast."""
MAX_INT8_LOGIT_DIFFERENCE = 0.5
"""And its logits may be off by so much at most."""

ServedFunction = frozen_function.FrozenFunction | frozen_function.QuantisedFunction


class Predictor:
    """A loaded model. Not for several threads at once."""

    def __init__(self, folder: Path, threads: int = 1) -> None:
        card = artifact.read_game_card(folder)
        self._network = network = artifact.build_network_from_card(card)
        network.set_weights(artifact.read_weights(folder))
        self.precision = "float"
        self.version = card.version
        self.columns = load_columns(folder)
        """Words that this model was taught besides the 345."""
        self._calibration = artifact.calibration_from_card(card)
        self._function: ServedFunction = frozen_function.FrozenFunction(network)
        self._embedder: PaddedEmbedder | PipelinedEmbedder = PaddedEmbedder(self._function.embed)
        self._threads = threads
        self._head = ClassifierHead.of(self._function, folder)

    @classmethod
    def load(cls, path: Path | None = None, threads: int | None = None) -> Predictor:
        """Load a model folder (None: the champion)."""
        if threads is not None:
            frozen_function.limit_tensorflow_threads(threads)
        return cls(path or artifact.resolve_model_folder(None), threads or 1)

    def warm(self) -> None:
        """Run every batch size once, so that no player waits for the first time of anything."""
        for size in WARMED_BATCH_SIZES:
            self._function(*_blank_inputs(size))

    def quantise(self) -> str:
        """Change to 8 bits if that is faster here and says the same; returns the precision chosen. Not yet warmed."""
        try:
            small = frozen_function.QuantisedFunction(self._network)
            second = small.copy_for_thread() if self._threads > 1 else None
        except (RuntimeError, ImportError, AttributeError, ValueError):
            return self.precision
        sample = _zigzag_inputs(PRECISION_TRIAL_PICTURES)
        difference = float(np.abs(self._function(*sample)[0] - small(*sample)[0]).max())
        if difference < MAX_INT8_LOGIT_DIFFERENCE and _best_call_seconds(
            small, sample
        ) * MIN_INT8_SPEEDUP < _best_call_seconds(self._function, sample):
            self._function, self.precision = small, "int8"
            self._embedder = PipelinedEmbedder(small.embed, second and second.embed)
        return self.precision

    def guess(
        self,
        inks: Sequence[Ink],
        masks: Sequence[WordMask | None],
        taught: Sequence[Sequence[TaughtColumn]] | None = None,
    ) -> list[Answer]:
        """Guess each drawing over the words of its mask (None: all 345). Any number of drawings.

        `taught`: more words of each drawing's room; in an answer they are 345, 346, … in their order.
        """
        return self.answer([ink_to_path(ink) for ink in inks], masks, taught)

    def answer(
        self,
        paths: Sequence[StrokePath],
        masks: Sequence[WordMask | None],
        taught: Sequence[Sequence[TaughtColumn]] | None = None,
    ) -> list[Answer]:
        """Guess drawings that are paths already, as `guess` does."""
        answers: list[Answer] = []
        for start in range(0, len(paths), WARMED_BATCH_SIZES[-1]):
            part = slice(start, start + WARMED_BATCH_SIZES[-1])
            answers += self._batch(paths[part], masks[part], taught[part] if taught else None)
        return answers

    @property
    def memory(self) -> WordMemory:
        """What it remembers of its words."""
        return self._head.memory

    def imprint(self, word: str, inks: Sequence[Ink]) -> TaughtColumn:
        """Learn a word from a few drawings, for `guess`. Raises ValueError if they are too few."""
        return imprint_word(self._head, word, inks)

    def logits(self, inks: list[Ink]) -> tuple[Any, Any]:
        """Draw and run the network, nothing else: logits (n, 345) and junk logits. For measuring."""
        return self._function(*rasterise_inks(inks))

    def probabilities(self, ink: Ink) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.uint8]]:
        """Return the calibrated probability of every word (345,) for one drawing, and the picture that was seen."""
        pictures, scalars = rasterise_inks([ink])
        logits, junk = self._function(pictures, scalars)
        probs, _ = calibrated_probabilities(logits, junk, scalars, _ALL_WORDS_MASK[None], self._calibration)
        return probs[0], pictures[0]

    def _batch(
        self,
        paths: Sequence[StrokePath],
        masks: Sequence[WordMask | None],
        taught: Sequence[Sequence[TaughtColumn]] | None,
    ) -> list[Answer]:
        batch = self._embedder.embed(paths)
        logits = batch.embedding @ self._function.head + self._function.bias
        allowed = np.stack([_ALL_WORDS_MASK if mask is None else mask for mask in masks])
        if taught and any(taught):
            logits, allowed = append_taught_words(logits, allowed, batch.embedding, taught)
        return rank_answers(logits, batch.junk, batch.scalars, allowed, self._calibration)


def _blank_inputs(size: int) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.float32]]:
    return np.zeros((size, PICTURE_SIDE_PIXELS, PICTURE_SIDE_PIXELS, PICTURE_CHANNELS), np.uint8), np.zeros(
        (size, SCALAR_COUNT), np.float32
    )


def _zigzag_inputs(size: int) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.float32]]:
    """Draw zigzags, each with one turn more: ink enough to compare answers."""
    inks: list[Ink] = []
    for turns in range(2, size + 2):
        x = np.linspace(300, 3800, 8 * turns).astype(np.int32)
        y = (2000 + 1500 * np.sin(np.arange(8 * turns) * 0.8)).astype(np.int32)
        inks.append([(x, y, np.arange(8 * turns, dtype=np.int32) * 16)])
    return rasterise_inks(inks)


def _best_call_seconds(
    function: ServedFunction, sample: tuple[npt.NDArray[np.uint8], npt.NDArray[np.float32]]
) -> float:
    """Return the processor time of one call, the best of several."""
    best = float("inf")
    for _ in range(6):
        began = time.process_time()
        function(*sample)
        best = min(best, time.process_time() - began)
    return best
