"""Hand-made ink for tests, and the way to real drawings."""

from __future__ import annotations

import itertools
import json
import os
from pathlib import Path

import numpy as np
import pytest

from model.ink.augment import augment_strokes
from model.ink.strokes import Ink, ink_from_lists, ink_to_path

CAT: Ink = ink_from_lists(
    [
        [[1000, 1400, 2000, 2600, 3000, 2900, 2000, 1100, 1000], [2000, 800, 1500, 800, 2000, 3000, 3400, 3000, 2000],
         [0, 60, 130, 200, 260, 330, 400, 470, 520]],
        [[1600, 1620], [2000, 2020], [700, 720]],
        [[2400, 2420], [2000, 2020], [900, 920]],
        [[1900, 2000, 2100], [2500, 2600, 2500], [1100, 1150, 1200]],
    ]
)  # fmt: skip
"""A face with ears."""


def square(side: int = 100) -> Ink:
    """Four sides, clockwise, one stroke each."""
    corners = [(0, 0), (side, 0), (side, side), (0, side), (0, 0)]
    return ink_from_lists([[[a[0], b[0]], [a[1], b[1]]] for a, b in itertools.pairwise(corners)])


def circle(points: int = 60, radius: float = 1500.0) -> Ink:
    """One closed stroke."""
    turn = np.linspace(0, 2 * np.pi, points)
    return ink_from_lists([[(2000 + radius * np.cos(turn)).tolist(), (2000 + radius * np.sin(turn)).tolist()]])


def data(*parts: str) -> Path:
    """Return a folder of INKLING_DATA, or skip the test."""
    root = os.environ.get("INKLING_DATA", "")
    if not root:
        pytest.skip("INKLING_DATA is not set")
    folder = Path(root, *parts)
    if not folder.exists():
        pytest.skip(f"INKLING_DATA has no {'/'.join(parts)}")
    return folder


def write_shaky(folder: Path, count: int = 40) -> None:
    """Write shaky drawings of six words, each a file of its own."""
    chance = np.random.default_rng(3)
    line = ink_from_lists([[[0, 4000], [0, 100]]])
    shapes = {
        "circle": circle(),
        "square": square(3000),
        "cat": CAT,
        "line": line,
        "moon": circle(9),
        "sun": circle(5, 900),
    }
    for word, shape in shapes.items():
        lines = []
        for number in range(count):
            points, ends = augment_strokes(ink_to_path(shape), chance)
            parts = np.split(np.rint(points * 255).astype(int), ends[:-1])
            strokes = [part.T.tolist() for part in parts]
            lines.append(json.dumps({"word": word, "key_id": f"{word}{number}", "drawing": strokes}))
        (folder / f"{word}.ndjson").write_text("\n".join(lines))
