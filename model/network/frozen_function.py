"""The served function: embedding and junk logit as one TensorFlow graph per warmed batch size."""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable
from copy import copy
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "")

import keras
import numpy as np
import numpy.typing as npt
import tensorflow as tf

from model.ink.raster import PICTURE_CHANNELS, PICTURE_SIDE_PIXELS, SCALAR_COUNT, STAMP_CHANNEL
from model.network import stamp_branch

Float32Array = npt.NDArray[np.float32]


class FrozenFunction:
    """pictures, scalars → embeddings (n, size), junk logits (n,). The head stays outside, in numpy."""

    def __init__(self, network: Any) -> None:
        self._call = _freeze_variables(_trace_network(network, None))
        self.head, self.bias = (np.asarray(weight) for weight in network.get_layer("words").get_weights())

    def __call__(self, pictures: npt.NDArray[np.uint8], scalars: Float32Array) -> tuple[Float32Array, Float32Array]:
        """Run one batch; returns logits (n, 345) and junk logits (n,)."""
        embedding, junk = self.embed(pictures, scalars)
        return embedding @ self.head + self.bias, junk

    def embed(self, pictures: npt.NDArray[np.uint8], scalars: Float32Array) -> tuple[Float32Array, Float32Array]:
        """Run one batch; returns embeddings (n, size) and junk logits (n,)."""
        embedding, junk = self._call(tf.constant(pictures), tf.constant(scalars))
        return embedding.numpy(), junk.numpy()[:, 0]


class QuantisedFunction:
    """The same function with weights and activations in 8 bits: a third of the time where the processor can do it.

    Any number of pictures; they go through in pieces that stay in the processor's cache. One thread, and not for several
    of them at once; `copy_for_thread` gives the like for another. Other threads go on while it runs.
    Raises RuntimeError, ImportError or AttributeError where this TensorFlow has no such kernels.
    """

    PIECES = (16, 8, 4, 2, 1)

    def __init__(self, network: Any) -> None:
        self._content = convert_to_tflite(_trace_network(network, 1))
        self._pieces = self._interpreters()
        self.head, self.bias = (np.asarray(weight) for weight in network.get_layer("words").get_weights())

    def copy_for_thread(self) -> QuantisedFunction:
        """Return the same function for another thread."""
        other = copy(self)
        other._pieces = self._interpreters()
        return other

    def __call__(self, pictures: npt.NDArray[np.uint8], scalars: Float32Array) -> tuple[Float32Array, Float32Array]:
        """Run any number; returns logits (n, 345) and junk logits (n,)."""
        embedding, junk = self.embed(pictures, scalars)
        return embedding @ self.head + self.bias, junk

    def embed(self, pictures: npt.NDArray[np.uint8], scalars: Float32Array) -> tuple[Float32Array, Float32Array]:
        """Run any number; returns embeddings (n, size) and junk logits (n,)."""
        embeddings, junks = [], []
        start = 0
        while start < len(pictures):
            size = next(size for size in self.PIECES if size <= len(pictures) - start)
            embedding, junk = self._run(size, pictures[start : start + size], scalars[start : start + size])
            embeddings.append(embedding)
            junks.append(junk)
            start += size
        return np.concatenate(embeddings), np.concatenate(junks)[:, 0]

    def _run(
        self, size: int, pictures: npt.NDArray[np.uint8], scalars: Float32Array
    ) -> tuple[Float32Array, Float32Array]:
        interpreter, inputs, outputs = self._pieces[size]
        interpreter.set_tensor(inputs[np.uint8], pictures)
        interpreter.set_tensor(inputs[np.float32], scalars)
        interpreter.invoke()
        embedding, junk = sorted(
            (interpreter.get_tensor(output) for output in outputs), key=lambda array: -array.shape[1]
        )
        return embedding, junk

    def _interpreters(self) -> dict[int, tuple[Any, dict[Any, int], list[int]]]:
        return {size: self._interpreter(size) for size in self.PIECES}

    def _interpreter(self, size: int) -> tuple[Any, dict[Any, int], list[int]]:
        return open_tflite_interpreter(
            self._content,
            {
                np.uint8: (size, PICTURE_SIDE_PIXELS, PICTURE_SIDE_PIXELS, PICTURE_CHANNELS),
                np.float32: (size, SCALAR_COUNT),
            },
        )


def convert_to_tflite(concrete: Any) -> bytes:
    """Return a traced function for TensorFlow Lite, its weights in 8 bits."""
    converter = tf.lite.TFLiteConverter.from_concrete_functions([concrete])
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    content: bytes = _without_warnings(converter.convert)
    return content


