"""What a run is made of: the recipe's settings, and what the command line says instead."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from model.registry import recipe


@dataclass(frozen=True, slots=True)
class TrainingConfig:
    """What a run is made of; written to `config.json` in its folder."""

    data: tuple[str, ...]
    recipe: str = "inkling"
    seconds: float = 6300.0
    epochs: float = 0.0
    """If set, the run ends after this many passes over the drawings in memory instead of after `seconds`."""
    batch_size: int = 128
    lr: float = 2e-3
    dropout: float = 0.1
    weight_decay: float = 0.05
    optimizer: str = "adam"
    seed: int = 0
    workers: int = 2
    teacher: tuple[str, ...] = ()
    """Folders of teachers; without one the labels alone teach."""
    precision: str = "auto"
    """Of the layers: float32, mixed_bfloat16, or auto: the second where the processor multiplies such numbers in tiles."""
    strength: float = 0.6
    """Of the augmentation."""
    init: str = ""
    """Model to start from: champion, a run folder or a version."""
    widths: tuple[int, ...] = (32, 64, 160)
    blocks: tuple[int, ...] = (1, 1, 1)
    embedding: int = 384


def build_training_config(name: str, data: list[Path], chosen: dict[str, Any]) -> TrainingConfig:
    """Return a recipe's configuration; what was chosen (and is not None) goes before what the recipe says."""
    settings = {
        key: tuple(value) if isinstance(value, list) else value for key, value in recipe.load_recipe(name).train.items()
    }
    chosen = {key: value for key, value in chosen.items() if value is not None}
    return TrainingConfig(**{**settings, **chosen, "data": tuple(str(folder) for folder in data), "recipe": name})
