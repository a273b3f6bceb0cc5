"""What is known of a trained model, the game's network or an image classifier: one card and one reader.

`model.registry.card_writer` writes it.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from model.ink.raster_version import RASTER_VERSION

CARD_FILE = "card.json"

GAME_KIND, RECIPE_KIND = "game", "recipe"
"""A network of the game, and an image classifier that a recipe trained. Files of the former do not name their kind."""


@dataclass(slots=True)
class ModelCard:
    """The card of one model. It is stored as JSON, and as Markdown for people."""

    version: str = ""
    # The game's network:
    widths: tuple[int, ...] = ()
    blocks: tuple[int, ...] = ()
    embedding: int = 0
    pooled: bool = False
    branches: int = 1
    raster: int = RASTER_VERSION
    calibration: dict[str, Any] = field(default_factory=dict)
    """Of `model.answers.Calibration`; empty: its defaults."""
    gates: dict[str, Any] = field(default_factory=dict)
    """What the gates said when it was made or promoted."""
    # Both kinds:
    kind: str = GAME_KIND
    training: dict[str, Any] = field(default_factory=dict)
    figures: dict[str, Any] = field(default_factory=dict)
    # An image classifier:
    recipe: str = ""
    ours: bool = False
    """Whether it is our own residual network on the recipe's data."""
    about: str = ""
    classes: list[str] = field(default_factory=list)
    input: dict[str, Any] = field(default_factory=dict)
    """`drawn`: what its pictures show; `shape`: (height, width, channels)."""
    settings: dict[str, Any] = field(default_factory=dict)
    used: list[str] = field(default_factory=list)
    """The data it learned from, in words."""
    counts: dict[str, dict[str, int]] = field(default_factory=dict)
    """Class → part → pictures."""
    notes: list[str] = field(default_factory=list)
    credit: str = ""
    target: dict[str, Any] = field(default_factory=dict)
    history: list[dict[str, float]] = field(default_factory=list)
    """One row an epoch."""
    doubts: dict[str, Any] = field(default_factory=dict)
    """Answers to the questions of the original tutorial, where the recipe asks them."""
    file: str = ""
    """The weights, in the same folder."""
    bytes: int = 0
    """Size of the weights."""


_FIELD_NAMES = frozenset(one.name for one in fields(ModelCard))
_BRANCHES_BEFORE_CARDS_TOLD = 2
"""No card named its branches as long as all networks had two."""


def read_card(folder: Path) -> ModelCard:
    """Read the card of a model's folder, of either kind. Raises OSError, and ValueError for what is no card."""
    return read_card_file(folder / CARD_FILE)


def read_card_file(path: Path) -> ModelCard:
    """Read a card from its file. What a newer program added to it is passed over."""
    stored = json.loads(path.read_text(encoding="utf-8"))
    if not isinstance(stored, dict):
        raise ValueError(f"{path} is no model card")
    if "widths" in stored:
        stored = {"branches": _BRANCHES_BEFORE_CARDS_TOLD, **stored}
    card = ModelCard(**{name: value for name, value in stored.items() if name in _FIELD_NAMES})
    card.version, card.widths, card.blocks = str(card.version), tuple(card.widths), tuple(card.blocks)
    return card
