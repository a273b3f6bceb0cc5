"""The network in one file: a small residual convnet over two channels, and what is known of the ink."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras
from keras import layers

from model.labels import WORDS
from model.raster import CHANNELS, SCALARS, SIZE

WIDTHS = (32, 64, 128)
BLOCKS = (1, 1, 1)
EMBEDDING = 256


def build(
    widths: Sequence[int] = WIDTHS,
    blocks: Sequence[int] = BLOCKS,
    embedding: int = EMBEDDING,
    dropout: float = 0.1,
    pooled: bool = False,
) -> Any:
    """Build the network. Inputs: uint8 (n, 32, 32, 2), float32 (n, 3). Output: (n, 346) logits, the last is junk."""
    picture = keras.Input((SIZE, SIZE, CHANNELS), dtype="uint8", name="picture")
    scalars = keras.Input((SCALARS,), name="scalars")
    x = layers.Rescaling(1 / 255.0)(picture)  # 32 32 2
    for width, depth in zip(widths, blocks, strict=True):
        x = convolve(x, width, stride=2)  # 16 16 32, then 8 8 64, then 4 4 128
        for _ in range(depth):
            x = block(x, width)
    gather = layers.GlobalAveragePooling2D() if pooled else layers.Flatten()
    x = layers.Concatenate()([gather(x), scalars])  # 2051 (131 pooled): where a line is matters
    x = layers.Dense(embedding, use_bias=False)(x)
    x = layers.BatchNormalization()(x)
    known = layers.Activation("relu", name="embedding")(x)  # 256
    words = layers.Dense(len(WORDS), name="words")(layers.Dropout(dropout)(known))  # 345
    junk = layers.Dense(1, name="junk")(known)  # 1
    return keras.Model([picture, scalars], layers.Concatenate()([words, junk]))


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
