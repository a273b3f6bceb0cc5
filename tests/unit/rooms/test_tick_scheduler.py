"""Rooms of a process keep step."""

from __future__ import annotations

import itertools
import math

import pytest

from server.rooms.tick_scheduler import ROOMS_PER_SLOT, SLOT_LEAD_BEATS, TickScheduler

BEAT = 0.025


def test_the_first_rooms_share_one_place_and_the_next_ones_another() -> None:
    steps = TickScheduler(BEAT, 0.1)
    places = [steps.take() for _ in range(2 * ROOMS_PER_SLOT)]
    assert places == [places[0]] * ROOMS_PER_SLOT + [places[-1]] * ROOMS_PER_SLOT
    assert places[0] != places[-1]


def test_the_second_place_is_half_a_tick_from_the_first_so_that_answers_of_one_leave_with_ink_of_the_other() -> None:
    steps = TickScheduler(BEAT, 0.1)
    first, second = sorted({steps.take() for _ in range(2 * ROOMS_PER_SLOT)})
    assert steps.soon(first, 1.0) == pytest.approx(steps.soon(second, 1.0))
    after = steps.next(first, 1.0) + 0.001
    assert steps.soon(first, after) == pytest.approx(steps.next(second, after))


def test_a_place_that_a_room_left_is_filled_before_another_is_begun() -> None:
    steps = TickScheduler(BEAT, 0.1)
    places = [steps.take() for _ in range(ROOMS_PER_SLOT + 2)]
    steps.free(places[0])
    assert steps.take() == places[0]


def test_when_all_places_are_full_they_stay_even() -> None:
    steps = TickScheduler(BEAT, 0.1)
    places = [steps.take() for _ in range(8 * ROOMS_PER_SLOT)]
    assert {places.count(place) for place in set(places)} == {2 * ROOMS_PER_SLOT}
    assert len(set(places)) == 4


@pytest.mark.parametrize("ticked", [0.0, 0.0004, 0.0377, 0.0999, 17.3])
def test_rooms_of_one_place_meet_wherever_they_come_from_and_stay_together(ticked: float) -> None:
    """The clock ends waits with a beat, a little late."""
    steps = TickScheduler(BEAT, 0.1)
    ticks = []
    for _ in range(5):
        ticked = math.ceil(steps.next(2, ticked + 0.05) / BEAT) * BEAT + 0.004
        ticks.append(ticked)
    assert [round((tick - 2 * BEAT) % 0.1, 6) for tick in ticks] == [0.004] * 5
    assert [round(after - before, 6) for before, after in itertools.pairwise(ticks)] == [0.1] * 4


def test_a_tick_that_is_late_does_not_cost_the_next_one() -> None:
    steps = TickScheduler(BEAT, 0.1)
    assert steps.next(0, 1.0 + 0.03 + 0.05) == pytest.approx(1.1 - SLOT_LEAD_BEATS * BEAT)


def test_a_tick_shorter_than_a_beat_has_one_place() -> None:
    steps = TickScheduler(BEAT, 0.01)
    assert {steps.take() for _ in range(3)} == {0}
    assert steps.period == BEAT
