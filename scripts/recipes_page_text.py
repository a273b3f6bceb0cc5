"""The text of docs/recipes.md, from recipe files and from what their full runs left in model/recipes/results."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

from model.registry import recipe
from model.registry.model_card import ModelCard, read_card_file

SAME = {"forest-10": "mlp-10", "cifar10-deep": "cifar10-basic"}
"""Recipes whose `--ours` is, picture by picture and setting by setting, that of another one."""

INTRO = """# Recipes

    inkling model recipes                                      # the list, with the last results
    inkling model train --recipe animals-2 --data DIR          # DIR: a folder with the data, or several
    inkling model train --recipe animals-2 --data DIR --ours   # our own residual network on the same data
    inkling model train --recipe mlp-10 --data DIR --sweep --out runs/mlp-10-sweep
    inkling model fetch --set mnist --out data/mnist           # also cifar10, imagenette; drawings: see data.md

The project grew out of well-known tutorials. Each of their networks is a short file in `model/recipes`. It holds data,
architecture, hyperparameters, the original figure and the figure reached. One loop trains them all
(`model/classics/training_loop.py`). The page `/try` lets you draw for every network that has a run.

Every setting has its flag (`--lr --dropout --weight-decay --optimizer --batch-size --epochs --seed`, also
`--limit --side --steps --seconds`). A flag overrides the file. If data are missing, the message names the command that gets
them.

A run's folder holds these files:

* `model.keras`, or `forest.npz` for a forest. Nothing is pickled.
* `card.json`, `card.md` and `history.json`.
* `curves.png`, `confusion.png`, `samples.png`, `grid.png` and `varied.png`.
* `report.html` and `data.html`.

With `inkling model` a run is in the data folder (`INKLING_RUNS`). There `/try` finds it.

`make recipes-page RUNS=DIR` writes this page from the cards of the runs. `make check` compares.
"""
TABLE = """
## Figures

*There* is the original's figure. *Here* is what the same network reached on the data at hand. *Ours* is what our own residual
network reaches at the same size on the same pictures. It is bold where it is at least as good. Figures are shares of test
pictures with their 95 % interval (Wilson). The originals had other pictures, mostly more. So compare *here* with *ours*, not
with *there*.

| recipe | network, parameters | learns from / judged by | there | here | ours |
|---|---|---|---|---|---|
"""


def card_of(name: str) -> ModelCard | None:
    """Return the card of a recipe's full run."""
    path = recipe.RESULTS_FOLDER / f"{name}.json"
    return read_card_file(path) if path.is_file() else None


def ours_of(name: str) -> ModelCard | None:
    """Return the card of our own network on a recipe's pictures; recipes with the same pictures share one run."""
    return card_of(f"{SAME.get(name, name)}-ours")


def figure(card: ModelCard) -> str:
    """Say how good a run is, in one cell of a table."""
    figures = card.figures
    if "pictures" in figures:
        right, more = sum(one["is"] == one["said"] for one in figures["pictures"]), figures["more"]
        return (f"{right} of {figures['n']}; validation {figures['validation']['accuracy']:.1%} of "
                f"{figures['validation']['n']}; {more['accuracy']:.1%} of {more['n']} more")  # fmt: skip
    low, high = figures["interval"]
    text = f"{figures['accuracy']:.2%} ({low:.1%}–{high:.1%})"
    if "alone" in figures:
        text += f", balanced {figures['balanced']:.1%}, the {len(figures['alone']['classes'])} bitmap classes "
        text += f"{figures['alone']['accuracy']:.1%}"
    return text


def page(order: tuple[str, ...], shown: dict[str, dict[str, str]]) -> str:
    """Write the page: the table, then a part for each recipe with the pictures that are `shown`."""
    rows = "".join(_row(name) for name in order)
    return INTRO + TABLE + rows + "\n".join(["", *(_part(name, shown.get(name, {})) for name in order)])


def _row(name: str) -> str:
    known, card, ours = recipe.load_recipe(name), card_of(name), ours_of(name)
    there = known.target.get("says", "–")
    if name == "inkling":
        found = recipe.read_champion_evaluation()
        return (f"| [`inkling`](#inkling) | residual, {found['params']:,} | [experiments](experiments.md) / {found['n']:,} | "
                f"DoodleNet, its teacher: {found['teacher']['1.0']['top1']:.1%} | – | {_top(found)} |\n")  # fmt: skip
    if card is None:
        return f"| [`{name}`](#{name}) | {known.network['name']} | – | {there} | not run here | not run here |\n"
    training = card.training
    kind = f"{training['network']}, {training['parameters']:,}" + (" nodes" if training["network"] == "forest" else "")
    beside = (f"**{figure(ours)}**" if _score(ours) >= _score(card) else figure(ours)) if ours else "–"
    if ours:
        beside += f"; {ours.training['parameters']:,} parameters"
    instead = (
        "VGG16 itself: not run here; on a base of our own: " if any("not VGG16" in one for one in card.notes) else ""
    )
    return (f"| [`{name}`](#{name}) | {kind} | {training['pictures']:,} / {card.figures['n']:,} | {there} | "
            f"{instead}{figure(card)} | {beside} |\n")  # fmt: skip


