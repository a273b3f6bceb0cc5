"""Where models live: the shipped champion and run folders. One weights file serves guesser and retraining."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from model.answers import Calibration
from model.ink.raster_version import RASTER_VERSION
from model.registry.card_writer import write_card
from model.registry.model_card import CARD_FILE, RECIPE_KIND, ModelCard, read_card
from model.registry.versions import SHIPPED_CHAMPION_FOLDER, ModelRegistry


def resolve_model_folder(name: str | None) -> Path:
    """Resolve `champion`, a run's folder, or a version. Raises ValueError if there is no such model."""
    registry = ModelRegistry.from_environment()
    if name is None or name == "champion":
        return registry.champion() if registry else SHIPPED_CHAMPION_FOLDER
    if (Path(name) / CARD_FILE).exists():
        return Path(name)
    if registry:
        return registry.find(name)
    if read_card(SHIPPED_CHAMPION_FOLDER).version == name:
        return SHIPPED_CHAMPION_FOLDER
    raise ValueError(f"no model {name!r}: neither 'champion', a run folder with {CARD_FILE}, nor a known version")


def read_game_card(folder: Path) -> ModelCard:
    """Read the card of a model of the game. Raises ValueError for another one, or for pictures of another rasteriser."""
    card = read_card(folder)
    if card.kind == RECIPE_KIND:
        raise ValueError(f"{folder.name} is a run of the recipe {card.recipe!r}, no model of the game; try it at /try")
    if card.raster != RASTER_VERSION:
        raise ValueError(f"{folder.name} was trained with raster {card.raster}, this is {RASTER_VERSION}")
    return card


def build_network_from_card(card: ModelCard, dropout: float = 0.0) -> Any:
    """Build the network that a card describes, with random weights."""
    from model.network.architecture import build_network

    return build_network(card.widths, card.blocks, card.embedding, dropout, card.pooled, card.branches)


def calibration_from_card(card: ModelCard) -> Calibration:
    """Return the card's calibration."""
    stored = card.calibration
    if not stored:
        return Calibration()
    return Calibration(
        tuple(stored["temperature"]), tuple(stored["doubt"]), float(stored["slope"]), tuple(stored["lead"])
    )  # fmt: skip


def save_model(folder: Path, card: ModelCard, weights: list[npt.NDArray[np.float32]]) -> None:
    """Write weights (float16) and card."""
    folder.mkdir(parents=True, exist_ok=True)
    arrays = {f"w{index:03d}": array.astype(np.float16) for index, array in enumerate(weights)}
    with (folder / "weights.npz").open("wb") as file:
        np.savez_compressed(file, **arrays)  # type: ignore[arg-type]
    write_card(folder, card)


def read_weights(folder: Path) -> list[npt.NDArray[np.float32]]:
    """Read the weights, float32, in the network's own order."""
    with np.load(folder / "weights.npz") as stored:
        return [stored[name].astype(np.float32) for name in sorted(stored.files)]


def weights_file_bytes(folder: Path) -> int:
    """Return the bytes of the weights file."""
    return (folder / "weights.npz").stat().st_size
