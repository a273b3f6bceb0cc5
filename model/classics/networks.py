"""The classic networks, a few lines each, and ours. Every one takes uint8 pictures and gives probabilities."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import keras
from keras import layers

from model.network.architecture import add_convolution, add_residual_block

Shape = tuple[int, int, int]
VGG16_PARAMETERS = 14_714_688
"""Of VGG16 without its top."""
BATCH_NORM_MOMENTUM = 0.9
"""Momentum of batch statistics: these runs have hundreds of steps, and 0.99 lags behind for as many."""


def animals_body(x: Any, dropout: float = 0.4) -> Any:
    """Build the doodle tutorials' convnet: 28 × 28 → 24, 12, 10, 5."""
    x = _convolve_and_pool(x, 32, 5)
    x = _convolve_and_pool(x, 128, 3)
    return _add_dense_layers(layers.Flatten()(layers.Dropout(dropout)(x)), [128, 50])


def animals6_body(x: Any, dropout: float = 0.2) -> Any:
    """Build its lighter sister: 28 × 28 → 26, 13, 11, 5."""
    x = _convolve_and_pool(x, 30, 3)
    x = _convolve_and_pool(x, 15, 3)
    return _add_dense_layers(layers.Flatten()(layers.Dropout(dropout)(x)), [128, 50])


def mlp_body(x: Any, dropout: float = 0.2, layers_: Sequence[int] = (128, 100)) -> Any:
    """Build a perceptron, batch normalisation and ReLU on the hidden layers."""
    x = layers.Flatten()(x)
    for units in layers_:
        x = layers.BatchNormalization()(layers.Dense(units, use_bias=False)(x))
        x = layers.Dropout(dropout)(layers.Activation("relu")(x))
    return x


def photos_body(x: Any) -> Any:
    """Build the cars-and-planes convnet: 64 × 64 → 62, 31, 29, 14."""
    return _add_dense_layers(layers.Flatten()(_convolve_and_pool(_convolve_and_pool(x, 32, 3), 32, 3)), [128])


def basic_convnet_body(x: Any, dropout: float = 0.3, filters: Sequence[int] = (32, 64), dense: int = 128) -> Any:
    """Build a basic convnet: a convolution and a pooling for each of `filters`, one dense layer."""
    for width in filters:
        x = _convolve_and_pool(x, width, 3)
    return layers.Dropout(dropout)(_add_dense_layers(layers.Flatten()(x), [dense]))


def deep_convnet_body(
    x: Any, dropout: float = 0.3, filters: Sequence[int] = (32, 64, 128), dense: Sequence[int] = (256, 128)
) -> Any:
    """Build a deeper one: two convolutions before each pooling, dropout after it, more dense layers.

    With batch normalisation: without it the first three epochs of 2,700 pictures taught it nothing.
    """
    for width in filters:
        x = add_convolution(
            add_convolution(x, width, momentum=BATCH_NORM_MOMENTUM), width, momentum=BATCH_NORM_MOMENTUM
        )
        x = layers.Dropout(dropout)(layers.MaxPooling2D()(x))
    return layers.Dropout(dropout)(_add_dense_layers(layers.Flatten()(x), dense))


def residual_body(x: Any, dropout: float = 0.2, widths: Sequence[int] = (16, 32, 64)) -> Any:
    """Build ours: the game's network in small. Each width halves the side and has one residual block."""
    for width in widths:
        x = add_residual_block(add_convolution(x, width, 2, BATCH_NORM_MOMENTUM), width, BATCH_NORM_MOMENTUM)
    while x.shape[1] > 8:  # big photos: until 8 × 8 or less is left
        x = add_residual_block(add_convolution(x, widths[-1], 2, BATCH_NORM_MOMENTUM), widths[-1], BATCH_NORM_MOMENTUM)
    return layers.Dropout(dropout)(layers.GlobalAveragePooling2D()(x))


BODY_BUILDERS: dict[str, Callable[..., Any]] = {
    "animals": animals_body, "animals6": animals6_body, "mlp": mlp_body, "photos": photos_body, "basic": basic_convnet_body, "deep": deep_convnet_body,
    "residual": residual_body,
}  # fmt: skip


def build_image_network(name: str, shape: Shape, classes: int, sigmoid: bool = False, **settings: Any) -> Any:
    """Build a network by name. Two classes may share one sigmoid: the probability of the second."""
    picture = keras.Input(shape, dtype="uint8", name="picture")
    if "layers" in settings:
        settings["layers_"] = settings.pop("layers")
    x = BODY_BUILDERS[name](layers.Rescaling(1 / 255.0)(picture), **settings)
    return keras.Model(picture, _add_output_layer(x, classes, sigmoid), name=name)


def build_on_frozen_base(base: Any, shape: Shape, classes: int, dropout: float = 0.5, sigmoid: bool = False) -> Any:
    """Put a small head on a base that does not learn. The base takes pictures 0…255, RGB.

    Its map is averaged: a dense layer over the whole map over-fits 160 pictures as fast as a network from nothing.
    """
    base.trainable = False
    picture = keras.Input(shape, dtype="uint8", name="picture")
    x = base(picture, training=False)
    x = layers.Dropout(dropout)(_add_dense_layers(layers.GlobalAveragePooling2D()(x), [64]))
    return keras.Model(picture, _add_output_layer(x, classes, sigmoid), name="frozen")


def build_on_own_base(base: Any, shape: Shape, classes: int, dropout: float = 0.2, sigmoid: bool = False) -> Any:
    """Put a new top on one of our residual networks' bodies; all of it goes on learning."""
    picture = keras.Input(shape, dtype="uint8", name="picture")
    x = layers.Dropout(dropout)(layers.GlobalAveragePooling2D()(base(picture)))
    return keras.Model(picture, _add_output_layer(x, classes, sigmoid), name="residual")


def build_vgg16_base(shape: Shape, weights: Path | str | None) -> Any:
    """Build VGG16 without top, with weights of a file, of Keras' own download ("imagenet"), or random (None).

    It wants blue, green, red with the means of ImageNet taken off: that is in here.
    """
    body = keras.applications.VGG16(
        include_top=False, input_shape=shape, weights=str(weights) if weights is not None else None
    )
    assert body.count_params() == VGG16_PARAMETERS
    picture = keras.Input(shape)
    x = keras.ops.flip(picture, axis=-1)
    x = layers.Normalization(mean=[103.939, 116.779, 123.68], variance=[1.0, 1.0, 1.0])(x)
    return keras.Model(picture, body(x), name="vgg16")


def remove_head(network: Any) -> Any:
    """Return the body of one of our residual networks as a base: pictures → its last map (n, 8, 8, widths[-1])."""
    maps = [layer.output for layer in network.layers if len(layer.output.shape) == 4]
    return keras.Model(network.input, maps[-1], name="own")


def _convolve_and_pool(x: Any, filters: int, size: int) -> Any:
    return layers.MaxPooling2D()(layers.Conv2D(filters, size, activation="relu")(x))


def _add_dense_layers(x: Any, sizes: Sequence[int]) -> Any:
    for units in sizes:
        x = layers.Dense(units, activation="relu")(x)
    return x


def _add_output_layer(x: Any, classes: int, sigmoid: bool) -> Any:
    return layers.Dense(1, activation="sigmoid")(x) if sigmoid else layers.Dense(classes, activation="softmax")(x)
