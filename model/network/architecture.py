"""The network in one file: a residual convnet over the picture, and what is known of the ink beside it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras
from keras import layers

from model.ink.raster import PICTURE_CHANNELS, PICTURE_SIDE_PIXELS, SCALAR_COUNT, STAMP_CHANNEL
from model.ink.vocabulary import CLASS_WORDS
from model.network.stamp_branch import add_stamp_branch

STAGE_WIDTHS = (32, 64, 160)
"""Channels of each stage."""
BLOCKS_PER_STAGE = (1, 1, 1)
"""Blocks in each stage."""
EMBEDDING_SIZE = 384
"""Features of the embedding."""


def build_network(
    widths: Sequence[int] = STAGE_WIDTHS,
    blocks: Sequence[int] = BLOCKS_PER_STAGE,
    embedding: int = EMBEDDING_SIZE,
    dropout: float = 0.1,
    pooled: bool = False,
    branches: int = 1,
) -> Any:
    """Build the network. Inputs: uint8 (n, 32, 32, 3), float32 (n, 3). Output: float32 (n, 346) logits, the last is junk.

    Layers follow Keras' policy, logits are float32 under any. Two `branches`: the shape of older models, whose trunk does not see the
    stamp (`model.network.stamp_branch`).
    """
    picture = keras.Input((PICTURE_SIDE_PIXELS, PICTURE_SIDE_PIXELS, PICTURE_CHANNELS), dtype="uint8", name="picture")
    scalars = keras.Input((SCALAR_COUNT,), name="scalars")
    pixels = layers.Rescaling(1 / 255.0)(picture)  # 32 32 3
    x = pixels if branches == 1 else pixels[..., :STAMP_CHANNEL]
    for width, depth in zip(widths, blocks, strict=True):
        x = add_convolution(x, width, stride=2)  # 16 16 32, then 8 8 64, then 4 4 160
        for _ in range(depth):
            x = add_residual_block(x, width)
    gather = layers.GlobalAveragePooling2D() if pooled else layers.Flatten()
    x = layers.Concatenate()([gather(x), scalars])  # 2563 (163 pooled): where a line is matters
    x = layers.Dense(embedding, use_bias=False)(x)
    x = layers.Activation("relu", name="embedding" if branches == 1 else None)(layers.BatchNormalization()(x))  # 384
    x = x if branches == 1 else add_stamp_branch(pixels, x)
    words = layers.Dense(len(CLASS_WORDS), dtype="float32", name="words")(layers.Dropout(dropout)(x))  # 345
    junk = layers.Dense(1, dtype="float32", name="junk")(x)  # 1
    return keras.Model([picture, scalars], layers.Concatenate(dtype="float32")([words, junk]))


def add_convolution(x: Any, width: int, stride: int = 1, momentum: float = 0.99) -> Any:
    """Add a 3 × 3 convolution, batch normalisation (its averages as slow as `momentum`), ReLU."""
    x = layers.Conv2D(width, 3, strides=stride, padding="same", use_bias=False)(x)
    return layers.Activation("relu")(layers.BatchNormalization(momentum=momentum)(x))


def add_residual_block(x: Any, width: int, momentum: float = 0.99) -> Any:
    """Add a residual block of two convolutions of the same width."""
    y = add_convolution(x, width, momentum=momentum)
    y = layers.Conv2D(width, 3, padding="same", use_bias=False)(y)
    y = layers.BatchNormalization(momentum=momentum)(y)
    return layers.Activation("relu")(layers.Add()([x, y]))
