"""Stroke-level augmentation: what another hand might have drawn. numpy only; works on ink of any unit."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from model.ink.strokes import StrokePath

RandomGenerator = np.random.Generator
Float64Array = npt.NDArray[np.float64]

STROKE_DROP_PROBABILITY, STROKE_LEND_PROBABILITY = 0.15, 0.10
"""How often a drawing of several strokes loses one, and how often another drawing of the word lends it one."""
STROKE_MOVE_PROBABILITY, WARP_PROBABILITY = 0.6, 0.6
"""How often each stroke is moved, turned and stretched by itself, and how often space is bent."""
MAX_GRAFTED_STROKES = 3
"""Strokes that `graft_strokes` takes at most."""


def augment_strokes(
    path: StrokePath, rng: RandomGenerator, donor: StrokePath | None = None, strength: float = 1.0
) -> StrokePath:
    """Vary a drawing: drop or borrow a stroke, move strokes, mirror, turn, stretch, shear, wave, jitter.

    Returns a path in a box of about −0.5 … 0.5. `donor` is another drawing of the same word, in the same unit, that
    may lend one stroke. A `strength` above 1 is for teachers that look at the varied drawing themselves.
    """
    points, ends = path
    if len(ends) > 3 and rng.random() < STROKE_DROP_PROBABILITY * strength:
        points, ends = _remove_stroke(points, ends, int(rng.integers(1, len(ends))))
    if donor is not None and len(donor[1]) > 2 and rng.random() < STROKE_LEND_PROBABILITY * strength:
        stroke = _stroke_points(donor, int(rng.integers(len(donor[1]))))
        points, ends = _insert_stroke(points, ends, int(rng.integers(1, len(ends) + 1)), stroke)
    low, high = points.min(0), points.max(0)
    side = max(float((high - low).max()), 1e-6)
    points = (points - (low + high) / 2) / side
    if len(ends) > 1 and rng.random() < STROKE_MOVE_PROBABILITY:
        points = _move_each_stroke(points, ends, rng, strength)
    points = points @ _random_affine(rng, strength).T
    if rng.random() < WARP_PROBABILITY:
        points = points + _wave_displacement(points, rng) * strength
    return points + rng.normal(0, 0.004, points.shape), ends


def graft_strokes(path: StrokePath, donor: StrokePath, rng: RandomGenerator) -> StrokePath:
    """Put some strokes of a drawing of any word into another: what only the teacher can name. Both as
    `augment_strokes` returns them.
    """
    points, ends = path
    scale, shift = rng.uniform(0.3, 1.0), rng.uniform(-0.35, 0.35, 2)
    for place in rng.permutation(len(donor[1]))[: int(rng.integers(1, MAX_GRAFTED_STROKES + 1))]:
        stroke = _stroke_points(donor, int(place)) * scale + shift
        points, ends = _insert_stroke(points, ends, int(rng.integers(0, len(ends) + 1)), stroke)
    return points, ends


def _stroke_points(path: StrokePath, place: int) -> Float64Array:
    points, ends = path
    return points[ends[place - 1] if place else 0 : ends[place]]


def _remove_stroke(points: Float64Array, ends: list[int], place: int) -> StrokePath:
    start, end = ends[place - 1], ends[place]
    return np.concatenate([points[:start], points[end:]]), [
        *ends[:place],
        *(at - end + start for at in ends[place + 1 :]),
    ]


def _insert_stroke(points: Float64Array, ends: list[int], place: int, stroke: Float64Array) -> StrokePath:
    at, more = (ends[place - 1] if place else 0), len(stroke)
    return np.concatenate([points[:at], stroke, points[at:]]), [
        *ends[:place],
        *(end + more for end in [at, *ends[place:]]),
    ]


def _move_each_stroke(points: Float64Array, ends: list[int], rng: RandomGenerator, strength: float) -> Float64Array:
    """Give every stroke a small movement, turn and stretch of its own about its middle."""
    starts = [0, *ends[:-1]]
    counts = np.diff([0, *ends])
    middle = np.add.reduceat(points, starts, axis=0) / counts[:, None]
    angle = rng.normal(0, 0.09 * strength, len(ends))
    stretch = np.exp(rng.normal(0, 0.09 * strength, (len(ends), 2)))
    shift = rng.normal(0, 0.025 * strength, (len(ends), 2))
    own = np.repeat(np.arange(len(ends)), counts)
    apart = (points - middle[own]) * stretch[own]
    sine, cosine = np.sin(angle)[own], np.cos(angle)[own]
    turned = np.stack([cosine * apart[:, 0] - sine * apart[:, 1], sine * apart[:, 0] + cosine * apart[:, 1]], 1)
    moved: Float64Array = middle[own] + shift[own] + turned
    return moved


def _random_affine(rng: RandomGenerator, strength: float) -> Float64Array:
    angle = rng.normal(0, 0.12 * strength)
    stretch = np.exp(rng.normal(0, 0.12 * strength, 2))
    shear = rng.normal(0, 0.08 * strength)
    mirror = -1.0 if rng.random() < 0.4 else 1.0
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    matrix: Float64Array = turn @ np.array([[mirror * stretch[0], shear], [0.0, stretch[1]]])
    return matrix


def _wave_displacement(points: Float64Array, rng: RandomGenerator) -> Float64Array:
    """Bend space by two waves of a few percent of the box."""
    frequency = rng.uniform(2, 9, 2)
    phase = rng.uniform(0, 2 * np.pi, 2)
    size = rng.normal(0, 0.03, 2)
    return np.stack(
        [
            size[0] * np.sin(frequency[0] * points[:, 1] + phase[0]),
            size[1] * np.sin(frequency[1] * points[:, 0] + phase[1]),
        ],
        axis=1,
    )
