"""The served function: embedding and junk logit as one TensorFlow graph per warmed batch size."""

from __future__ import annotations

import os
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
    """pictures, scalars → embeddings (n, 128), junk logits (n,). The head stays outside, in numpy."""

    def __init__(self, network: Any) -> None:
        body = keras.Model(network.inputs, [network.get_layer("embedding").output, network.get_layer("junk").output])
        signature = [
            tf.TensorSpec((None, SIZE, SIZE, CHANNELS), tf.uint8),
            tf.TensorSpec((None, SCALARS), tf.float32),
        ]
        traced = tf.function(lambda p, s: body([p, s], training=False), input_signature=signature)
        self._call = _frozen(traced.get_concrete_function())
        self.head, self.bias = (np.asarray(weight) for weight in network.get_layer("words").get_weights())

    def __call__(self, pictures: npt.NDArray[np.uint8], scalars: Floats) -> tuple[Floats, Floats]:
        """Run one batch; returns logits (n, 345) and junk logits (n,)."""
        embedding, junk = self._call(tf.constant(pictures), tf.constant(scalars))
        return embedding.numpy() @ self.head + self.bias, junk.numpy()[:, 0]


def _frozen(concrete: Any) -> Any:
    """Turn variables into constants, so that the graph optimiser folds batch normalisation into the kernels."""
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
