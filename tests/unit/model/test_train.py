from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from model.labels import WORDS
from model.nn import recipe
from model.nn.augment import augment, graft
from model.nn.bitmap import SIDE, bitmap
from model.nn.junk import KINDS, junk
from model.nn.loss import KNOWN_SHARE, LABEL_SHARE, soften, target
from model.nn.pipeline import Batch, Pool, Sampler, load
from model.nn.train import Trainer, config_of
from model.strokes import path_of, point_count
from tests.unit.model.drawings import CAT, circle, data, square, write_shaky


@pytest.fixture
def drawings(tmp_path: Path) -> Path:
    """Forty shaky drawings of each of six words."""
    folder = tmp_path / "drawings"
    folder.mkdir()
    write_shaky(folder)
    return folder


@pytest.mark.parametrize("kind", KINDS)
def test_junk_is_ink(kind: str) -> None:
    chance = np.random.default_rng(1)
    for _ in range(20):
        assert point_count(junk(kind, chance, [CAT, square(), circle()])) > 0


def test_a_varied_drawing_keeps_its_strokes() -> None:
    chance = np.random.default_rng(1)
    for _ in range(50):
        points, ends = augment(path_of(square()), chance, path_of(CAT))
        assert len(ends) in (3, 4, 5)
        assert ends == sorted(set(ends))
        assert ends[-1] == len(points)
        assert np.abs(points).max() < 1.2


def test_a_graft_adds_strokes_of_the_other() -> None:
    chance = np.random.default_rng(1)
    path, other = (augment(path_of(ink), chance) for ink in (square(), CAT))
    for _ in range(20):
        points, ends = graft(path, other, chance)
        assert len(path[1]) < len(ends) <= len(path[1]) + 3
        assert ends[-1] == len(points) > len(path[0])
        assert ends == sorted(set(ends))


