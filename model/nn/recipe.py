"""Recipes: short files that name a run and the figure it should reach."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent.parent / "recipes"


@dataclass(frozen=True, slots=True)
class Recipe:
    """One recipe file: what it is about, the data it wants, settings of the run, figures to reach."""

    name: str
    about: str
    data: str
    train: dict[str, Any]
    target: dict[str, float]


def names() -> list[str]:
    """List the recipes."""
    return sorted(path.stem for path in FOLDER.glob("*.toml"))


def load(name: str) -> Recipe:
    """Read a recipe. Raises ValueError naming the ones there are."""
    path = FOLDER / f"{name}.toml"
    if name not in names():
        raise ValueError(f"no recipe {name!r}; there are {', '.join(names())}")
    return Recipe(name, **tomllib.loads(path.read_text()))
