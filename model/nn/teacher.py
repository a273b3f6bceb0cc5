"""The teacher: DoodleNet, as ml5 publishes it for TensorFlow.js, read with numpy into Keras.

DoodleNet: Yining Shi, ml5, MIT licence. It was trained on 345 × 50,000 finished bitmaps.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import keras
import numpy as np
import numpy.typing as npt

from model.labels import INDEX, WORDS
from model.nn.bitmap import SIDE, path_bitmaps
from model.nn.network import TRUST, bold_layers

Floats = npt.NDArray[np.float32]
Points = npt.NDArray[np.float64]


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


def begin(network: Any, folder: Path, share: float = 0.5) -> None:
    """Let what looks at the stamp begin with the teacher's weights, which training then changes.

    `share` of the words' logits is the teacher's; the rest is what the network says without it.
    """
    *features, kernel, bias = load(folder).get_weights()
    for place, layer in enumerate(bold_layers(network)):
        layer.set_weights(features[2 * place : 2 * place + 2])
    places, words = order(folder), network.get_layer("words")
    old_kernel, old_bias = words.get_weights()
    own = len(old_kernel) - len(kernel)
    open_by = 1 / (1 + np.exp(-TRUST))
    merged = np.concatenate([old_kernel[:own] * (1 - share), kernel[:, places] * (share / open_by)])
    words.set_weights([merged, old_bias * (1 - share) + bias[places] * share])


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

    def __call__(self, pictures: npt.NDArray[np.uint8]) -> Floats:
        """Look at bitmaps (n, 28, 28); returns log-probabilities (n, 345) in our order of words."""
        logits = self._network.predict_on_batch(pictures[..., None] / np.float32(255))[:, self._places]
        shifted = logits - logits.max(1, keepdims=True)
        logs: Floats = shifted - np.log(np.exp(shifted).sum(1, keepdims=True))
        return logs


def answers(teacher: Teacher, paths: Sequence[tuple[Points, list[int]]]) -> npt.NDArray[np.float16]:
    """Ask about whole drawings, averaged over mirrored and slightly turned views: log-probabilities (n, 345).

    Points (k, 2) and strokes' ends of each, as `model.strokes.path_of` returns.
    """
    total = np.zeros((len(paths), len(WORDS)), np.float32)
    for turn in VIEWS:
        for start in range(0, len(paths), 1024):
            part = [(points @ turn, ends) for points, ends in paths[start : start + 1024]]
            total[start : start + 1024] += teacher(path_bitmaps(part))
    return (total / len(VIEWS)).astype(np.float16)


def _turn(angle: float, mirror: float = 1.0) -> Points:
    return np.array([[mirror * np.cos(angle), mirror * np.sin(angle)], [-np.sin(angle), np.cos(angle)]])


VIEWS = (_turn(0.0), _turn(0.0, -1.0), _turn(0.1), _turn(-0.1), _turn(0.08, -1.0), _turn(-0.08, -1.0))