def test_the_teachers_picture_is_centred_and_inside() -> None:
    picture = bitmap(square(3000))
    assert picture.shape == (SIDE, SIDE)
    assert not picture[0].any()
    assert picture[:, SIDE // 2].max() == 255
    assert abs(float(picture.sum(1) @ np.arange(SIDE)) / picture.sum() - (SIDE - 1) / 2) < 0.5


def test_the_same_seed_gives_the_same_batches(drawings: Path) -> None:
    one, two = (Sampler(Pool([drawings]), 5, taught=True).batch(32) for _ in range(2))
    assert np.array_equal(one.pictures, two.pictures)
    assert np.array_equal(one.bitmaps, two.bitmaps)
    assert one.bitmaps.shape[0] > 16
    assert not one.bitmaps[:16][one.labels[:16] < 0].any()


def test_blends_are_the_teachers_alone(drawings: Path) -> None:
    batch = Sampler(Pool([drawings]), 5, taught=True).batch(128)
    blends = np.flatnonzero(batch.seen >= 64)
    assert 10 < len(blends) < 30
    assert (blends < 64).all()
    assert not batch.pure[blends].any()
    assert batch.pure[blends + 64].all()
    assert len(batch.bitmaps) == 64 + len(blends)
    assert (batch.seen[64:] == np.arange(64)).all()


def test_every_drawing_is_seen_whole_and_cut(drawings: Path) -> None:
    batch = Sampler(Pool([drawings]), 5).batch(64)
    real = batch.source[:32] >= 0
    assert np.array_equal(batch.source[:32], batch.source[32:])
    assert (batch.share[:32] == 1).all()
    assert (batch.share[32:][real] < 1).all()
    ink = batch.scalars[:, 0]
    assert (ink[32:][real] <= ink[:32][real] + 1.0).all()
    assert not np.array_equal(batch.pictures[:32], batch.pictures[32:])


def test_any_number_of_drawings_passes_through_a_bounded_pool(drawings: Path) -> None:
    """Forty of a word lie on disk, eight of each are in memory; each of two pools sees half of what follows."""
    everything = [drawing.identity for drawing in load([drawings], "train")]
    first = {drawing.identity for drawing in load([drawings], "train", 8)}
    seen = []
    for place in range(2):
        pool = Pool([drawings], cap=8, share=(place, 2))
        assert {drawing.identity for drawing in pool.drawings} == first
        met = set()
        for _ in range(60):
            pool.turn(3)
            met |= {drawing.identity for drawing in pool.drawings}
            assert len(pool.drawings) == len(pool.paths) == 6 * 8
            assert all(pool.drawings[at].label == word for word, places in pool.of_word.items() for at in places)
        seen.append(met - first)
        assert not any(pool.first[at] for at, drawing in enumerate(pool.drawings) if drawing.identity not in first)
    assert not seen[0] & seen[1]
    assert first | seen[0] | seen[1] == set(everything)


def _batch() -> Batch:
    """Four views of two drawings: a pure one of word 3, the 7th of the pool, and one with strokes of another word;
    and two views of one piece of junk."""
    view = np.zeros((6, 32, 32, 3), np.uint8), np.zeros((6, 3), np.float32)
    return Batch(
        *view,
        labels=np.array([3, 5, -1] * 2),
        source=np.array([1, -1, -1] * 2),
        share=np.array([1, 1, 1, 0.2, 0.5, 1], np.float32),
        pure=np.array([True, False, True] * 2),
        bitmaps=np.zeros((3, SIDE, SIDE), np.uint8),
        seen=np.array([0, 1, 2] * 2),
    )


def test_labels_alone_teach_without_a_teacher() -> None:
    found = target(_batch())
    assert found[0, 3] == found[3, 3] == 1
    assert found[:, : len(WORDS)].sum() == 2
    assert found[:, len(WORDS)].tolist() == [0, 0, 1] * 2
    assert np.allclose(found[:, len(WORDS) + 1], [1, 1, 0, 0.6, 0.75, 0])
    assert found[:, len(WORDS) + 2].tolist() == [1, 0, 1] * 2


def test_a_target_mixes_label_teacher_and_what_is_known_of_the_original() -> None:
    said, known = np.zeros((3, len(WORDS)), np.float32), np.zeros((2, len(WORDS)), np.float16)
    said[:, 10], known[1, 20], known[0, 30] = 1, 1, 1
    found = target(_batch(), said, known)[:, : len(WORDS)]
    for view in (0, 3):
        assert found[view, [3, 10, 20, 30]] == pytest.approx(
            [LABEL_SHARE, 1 - LABEL_SHARE - KNOWN_SHARE, KNOWN_SHARE, 0]
        )
    for view in (1, 4):
        assert found[view, [5, 10, 20]].tolist() == [0, 1, 0]
    assert np.allclose(found.sum(1), 1)


def test_softening_keeps_the_order_and_flattens() -> None:
    logs = np.log(np.array([[0.7, 0.2, 0.1]], np.float32))
    soft = soften(logs)
    assert soft.sum() == pytest.approx(1)
    assert soft[0].tolist() == sorted(soft[0], reverse=True)
    assert soft[0, 0] < 0.7


def test_a_recipe_gives_the_configuration_and_flags_go_first() -> None:
    assert "inkling" in recipe.names()
    plain = config_of("inkling", [Path("drawings")], {"lr": None})
    assert (plain.batch_size, plain.widths) == (256, (32, 64, 128))
    assert config_of("inkling", [Path("drawings")], {"lr": 0.5}).lr == 0.5
    assert set(recipe.load("inkling").target) == {"0.25", "0.5", "0.75", "1.0"}
    with pytest.raises(ValueError, match="inkling"):
        recipe.load("soup")


def test_no_test_drawing_is_sampled_for_training(drawings: Path) -> None:
    parts = [{drawing.identity for drawing in load([drawings], part)} for part in ("train", "validation", "test")]
    assert sum(map(len, parts)) == len(set.union(*parts)) == 240


@pytest.mark.tensorflow
def test_the_teacher_knows_a_cat() -> None:
    from model.labels import INDEX
    from model.nn import teacher

    seen = teacher.Teacher(data("doodlenet"))
    alone = seen(np.stack([bitmap(CAT), bitmap(square())]))
    views = teacher.answers(seen, [path_of(CAT), path_of(square())])
    for logs in (alone, views):
        assert INDEX["cat"] in np.argsort(logs[0])[-3:]
        assert INDEX["square"] in np.argsort(logs[1])[-3:]
    assert np.allclose(np.exp(alone).sum(1), 1, atol=1e-3)


@pytest.mark.tensorflow
def test_a_network_begins_where_the_teacher_ends() -> None:
    """All of the words' logits from the stamp: it says what the teacher says, in our order of words."""
    from model.nn import network, teacher
    from model.raster import rasters

    inks = [CAT, square(), circle()]
    fresh = network.build((8,), (1,), 16)
    teacher.begin(fresh, data("doodlenet"), share=1.0)
    pictures, scalars = rasters(inks)
    said = np.asarray(fresh([pictures, scalars], training=False))[:, : len(WORDS)]
    taught = teacher.Teacher(data("doodlenet"))(np.stack([bitmap(ink) for ink in inks]))
    assert np.allclose(said - said.max(1, keepdims=True), taught - taught.max(1, keepdims=True), atol=1e-3)


@pytest.mark.tensorflow
def test_what_knows_much_moves_less() -> None:
    """The first step of Adam is as large as the rate, whatever the slope."""
    from model.nn import network
    from model.nn.loss import COLUMNS, loss
    from model.nn.optimizer import GENTLE, Gentle

    chance = np.random.default_rng(0)
    fresh = network.build((8,), (1,), 16)
    fresh.compile(Gentle(1e-3, weight_decay=0.0), loss=loss)
    before = {variable.path: variable.numpy().copy() for variable in fresh.trainable_variables}
    views = [chance.integers(0, 255, (8, 32, 32, 3)).astype(np.uint8), chance.random((8, 3), np.float32)]
    fresh.train_on_batch(views, chance.random((8, COLUMNS)).astype(np.float32))
    moved = {path: float(np.abs(variable.numpy() - before[path]).max())
             for path, variable in ((one.path, one) for one in fresh.trainable_variables)}  # fmt: skip
    shares = {
        "bold_1a/": GENTLE["bold"],
        "bold/": GENTLE["bold"],
        "words/": GENTLE["words"],
        "conv2d": 1,
        "trust/": 1,
        "junk/": 1,
    }
    for layer, share in shares.items():
        first = next(path for path in moved if path.startswith(layer))
        assert moved[first] == pytest.approx(1e-3 * share, rel=0.05)


class _Sure:
    """A model that knows one word."""

    def __init__(self, word: int) -> None:
        self._word = word

    def predict_on_batch(self, views: list[np.ndarray]) -> np.ndarray:
        logits = np.zeros((len(views[0]), len(WORDS) + 1), np.float32)
        logits[:, self._word] = 50
        return logits


def test_a_second_teacher_counts_as_much_and_sees_whole_views() -> None:
    """Views 0 … 2 are whole; the first is a blend, of which its cut view knows nothing."""
    trainer: Any = Trainer.__new__(Trainer)
    trainer.teacher = lambda bitmaps: np.log(np.eye(len(WORDS), dtype=np.float32)[[10] * len(bitmaps)] + 1e-9)
    trainer.second = _Sure(20)
    batch = replace(_batch(), bitmaps=np.zeros((4, SIDE, SIDE), np.uint8), seen=np.array([3, 1, 2, 0, 1, 2]))
    said = trainer._said(batch)
    assert said[:, [10, 20]] == pytest.approx(np.array([[1, 0], [0.5, 0.5], [0.5, 0.5], [0.5, 0.5]]), abs=0.02)
    trainer.second = None
    assert trainer._said(batch)[:, 10] == pytest.approx(np.ones(4), abs=0.02)
