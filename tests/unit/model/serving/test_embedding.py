"""Drawing on one thread and the network on another: the same as in turn, whoever is faster."""

from __future__ import annotations

import threading

import numpy as np
import pytest

from model.ink.raster import rasterise_inks
from model.ink.strokes import ink_to_path
from model.serving.embedding import PIPELINED_DRAWINGS_PER_PIECE, Float32Array, PipelinedEmbedder, UInt8Array
from tests.unit.model.drawings import CAT, circle, square

INKS = [CAT, circle(), square(2000)] * 20
PATHS = [ink_to_path(ink) for ink in INKS]


class Net:
    """Says how bright each picture is; can be held back."""

    def __init__(self) -> None:
        self.threads: set[str] = set()
        self.gate = threading.Event()
        self.gate.set()

    def __call__(self, pictures: UInt8Array, scalars: Float32Array) -> tuple[Float32Array, Float32Array]:
        self.threads.add(threading.current_thread().name.partition("_")[0])
        self.gate.wait()
        bright = pictures.reshape(len(pictures), -1).sum(1).astype(np.float32)
        return np.stack([bright, scalars[:, 0]], 1), bright / 2


def assert_seen(pair: PipelinedEmbedder) -> None:
    seen = pair.embed(PATHS)
    pictures, scalars = rasterise_inks(INKS)
    bright = pictures.reshape(len(pictures), -1).sum(1)
    assert np.array_equal(seen.scalars, scalars)
    assert np.array_equal(seen.embedding, np.stack([bright, scalars[:, 0]], 1).astype(np.float32))
    assert np.array_equal(seen.junk, (bright / 2).astype(np.float32))


def test_one_alone_sees_all() -> None:
    net = Net()
    assert_seen(PipelinedEmbedder(net))
    assert net.threads == {"MainThread"}


def test_two_see_the_same_in_the_same_order() -> None:
    for _ in range(20):
        assert_seen(PipelinedEmbedder(Net(), Net()))


def test_the_first_helps_with_what_waits_for_the_second() -> None:
    mine, other = Net(), Net()
    other.gate.clear()
    mine.gate = other.gate  # held until the first one is there

    def helped(pictures: UInt8Array, scalars: Float32Array) -> tuple[Float32Array, Float32Array]:
        other.gate.set()
        return Net.__call__(mine, pictures, scalars)

    assert_seen(PipelinedEmbedder(helped, other))
    assert mine.threads == {"MainThread"}
    assert other.threads == {"network"}


def test_a_single_piece_needs_nobody_else() -> None:
    mine, other = Net(), Net()
    PipelinedEmbedder(mine, other).embed(PATHS[:PIPELINED_DRAWINGS_PER_PIECE])
    assert other.threads == set()


def test_what_fails_beside_fails() -> None:
    def broken(pictures: UInt8Array, scalars: Float32Array) -> tuple[Float32Array, Float32Array]:
        raise RuntimeError("no network")

    with pytest.raises(RuntimeError, match="no network"):
        PipelinedEmbedder(broken, broken).embed(PATHS)
