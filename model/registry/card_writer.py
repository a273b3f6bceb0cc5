"""Writes a model's card into its folder: JSON for programs, Markdown for people."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from model.network.teachers import ALL_TEACHER_NAMES, teacher_credits
from model.registry.model_card import CARD_FILE, RECIPE_KIND, ModelCard

CARD_PAGE_FILE = "card.md"

_GAME_FIELDS = (
    "version", "widths", "blocks", "embedding", "pooled", "branches", "raster", "calibration", "training", "figures", "gates",
)  # fmt: skip
_RECIPE_FIELDS = (
    "kind", "version", "recipe", "ours", "about", "classes", "input", "training", "settings", "used", "counts", "notes", "credit",
    "target", "figures", "history", "doubts", "file", "bytes",
)  # fmt: skip
"""What is stored of either kind, in the order of the file."""


def write_card(folder: Path, card: ModelCard) -> None:
    """Write a model's card into its folder, for programs and for people."""
    text = json.dumps(card_to_json(card), indent=1, ensure_ascii=False)
    (folder / CARD_FILE).write_text(text + "\n", encoding="utf-8")
    (folder / CARD_PAGE_FILE).write_text(render_card_page(card), encoding="utf-8")


def card_to_json(card: ModelCard) -> dict[str, Any]:
    """Return what is stored of a card."""
    names = _RECIPE_FIELDS if card.kind == RECIPE_KIND else _GAME_FIELDS
    return {name: getattr(card, name) for name in names if name != "doubts" or card.doubts}


def render_card_page(card: ModelCard) -> str:
    """Write `card.md`."""
    return _render_recipe_card(card) if card.kind == RECIPE_KIND else _render_game_card(card)


def format_right_share(row: dict[str, int]) -> str:
    """Say which share of a class's `n` pictures is `right`."""
    return f"{row['right'] / row['n']:.1%}" if row["n"] else "–"


def _render_game_card(card: ModelCard) -> str:
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
    if credits := _list_credits(card):
        lines += ["", f"It learned from the answers of {' and of '.join(credits)}."]
    if card.branches == 2:
        lines += ["Its second branch, over the stamp, began with DoodleNet's weights."]
    lines.append("")
    return "\n".join(lines)


def _list_credits(card: ModelCard) -> list[str]:
    """Return the credits of the networks that a model learned from; of all of them, if another model is between."""
    teachers, start = (str(card.training.get(source, "none")) for source in ("teacher", "init"))
    named = teacher_credits(teachers)
    return named if start == "none" and (named or teachers == "none") else teacher_credits(ALL_TEACHER_NAMES)


def _render_recipe_card(card: ModelCard) -> str:
    figures = card.figures
    origin = "Our residual network on the data of" if card.ours else "Recipe"
    lines = [f"# Model {card.version}", "", f"{origin} `{card.recipe}`: {card.about}.", ""]
    lines += ["| | |", "|---|---|"]
    lines += [f"| {name} | {value} |" for name, value in card.training.items() if not isinstance(value, (dict, list))]
    lines += [f"| {name} | {value} |" for name, value in card.settings.items() if value not in ("", None, {}, 0)]
    lines += ["", "Data:", "", *(f"* {line}" for line in card.used)]
    lines += ["", *(f"* **{note}**" for note in card.notes)] if card.notes else []
    low, high = figures["interval"]
    lines += [
        "", f"Accuracy on {figures['n']:,} test pictures: **{figures['accuracy']:.2%}** (95 % interval {low:.1%} to "
        f"{high:.1%}), balanced {figures['balanced']:.2%}. Target: {card.target.get('says', '–')}.", "",
        "| class | n | right |", "|---|---|---|",
    ]  # fmt: skip
    lines += [f"| {name} | {row['n']} | {format_right_share(row)} |" for name, row in figures["classes"].items()]
    if "alone" in figures:
        alone = figures["alone"]
        lines += ["", f"{', '.join(alone['classes'])} alone: {alone['accuracy']:.2%} of {alone['n']:,}."]
    lines += ["", card.credit + ".", ""] if card.credit else [""]
    return "\n".join(lines)
