"""The served function: embedding and junk logit as one TensorFlow graph per warmed batch size."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "")

import keras
import numpy as np
import numpy.typing as npt
import tensorflow as tf

from model.raster import CHANNELS, SCALARS, SIZE

Floats = npt.NDArray[np.float32]


class Function:
    """pictures, scalars → embeddings (n, 256), junk logits (n,). The head stays outside, in numpy."""

    def __init__(self, network: Any) -> None:
        forward = _folded(network)
        signature = [
            tf.TensorSpec((None, SIZE, SIZE, CHANNELS), tf.uint8),
            tf.TensorSpec((None, SCALARS), tf.float32),
        ]
        traced = tf.function(forward, input_signature=signature)
        self._call = _frozen(traced.get_concrete_function())
        self.head, self.bias = (np.asarray(weight) for weight in network.get_layer("words").get_weights())

    def __call__(self, pictures: npt.NDArray[np.uint8], scalars: Floats) -> tuple[Floats, Floats]:
        """Run one batch; returns logits (n, 345) and junk logits (n,)."""
        embedding, junk = self.embed(pictures, scalars)
        return embedding @ self.head + self.bias, junk

    def embed(self, pictures: npt.NDArray[np.uint8], scalars: Floats) -> tuple[Floats, Floats]:
        """Run one batch; returns embeddings (n, size) and junk logits (n,)."""
        embedding, junk = self._call(tf.constant(pictures), tf.constant(scalars))
        return embedding.numpy(), junk.numpy()[:, 0]


def _folded(network: Any) -> Callable[[Any, Any], Any]:
    """Write the network of `model.nn.network` in plain TensorFlow, batch normalisations folded into their weights.

    Keras' own inference graph keeps each normalisation as separate multiplications and additions.
    """
    norms = iter([layer for layer in network.layers if isinstance(layer, keras.layers.BatchNormalization)])
    convolutions = []
    for layer in network.layers:
        if isinstance(layer, keras.layers.Conv2D):
            convolutions.append((*_fold(layer.get_weights()[0], next(norms)), layer.strides[0]))
    dense = next(layer for layer in network.layers if isinstance(layer, keras.layers.Dense))
    pooled = any(isinstance(layer, keras.layers.GlobalAveragePooling2D) for layer in network.layers)
    features = dense.input.shape[1] - SCALARS
    kernel, shift = _fold(dense.get_weights()[0], next(norms))
    junk, junk_shift = (tf.constant(weight) for weight in network.get_layer("junk").get_weights())

    def forward(pictures: Any, scalars: Any) -> Any:
        x = tf.cast(pictures, tf.float32) / 255.0
        left = iter(convolutions)
        for weights, bias, stride in left:
            y = tf.nn.relu(tf.nn.bias_add(tf.nn.conv2d(x, weights, stride, "SAME"), bias))
            if stride == 1:  # the first of a block's two
                weights, bias, _ = next(left)
                y = tf.nn.relu(tf.nn.bias_add(tf.nn.conv2d(y, weights, 1, "SAME"), bias) + x)
            x = y
        x = tf.concat([tf.reduce_mean(x, (1, 2)) if pooled else tf.reshape(x, (-1, features)), scalars], 1)
        embedding = tf.nn.relu(tf.nn.bias_add(x @ kernel, shift))
        return embedding, tf.nn.bias_add(embedding @ junk, junk_shift)

    return forward


def _fold(kernel: Floats, norm: Any) -> tuple[Any, Any]:
    """Return kernel and bias that do what kernel and then batch normalisation do."""
    gamma, beta, mean, variance = norm.get_weights()
    scale = gamma / np.sqrt(variance + norm.epsilon)
    return tf.constant(kernel * scale), tf.constant(beta - mean * scale)


def _frozen(concrete: Any) -> Any:
    """Turn captured tensors into constants, so that the graph optimiser may fuse bias and activation."""
    from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2

    return convert_variables_to_constants_v2(concrete)


def limit_threads(threads: int) -> bool:
    """Limit TensorFlow's threads; False when it is too late, because something ran already in this process."""
    try:
        tf.config.threading.set_intra_op_parallelism_threads(threads)
        tf.config.threading.set_inter_op_parallelism_threads(1)
    except RuntimeError:
        return False
    return True
