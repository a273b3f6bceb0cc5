"""What a network costs: samples a second in training and guesses a second in service, by shape, in one run.

    python benchmarks/networks.py

Prints one JSON line for each shape. Random weights and pictures: only speed is measured, the network alone.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import keras
import numpy as np

from benchmarks.rate import rate
from model.ink.raster import PICTURE_CHANNELS, PICTURE_SIDE_PIXELS, SCALAR_COUNT
from model.network.architecture import build_network
from model.network.frozen_function import FrozenFunction
from model.training.loss import TARGET_COLUMN_COUNT, loss

THIN = (32, 64, 128)
SHAPES = (
    {"widths": THIN, "blocks": (2, 3, 3), "embedding": 128, "pooled": True},
    {"widths": THIN, "blocks": (1, 2, 2), "embedding": 128, "pooled": True},
    {"widths": THIN, "blocks": (1, 1, 1), "embedding": 256},
    {"widths": THIN, "blocks": (1, 1, 1), "embedding": 512},
    {"widths": THIN, "blocks": (0, 1, 2), "embedding": 256},
    {"widths": THIN, "blocks": (1, 1, 1), "embedding": 256, "branches": 2},
    {"widths": (32, 64, 160), "blocks": (1, 1, 1), "embedding": 384},
)
SECONDS = 6.0
TRAIN, SERVE = 128, 64


def main() -> int:
    chance = np.random.default_rng(0)
    pictures = chance.integers(0, 255, (TRAIN, PICTURE_SIDE_PIXELS, PICTURE_SIDE_PIXELS, PICTURE_CHANNELS)).astype(
        np.uint8
    )
    scalars = chance.random((TRAIN, SCALAR_COUNT), np.float32)
    target = chance.random((TRAIN, TARGET_COLUMN_COUNT), np.float32)
    base = 0.0
    for shape in SHAPES:
        network = build_network(**shape)
        network.compile(keras.optimizers.AdamW(1e-3, use_ema=True, clipnorm=5.0), loss=loss)
        train = rate(lambda: network.train_on_batch([pictures, scalars], target), TRAIN, SECONDS, 3)  # noqa: B023
        function = FrozenFunction(network)
        serve = rate(lambda: function(pictures[:SERVE], scalars[:SERVE]), SERVE, SECONDS, 3)  # noqa: B023
        base = base or serve
        print(json.dumps({
            "name": "network.cost", "value": round(serve), "unit": "guesses/s", "against": "blocks 2 3 3, pooled",
            "ratio": round(serve / base, 2), "note": f"{shape}, {network.count_params()} parameters, training {train:.0f} samples/s",
        }), flush=True)  # fmt: skip
    return 0


if __name__ == "__main__":
    sys.exit(main())
