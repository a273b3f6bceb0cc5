"""The teacher: DoodleNet, as ml5 publishes it for TensorFlow.js, read with numpy into Keras.

DoodleNet: Yining Shi, ml5, MIT licence. It was trained on 345 × 50,000 finished bitmaps.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import keras
import numpy as np
import numpy.typing as npt

from model.labels import INDEX, WORDS
from model.nn.bitmap import SIDE, bitmaps
from model.strokes import Ink


def load(folder: Path) -> Any:
    """Build the teacher from `model.json` and its weights. Input (n, 28, 28, 1), ink = 1; output: logits."""
    description = json.loads((folder / "model.json").read_text())
    layers = [keras.Input((SIDE, SIDE, 1))]
    for layer in description["modelTopology"]["model_config"]["config"]["layers"]:
        config = layer["config"]
        match layer["class_name"]:
            case "Conv2D":
                layers.append(keras.layers.Conv2D(config["filters"], 3, padding="same", activation="relu"))
            case "MaxPooling2D":
                layers.append(keras.layers.MaxPooling2D())
            case "Flatten":
                layers.append(keras.layers.Flatten())
            case "Dense":
                last = config["units"] == len(WORDS)
                layers.append(keras.layers.Dense(config["units"], activation=None if last else config["activation"]))
    network = keras.Sequential(layers)
    network.set_weights(_weights(folder, description))
    return network


def _weights(folder: Path, description: dict[str, Any]) -> list[npt.NDArray[np.float32]]:
    group = description["weightsManifest"][0]
    flat = np.frombuffer(b"".join((folder / path).read_bytes() for path in group["paths"]), "<f4")
    arrays, at = [], 0
    for weight in group["weights"]:
        size = int(np.prod(weight["shape"]))
        arrays.append(flat[at : at + size].reshape(weight["shape"]))
        at += size
    return arrays


def order(folder: Path) -> npt.NDArray[np.int64]:
    """Return, for each of our classes, the teacher's output that stands for it."""
    names = [line.strip().replace("_", " ") for line in (folder / "class_names.txt").read_text().splitlines() if line]
    theirs = {INDEX[name]: place for place, name in enumerate(names)}
    return np.array([theirs[place] for place in range(len(WORDS))])


class Teacher:
    """The teacher, asked about a batch at a time."""

    def __init__(self, folder: Path) -> None:
        self._network = load(folder)
        self._places = order(folder)

    def __call__(self, pictures: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
        """Look at bitmaps (n, 28, 28); returns log-probabilities (n, 345) in our order of words."""
        logits = self._network.predict_on_batch(pictures[..., None] / np.float32(255))[:, self._places]
        shifted = logits - logits.max(1, keepdims=True)
        logs: npt.NDArray[np.float32] = shifted - np.log(np.exp(shifted).sum(1, keepdims=True))
        return logs


def answers(folder: Path, inks: list[Ink], views: int = 4) -> npt.NDArray[np.float16]:
    """Ask about full drawings, averaged over mirrored and slightly turned views: log-probabilities (n, 345)."""
    teacher = Teacher(folder)
    total = np.zeros((len(inks), len(WORDS)), np.float32)
    for view in range(views):
        for start in range(0, len(inks), 1024):
            total[start : start + 1024] += teacher(bitmaps([_view(ink, view) for ink in inks[start : start + 1024]]))
    return (total / views).astype(np.float16)


def _view(ink: Ink, view: int) -> Ink:
    if view == 0:
        return ink
    angle = (0.0, 0.0, 0.10, -0.10)[view % 4]
    mirror = -1.0 if view % 4 == 1 else 1.0
    turned = []
    for x, y, t in ink:
        u, v = x * mirror, y
        turned.append((np.cos(angle) * u - np.sin(angle) * v, np.sin(angle) * u + np.cos(angle) * v, t))
    return turned
