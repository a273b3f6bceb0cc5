"""Recipes: short files that name a run, the data it wants, and the figure it should reach."""

from __future__ import annotations

import json
import os
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from model.registry.model_card import CARD_FILE, ModelCard, read_card_file

RECIPES_FOLDER = Path(__file__).parent.parent / "recipes"
CHAMPION_EVALUATION_FILE = RECIPES_FOLDER.parent / "champion" / "evaluation.json"
RESULTS_FOLDER = RECIPES_FOLDER / "results"
"""What full runs came to: the cards of runs, without pictures. docs/recipes.md is made from them."""


@dataclass(frozen=True, slots=True)
class TrainingRecipe:
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


def list_recipe_names() -> list[str]:
    """List the recipes."""
    return sorted(path.stem for path in RECIPES_FOLDER.glob("*.toml"))


def load_recipe(name: str) -> TrainingRecipe:
    """Read a recipe. Raises ValueError naming the ones there are."""
    path = RECIPES_FOLDER / f"{name}.toml"
    if name not in list_recipe_names():
        raise ValueError(f"no recipe {name!r}; there are {', '.join(list_recipe_names())}")
    return TrainingRecipe(name, **tomllib.loads(path.read_text(encoding="utf-8")))


def find_runs_folder() -> Path | None:
    """Return the folder of runs that `/try` looks into, INKLING_RUNS; None where it is not set."""
    text = os.environ.get("INKLING_RUNS", "").strip()
    return Path(text) if text else None


def training_command(name: str) -> str:
    """Return the command that trains a recipe; where INKLING_RUNS is known, it needs no `--out`."""
    return f"inkling model train --recipe {name} --data DIR"


def read_recipe_card(name: str) -> ModelCard | None:
    """Return the card of the last run of a recipe: one of INKLING_RUNS, else the full run of docs/recipes.md."""
    folder = find_runs_folder()
    for path in (*([folder / name / CARD_FILE] if folder else []), RESULTS_FOLDER / f"{name}.json"):
        if path.is_file():
            return read_card_file(path)
    return None


def read_champion_evaluation() -> dict[str, Any]:
    """Return what the game's own network came to: `make figures` measured it."""
    found: dict[str, Any] = json.loads(CHAMPION_EVALUATION_FILE.read_text(encoding="utf-8"))
    return found


def describe_recipe(name: str) -> dict[str, Any]:
    """Describe a recipe and its last result, as `inkling model recipes --json` prints it."""
    recipe = load_recipe(name)
    summary: dict[str, Any] = {
        "name": name, "about": recipe.about, "data": recipe.data, "classes": None, "settings": recipe.train,
        "target": recipe.target or None, "reached": recipe.reached or None, "last": None, "ours": None,
        "command": training_command(name),
    }  # fmt: skip
    if not recipe.images:
        figures = read_champion_evaluation()
        says = f"{figures['full']['top1']:.1%} top-1 and {figures['full']['top3']:.1%} top-3 on whole drawings"
        reached = {"top1": figures["full"]["top1"], "n": figures["n"], "says": says, "run": figures["model"]}
        return summary | {"reached": reached, "last": {"version": figures["model"], "figures": figures}}
    last, ours = read_recipe_card(name), read_recipe_card(f"{name}-ours")
    if last is not None:
        summary |= {"classes": last.classes, "last": {"version": last.version, "figures": last.figures}}
    if ours is not None:
        summary["ours"] = {"version": ours.version, "accuracy": ours.figures["accuracy"], "n": ours.figures["n"]}
    return summary
