"""A second branch: what models from before champions were wholly our own have, and what registries still hold.

It looks at the stamp and has the shape of DoodleNet (ml5), with whose weights it began. No training begins like that any more
(docs/adr/0006); a model that has the branch is opened, served and retrained as it is.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from keras import initializers, layers

from model.ink.raster import STAMP_CHANNEL, STAMP_EDGE_PIXELS

STAMP_BRANCH_WIDTHS = (16, 32, 64)
"""Channels of each convolution of the branch."""
STAMP_BRANCH_FEATURES = 512
"""Features that the branch hands on."""
INITIAL_GATE_LOGIT = 2.0
"""How far, in a fresh network, the gates are open through which the first branch lets the second speak: sigmoid of it."""


def add_stamp_branch(pixels: Any, thin: Any) -> Any:
    """Put features of the stamp behind those of the first branch (n, f), which says how far each is to be trusted."""
    bold = _stamp_branch_output(layers.Cropping2D(STAMP_EDGE_PIXELS)(pixels[..., STAMP_CHANNEL:]))  # 512
    trust = layers.Dense(
        STAMP_BRANCH_FEATURES,
        "sigmoid",
        kernel_initializer="zeros",
        bias_initializer=initializers.Constant(INITIAL_GATE_LOGIT),
        name="trust",
    )(thin)
    return layers.Concatenate(name="embedding")([thin, layers.Multiply()([bold, trust])])


def _stamp_branch_output(x: Any) -> Any:
    for place, width in enumerate(STAMP_BRANCH_WIDTHS):
        for half in "ab":
            x = layers.Conv2D(width, 3, padding="same", activation="relu", name=f"bold_{place}{half}")(x)
        x = layers.MaxPooling2D()(x)  # 14 14 16, then 7 7 32, then 3 3 64
    return layers.Dense(STAMP_BRANCH_FEATURES, activation="tanh", name="bold")(layers.Flatten()(x))


def stamp_branch_layers(network: Any) -> list[Any]:
    """Return the layers with weights that look at the stamp, in their order; none in a network of one branch."""
    return [layer for layer in network.layers if layer.name.startswith("bold")]


def stamp_branch_function(network: Any) -> Callable[[Any, Any], Any]:
    """Write `add_stamp_branch` in plain TensorFlow: pixels (n, 32, 32, 3) and the first branch's features → the embedding."""
    import tensorflow as tf

    *convolutions, last = [tuple(map(tf.constant, layer.get_weights())) for layer in stamp_branch_layers(network)]
    trust, shift = (tf.constant(weight) for weight in network.get_layer("trust").get_weights())

    def forward(pixels: Any, thin: Any) -> Any:
        y = pixels[:, STAMP_EDGE_PIXELS:-STAMP_EDGE_PIXELS, STAMP_EDGE_PIXELS:-STAMP_EDGE_PIXELS, STAMP_CHANNEL:]
        for place, (weights, bias) in enumerate(convolutions):
            y = tf.nn.relu(tf.nn.bias_add(tf.nn.conv2d(y, weights, 1, "SAME"), bias))
            if place % 2:
                y = tf.nn.max_pool2d(y, 2, 2, "VALID")
        weights, bias = last
        bold = tf.nn.tanh(tf.nn.bias_add(tf.reshape(y, (-1, weights.shape[0])) @ weights, bias))
        return tf.concat([thin, bold * tf.nn.sigmoid(tf.nn.bias_add(thin @ trust, shift))], 1)

    return forward
