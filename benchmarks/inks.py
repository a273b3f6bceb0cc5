"""Ink to guess at: real drawings, cut at random shares as in play; made ones where there are no real ones."""

from __future__ import annotations

import gzip
import itertools
import json
import os
import random
from pathlib import Path

import numpy as np

from model.ink.strokes import Ink, ink_from_lists, take_ink_prefix


def inks(count: int) -> tuple[list[Ink], str]:
    """Return drawings on our canvas, and what they are."""
    data = os.environ.get("INKLING_DATA")
    folder = Path(data) / "quickdraw" / "raw" if data else None
    chance = random.Random(1)
    if folder is None or not folder.is_dir():
        return [_made(chance) for _ in range(count)], "made drawings"
    found: list[Ink] = []
    for path in itertools.cycle(sorted(folder.glob("*.ndjson*"))[::5]):
        opener = gzip.open if path.suffix == ".gz" else open
        with opener(path, "rt", encoding="utf-8") as lines:
            for text in itertools.islice(lines, 8):
                drawing = json.loads(text)["drawing"]
                if drawing and drawing[0][0]:
                    found.append(_fit(take_ink_prefix(ink_from_lists(drawing), chance.uniform(0.2, 1.0))))
        if len(found) >= count:
            return found[:count], "real raw drawings cut at 20 to 100 % of their ink"
    return found, "real raw drawings"


def _fit(ink: Ink) -> Ink:
    """Scale to our canvas."""
    x = np.concatenate([stroke[0] for stroke in ink])
    y = np.concatenate([stroke[1] for stroke in ink])
    scale = 3400 / max(int(np.ptp(x)), int(np.ptp(y)), 1)
    return [
        (((a - x.min()) * scale + 300).astype(np.int32), ((b - y.min()) * scale + 300).astype(np.int32), t)
        for a, b, t in ink
    ]


def _made(chance: random.Random) -> Ink:
    ink = []
    for _ in range(chance.randint(2, 7)):
        x, y = np.cumsum([[chance.uniform(-120, 120) for _ in range(30)] for _ in range(2)], axis=1)
        ink.append((x - x.min() + 300, y - y.min() + 300, np.arange(30) * 16))
    return ink_from_lists(ink)
