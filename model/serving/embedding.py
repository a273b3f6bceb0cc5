"""Drawing a batch and running the network on it: on one processor in turn, or on two at the same time."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from model.ink.raster import rasterise_paths
from model.ink.strokes import StrokePath
from model.serving.batch_size import round_up_batch_size

Float32Array = npt.NDArray[np.float32]
UInt8Array = npt.NDArray[np.uint8]
EmbedFunction = Callable[[UInt8Array, Float32Array], tuple[Float32Array, Float32Array]]

PIPELINED_DRAWINGS_PER_PIECE = 16
"""Drawings that go through together where a batch is cut."""


@dataclass(frozen=True, slots=True)
class EmbeddedBatch:
    """What the network makes of a batch: embeddings (n, size), junk logits (n,); and the scalars (n, 3)."""

    embedding: Float32Array
    junk: Float32Array
    scalars: Float32Array
    drawing: float
    """Seconds that drawing took, where nothing else was done meanwhile."""


class PaddedEmbedder:
    """For a function that wants warmed batch sizes: the whole batch at once, padded."""

    def __init__(self, embed: EmbedFunction) -> None:
        self._embed = embed

    def look(self, paths: Sequence[StrokePath]) -> EmbeddedBatch:
        """Draw all, then run the network."""
        began = time.perf_counter()
        pictures, scalars = rasterise_paths(paths)
        drawn = time.perf_counter() - began
        size = len(paths)
        more = round_up_batch_size(size) - size
        embedding, junk = self._embed(
            np.concatenate([pictures, np.zeros((more, *pictures.shape[1:]), np.uint8)]),
            np.concatenate([scalars, np.zeros((more, scalars.shape[1]), np.float32)]),
        )
        return EmbeddedBatch(embedding[:size], junk[:size], scalars, drawn)


class PipelinedEmbedder:
    """For functions that take any number and leave other threads alone while they run.

    One thread draws piece by piece, a second one runs the network on what is drawn; when all is drawn, the first one
    helps with the pieces that wait. With one function alone everything goes in turn.
    """

    def __init__(self, embed: EmbedFunction, other: EmbedFunction | None = None) -> None:
        """`other` is the same network once more, for the second thread."""
        self._embed, self._other = embed, other or embed
        self._beside = ThreadPoolExecutor(1, "network") if other is not None else None

    def look(self, paths: Sequence[StrokePath]) -> EmbeddedBatch:
        """Draw and run the network, piece by piece."""
        if self._beside is None or len(paths) <= PIPELINED_DRAWINGS_PER_PIECE:
            return self._in_turn(paths)
        began = time.perf_counter()
        drawn: list[tuple[UInt8Array, Float32Array]] = []
        beside: list[Future[tuple[Float32Array, Float32Array]]] = []
        for start in range(0, len(paths), PIPELINED_DRAWINGS_PER_PIECE):
            pictures, scalars = rasterise_paths(paths[start : start + PIPELINED_DRAWINGS_PER_PIECE])
            drawn.append((pictures, scalars))
            beside.append(self._beside.submit(self._other, pictures, scalars))
        drawing = time.perf_counter() - began
        found: list[tuple[Float32Array, Float32Array] | None] = [None] * len(drawn)
        for place in reversed(range(len(drawn))):
            if beside[place].cancel():  # it waits still
                found[place] = self._embed(*drawn[place])
        seen = [mine or other.result() for mine, other in zip(found, beside, strict=True)]
        return EmbeddedBatch(
            np.concatenate([embedding for embedding, _ in seen]),
            np.concatenate([junk for _, junk in seen]),
            np.concatenate([scalars for _, scalars in drawn]),
            drawing,
        )

    def _in_turn(self, paths: Sequence[StrokePath]) -> EmbeddedBatch:
        began = time.perf_counter()
        pictures, scalars = rasterise_paths(paths)
        drawn = time.perf_counter() - began
        return EmbeddedBatch(*self._embed(pictures, scalars), scalars, drawn)
