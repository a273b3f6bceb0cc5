"""The network in one file: a residual convnet over thin lines and what is known of the ink, another one over the stamp.

The second has the shape of DoodleNet (ml5), so that it may begin where DoodleNet ends (`model.nn.teacher.begin`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras
from keras import layers

from model.labels import WORDS
from model.raster import CHANNELS, SCALARS, SIZE, STAMP, STAMP_EDGE

WIDTHS = (32, 64, 128)
BLOCKS = (1, 1, 1)
EMBEDDING = 256
BOLD_WIDTHS = (16, 32, 64)
BOLD = 512
"""Features of the stamp."""
TRUST = 2.0
"""How far, before training, the gates are open through which the first branch lets the second speak: sigmoid of it."""


def build(
    widths: Sequence[int] = WIDTHS,
    blocks: Sequence[int] = BLOCKS,
    embedding: int = EMBEDDING,
    dropout: float = 0.1,
    pooled: bool = False,
) -> Any:
    """Build the network. Inputs: uint8 (n, 32, 32, 3), float32 (n, 3). Output: (n, 346) logits, the last is junk."""
    picture = keras.Input((SIZE, SIZE, CHANNELS), dtype="uint8", name="picture")
    scalars = keras.Input((SCALARS,), name="scalars")
    pixels = layers.Rescaling(1 / 255.0)(picture)  # 32 32 3
    x = pixels[..., :STAMP]  # 32 32 2
    for width, depth in zip(widths, blocks, strict=True):
        x = convolve(x, width, stride=2)  # 16 16 32, then 8 8 64, then 4 4 128
        for _ in range(depth):
            x = block(x, width)
    gather = layers.GlobalAveragePooling2D() if pooled else layers.Flatten()
    x = layers.Concatenate()([gather(x), scalars])  # 2051 (131 pooled): where a line is matters
    x = layers.Dense(embedding, use_bias=False)(x)
    x = layers.Activation("relu")(layers.BatchNormalization()(x))  # 256
    bold = look(layers.Cropping2D(STAMP_EDGE)(pixels[..., STAMP:]))  # 512
    trust = layers.Dense(
        BOLD, "sigmoid", kernel_initializer="zeros", bias_initializer=keras.initializers.Constant(TRUST), name="trust"
    )(x)
    known = layers.Concatenate(name="embedding")([x, layers.Multiply()([bold, trust])])  # 768
    words = layers.Dense(len(WORDS), name="words")(layers.Dropout(dropout)(known))  # 345
    junk = layers.Dense(1, name="junk")(known)  # 1
    return keras.Model([picture, scalars], layers.Concatenate()([words, junk]))


def look(x: Any) -> Any:
    """Add what looks at the stamp (n, 28, 28, 1): convolutions in pairs, and its features (n, 512)."""
    for place, width in enumerate(BOLD_WIDTHS):
        for half in "ab":
            x = layers.Conv2D(width, 3, padding="same", activation="relu", name=f"bold_{place}{half}")(x)
        x = layers.MaxPooling2D()(x)  # 14 14 16, then 7 7 32, then 3 3 64
    return layers.Dense(BOLD, activation="tanh", name="bold")(layers.Flatten()(x))


def bold_layers(network: Any) -> list[Any]:
    """Return the layers with weights that `look` made, in their order."""
    return [layer for layer in network.layers if layer.name.startswith("bold")]


def convolve(x: Any, width: int, stride: int = 1, momentum: float = 0.99) -> Any:
    """Add a 3 × 3 convolution, batch normalisation (its averages as slow as `momentum`), ReLU."""
    x = layers.Conv2D(width, 3, strides=stride, padding="same", use_bias=False)(x)
    return layers.Activation("relu")(layers.BatchNormalization(momentum=momentum)(x))


def block(x: Any, width: int, momentum: float = 0.99) -> Any:
    """Add a residual block of two convolutions of the same width."""
    y = convolve(x, width, momentum=momentum)
    y = layers.Conv2D(width, 3, padding="same", use_bias=False)(y)
    y = layers.BatchNormalization(momentum=momentum)(y)
    return layers.Activation("relu")(layers.Add()([x, y]))
