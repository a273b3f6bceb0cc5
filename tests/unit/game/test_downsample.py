"""Drawings and lists are made smaller without losing their shape."""

from __future__ import annotations

from server.game.downsample import pick_evenly, thin_drawings_together, thin_strokes
from tests.unit.game.table import line


def test_what_fits_is_left_alone() -> None:
    strokes = (line(10), line(5, t=20))
    assert thin_strokes(strokes, 15) is strokes


def test_what_does_not_fit_loses_points_but_no_ends() -> None:
    (thinned,) = thin_strokes((line(1000),), 50)
    assert len(thinned[0]) == len(thinned[1]) == len(thinned[2]) <= 50
    assert (thinned[0][0], thinned[0][-1], thinned[2][-1]) == (0, 999, 999)


def test_of_strokes_that_are_all_ends_some_go_evenly() -> None:
    strokes = tuple(line(2, t=2 * i) for i in range(100))
    thinned = thin_strokes(strokes, 50)
    assert len(thinned) == 25
    assert (thinned[0], thinned[-1]) == (strokes[0], strokes[-1])


def test_a_pick_is_spread_evenly_from_first_to_last() -> None:
    assert pick_evenly(range(101), 5) == (0, 25, 50, 75, 100)
    assert pick_evenly("abc", 5) == ("a", "b", "c")


def test_small_drawings_stay_whole_and_large_ones_share_what_is_left() -> None:
    small, large = (line(10),), (line(4000),)
    assert thin_drawings_together([small, large, large], 10_000) == [small, large, large]
    kept = thin_drawings_together([small, large, large], 1010)
    assert kept[0] == small
    assert all(250 <= len(strokes[0][0]) <= 500 for strokes in kept[1:])
    assert thin_drawings_together([], 0) == []
