from __future__ import annotations

import numpy as np

from model.ink.negatives import JUNK_KINDS, make_junk
from model.ink.raster import (
    PICTURE_CHANNELS,
    PICTURE_SIDE_PIXELS,
    SCALAR_COUNT,
    STAMP_EDGE_PIXELS,
    STAMP_SIDE_PIXELS,
    crop_stamps,
    rasterise_ink,
    rasterise_inks,
)
from model.ink.raster_version import RASTER_VERSION
from model.ink.strokes import ink_from_lists, take_ink_prefix
from tests.unit.model.drawings import CAT, circle, square
from tests.unit.model.ink import golden

INKS = {
    "cat": CAT,
    "half a cat": take_ink_prefix(CAT, 0.5),
    "square": square(),
    "circle": circle(),
    "dot": ink_from_lists([[[9], [9]]]),
}


def test_pictures_are_the_golden_ones() -> None:
    """A change here changes what every trained model sees: raise RASTER_VERSION, retrain, write new hashes.

    Hashes are of the picture at 4 levels of grey: OpenCV's last bits may differ between processors.
    """
    assert {name: golden.digest(rasterise_ink(ink)[0]) for name, ink in INKS.items()} == golden.PICTURES[RASTER_VERSION]


def test_place_and_size_of_the_canvas_do_not_matter() -> None:
    picture, scalars = rasterise_ink(CAT)
    moved = ink_from_lists([[(x * 2 + 300).tolist(), (y * 2 + 77).tolist()] for x, y, _ in CAT])
    other, beside = rasterise_ink(moved)
    assert np.abs(picture.astype(int) - other).max() <= 16
    assert np.allclose(scalars, beside, atol=1e-3)


def test_no_ink_is_an_empty_picture() -> None:
    picture, scalars = rasterise_ink([])
    assert picture.shape == (PICTURE_SIDE_PIXELS, PICTURE_SIDE_PIXELS, PICTURE_CHANNELS)
    assert not picture.any()
    assert not scalars.any()


def test_a_dot_leaves_a_mark() -> None:
    assert rasterise_ink(ink_from_lists([[[4095], [0]]]))[0][..., 0].any()


def test_the_newest_ink_is_the_brightest() -> None:
    picture, _ = rasterise_ink(square())
    recency = picture[..., 1].astype(int)
    assert recency[PICTURE_SIDE_PIXELS // 2, :4].max() > recency[:4, PICTURE_SIDE_PIXELS // 2].max()


def test_recency_is_causal() -> None:
    """The first half of a drawing looks the same to the network whatever comes after it."""
    assert np.array_equal(rasterise_ink(take_ink_prefix(CAT, 0.5))[0], rasterise_ink(take_ink_prefix(CAT, 0.5))[0])
    ink, recency = rasterise_ink(CAT)[0][..., 0], rasterise_ink(CAT)[0][..., 1]
    assert np.all(recency <= ink.astype(int) + 1)


def test_many_are_drawn_as_one_is() -> None:
    pictures, scalars = rasterise_inks([CAT, square()])
    assert pictures.dtype == np.uint8
    assert scalars.shape == (2, SCALAR_COUNT)
    assert np.array_equal(pictures[0], rasterise_ink(CAT)[0])


def test_a_picture_does_not_depend_on_its_company() -> None:
    """To the last bit: sums over the whole batch would round otherwise."""
    chance = np.random.default_rng(5)
    inks = [*INKS.values(), [], *(make_junk(JUNK_KINDS[number % 3], chance, [CAT, circle()]) for number in range(90))]
    pictures, scalars = rasterise_inks(inks)
    for ink, picture, beside in zip(inks, pictures, scalars, strict=True):
        alone, scalars_alone = rasterise_ink(ink)
        assert np.array_equal(picture, alone)
        assert np.array_equal(beside, scalars_alone)


def test_the_stamp_is_bold_and_in_the_middle() -> None:
    pictures, _ = rasterise_inks([CAT, square()])
    stamp, ink = crop_stamps(pictures), pictures[..., 0]
    assert stamp.shape == (2, STAMP_SIDE_PIXELS, STAMP_SIDE_PIXELS)
    smaller = (255 * STAMP_SIDE_PIXELS / 304 / (PICTURE_SIDE_PIXELS - 3)) ** 2
    assert (stamp.sum((1, 2)) > 1.2 * smaller * ink.sum((1, 2))).all()
    edge = pictures[..., 2].astype(int).copy()
    edge[:, STAMP_EDGE_PIXELS:-STAMP_EDGE_PIXELS, STAMP_EDGE_PIXELS:-STAMP_EDGE_PIXELS] = 0
    assert not edge.any()
