"""Numbers of the rules: points and bounds."""

from __future__ import annotations

import pytest

from server.game import game
from server.game.commands import Settings
from server.game.ids import Millis
from server.game.modes.race import points as race_points


@pytest.mark.parametrize(
    ("at", "points"), [(0, 100), (20_000, 50), (10_000, 75), (19_800, 51), (19_801, 50), (19_799, 51), (5_000, 88)]
)
def test_a_hit_pays_fifty_and_up_to_fifty_more_for_the_time_left(at: int, points: int) -> None:
    assert race_points.hit_points(Millis(at), 20, first=False) == points


def test_the_first_in_the_room_gets_ten_more() -> None:
    assert race_points.hit_points(Millis(0), 20, first=True) == 110


def test_halves_of_a_point_are_rounded_up() -> None:
    assert race_points.hit_points(Millis(10_100), 20, first=False) == 75  # 74.75
    assert race_points.hit_points(Millis(10_200), 20, first=False) == 75  # 74.5
    assert race_points.hit_points(Millis(10_201), 20, first=False) == 74  # 74.4975


def test_ink_dated_beyond_the_round_pays_no_less_than_the_base() -> None:
    assert race_points.hit_points(Millis(25_000), 20, first=False) == 50


@pytest.mark.parametrize(("best", "points"), [(0.0, 0), (0.024, 0), (0.025, 1), (0.5, 10), (0.74, 15), (1.0, 20)])
def test_without_a_hit_the_best_probability_pays_up_to_twenty(best: float, points: int) -> None:
    assert race_points.near_points(best) == points


@pytest.mark.parametrize(
    ("settings", "fine"),
    [
        (Settings(), True),
        (Settings(rounds=1, seconds=10, seats=1), True),
        (Settings(rounds=20, seconds=300, seats=40), True),
        (Settings(rounds=0), False),
        (Settings(rounds=21), False),
        (Settings(seconds=9), False),
        (Settings(seconds=301), False),
        (Settings(seats=0), False),
        (Settings(seats=41), False),
    ],
)
def test_settings_have_bounds(settings: Settings, fine: bool) -> None:
    assert game.are_settings_in_bounds(settings) is fine


def test_the_defaults_are_six_rounds_of_twenty_seconds_with_hidden_canvases() -> None:
    assert (Settings().rounds, Settings().seconds, Settings().open_table) == (6, 20, False)
