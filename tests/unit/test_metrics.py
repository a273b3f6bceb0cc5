"""Histograms as Prometheus reads them."""

from __future__ import annotations

import re

from server.metrics import GUESS_STAGES, LATENCY_BUCKETS_SECONDS, Histogram, Meters


def test_a_value_counts_in_its_bucket_and_in_all_above() -> None:
    histogram = Histogram((1, 2, 4))
    for value in (0.5, 2, 3, 9):
        histogram.observe(value)
    lines = list(histogram.lines("x"))
    assert lines[:4] == [
        'x_bucket{le="1"} 1',
        'x_bucket{le="2"} 2',
        'x_bucket{le="4"} 3',
        'x_bucket{le="+Inf"} 4',
    ]
    assert lines[4:] == ["x_sum 14.5", "x_count 4"]


def test_a_value_may_count_several_times() -> None:
    histogram = Histogram((1,))
    histogram.observe(2.0, times=3)
    assert list(histogram.lines("x", 'stage="queue"')) == [
        'x_bucket{stage="queue",le="1"} 0',
        'x_bucket{stage="queue",le="+Inf"} 3',
        'x_sum{stage="queue"} 6',
        'x_count{stage="queue"} 3',
    ]


def test_every_meter_is_written_once_with_help_and_type() -> None:
    text = Meters().text()
    names = re.findall(r"# TYPE (\S+) histogram", text)
    assert len(names) == len(set(names)) == text.count("# HELP ")
    assert {"inkling_ack_seconds", "inkling_guess_seconds", "inkling_batch_size", "inkling_outbox_bytes"} <= set(names)
    for stage in GUESS_STAGES:
        assert text.count(f'inkling_guess_seconds_bucket{{stage="{stage}"') == len(LATENCY_BUCKETS_SECONDS) + 1
