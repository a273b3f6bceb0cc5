"""Write docs/recipes.md from the results of full runs; `--check` says whether page and recipe files are up to date.

`scripts/recipes_page.py take RUNS` first copies the results of a folder of runs: the cards into `model/recipes/results`, the
pictures of some runs into `docs/pictures/recipes`, and the figure reached into each recipe's file.
"""

from __future__ import annotations

import json
import re
import shutil
import sys
from pathlib import Path

import cv2
import numpy as np
import recipes_page_text
from generated_pages import ROOT, write_or_check

from model.registry import recipe
from model.registry.card_writer import card_to_json
from model.registry.model_card import CARD_FILE, read_card

PAGE = ROOT / "docs/recipes.md"
PICTURES = ROOT / "docs/pictures/recipes"
ORDER = ("animals-2", "animals-4", "animals-8", "mlp-10", "forest-10", "animals-6", "photos-2-scratch", "photos-2-vgg16",
         "mnist", "cifar10-basic", "cifar10-deep", "imagenette-basic", "imagenette-vgg16", "inkling")  # fmt: skip
SHOWN = {
    "animals-8": {"curves": "learning", "confusion": "confusion", "doubts": "drawings that are probably mislabelled"},
    "mlp-10": {"curves": "learning", "grid": "some of the drawings", "varied": "before and after variation"},
    "photos-2-vgg16": {"curves": "learning, beside photos-2-scratch", "samples": "the test pictures"},
    "cifar10-deep": {"curves": "learning", "confusion": "confusion"},
    "mnist": {"curves": "learning"},
}
"""Pictures of a run that the page shows."""
REACHED = re.compile(r"\n*\[reached\]\n.*?(?=\n\[|\Z)", re.DOTALL)


def main() -> int:
    """Copy results, write the page, or check it."""
    if sys.argv[1:2] == ["take"]:
        for folder in map(Path, sys.argv[2:]):
            take_results(folder)
    pages = [
        (PAGE, recipes_page_text.page(ORDER, SHOWN)),
        *((_recipe_path(name), recipe_file_text(name)) for name in ORDER),
    ]
    return write_or_check(pages, "make recipes-page")


def take_results(runs: Path) -> None:
    """Copy the cards, tables and pictures of a folder of runs."""
    recipe.RESULTS_FOLDER.mkdir(exist_ok=True)
    PICTURES.mkdir(parents=True, exist_ok=True)
    for name in ORDER:
        for one in (name, f"{name}-ours"):
            if (runs / one / CARD_FILE).is_file():
                text = json.dumps(card_to_json(read_card(runs / one)), ensure_ascii=False)
                (recipe.RESULTS_FOLDER / f"{one}.json").write_text(text + "\n", encoding="utf-8")
        for kind in SHOWN.get(name, {}):
            if (runs / name / f"{kind}.png").is_file():
                _copy_with_fewer_shades(runs / name / f"{kind}.png", PICTURES / f"{name}-{kind}.png")
        if (runs / f"{name}-sweep" / "sweep.csv").is_file():
            shutil.copyfile(runs / f"{name}-sweep" / "sweep.csv", recipe.RESULTS_FOLDER / f"{name}-sweep.csv")


def _copy_with_fewer_shades(source: Path, target: Path) -> None:
    """Copy a picture with fewer shades, which PNG packs to a third."""
    picture = cv2.imread(str(source), cv2.IMREAD_COLOR)
    assert picture is not None, source
    cv2.imwrite(str(target), np.asarray(picture) & 0xF8 | 0x04, [cv2.IMWRITE_PNG_COMPRESSION, 9])


def _recipe_path(name: str) -> Path:
    return recipe.RECIPES_FOLDER / f"{name}.toml"


def recipe_file_text(name: str) -> str:
    """Return a recipe's file with the figure that its full run reached."""
    text, card, ours = (
        _recipe_path(name).read_text(encoding="utf-8"),
        recipes_page_text.card_of(name),
        recipes_page_text.ours_of(name),
    )
    if card is None:
        return text
    lines = ["[reached]", f"accuracy = {card.figures['accuracy']}", f"n = {card.figures['n']}"]
    if "more" in card.figures:
        lines += [f"more = {card.figures['more']['accuracy']}"]
    lines += [f"validation = {card.figures['validation']['accuracy']}"]
    lines += [f"ours = {ours.figures['accuracy']}"] if ours else []
    lines += [f'says = "{recipes_page_text.figure(card)}"', f'run = "{card.version}"']
    return REACHED.sub("", text).rstrip() + "\n\n" + "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.exit(main())
