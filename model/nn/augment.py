"""Stroke-level augmentation: what another hand might have drawn. numpy only; works on ink of any unit."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from model.strokes import Ink

Chance = np.random.Generator
Floats = npt.NDArray[np.float64]


def augment(ink: Ink, chance: Chance, donor: Ink | None = None, strength: float = 1.0) -> Ink:
    """Vary a drawing: drop or borrow a stroke, mirror, turn, stretch, shear, wave, jitter.

    Returns ink about 4000 units wide. `donor` is another drawing of the same word, in the same unit, that may lend
    one stroke. A `strength` above 1 is for
    teachers that look at the varied drawing themselves.
    """
    strokes = list(ink)
    if len(strokes) > 3 and chance.random() < 0.15 * strength:
        strokes.pop(int(chance.integers(1, len(strokes))))
    if donor is not None and len(donor) > 2 and chance.random() < 0.10 * strength:
        strokes.insert(int(chance.integers(1, len(strokes) + 1)), donor[int(chance.integers(len(donor)))])
    points = np.concatenate([np.stack(stroke[:2], 1) for stroke in strokes]).astype(np.float64)
    low, high = points.min(0), points.max(0)
    side = max(float((high - low).max()), 1e-6)
    points = (points - (low + high) / 2) / side
    points = points @ _matrix(chance, strength).T
    if chance.random() < 0.5:
        points = points + _wave(points, chance) * strength
    points = points + chance.normal(0, 0.004, points.shape)
    ends = np.cumsum([len(stroke[0]) for stroke in strokes])
    varied: Ink = []
    for (_, _, t), part in zip(strokes, np.split(np.rint(points * 4000).astype(np.int32), ends[:-1]), strict=True):
        varied.append((part[:, 0], part[:, 1], t))
    return varied


def _matrix(chance: Chance, strength: float) -> Floats:
    angle = chance.normal(0, 0.12 * strength)
    stretch = np.exp(chance.normal(0, 0.12 * strength, 2))
    shear = chance.normal(0, 0.08 * strength)
    mirror = -1.0 if chance.random() < 0.4 else 1.0
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    matrix: Floats = turn @ np.array([[mirror * stretch[0], shear], [0.0, stretch[1]]])
    return matrix


def _wave(points: Floats, chance: Chance) -> Floats:
    """Bend space by two long waves of a few percent of the box."""
    frequency = chance.uniform(2, 6, 2)
    phase = chance.uniform(0, 2 * np.pi, 2)
    size = chance.normal(0, 0.02, 2)
    return np.stack(
        [
            size[0] * np.sin(frequency[0] * points[:, 1] + phase[0]),
            size[1] * np.sin(frequency[1] * points[:, 0] + phase[1]),
        ],
        axis=1,
    )