def open_tflite_interpreter(
    content: bytes, shapes: dict[Any, tuple[int, ...]]
) -> tuple[Any, dict[Any, int], list[int]]:
    """Open what `convert_to_tflite` made, for inputs of these shapes by their types: interpreter, inputs by type, outputs."""
    interpreter = _without_warnings(lambda: tf.lite.Interpreter(model_content=content, num_threads=1))
    inputs = {one["dtype"]: one["index"] for one in interpreter.get_input_details()}
    for kind, shape in shapes.items():
        interpreter.resize_tensor_input(inputs[kind], shape)
    interpreter.allocate_tensors()
    return interpreter, inputs, [one["index"] for one in interpreter.get_output_details()]


def _without_warnings(make: Callable[[], Any]) -> Any:
    """Make something without the advice to change to a package that has no converter."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return make()


def _trace_network(network: Any, size: int | None) -> Any:
    signature = [
        tf.TensorSpec((size, PICTURE_SIDE_PIXELS, PICTURE_SIDE_PIXELS, PICTURE_CHANNELS), tf.uint8),
        tf.TensorSpec((size, SCALAR_COUNT), tf.float32),
    ]
    return tf.function(_fold_network(network), input_signature=signature).get_concrete_function()


def _fold_network(network: Any) -> Callable[[Any, Any], Any]:
    """Write the network of `model.network.architecture` in plain TensorFlow, batch normalisations folded into their weights.

    Keras' own inference graph keeps each normalisation as separate multiplications and additions.
    """
    norms = iter([layer for layer in network.layers if isinstance(layer, keras.layers.BatchNormalization)])
    convolutions = []
    bold = stamp_branch.stamp_branch_layers(network)
    for layer in network.layers:
        if isinstance(layer, keras.layers.Conv2D) and layer not in bold:
            convolutions.append((*_fold_batch_norm(layer.get_weights()[0], next(norms)), layer.strides[0]))
    dense = next(layer for layer in network.layers if isinstance(layer, keras.layers.Dense) and layer not in bold)
    join = stamp_branch.stamp_branch_function(network) if bold else None
    pooled = any(isinstance(layer, keras.layers.GlobalAveragePooling2D) for layer in network.layers)
    features = dense.input.shape[1] - SCALAR_COUNT
    kernel, shift = _fold_batch_norm(dense.get_weights()[0], next(norms))
    junk, junk_shift = (tf.constant(weight) for weight in network.get_layer("junk").get_weights())

    def forward(pictures: Any, scalars: Any) -> Any:
        pixels = tf.cast(pictures, tf.float32) / 255.0
        x = pixels[..., :STAMP_CHANNEL] if join else pixels
        left = iter(convolutions)
        for weights, bias, stride in left:
            y = tf.nn.relu(tf.nn.bias_add(tf.nn.conv2d(x, weights, stride, "SAME"), bias))
            if stride == 1:  # the first of a block's two
                weights, bias, _ = next(left)
                y = tf.nn.relu(tf.nn.bias_add(tf.nn.conv2d(y, weights, 1, "SAME"), bias) + x)
            x = y
        x = tf.concat([tf.reduce_mean(x, (1, 2)) if pooled else tf.reshape(x, (-1, features)), scalars], 1)
        embedding = tf.nn.relu(tf.nn.bias_add(x @ kernel, shift))
        if join:
            embedding = join(pixels, embedding)
        return embedding, tf.nn.bias_add(embedding @ junk, junk_shift)

    return forward


def _fold_batch_norm(kernel: Float32Array, norm: Any) -> tuple[Any, Any]:
    """Return kernel and bias that do what kernel and then batch normalisation do."""
    gamma, beta, mean, variance = norm.get_weights()
    scale = gamma / np.sqrt(variance + norm.epsilon)
    return tf.constant(kernel * scale), tf.constant(beta - mean * scale)


def _freeze_variables(concrete: Any) -> Any:
    """Turn captured tensors into constants, so that the graph optimiser may fuse bias and activation."""
    from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2

    return convert_variables_to_constants_v2(concrete)


def limit_tensorflow_threads(threads: int) -> bool:
    """Limit TensorFlow's threads; False when it is too late, because something ran already in this process."""
    try:
        tf.config.threading.set_intra_op_parallelism_threads(threads)
        tf.config.threading.set_inter_op_parallelism_threads(1)
    except RuntimeError:
        return False
    return True
