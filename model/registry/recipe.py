"""Recipes: short files that name a run, the data it wants, and the figure it should reach."""

from __future__ import annotations

import json
import os
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent.parent / "recipes"
CHAMPION = FOLDER.parent / "champion" / "evaluation.json"
RESULTS = FOLDER / "results"
"""What full runs came to: the cards of runs, without pictures. docs/recipes.md is made from them."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """One recipe file. `images` says which pictures an image classifier learns from; the game's network has none."""

    name: str
    about: str
    data: str
    train: dict[str, Any]
    target: dict[str, Any] = field(default_factory=dict)
    """Figures to reach; for image classifiers `accuracy`, and `says`: how the original puts it."""
    origin: str = ""
    """Where the target comes from."""
    missing: str = ""
    """Why there is no full run of it in docs/recipes.md."""
    images: dict[str, Any] = field(default_factory=dict)
    network: dict[str, Any] = field(default_factory=dict)
    ours: dict[str, Any] = field(default_factory=dict)
    """Settings of the run of our own residual network on the same data."""
    sweep: dict[str, list[Any]] = field(default_factory=dict)
    """Settings and the values of each that `--sweep` tries."""
    reached: dict[str, Any] = field(default_factory=dict)
    """What a full run came to, and what it says in a table; written by `make recipes-page`."""


def names() -> list[str]:
    """List the recipes."""
    return sorted(path.stem for path in FOLDER.glob("*.toml"))


def load(name: str) -> Recipe:
    """Read a recipe. Raises ValueError naming the ones there are."""
    path = FOLDER / f"{name}.toml"
    if name not in names():
        raise ValueError(f"no recipe {name!r}; there are {', '.join(names())}")
    return Recipe(name, **tomllib.loads(path.read_text(encoding="utf-8")))


def runs() -> Path | None:
    """Return the folder of runs that `/try` looks into, INKLING_RUNS; None where it is not set."""
    text = os.environ.get("INKLING_RUNS", "").strip()
    return Path(text) if text else None


def command(name: str) -> str:
    """Return the command that trains a recipe; where INKLING_RUNS is known, it needs no `--out`."""
    return f"inkling model train --recipe {name} --data DIR"


def card_of(name: str) -> dict[str, Any] | None:
    """Return the card of the last run of a recipe: one of INKLING_RUNS, else the full run of docs/recipes.md."""
    folder = runs()
    for path in (*([folder / name / "card.json"] if folder else []), RESULTS / f"{name}.json"):
        if path.is_file():
            found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
            return found
    return None


def champion() -> dict[str, Any]:
    """Return what the game's own network came to: `make figures` measured it."""
    found: dict[str, Any] = json.loads(CHAMPION.read_text(encoding="utf-8"))
    return found


def summary(name: str) -> dict[str, Any]:
    """Describe a recipe and its last result, as `inkling model recipes --json` prints it."""
    recipe = load(name)
    found = {
        "name": name, "about": recipe.about, "data": recipe.data, "classes": None, "settings": recipe.train,
        "target": recipe.target or None, "reached": recipe.reached or None, "last": None, "ours": None,
        "command": command(name),
    }  # fmt: skip
    if not recipe.images:
        figures = champion()
        says = f"{figures['full']['top1']:.1%} top-1 and {figures['full']['top3']:.1%} top-3 on whole drawings"
        reached = {"top1": figures["full"]["top1"], "n": figures["n"], "says": says, "run": figures["model"]}
        return found | {"reached": reached, "last": {"version": figures["model"], "figures": figures}}
    last, ours = card_of(name), card_of(f"{name}-ours")
    if last is not None:
        found |= {"classes": last["classes"], "last": {"version": last["version"], "figures": last["figures"]}}
    if ours is not None:
        found["ours"] = {"version": ours["version"], "accuracy": ours["figures"]["accuracy"], "n": ours["figures"]["n"]}
    return found
