"""How many guesses a second the served model gives, by batch size, drawing included."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path

from model.ink.strokes import Ink, take_ink_prefix
from model.serving.batch_size import WARMED_BATCH_SIZES

MEASURED_SECONDS_PER_BATCH_SIZE = 0.6
"""Seconds that each batch size is timed for."""


@dataclass(frozen=True, slots=True)
class LatencyRow:
    """One batch size: guesses a second, milliseconds of one batch."""

    batch: int
    per_second: float
    milliseconds: float


def measure_latency(folder: Path, inks: list[Ink], threads: int | None = None) -> list[LatencyRow]:
    """Time `Predictor.guess` on prefixes of some drawings: raster, network, mask, temperature and ranking."""
    from model.serving.predictor import Predictor

    predictor = Predictor.load(folder, threads)
    predictor.warm()
    ink = [
        take_ink_prefix(inks[number % len(inks)], 0.2 + 0.8 * (number % 10) / 9)
        for number in range(WARMED_BATCH_SIZES[-1])
    ]
    rows = []
    for size in WARMED_BATCH_SIZES:
        predictor.guess(ink[:size], [None] * size)
        count, began = 0, time.perf_counter()
        while (spent := time.perf_counter() - began) < MEASURED_SECONDS_PER_BATCH_SIZE:
            predictor.guess(ink[:size], [None] * size)
            count += 1
        rows.append(LatencyRow(size, count * size / spent, spent / count * 1000))
    return rows
