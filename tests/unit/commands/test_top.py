"""`inkling top` reads what /metrics writes."""

from __future__ import annotations

import pytest

from server.commands.top import HISTOGRAM_ROWS, counter_rate, histogram_quantile, parse_metrics, render_metrics_table
from server.metrics import Meters


def test_every_row_is_read_from_a_histogram_that_exists() -> None:
    look = parse_metrics(Meters().text(), 0.0)
    assert {name for _, name in HISTOGRAM_ROWS} <= set(look.buckets)


def test_quantiles_are_of_what_came_between_two_looks() -> None:
    meters = Meters()
    for _ in range(100):
        meters.ack.observe(4.0)
    before = parse_metrics(meters.text(), 0.0)
    for value in [0.004] * 98 + [0.4] * 2:
        meters.ack.observe(value)
    after = parse_metrics(meters.text(), 1.0)
    assert histogram_quantile(before, after, "inkling_ack_seconds", 0.5) == 0.005
    assert histogram_quantile(before, after, "inkling_ack_seconds", 0.99) == 0.5
    assert histogram_quantile(after, after, "inkling_ack_seconds", 0.5) is None


def test_rates_are_per_second() -> None:
    before, after = (
        parse_metrics("inkling_messages_total 100\n", 10.0),
        parse_metrics("inkling_messages_total 160\n", 12.0),
    )
    assert counter_rate(before, after, "inkling_messages_total") == pytest.approx(30)


def test_a_screen_can_be_drawn_of_an_idle_server() -> None:
    look = parse_metrics(Meters().text(), 0.0)
    assert render_metrics_table(look, look).row_count == len(HISTOGRAM_ROWS)
