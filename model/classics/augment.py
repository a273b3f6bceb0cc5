"""Variations of pictures, as cameras and other hands would make them. numpy and OpenCV only."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np

from model.classics.data_sets.data_set import LabelledPictures, UInt8Array

VARIATION_KINDS = ("rotate", "shift", "shear", "zoom", "flip")
"""rotate: degrees; shift, zoom: share of the side; shear: slope; each up to ±; flip: left and right, half of them."""


def vary_pictures(pictures: UInt8Array, how: dict[str, Any], rng: np.random.Generator) -> UInt8Array:
    """Vary each picture of (n, side, side, channels) in its own way; what comes in from outside repeats the edge."""
    if not any(how.get(kind) for kind in VARIATION_KINDS):
        return pictures
    side = pictures.shape[1]
    made = np.empty_like(pictures)
    middle = (side - 1) / 2
    for place, picture in enumerate(pictures):
        matrix = _random_affine(how, rng)
        shift = rng.uniform(-1, 1, 2) * how.get("shift", 0.0) * side + middle - matrix @ (middle, middle)
        moved = cv2.warpAffine(
            picture, np.column_stack([matrix, shift]), (side, side),
            flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE,
        )  # fmt: skip
        made[place] = moved.reshape(picture.shape)
    return made


def _random_affine(how: dict[str, Any], rng: np.random.Generator) -> np.ndarray[Any, np.dtype[np.float64]]:
    angle = np.deg2rad(rng.uniform(-1, 1) * how.get("rotate", 0.0))
    zoom = 1 + rng.uniform(-1, 1) * how.get("zoom", 0.0)
    shear = rng.uniform(-1, 1) * how.get("shear", 0.0)
    mirror = -1.0 if how.get("flip") and rng.random() < 0.5 else 1.0
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    matrix: np.ndarray[Any, np.dtype[np.float64]] = turn @ np.array([[mirror * zoom, shear], [0.0, zoom]])
    return matrix


def add_varied_copies(part: LabelledPictures, how: dict[str, Any], seed: int) -> LabelledPictures:
    """Add varied copies of every picture to a part: `copies` of each."""
    pictures, labels = [part.few(len(part))], [part.labels]
    rng = np.random.default_rng(seed)
    for _ in range(how.get("copies", 0)):
        pictures.append(vary_pictures(pictures[0], how, rng))
        labels.append(part.labels)
    return LabelledPictures(np.concatenate(pictures), np.concatenate(labels))
