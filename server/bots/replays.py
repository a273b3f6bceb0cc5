"""Drawings that bots replay: Quick, Draw! ndjson, raw with its own timing or simplified."""

from __future__ import annotations

import gzip
import json
import random
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from server.game.ids import CANVAS_SIDE_UNITS, MAX_DRAWING_MS

CANVAS_MARGIN_SHARE = 0.08
"""Share of the canvas that stays empty on each side."""
PEN_SPEED_UNITS_PER_MS = 1.6
"""Canvas units per millisecond for drawings without timing; about the pace of the raw ones."""
PEN_LIFT_MS = 180
"""Milliseconds between two strokes of a drawing without timing."""

ReplayPoint = tuple[int, int, int, bool]
"""x, y, t, and whether the point begins a stroke."""


@dataclass(frozen=True, slots=True)
class Replay:
    """One drawing as a flat list of points on our canvas, in order of t."""

    word: str
    points: tuple[ReplayPoint, ...]


class ReplayLibrary:
    """The drawings of a folder by word; at most `limit` a word are kept."""

    def __init__(self, folder: Path, limit: int = 40) -> None:
        self._by_word: dict[str, list[Replay]] = defaultdict(list)
        self._left: dict[str, list[Replay]] = defaultdict(list)
        for path in sorted(folder.glob("*.ndjson*")):
            for record in _read_ndjson(path, limit):
                replay = replay_from_record(record)
                if replay.points:
                    self._by_word[replay.word].append(replay)
        if not self._by_word:
            raise ValueError(f"no drawings (*.ndjson, *.ndjson.gz) in {folder}")

    def pick(self, word: str, chance: random.Random) -> Replay:
        """Choose a drawing of the word, else of any word; none comes again before all of its word have come."""
        if word not in self._by_word:
            word = chance.choice(sorted(self._by_word))
        left = self._left[word]
        if not left:
            left += self._by_word[word]
            chance.shuffle(left)
        return left.pop()


def _read_ndjson(path: Path, limit: int) -> Iterator[dict[str, Any]]:
    opener = gzip.open if path.suffix == ".gz" else open
    with opener(path, "rt", encoding="utf-8") as lines:
        for number, line in enumerate(lines):
            if number >= limit:
                return
            if line.strip():
                yield json.loads(line)


def replay_from_record(record: dict[str, Any]) -> Replay:
    """Fit a record's drawing onto our canvas and give it timing if it has none."""
    strokes = [stroke for stroke in record["drawing"] if stroke and stroke[0]]
    xs = [x for stroke in strokes for x in stroke[0]]
    ys = [y for stroke in strokes for y in stroke[1]]
    if not xs:
        return Replay(str(record["word"]), ())
    left, top = min(xs), min(ys)
    side = max(max(xs) - left, max(ys) - top, 1e-6)
    scale = (CANVAS_SIDE_UNITS - 1) * (1 - 2 * CANVAS_MARGIN_SHARE) / side
    shift_x = ((CANVAS_SIDE_UNITS - 1) - (max(xs) - left) * scale) / 2
    shift_y = ((CANVAS_SIDE_UNITS - 1) - (max(ys) - top) * scale) / 2
    points: list[ReplayPoint] = []
    for stroke in strokes:
        fitted = [
            (round((x - left) * scale + shift_x), round((y - top) * scale + shift_y))
            for x, y in zip(stroke[0], stroke[1], strict=True)
        ]
        points.extend(_with_times(fitted, stroke[2] if len(stroke) > 2 else None, points))
    return Replay(str(record["word"]), tuple(points))


def _with_times(
    fitted: list[tuple[int, int]], times: list[float] | None, before: list[ReplayPoint]
) -> Iterator[ReplayPoint]:
    clock = float(before[-1][2]) if before else 0.0
    if times is None and before:
        clock += PEN_LIFT_MS
    last = fitted[0]
    for index, (x, y) in enumerate(fitted):
        if times is not None:
            clock = max(clock, float(times[index]))
        else:
            clock += ((x - last[0]) ** 2 + (y - last[1]) ** 2) ** 0.5 / PEN_SPEED_UNITS_PER_MS
        last = (x, y)
        yield x, y, min(int(clock), MAX_DRAWING_MS), index == 0
