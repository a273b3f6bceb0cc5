"""Drawing a batch and running the network on it: on one processor in turn, or on two at the same time."""

from __future__ import annotations

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


class PaddedEmbedder:
    """For a function that wants warmed batch sizes: the whole batch at once, padded."""

    def __init__(self, embed: EmbedFunction) -> None:
        self._run = embed

    def embed(self, paths: Sequence[StrokePath]) -> EmbeddedBatch:
        """Draw all, then run the network."""
        pictures, scalars = rasterise_paths(paths)
        size = len(paths)
        padding = round_up_batch_size(size) - size
        embedding, junk = self._run(
            np.concatenate([pictures, np.zeros((padding, *pictures.shape[1:]), np.uint8)]),
            np.concatenate([scalars, np.zeros((padding, scalars.shape[1]), np.float32)]),
        )
        return EmbeddedBatch(embedding[:size], junk[:size], scalars)


class PipelinedEmbedder:
    """For functions that take any number and leave other threads alone while they run.

    One thread draws piece by piece, a second one runs the network on what is drawn; when all is drawn, the first one
    helps with the pieces that wait. With one function alone everything goes in turn.
    """

    def __init__(self, embed: EmbedFunction, second: EmbedFunction | None = None) -> None:
        """`second` is the same network once more, for the second thread."""
        self._run, self._run_second = embed, second or embed
        self._thread = ThreadPoolExecutor(1, "network") if second is not None else None

    def embed(self, paths: Sequence[StrokePath]) -> EmbeddedBatch:
        """Draw and run the network, piece by piece."""
        if self._thread is None or len(paths) <= PIPELINED_DRAWINGS_PER_PIECE:
            return self._embed_in_turn(paths)
        pieces: list[tuple[UInt8Array, Float32Array]] = []
        futures: list[Future[tuple[Float32Array, Float32Array]]] = []
        for start in range(0, len(paths), PIPELINED_DRAWINGS_PER_PIECE):
            pictures, scalars = rasterise_paths(paths[start : start + PIPELINED_DRAWINGS_PER_PIECE])
            pieces.append((pictures, scalars))
            futures.append(self._thread.submit(self._run_second, pictures, scalars))
        own: list[tuple[Float32Array, Float32Array] | None] = [None] * len(pieces)
        for index in reversed(range(len(pieces))):
            if futures[index].cancel():  # it waits still
                own[index] = self._run(*pieces[index])
        results = [result or future.result() for result, future in zip(own, futures, strict=True)]
        return EmbeddedBatch(
            np.concatenate([embedding for embedding, _ in results]),
            np.concatenate([junk for _, junk in results]),
            np.concatenate([scalars for _, scalars in pieces]),
        )

    def _embed_in_turn(self, paths: Sequence[StrokePath]) -> EmbeddedBatch:
        pictures, scalars = rasterise_paths(paths)
        return EmbeddedBatch(*self._run(pictures, scalars), scalars)
