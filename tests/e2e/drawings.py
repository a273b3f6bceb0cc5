"""What the browser tests draw: real drawings where INKLING_DATA is set, else ours."""

from __future__ import annotations

import json
import os
import random
from math import cos, pi, sin
from pathlib import Path

from server.bots.replays import ReplayLibrary
from server.game.words.packs import BUILT_IN_PACKS, display

Path2D = list[tuple[float, float]]
"""One stroke on the unit square."""

FIXTURES = Path(__file__).parent / "fixtures" / "ink.json"
WORD_OF = {display(word): word for word in BUILT_IN_PACKS["hard"].words}


def _arc(x: float, y: float, r: float, start: float, end: float, tall: float = 1.0) -> Path2D:
    steps = [start + (end - start) * i / 20 for i in range(21)]
    return [(x + r * cos(a * pi), y + tall * r * sin(a * pi)) for a in steps]


def _box(x: float, y: float, w: float, h: float) -> Path2D:
    return [(x, y), (x + w, y), (x + w, y + h), (x, y + h), (x, y)]


OURS: dict[str, list[Path2D]] = {
    "door": [_box(0.3, 0.1, 0.4, 0.8), _arc(0.63, 0.5, 0.03, 0, 2)],
    "ladder": [[(0.35, 0.05), (0.35, 0.95)], [(0.65, 0.05), (0.65, 0.95)]]
    + [[(0.35, y / 10), (0.65, y / 10)] for y in range(1, 10)],
    "diamond": [[(0.3, 0.2), (0.7, 0.2), (0.9, 0.4), (0.5, 0.9), (0.1, 0.4), (0.3, 0.2)], [(0.1, 0.4), (0.9, 0.4)]],
    "clock": [_arc(0.5, 0.5, 0.4, 0, 2), [(0.5, 0.5), (0.5, 0.2)], [(0.5, 0.5), (0.7, 0.6)]],
    "moon": [_arc(0.5, 0.5, 0.4, 0.4, 1.6) + _arc(0.62, 0.5, 0.32, 1.6, 0.4)],
    "mountain": [[(0.05, 0.9), (0.35, 0.2), (0.5, 0.55), (0.68, 0.3), (0.95, 0.9)]],
    "table": [[(0.1, 0.35), (0.9, 0.35), (0.9, 0.42), (0.1, 0.42), (0.1, 0.35)], [(0.18, 0.42), (0.18, 0.85)],
              [(0.82, 0.42), (0.82, 0.85)]],
    "pants": [[(0.3, 0.1), (0.7, 0.1), (0.8, 0.9), (0.57, 0.9), (0.5, 0.35), (0.43, 0.9), (0.2, 0.9), (0.3, 0.1)]],
    "tent": [[(0.1, 0.85), (0.5, 0.15), (0.9, 0.85), (0.1, 0.85)], [(0.5, 0.15), (0.4, 0.85)],
             [(0.5, 0.15), (0.6, 0.85)]],
    "hourglass": [[(0.25, 0.1), (0.75, 0.1), (0.5, 0.5), (0.75, 0.9), (0.25, 0.9), (0.5, 0.5), (0.25, 0.1)]],
    "eye": [_arc(0.5, 0.7, 0.45, 1.15, 1.85), _arc(0.5, 0.3, 0.45, 0.85, 0.15), _arc(0.5, 0.5, 0.13, 0, 2)],
    "rainbow": [_arc(0.5, 0.8, r, 1, 2) for r in (0.45, 0.36, 0.27)],
    "eyeglasses": [_arc(0.27, 0.5, 0.17, 0, 2), _arc(0.73, 0.5, 0.17, 0, 2), [(0.44, 0.48), (0.56, 0.48)]],
    "square": [_box(0.15, 0.15, 0.7, 0.7)],
    "stairs": [[(0.05, 0.9)] + [(0.05 + 0.18 * (i // 2 + i % 2), 0.9 - 0.17 * (i // 2 + 1)) for i in range(9)]],
    "snowman": [_arc(0.5, 0.72, 0.24, 0, 2), _arc(0.5, 0.38, 0.16, 0, 2), _arc(0.5, 0.14, 0.1, 0, 2)],
    "snake": [[(0.05 + 0.9 * i / 60, 0.5 + 0.2 * sin(i * pi / 12)) for i in range(61)], _arc(0.93, 0.5, 0.04, 0, 2)],
    "tree": [[(0.45, 0.95), (0.45, 0.6)], [(0.56, 0.95), (0.56, 0.6)], _arc(0.5, 0.38, 0.27, 0.4, 2.6)],
}  # fmt: skip
"""More hand-made drawings of ours, as polylines."""


class Sketchbook:
    """Knows how to draw words."""

    def __init__(self) -> None:
        folder = Path(os.environ.get("INKLING_DATA") or "/nonexistent") / "quickdraw" / "simplified"
        self.real = folder.is_dir()
        self._album = ReplayLibrary(folder, limit=20) if self.real else None
        self._chance = random.Random(7)
        self._fixtures = json.loads(FIXTURES.read_text())

    def knows(self, word: str) -> bool:
        """Whether it can draw the word rather than anything."""
        return self.real or word in OURS or word in self._fixtures

    def strokes(self, word: str) -> list[Path2D]:
        """Return strokes on the unit square."""
        if self._album is not None:
            return self._real(word)
        if word in OURS:
            return OURS[word]
        found = self._fixtures.get(word) or self._fixtures["star"]
        return [[(x / 4095, y / 4095) for x, y in zip(*stroke[:2], strict=True)] for stroke in found]

    def _real(self, word: str) -> list[Path2D]:
        assert self._album is not None
        strokes: list[Path2D] = []
        for x, y, _, begins in self._album.pick(word, self._chance).points:
            if begins:
                strokes.append([])
            strokes[-1].append((x / 4095, y / 4095))
        return strokes
