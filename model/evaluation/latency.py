"""How many guesses a second the served model gives, by batch size, drawing included."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path

from model.ink.strokes import Ink, prefix
from model.serving.batch_size import BUCKETS

SECONDS = 0.6
"""Measured for each batch size."""


@dataclass(frozen=True, slots=True)
class Row:
    """One batch size: guesses a second, milliseconds of one batch."""

    batch: int
    per_second: float
    milliseconds: float


def table(folder: Path, inks: list[Ink], threads: int | None = None) -> list[Row]:
    """Time `Guesser.guess` on prefixes of some drawings: raster, network, mask, temperature and ranking."""
    from model.serving.predictor import Guesser

    guesser = Guesser.load(folder, threads)
    guesser.warm()
    ink = [prefix(inks[place % len(inks)], 0.2 + 0.8 * (place % 10) / 9) for place in range(BUCKETS[-1])]
    rows = []
    for size in BUCKETS:
        guesser.guess(ink[:size], [None] * size)
        count, began = 0, time.perf_counter()
        while (spent := time.perf_counter() - began) < SECONDS:
            guesser.guess(ink[:size], [None] * size)
            count += 1
        rows.append(Row(size, count * size / spent, spent / count * 1000))
    return rows
