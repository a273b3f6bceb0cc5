"""A trained run that took no training: a forest of one tree that asks for the pixel in the middle."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from model.classics.forest import RandomForest


def write_run(runs: Path) -> None:
    """Write it into a folder of runs, as `forest-10`."""
    run = runs / "forest-10"
    run.mkdir(parents=True)
    odds = np.array([[0, 0], [0.9, 0.1], [0.2, 0.8]], np.float32)
    tree = RandomForest(
        np.array([14 * 28 + 14, -1, -1], np.int16), np.array([100, 0, 0], np.uint8),
        np.array([[1, 2], [-1, -1], [-1, -1]], np.int32), odds, np.array([0], np.int32),
    )  # fmt: skip
    tree.save(run / "forest.npz")
    card = {
        "kind": "recipe", "version": "made-up", "recipe": "forest-10", "file": "forest.npz", "classes": ["eye", "ring"],
        "input": {"drawn": "quickdraw", "shape": [28, 28, 1]}, "figures": {"accuracy": 0.5, "n": 8}, "notes": ["a note"],
    }  # fmt: skip
    (run / "card.json").write_text(json.dumps(card))
