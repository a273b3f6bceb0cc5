"""What a run of an image recipe is made of: the recipe's settings, and what the command line says instead."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from model.registry.recipe import TrainingRecipe


@dataclass(frozen=True, slots=True)
class ImageTrainingConfig:
    """What a run is made of; written to `config.json` in its folder. A flag goes before the recipe."""

    recipe: str
    data: tuple[str, ...]
    ours: bool = False
    """Train our own residual network on the recipe's data instead of its own."""
    epochs: float = 10
    steps: int = 0
    """Batches of one epoch; 0: as many as the pictures fill."""
    seconds: float = 0.0
    """If set, the run ends after so long, in mid-epoch if need be."""
    batch_size: int = 128
    lr: float = 1e-3
    dropout: float | None = None
    weight_decay: float = 0.0
    optimizer: str = "adam"
    schedule: str = ""
    """`cosine` lets the learning rate fall to nothing; otherwise it stays."""
    seed: int = 0
    limit: int | None = None
    """Pictures a class at most."""
    side: int | None = None
    """Pixels a side of photos, if other than the recipe's."""
    weights: str = ""
    """A file with VGG16's weights, `download` (Keras' own), or `own`: another base of ours instead."""
    vary: dict[str, Any] = field(default_factory=dict)
    """How each picture is varied, anew in each epoch."""
    added: dict[str, Any] = field(default_factory=dict)
    """How the copies are varied that are added to the training part once."""


def build_image_config(
    recipe: TrainingRecipe, data: Sequence[Path], chosen: dict[str, Any], ours: bool = False
) -> ImageTrainingConfig:
    """Return a recipe's configuration; what was chosen (and is not None) goes before what the recipe says."""
    said = {**recipe.train, **(recipe.ours if ours else {})}
    chosen = {key: value for key, value in chosen.items() if value is not None}
    unknown = set(chosen) - set(ImageTrainingConfig.__slots__)
    if unknown:
        flags = ", ".join("--" + name.replace("_", "-") for name in sorted(unknown))
        raise ValueError(f"{flags} belong to the recipe 'inkling', not to {recipe.name!r}")
    return ImageTrainingConfig(**{**said, **chosen, "recipe": recipe.name, "data": tuple(map(str, data)), "ours": ours})


def config_to_settings(config: ImageTrainingConfig) -> dict[str, Any]:
    """Return a configuration as plain values, without paths of this machine."""
    plain = asdict(config)
    plain["weights"] = Path(config.weights).name
    del plain["data"]
    return plain
