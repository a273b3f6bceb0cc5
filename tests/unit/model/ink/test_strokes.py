from __future__ import annotations

import gzip
import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.ink.simplify import simplify_batch, simplify_drawing
from model.ink.strokes import (
    Ink,
    ink_from_lists,
    ink_length,
    ink_to_path,
    take_ink_prefix,
    take_path_prefix,
)
from tests.unit.model.drawings import CAT, circle, data, square
from tests.unit.model.ink.plainly import simplify as by_the_book
from tests.unit.model.ink.ties import explained

coordinate = st.integers(0, 4095)


@st.composite
def strokes(draw: st.DrawFn) -> list[list[list[int]]]:
    found = []
    for _ in range(draw(st.integers(0, 6))):
        count = draw(st.integers(1, 12))
        axis = st.lists(coordinate, min_size=count, max_size=count)
        times = st.lists(st.integers(0, 2**31 - 1), min_size=count, max_size=count)
        found.append([draw(axis), draw(axis), draw(times)])
    return found


def plain(ink: Ink) -> list[list[list[int]]]:
    return [[axis.tolist() for axis in stroke] for stroke in ink]


def test_a_prefix_ends_inside_a_stroke() -> None:
    cut = take_ink_prefix(square(100), 0.625)
    assert plain(cut)[:2] == plain(square(100))[:2]
    assert plain(cut)[2] == [[100, 50], [100, 100], [0, 0]]


def test_the_whole_share_is_the_whole_drawing() -> None:
    assert plain(take_ink_prefix(CAT, 1.0)) == plain(CAT)


@given(st.floats(0.01, 1.0))
def test_a_prefix_has_its_share_of_the_length(share: float) -> None:
    ink = circle()
    assert ink_length(take_ink_prefix(ink, share)) == pytest.approx(share * ink_length(ink), abs=3)


def test_a_dot_is_a_prefix_of_itself() -> None:
    dot = ink_from_lists([[[5], [7]]])
    assert plain(take_ink_prefix(dot, 0.5)) == plain(dot)


def test_unequal_axes_are_refused() -> None:
    with pytest.raises(ValueError, match="differ"):
        ink_from_lists([[[1, 2], [1]]])


def test_a_simplified_drawing_touches_its_box() -> None:
    flat = [axis for stroke in simplify_drawing(CAT) for axis in stroke]
    assert min(map(min, flat)) == 0
    assert max(map(max, flat)) == 255


def test_a_straight_line_becomes_two_points() -> None:
    assert simplify_drawing([[list(range(0, 1000, 10)), [0] * 100]]) == [[[0, 255], [0, 0]]]


@given(st.lists(strokes(), max_size=5))
def test_drawings_are_simplified_together_as_alone(drawings: list[list[list[list[int]]]]) -> None:
    inks = [ink_from_lists(drawing) for drawing in drawings]
    together = simplify_batch(inks)
    assert together == [simplify_drawing(ink) for ink in inks]
    assert [len(simple) for simple in together] == [len(ink) for ink in inks]
    assert together == [by_the_book(drawing) for drawing in drawings]


def test_large_drawings_are_simplified_one_by_one_with_the_same_result(monkeypatch: pytest.MonkeyPatch) -> None:
    some = [CAT, circle(), CAT, square(3000), circle(9)]
    together = simplify_batch(some)
    monkeypatch.setattr("model.ink.simplify.MAX_POINTS_PER_SIMPLIFY_BATCH", 12)
    assert simplify_batch(some) == together
    assert simplify_batch([]) == []


def test_simplify_reproduces_the_official_drawings() -> None:
    """Of every eighth word's pairs 94 % are exact, and 99 % are exact or differ by a tie of the arithmetic alone."""
    exact = fine = total = 0
    for path in sorted(data("quickdraw", "raw").glob("*.ndjson.gz"))[::8]:
        simple = {}
        with gzip.open(data("quickdraw", "simplified", path.name), "rt") as lines:
            for line in lines:
                record = json.loads(line)
                if record.get("key_id"):
                    simple[record["key_id"]] = record["drawing"]
        with gzip.open(path, "rt") as lines:
            for line in lines:
                record = json.loads(line)
                official = simple.get(record.get("key_id"))
                if official is not None:
                    ours = simplify_drawing(record["drawing"])
                    assert ours == by_the_book(record["drawing"])
                    assert len(ours) == len(official)
                    exact += ours == official
                    fine += ours == official or explained(record["drawing"], official)
                    total += 1
    assert total >= 800
    assert exact / total >= 0.94
    assert fine / total >= 0.99


def test_an_explanation_is_none_for_another_drawing() -> None:
    ours, plain_cat = simplify_drawing(CAT), plain(CAT)
    assert explained(plain_cat, ours)
    ours[0][0][1] += 2
    assert not explained(plain_cat, ours)


def test_a_dot_is_two_equal_points() -> None:
    assert (
        simplify_drawing([[[5, 5], [7, 7]], [[5, 9], [7, 7]]])[0]
        == simplify_drawing([[[5], [7]], [[5, 9], [7, 7]]])[0]
        == [[0, 0], [0, 0]]
    )


def test_times_are_kept_by_the_prefix() -> None:
    cut = take_ink_prefix(CAT, 0.3)
    assert np.all(np.diff(cut[0][2]) >= 0)


@given(strokes(), st.floats(0.02, 1.0))
def test_a_path_is_cut_where_ink_is_cut(drawing: list[list[list[int]]], share: float) -> None:
    ink = ink_from_lists(drawing)
    if ink_length(ink) < 10:
        return
    points, ends = take_path_prefix(*ink_to_path(ink), share)
    assert ends[-1] == len(points)
    assert ends == sorted(set(ends))
    parts = np.split(points, ends[:-1])
    length = sum(float(np.hypot(*np.diff(part, axis=0).T).sum()) for part in parts)
    assert length == pytest.approx(share * ink_length(ink), rel=1e-6, abs=1e-6)
    assert ink_length(take_ink_prefix(ink, share)) == pytest.approx(length, abs=1.5)
