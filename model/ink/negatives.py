"""Ink that is no drawing: scribbles, written words, dots and lines, strokes of several words. A committed generator."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from model.ink.strokes import Ink, Stroke

RandomGenerator = np.random.Generator
Float64Array = npt.NDArray[np.float64]

JUNK_KINDS = ("scribble", "writing", "marks", "mixture")

_STROKE_FONT: dict[str, str] = {
    "a": "60 20 00 06 40 60;60 66", "b": "00 06 46 64 42 02", "c": "62 20 02 04 26 64", "d": "60 66 26 04 22 62",
    "e": "03 63 61 20 02 04 26 64", "f": "50 30 21 26;02 52", "g": "62 22 04 26 66;62 68 28", "h": "00 06;03 42 66",
    "i": "32 36;30 31", "k": "00 06;60 03 66", "l": "20 25 46", "m": "06 02 32 36;33 62 66", "n": "02 06;03 42 66",
    "o": "30 02 04 36 64 62 30", "p": "02 08;02 52 64 46 06", "r": "02 06;03 52", "s": "62 12 14 54 56 06",
    "t": "30 35 56;02 62", "u": "02 05 26 64;62 66", "v": "02 36 62", "w": "02 16 34 56 62", "x": "02 66;62 06",
    "y": "02 35;62 18", "z": "02 62 06 66",
}  # fmt: skip
"""A stroke font of ours: polylines on a 7×9 grid, two digits a point, strokes separated by semicolons."""


def make_junk(kind: str, rng: RandomGenerator, lenders: Sequence[Ink] = ()) -> Ink:
    """Make one piece of junk about 255 × 16 units wide. `mixture` needs at least three `lenders` of different words."""
    match kind:
        case "scribble":
            return _make_scribble(rng)
        case "writing":
            return _make_writing(rng)
        case "marks":
            return _make_marks(rng)
        case _:
            return _make_mixture(rng, lenders)


def _stroke_from_points(points: Float64Array) -> Stroke:
    fine = np.rint(points * 16).astype(np.int32)
    return fine[:, 0], fine[:, 1], np.zeros(len(points), np.int32)


def _make_scribble(rng: RandomGenerator) -> Ink:
    """Random walks with momentum."""
    strokes = []
    for _ in range(int(rng.integers(1, 6))):
        steps = int(rng.integers(10, 120))
        turn = np.cumsum(rng.normal(0, rng.uniform(0.2, 1.2), steps))
        reach = rng.uniform(4, 22)
        path = np.cumsum(np.stack([np.cos(turn), np.sin(turn)], 1) * reach, axis=0) + rng.uniform(0, 255, 2)
        strokes.append(_stroke_from_points(_reflect_into_canvas(path)))
    return strokes


def _reflect_into_canvas(path: Float64Array) -> Float64Array:
    inside: Float64Array = np.abs((path + 255) % 510 - 255)
    return inside


def _make_writing(rng: RandomGenerator) -> Ink:
    """A word of three to eight letters in a shaky hand."""
    strokes: Ink = []
    slant, left = rng.normal(0, 0.2), 0.0
    for letter in rng.choice(sorted(_STROKE_FONT), int(rng.integers(3, 9))):
        for line in _STROKE_FONT[str(letter)].split(";"):
            grid = np.array([[int(pair[0]), int(pair[1])] for pair in line.split()], float)
            grid[:, 0] += left - slant * grid[:, 1]
            strokes.append(_stroke_from_points((grid + rng.normal(0, 0.25, grid.shape)) * 10))
        left += rng.uniform(7.5, 10)
    return strokes


def _make_marks(rng: RandomGenerator) -> Ink:
    """Dots, straight lines, or a few of both."""
    strokes = []
    for _ in range(int(rng.integers(1, 5))):
        start = rng.uniform(0, 255, 2)
        if rng.random() < 0.5:
            path = start + rng.normal(0, 2, (int(rng.integers(1, 5)), 2))
        else:
            path = np.linspace(start, rng.uniform(0, 255, 2), int(rng.integers(2, 6)))
            path = path + rng.normal(0, 1.5, path.shape)
        strokes.append(_stroke_from_points(path))
    return strokes


def _make_mixture(rng: RandomGenerator, lenders: Sequence[Ink]) -> Ink:
    """Strokes of three or more words, thrown together."""
    strokes: Ink = []
    for lender in lenders:
        picks = rng.permutation(len(lender))[: int(rng.integers(1, 4))]
        shift = rng.uniform(-60, 60, 2)
        scale = rng.uniform(0.5, 1.2)
        for pick in picks:
            x, y, _ = lender[int(pick)]
            moved = np.stack([x * scale + shift[0], y * scale + shift[1]], 1)
            strokes.append(_stroke_from_points(moved))
    return [strokes[int(index)] for index in rng.permutation(len(strokes))]
