from __future__ import annotations

import numpy as np

from model.ink.negatives import KINDS, junk
from model.ink.raster import CHANNELS, RASTER_VERSION, SCALARS, SIZE, STAMP_EDGE, STAMP_SIDE, raster, rasters, stamps
from model.ink.strokes import ink_of, prefix
from tests.unit.model.drawings import CAT, circle, square
from tests.unit.model.ink import golden

INKS = {"cat": CAT, "half a cat": prefix(CAT, 0.5), "square": square(), "circle": circle(), "dot": ink_of([[[9], [9]]])}


def test_pictures_are_the_golden_ones() -> None:
    """A change here changes what every trained model sees: raise RASTER_VERSION, retrain, write new hashes.

    Hashes are of the picture at 4 levels of grey: OpenCV's last bits may differ between processors.
    """
    assert {name: golden.digest(raster(ink)[0]) for name, ink in INKS.items()} == golden.PICTURES[RASTER_VERSION]


def test_place_and_size_of_the_canvas_do_not_matter() -> None:
    picture, scalars = raster(CAT)
    moved = ink_of([[(x * 2 + 300).tolist(), (y * 2 + 77).tolist()] for x, y, _ in CAT])
    other, beside = raster(moved)
    assert np.abs(picture.astype(int) - other).max() <= 16
    assert np.allclose(scalars, beside, atol=1e-3)


def test_no_ink_is_an_empty_picture() -> None:
    picture, scalars = raster([])
    assert picture.shape == (SIZE, SIZE, CHANNELS)
    assert not picture.any()
    assert not scalars.any()


def test_a_dot_leaves_a_mark() -> None:
    assert raster(ink_of([[[4095], [0]]]))[0][..., 0].any()


def test_the_newest_ink_is_the_brightest() -> None:
    picture, _ = raster(square())
    recency = picture[..., 1].astype(int)
    assert recency[SIZE // 2, :4].max() > recency[:4, SIZE // 2].max()


def test_recency_is_causal() -> None:
    """The first half of a drawing looks the same to the network whatever comes after it."""
    assert np.array_equal(raster(prefix(CAT, 0.5))[0], raster(prefix(CAT, 0.5))[0])
    ink, recency = raster(CAT)[0][..., 0], raster(CAT)[0][..., 1]
    assert np.all(recency <= ink.astype(int) + 1)


def test_many_are_drawn_as_one_is() -> None:
    pictures, scalars = rasters([CAT, square()])
    assert pictures.dtype == np.uint8
    assert scalars.shape == (2, SCALARS)
    assert np.array_equal(pictures[0], raster(CAT)[0])


def test_a_picture_does_not_depend_on_its_company() -> None:
    """To the last bit: sums over the whole batch would round otherwise."""
    chance = np.random.default_rng(5)
    inks = [*INKS.values(), [], *(junk(KINDS[number % 3], chance, [CAT, circle()]) for number in range(90))]
    pictures, scalars = rasters(inks)
    for ink, picture, beside in zip(inks, pictures, scalars, strict=True):
        alone, scalars_alone = raster(ink)
        assert np.array_equal(picture, alone)
        assert np.array_equal(beside, scalars_alone)


def test_the_stamp_is_bold_and_in_the_middle() -> None:
    pictures, _ = rasters([CAT, square()])
    stamp, ink = stamps(pictures), pictures[..., 0]
    assert stamp.shape == (2, STAMP_SIDE, STAMP_SIDE)
    smaller = (255 * STAMP_SIDE / 304 / (SIZE - 3)) ** 2
    assert (stamp.sum((1, 2)) > 1.2 * smaller * ink.sum((1, 2))).all()
    edge = pictures[..., 2].astype(int).copy()
    edge[:, STAMP_EDGE:-STAMP_EDGE, STAMP_EDGE:-STAMP_EDGE] = 0
    assert not edge.any()
