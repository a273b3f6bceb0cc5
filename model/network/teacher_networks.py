"""Teachers: networks that others trained on finished 28 × 28 bitmaps, published for TensorFlow.js, read with numpy into Keras.

They teach by their answers only (`model.network.teachers` says who they are).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import keras
import numpy as np
import numpy.typing as npt

from model.ink.raster import STAMP_SIDE_PIXELS
from model.ink.vocabulary import CLASS_INDEX, CLASS_WORDS
from model.network.teachers import identify_teacher

Float32Array = npt.NDArray[np.float32]
TEACHER_BATCH_SIZE = 16
"""Bitmaps that a teacher looks at in one call: more do not stay in the processor's cache."""


def load_teacher_network(folder: Path) -> Any:
    """Build a teacher from `model.json` and its weights. Input (n, 28, 28, 1), ink = 1; output: logits (n, 345)."""
    description = json.loads((folder / "model.json").read_text())
    first = latest = keras.Input((STAMP_SIDE_PIXELS, STAMP_SIDE_PIXELS, 1))
    built: dict[str, Any] = {}
    for layer in description["modelTopology"]["model_config"]["config"]["layers"]:
        name = layer["config"]["name"]
        ways = layer.get("inbound_nodes") or []
        before = [built[way[0]] for way in ways[0]] if ways else [latest]
        latest = built[name] = first if layer["class_name"] == "InputLayer" else _add_layer(layer, before)
    network = keras.Model(first, latest)
    stored = _read_teacher_weights(folder, description)
    for layer in network.layers:
        layer.set_weights([stored[f"{layer.name}/{weight.name}"] for weight in layer.weights])
    return network


def _add_layer(layer: dict[str, Any], before: list[Any]) -> Any:
    """Add one layer of a description behind others. Raises ValueError for a kind that no teacher has."""
    config = layer["config"]
    name = config["name"]
    match layer["class_name"]:
        case "Conv2D":
            made = keras.layers.Conv2D(
                config["filters"], config["kernel_size"], config["strides"], config["padding"], name=name,
                activation=config["activation"],
            )  # fmt: skip
        case "BatchNormalization":
            made = keras.layers.BatchNormalization(epsilon=config["epsilon"], name=name)
        case "Dense":
            last = config["units"] == len(CLASS_WORDS)
            made = keras.layers.Dense(config["units"], None if last else config["activation"], name=name)
        case "MaxPooling2D" | "GlobalAveragePooling2D" | "Flatten" | "ReLU" | "Dropout" as kind:
            made = getattr(keras.layers, kind)(**({"rate": 0.5} if kind == "Dropout" else {}), name=name)
        case "Add":
            return keras.layers.Add(name=name)(before)
        case kind:
            raise ValueError(f"the teacher has a layer {kind!r}, which is not known here")
    return made(before[0])


def _read_teacher_weights(folder: Path, description: dict[str, Any]) -> dict[str, Float32Array]:
    group = description["weightsManifest"][0]
    flat = np.frombuffer(b"".join((folder / path).read_bytes() for path in group["paths"]), "<f4")
    arrays, at = {}, 0
    for weight in group["weights"]:
        size = int(np.prod(weight["shape"]))
        arrays[weight["name"]] = flat[at : at + size].reshape(weight["shape"])
        at += size
    return arrays


class Teacher:
    """One teacher, asked about a batch at a time; `quick`: in 8 bits, where this TensorFlow can."""

    def __init__(self, folder: Path, quick: bool = False) -> None:
        self.kind, names = identify_teacher(folder)
        outputs = {CLASS_INDEX[name]: output for output, name in enumerate(names)}
        self._output_of_class = np.array([outputs[index] for index in range(len(CLASS_WORDS))])
        network = load_teacher_network(folder)
        self._run = (_quantise_teacher(network) if quick else None) or network.predict_on_batch

    def __call__(self, pictures: npt.NDArray[np.uint8]) -> Float32Array:
        """Look at bitmaps (n, 28, 28); returns log-probabilities (n, 345) in our order of words."""
        logits = np.asarray(self._run((pictures[..., None] / 255).astype(np.float32)))[:, self._output_of_class]
        shifted = logits - logits.max(1, keepdims=True)
        logs: Float32Array = shifted - np.log(np.exp(shifted).sum(1, keepdims=True))
        return logs


class TeacherEnsemble:
    """Several teachers, whose softened answers are mixed by their shares."""

    def __init__(self, folders: Sequence[Path], quick: bool = True) -> None:
        self._teachers = [Teacher(folder, quick) for folder in folders]
        self.names = [teacher.kind.name for teacher in self._teachers]

    def __call__(self, pictures: npt.NDArray[np.uint8]) -> Float32Array:
        """Look at bitmaps (n, 28, 28); returns probabilities (n, 345)."""
        total = sum(teacher.kind.share for teacher in self._teachers)
        mixed = np.zeros((len(pictures), len(CLASS_WORDS)), np.float32)
        for teacher in self._teachers:
            mixed += soften_logits(teacher(pictures), teacher.kind.temperature) * np.float32(teacher.kind.share / total)
        return mixed


def _quantise_teacher(network: Any) -> Callable[[Float32Array], Float32Array] | None:
    """Return the network in 8 bits, a third of the time; None where this backend has no such kernels.

    The ResNet's top-1 is the same on 1,459 drawings, and it names another word than in 32 bits for 1 % of them.
    """
    if keras.backend.backend() != "tensorflow":
        return None
    import tensorflow as tf

    from model.network.frozen_function import convert_to_tflite, open_tflite_interpreter

    shape = (TEACHER_BATCH_SIZE, STAMP_SIDE_PIXELS, STAMP_SIDE_PIXELS, 1)
    traced = tf.function(network, input_signature=[tf.TensorSpec(shape, tf.float32)])
    interpreter, inputs, [output] = open_tflite_interpreter(
        convert_to_tflite(traced.get_concrete_function()), {np.float32: shape}
    )

    def predict(pictures: Float32Array) -> Float32Array:
        parts = []
        for at in range(0, len(pictures), TEACHER_BATCH_SIZE):
            part = pictures[at : at + TEACHER_BATCH_SIZE]
            full = np.zeros((TEACHER_BATCH_SIZE, *part.shape[1:]), np.float32)
            full[: len(part)] = part
            interpreter.set_tensor(inputs[np.float32], full)
            interpreter.invoke()
            parts.append(interpreter.get_tensor(output)[: len(part)])
        return np.concatenate(parts)

    return predict


def soften_logits(logs: Float32Array, temperature: float) -> Float32Array:
    """Flatten logits or log-probabilities (n, 345) into probabilities (Hinton et al. 2015)."""
    cooled = logs / temperature
    odds = np.exp(cooled - cooled.max(1, keepdims=True))
    softened: Float32Array = odds / odds.sum(1, keepdims=True)
    return softened
