from __future__ import annotations

import pytest

from model.serving.batch_size import BATCH_BUDGET_SECONDS, WARMED_BATCH_SIZES, BatchSizer, round_up_batch_size


def paced(fixed: float, per_item: float) -> BatchSizer:
    pace = BatchSizer()
    for turn in range(200):
        size = WARMED_BATCH_SIZES[turn % len(WARMED_BATCH_SIZES)]
        pace.note(size, fixed + per_item * size)
    return pace


@pytest.mark.parametrize(("size", "padded"), [(1, 1), (3, 4), (64, 64), (65, 128), (500, 128)])
def test_a_batch_is_padded_to_a_warmed_size(size: int, padded: int) -> None:
    assert round_up_batch_size(size) == padded


def test_the_fit_finds_both_costs() -> None:
    fit = paced(0.002, 0.0005).took
    assert fit.fixed == pytest.approx(0.002, rel=0.01)
    assert fit.per_item == pytest.approx(0.0005, rel=0.01)


def test_the_cap_is_the_largest_batch_within_the_budget() -> None:
    pace = paced(0.002, 0.0005)
    assert pace.cap == 32
    assert pace.took.fixed + pace.took.per_item * pace.cap <= BATCH_BUDGET_SECONDS


def test_a_slow_machine_still_takes_one_at_a_time() -> None:
    assert paced(0.5, 0.5).cap == 1


def test_the_rate_is_what_the_cap_gives() -> None:
    assert paced(0.002, 0.0005).rate == pytest.approx(32 / 0.018, rel=0.02)


def test_one_batch_size_alone_gives_a_usable_pace() -> None:
    pace = BatchSizer()
    for _ in range(10):
        pace.note(4, 0.004)
    assert pace.cap >= 1
    assert pace.rate > 0


def test_an_unmeasured_pace_is_modest() -> None:
    assert 1 <= BatchSizer().cap <= 128


def small_batches(pace: BatchSizer, fixed: float, per_item: float, count: int) -> None:
    for turn in range(count):
        size = 1 + turn % 6
        pace.note(size, fixed + per_item * size)


def test_one_late_batch_makes_neither_batches_small_nor_guesses_rare() -> None:
    pace = BatchSizer()
    small_batches(pace, 0.0005, 0.0003, 200)
    before = pace.rate
    pace.note(30, 0.5)
    assert pace.cap >= 32
    assert pace.rate > before / 2


def test_a_machine_that_becomes_slow_is_noticed() -> None:
    pace = BatchSizer()
    small_batches(pace, 0.0005, 0.0003, 200)
    small_batches(pace, 0.005, 0.003, 150)
    assert pace.took.per_item == pytest.approx(0.003, rel=0.3)
    assert pace.cap <= 8


def test_others_on_the_machine_make_guesses_rarer_and_not_batches_smaller() -> None:
    pace = BatchSizer()
    for turn in range(200):
        size = WARMED_BATCH_SIZES[turn % len(WARMED_BATCH_SIZES)]
        cost = 0.001 + 0.0003 * size
        pace.note(size, 4 * cost, cost)
    alone = paced(0.001, 0.0003)
    assert pace.cap == alone.cap == 64
    assert pace.rate == pytest.approx(alone.rate / 4, rel=0.02)


def test_two_threads_cost_more_than_they_take_and_what_they_take_counts() -> None:
    pace = BatchSizer()
    for turn in range(200):
        size = WARMED_BATCH_SIZES[turn % len(WARMED_BATCH_SIZES)]
        pace.note(size, 0.001 + 0.0002 * size, 0.002 + 0.0004 * size)
    assert pace.cap == paced(0.001, 0.0002).cap