def _score(card: ModelCard) -> float:
    """Return the figure that decides: where the test part is tiny, that of the pictures beside it."""
    return float(card.figures.get("more", card.figures)["accuracy"])


def _top(found: dict[str, Any]) -> str:
    return f"{found['full']['top1']:.1%} top-1, {found['full']['top3']:.1%} top-3"


def _part(name: str, shown: dict[str, str]) -> str:
    known, card, ours = recipe.load_recipe(name), card_of(name), ours_of(name)
    lines = [f"## {name}", "", f"{known.about[0].upper()}{known.about[1:]}."]
    if known.origin:
        lines[-1] += f" The figure there: {known.origin}."
    if name == "inkling":
        lines += ["", "This is the game's own network. [The model](model.md) says how it was made, and "
                  "[experiments](experiments.md) what was tried. Its figure is that of `model/champion/evaluation.json`.", ""]  # fmt: skip
        return "\n".join(lines)
    lines += ["", f"    {recipe.training_command(name)}", ""]
    if card is None:
        return "\n".join([*lines, f"Not run here{known.missing and f': {known.missing}'}. It wants: {known.data}.", ""])
    lines += [f"* Data: {line}." for line in card.used]
    lines += [f"* {_run(card, known.train)}"]
    lines += [f"* {note[0].upper()}{note[1:]}." for note in card.notes]
    lines += _learning(card)
    if ours:
        same = f"The run of {SAME[name]}. " if name in SAME else ""
        lines += [f"* Ours: {figure(ours)}. {same}{_run(ours, {**known.train, **known.ours})}"]
        lines += [f"* Ours: {note}." for note in ours.notes if note not in card.notes]
    lines += _classes(card) if "alone" in card.figures else []
    lines += _doubts(card.doubts) if card.doubts else []
    lines += _sweep(recipe.RESULTS_FOLDER / f"{name}-sweep.csv")
    for kind, caption in shown.items():
        lines += ["", f"![{name}: {caption}](pictures/recipes/{name}-{kind}.png)"]
    return "\n".join([*lines, ""])


def _run(card: ModelCard, asked: dict[str, Any]) -> str:
    training, settings = card.training, card.settings
    took = f"{training['seconds']:,.0f} s on two shared cores"
    if training["network"] == "forest":
        return f"Grown in {took}."
    said = f"{training['epochs']} epochs, batches of {settings['batch_size']}, {settings['optimizer']} at {settings['lr']:g}"
    other = [
        f"{key} {settings[key]} instead of {value}"
        for key, value in asked.items()
        if key in settings and settings[key] != value
    ]
    other += [f"{key} {settings[key]}" for key in ("limit", "side", "seconds") if settings[key] and key not in asked]
    return f"{said}. It took {took}." + (f" **Less than the full budget: {', '.join(other)}.**" if other else "")


def _learning(card: ModelCard) -> list[str]:
    rows = card.history
    if len(rows) < 2:
        return []
    best, last = min(rows, key=lambda row: row["val_loss"]), rows[-1]
    text = f"* Validation loss was lowest ({best['val_loss']:.3f}) after epoch {best['epoch']:.0f}"
    if best is not last:
        text += f". After the last it was {last['val_loss']:.3f}, while training loss went from {best['loss']:.3f} to "
        text += f"{last['loss']:.3f}"
    return [text + "."]


def _classes(card: ModelCard) -> list[str]:
    lines = ["", "| class | learnt from | judged by | right |", "|---|---|---|---|"]
    for name, row in card.figures["classes"].items():
        lines.append(f"| {name} | {card.counts[name]['train']:,} | {row['n']:,} | {row['right'] / row['n']:.1%} |")
    return lines


def _doubts(doubts: dict[str, Any]) -> list[str]:
    quality, culture = doubts["quality"], doubts["culture"]
    pairs = ", ".join(f"{row['was']} as {row['said']} {row['times'] / row['n']:.1%}" for row in doubts["species"][:4])
    lands = ", ".join(
        f"{name} {row['accuracy']:.0%} of {row['n']} ({row['interval'][0]:.0%}–{row['interval'][1]:.0%})"
        for name, row in list(culture["countries"].items())[:6]
    )
    return [
        f"* Quality: {quality['suspects']:,} of {quality['n']:,} test drawings are probably mislabelled. The network is "
        f"at least {quality['sure']:.0%} sure of another word.",
        f"* Species, the most confused: {pairs}.",
        f"* Culture: {culture['n']:,} drawings that it did not learn from say where they come from: {lands}"
        f"{'.' if len(culture['countries']) > 2 else '. That is too few to tell countries apart.'}"
        if culture["n"] else "* Culture: no drawing here says where it comes from.",
    ]  # fmt: skip


def _sweep(path: Path) -> list[str]:
    if not path.is_file():
        return []
    with path.open(newline="") as file:
        rows = sorted(csv.DictReader(file), key=lambda row: -float(row["val_accuracy"]))
    lines = ["", f"The sweep ([CSV](../model/recipes/results/{path.name})), best first, by the validation part:", ""]
    lines += ["| " + " | ".join(rows[0]) + " |", "|" + "---|" * len(rows[0])]
    return lines + ["| " + " | ".join(row.values()) + " |" for row in rows]
