"""Where models live: the shipped champion and run folders. One weights file serves guesser and retraining."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from model.answers import Calibration
from model.ink.raster import RASTER_VERSION
from model.network.teachers import ALL_TEACHER_NAMES, teacher_credits
from model.registry.versions import SHIPPED_CHAMPION_FOLDER, ModelRegistry

SHIPPED_MODEL_FOLDER = SHIPPED_CHAMPION_FOLDER
"""The model that comes with the program; the one in service may be another (`model.registry.versions`)."""


@dataclass(slots=True)
class ModelCard:
    """What is known of a model; `card.json` in its folder, `card.md` for people."""

    version: str
    widths: tuple[int, ...]
    blocks: tuple[int, ...]
    embedding: int
    pooled: bool = False
    branches: int = 1
    """Of the network."""
    raster: int = RASTER_VERSION
    calibration: dict[str, Any] = field(default_factory=lambda: asdict(Calibration()))
    training: dict[str, Any] = field(default_factory=dict)
    figures: dict[str, Any] = field(default_factory=dict)
    gates: dict[str, Any] = field(default_factory=dict)
    """What the gates said when it was made or promoted."""


def resolve_model_folder(name: str | None) -> Path:
    """Resolve `champion`, a run's folder, or a version. Raises ValueError if there is no such model."""
    shelf = ModelRegistry.from_environment()
    if name in (None, "champion"):
        return shelf.champion() if shelf else SHIPPED_MODEL_FOLDER
    assert name is not None
    if (Path(name) / "card.json").exists():
        return Path(name)
    if shelf:
        return shelf.find(name)
    if (SHIPPED_MODEL_FOLDER / "card.json").exists() and read_model_card(SHIPPED_MODEL_FOLDER).version == name:
        return SHIPPED_MODEL_FOLDER
    raise ValueError(f"no model {name!r}: neither 'champion', a run folder with card.json, nor a known version")


def read_model_card(folder: Path) -> ModelCard:
    """Read a model's card. Raises ValueError for a model drawn by another rasteriser."""
    stored = json.loads((folder / "card.json").read_text())
    if stored.get("kind") == "recipe":
        raise ValueError(
            f"{folder.name} is a run of the recipe {stored['recipe']!r}, no model of the game; try it at /try"
        )
    card = ModelCard(**{"branches": 2, **stored})  # none said it as long as all had two
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
    return Calibration(
        tuple(stored["temperature"]), tuple(stored["doubt"]), float(stored["slope"]), tuple(stored["lead"])
    )  # fmt: skip


def save_model(folder: Path, card: ModelCard, weights: list[npt.NDArray[np.float32]]) -> None:
    """Write weights (float16) and card."""
    folder.mkdir(parents=True, exist_ok=True)
    arrays = {f"w{place:03d}": array.astype(np.float16) for place, array in enumerate(weights)}
    with (folder / "weights.npz").open("wb") as file:
        np.savez_compressed(file, **arrays)  # type: ignore[arg-type]
    write_model_card(folder, card)


def write_model_card(folder: Path, card: ModelCard) -> None:
    """Write `card.json` and `card.md`."""
    (folder / "card.json").write_text(json.dumps(asdict(card), indent=1) + "\n")
    (folder / "card.md").write_text(_render_model_card(card))


def read_weights(folder: Path) -> list[npt.NDArray[np.float32]]:
    """Read the weights, float32, in the network's own order."""
    with np.load(folder / "weights.npz") as stored:
        return [stored[name].astype(np.float32) for name in sorted(stored.files)]


def weights_file_bytes(folder: Path) -> int:
    """Return the bytes of the weights file."""
    return (folder / "weights.npz").stat().st_size


def _list_credits(card: ModelCard) -> list[str]:
    """Return the credits of the networks that a model learned from; of all of them, if another model is between."""
    names, begun = (str(card.training.get(whence, "none")) for whence in ("teacher", "init"))
    named = teacher_credits(names)
    return named if begun == "none" and (named or names == "none") else teacher_credits(ALL_TEACHER_NAMES)


def _render_model_card(card: ModelCard) -> str:
    lines = [f"# Model {card.version}", "", "345 words of Quick, Draw!, half-drawn ones included.", ""]
    lines += [
        "| | |",
        "|---|---|",
        f"| network | residual convnet, widths {card.widths}, blocks {card.blocks}, {card.embedding} features"
        + ("; a second branch of DoodleNet's shape |" if card.branches == 2 else " |"),
    ]
    lines += [f"| {name} | {value} |" for name, value in {**card.training, "raster": card.raster}.items()]
    if card.figures:
        lines += ["", "Figures on drawings that training never saw (split by identity), printed by", ""]
        lines += [
            "    inkling model evaluate --part test --limit 8 --data DIR/simplified --json",
            "",
            "| ink | top-1 | top-3 | ECE |",
        ]
        lines += ["|---|---|---|---|"]
        for share, row in card.figures.get("ink", {}).items():
            lines.append(f"| {float(share):.0%} | {row['top1']:.1%} | {row['top3']:.1%} | {row['ece']:.3f} |")
    lines += [
        "",
        "Trained on drawings of [Quick, Draw!](https://github.com/googlecreativelab/quickdraw-dataset) (Google, CC BY 4.0). They are",
        "mostly the first lines of Google's files, and recognised ones end where Google's own network recognised them; about one",
        "label in ten is wrong.",
    ]
    if owed := _list_credits(card):
        lines += ["", f"It learned from the answers of {' and of '.join(owed)}."]
    if card.branches == 2:
        lines += ["Its second branch, over the stamp, began with DoodleNet's weights."]
    lines.append("")
    return "\n".join(lines)
