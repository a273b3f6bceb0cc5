"""Drawing on one thread and the network on another: the same as in turn, whoever is faster."""

from __future__ import annotations

import threading

import numpy as np
import pytest

from model.ink.raster import rasters
from model.ink.strokes import path_of
from model.serving.embedding import PIECE, Floats, Pair, Pictures
from tests.unit.model.drawings import CAT, circle, square

INKS = [CAT, circle(), square(2000)] * 20
PATHS = [path_of(ink) for ink in INKS]


class Net:
    """Says how bright each picture is; can be held back."""

    def __init__(self) -> None:
        self.threads: set[str] = set()
        self.gate = threading.Event()
        self.gate.set()

    def __call__(self, pictures: Pictures, scalars: Floats) -> tuple[Floats, Floats]:
        self.threads.add(threading.current_thread().name.partition("_")[0])
        self.gate.wait()
        bright = pictures.reshape(len(pictures), -1).sum(1).astype(np.float32)
        return np.stack([bright, scalars[:, 0]], 1), bright / 2


def assert_seen(pair: Pair) -> None:
    seen = pair.look(PATHS)
    pictures, scalars = rasters(INKS)
    bright = pictures.reshape(len(pictures), -1).sum(1)
    assert np.array_equal(seen.scalars, scalars)
    assert np.array_equal(seen.embedding, np.stack([bright, scalars[:, 0]], 1).astype(np.float32))
    assert np.array_equal(seen.junk, (bright / 2).astype(np.float32))


def test_one_alone_sees_all() -> None:
    net = Net()
    assert_seen(Pair(net))
    assert net.threads == {"MainThread"}


def test_two_see_the_same_in_the_same_order() -> None:
    for _ in range(20):
        assert_seen(Pair(Net(), Net()))


def test_the_first_helps_with_what_waits_for_the_second() -> None:
    mine, other = Net(), Net()
    other.gate.clear()
    mine.gate = other.gate  # held until the first one is there

    def helped(pictures: Pictures, scalars: Floats) -> tuple[Floats, Floats]:
        other.gate.set()
        return Net.__call__(mine, pictures, scalars)

    assert_seen(Pair(helped, other))
    assert mine.threads == {"MainThread"}
    assert other.threads == {"network"}


def test_a_single_piece_needs_nobody_else() -> None:
    mine, other = Net(), Net()
    Pair(mine, other).look(PATHS[:PIECE])
    assert other.threads == set()


def test_what_fails_beside_fails() -> None:
    def broken(pictures: Pictures, scalars: Floats) -> tuple[Floats, Floats]:
        raise RuntimeError("no network")

    with pytest.raises(RuntimeError, match="no network"):
        Pair(broken, broken).look(PATHS)
