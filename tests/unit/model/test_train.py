from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from model.nn.augment import augment
from model.nn.bitmap import SIDE, bitmap
from model.nn.junk import KINDS, junk
from model.nn.pipeline import Sampler, load
from model.strokes import point_count
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


def test_a_varied_drawing_keeps_its_points_and_times() -> None:
    chance = np.random.default_rng(1)
    varied = augment(square(), chance)
    assert 3 <= len(varied) <= 4
    assert all(np.array_equal(stroke[2], [0, 0]) for stroke in varied)


def test_the_teachers_picture_is_centred_and_inside() -> None:
    picture = bitmap(square(3000))
    assert picture.shape == (SIDE, SIDE)
    assert not picture[0].any()
    assert picture[:, SIDE // 2].max() == 255
    assert abs(float(picture.sum(1) @ np.arange(SIDE)) / picture.sum() - (SIDE - 1) / 2) < 0.5


def test_the_same_seed_gives_the_same_batches(drawings: Path) -> None:
    known = load([drawings], "train")
    one, two = (Sampler(known, 5, taught=True).batch(32) for _ in range(2))
    assert np.array_equal(one.pictures, two.pictures)
    assert np.array_equal(one.bitmaps, two.bitmaps)
    assert one.bitmaps.shape == (32, SIDE, SIDE)
    assert not one.bitmaps[one.source < 0].any()


def test_no_test_drawing_is_sampled_for_training(drawings: Path) -> None:
    parts = [{drawing.identity for drawing in load([drawings], part)} for part in ("train", "validation", "test")]
    assert sum(map(len, parts)) == len(set.union(*parts)) == 240


@pytest.mark.tensorflow
def test_the_teacher_knows_a_cat() -> None:
    from model.labels import INDEX
    from model.nn import teacher

    logs = teacher.answers(data("doodlenet"), [CAT, square()], views=2)
    assert INDEX["cat"] in np.argsort(logs[0])[-3:]
    assert INDEX["square"] in np.argsort(logs[1])[-3:]
    assert np.allclose(np.exp(logs.astype(np.float32)).sum(1), 1, atol=0.2)
