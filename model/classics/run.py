"""One run of an image recipe, from the command line to its folder."""

from __future__ import annotations

import csv
import itertools
import json
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console

from model.classics import evaluation, forest, plots, report, tutorial_questions
from model.classics.augment import vary_pictures
from model.classics.config import ImageTrainingConfig, build_image_config, config_to_settings
from model.classics.data_sets.data_set import LabelledPictures, PictureDataSet
from model.classics.data_sets.load import load_data_set
from model.classics.recipe_training import train_image_network
from model.classics.training_loop import TrainedNetwork, predict_pictures
from model.registry import recipe as recipes
from model.registry.card_writer import write_card
from model.registry.model_card import CARD_FILE, RECIPE_KIND, ModelCard, read_card_file

SAMPLE_GRID_PICTURES = 40
"""Pictures of the sample grids."""


def run_image_recipe(name: str, data: Sequence[Path], out: Path, chosen: dict[str, Any], ours: bool = False,
        resume: bool = False) -> dict[str, Any]:  # fmt: skip
    """Train a recipe into the folder `out`; returns the figures."""
    recipe = recipes.load_recipe(name)
    config = build_image_config(recipe, data, chosen, ours)
    out.mkdir(parents=True, exist_ok=True)
    (out / "config.json").write_text(
        json.dumps({**config_to_settings(config), "data": list(config.data)}, indent=1) + "\n"
    )
    is_forest = recipe.network["name"] == "forest" and not ours
    trained = _run_forest(recipe, config) if is_forest else train_image_network(recipe, config, out, resume)
    assert trained.data is not None
    card = _build_run_card(recipe, config, trained, out)
    card.file = "forest.npz" if is_forest else "model.keras"
    trained.network.save(out / card.file)
    card.bytes = (out / card.file).stat().st_size
    _draw_plots(recipe, config, trained, trained.data, card, out)
    (out / "history.json").write_text(json.dumps(trained.history, indent=1) + "\n")
    write_card(out, card)
    (out / "report.html").write_text(report.render_run_report(card, out), encoding="utf-8")
    (out / "data.html").write_text(report.render_data_page(card, out), encoding="utf-8")
    (out / "checkpoint.keras").unlink(missing_ok=True)
    return dict(card.figures)


def sweep_image_recipe(name: str, data: Sequence[Path], out: Path, chosen: dict[str, Any]) -> list[dict[str, Any]]:
    """Try every combination of a recipe's `[sweep]`; writes `sweep.csv` and the same as a table, `sweep.md`."""
    recipe = recipes.load_recipe(name)
    if not recipe.sweep:
        raise ValueError(f"the recipe {name!r} has no [sweep]")
    out.mkdir(parents=True, exist_ok=True)
    base, rows = build_image_config(recipe, data, chosen), []
    for values in itertools.product(*recipe.sweep.values()):
        settings = dict(zip(recipe.sweep, values, strict=True))
        trained = train_image_network(recipe, replace(base, **settings))
        best = max(row["val_accuracy"] for row in trained.history)
        last = trained.history[-1]
        rows.append({
            **settings, "epochs": len(trained.history), "accuracy": last["accuracy"],
            "val_accuracy": last["val_accuracy"], "best_val_accuracy": best, "seconds": round(trained.seconds, 1),
        })  # fmt: skip
        _write_sweep_tables(rows, out)
    return rows


def _write_sweep_tables(rows: list[dict[str, Any]], out: Path) -> None:
    with (out / "sweep.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    lines = ["| " + " | ".join(rows[0]) + " |", "|" + "---|" * len(rows[0])]
    ordered = sorted(rows, key=lambda row: -row["val_accuracy"])
    lines += ["| " + " | ".join(f"{value}" for value in row.values()) + " |" for row in ordered]
    (out / "sweep.md").write_text("\n".join(lines) + "\n")


def _run_forest(recipe: recipes.TrainingRecipe, config: ImageTrainingConfig) -> TrainedNetwork:
    """Grow the random forest: one epoch, as it were."""
    data = load_data_set(recipe.images, [Path(name) for name in config.data], config.limit, config.side)
    began = time.monotonic()
    grown = forest.grow_forest(data.train, len(data.classes), recipe.network["trees"], config.seed)
    seconds = time.monotonic() - began
    row: dict[str, float] = {"epoch": 1}
    for prefix, part in (("", data.train), ("val_", data.validation)):
        figures = evaluation.classification_figures(predict_pictures(grown, part), part.labels, data.classes)
        row |= {f"{prefix}accuracy": figures["accuracy"], f"{prefix}loss": figures["loss"]}
    notes = [f"{recipe.network['trees']} trees, {grown.nodes:,} nodes; no network, so nothing is learnt in epochs"]
    return TrainedNetwork(_ForestAsNetwork(grown), grown, [row], seconds, "forest", notes, data)


class _ForestAsNetwork:
    """A forest where a network is expected: it has nodes instead of weights."""

    def __init__(self, grown: forest.RandomForest) -> None:
        self.save, self.trainable_weights = grown.save, [grown.limit]
        self.count_params = lambda: grown.nodes


def _build_run_card(
    recipe: recipes.TrainingRecipe, config: ImageTrainingConfig, trained: TrainedNetwork, out: Path
) -> ModelCard:
    """Make the card: what was trained, on what, and how good it is."""
    data = trained.data
    assert data is not None
    probs = predict_pictures(trained.predict, data.test)
    figures = evaluation.classification_figures(probs, data.test.labels, data.classes, recipe.images.get("alone", ()))
    on_validation = evaluation.classification_figures(
        predict_pictures(trained.predict, data.validation), data.validation.labels, data.classes
    )
    figures["validation"] = {key: on_validation[key] for key in ("n", "accuracy", "loss", "interval")}
    if data.more is not None:
        on_more = evaluation.classification_figures(
            predict_pictures(trained.predict, data.more), data.more.labels, data.classes
        )
        figures["more"] = {key: on_more[key] for key in ("n", "accuracy", "interval")}
    if recipe.images["kind"] == "few":
        figures["pictures"] = [
            {"is": data.classes[label], "said": data.classes[row.argmax()], "p": round(float(row.max()), 3)}
            for label, row in zip(data.test.labels, probs, strict=True)
        ]
    notes = list(trained.notes)
    if recipe.images.get("parts", [1, 1])[1] == 0:
        notes.append("the test part also shows the validation curves, as in the original; nothing was chosen by it")
    card = ModelCard(
        f"{recipe.name}{'-ours' if config.ours else ''}-{time.strftime('%Y%m%d-%H%M')}", kind=RECIPE_KIND,
        recipe=recipe.name, ours=config.ours, about=recipe.about, classes=data.classes,
        input={"drawn": data.drawn, "shape": list(data.shape)},
        training={
            "network": trained.network_name, "parameters": trained.parameters, "trainable": trained.trainable,
            "epochs": len(trained.history), "seconds": round(trained.seconds, 1), "pictures": len(data.train),
        },
        settings=config_to_settings(config), used=data.used, counts=data.counts(), notes=notes,
        credit=data.credit, target=recipe.target, figures=figures, history=trained.history,
    )  # fmt: skip
    if recipe.images.get("doubts"):
        folders = [Path(name) for name in config.data]
        card.doubts = tutorial_questions.answer_tutorial_questions(data, probs, trained.predict, folders, out)
    return card


def _draw_plots(recipe: recipes.TrainingRecipe, config: ImageTrainingConfig, trained: TrainedNetwork, data: PictureDataSet, card: ModelCard,
          out: Path) -> None:  # fmt: skip
    """Draw curves, confusion matrix and sample grids."""
    plots.plot_learning_curves(trained.history, out / "curves.png", recipe.name, _find_reference_history(recipe, out))
    plots.plot_confusion_matrix(np.array(card.figures["confusion"]), data.classes, out / "confusion.png")
    _draw_samples(data, trained, out)
    plots.plot_picture_grid(*_mixed_pictures(data.train, data.classes), out / "grid.png")
    how = {**config.added, **config.vary}
    if any(value for key, value in how.items() if key != "copies"):
        before = _mixed_pictures(data.test, data.classes)[0][:10]
        after = [vary_pictures(before, how, np.random.default_rng(number)) for number in range(3)]
        captions = ["before"] * len(before) + ["after"] * (3 * len(before))
        plots.plot_picture_grid(np.concatenate([before, *after]), captions, out / "varied.png", columns=len(before))


def _draw_samples(data: PictureDataSet, trained: TrainedNetwork, out: Path) -> None:
    """Show test pictures with what is said of them."""
    places = _choose_mixed_places(data.test, SAMPLE_GRID_PICTURES)
    pictures, labels = data.test.pictures[places], data.test.labels[places]
    probs = predict_pictures(trained.predict, LabelledPictures(pictures, labels))
    said = probs.argmax(1)
    captions = [
        f"{data.classes[one]} {p:.0%}" if one == label else f"{data.classes[label]}\nsays {data.classes[one]} {p:.0%}"
        for label, one, p in zip(labels, said, probs.max(1), strict=True)
    ]
    columns = 10 if len(captions) > 20 else 5
    plots.plot_picture_grid(pictures, captions, out / "samples.png", columns, (said == labels).tolist())


def _mixed_pictures(part: LabelledPictures, classes: list[str]) -> tuple[Any, list[str]]:
    places = _choose_mixed_places(part, SAMPLE_GRID_PICTURES)
    return part.pictures[places], [classes[label] for label in part.labels[places]]


def _choose_mixed_places(part: LabelledPictures, count: int) -> Any:
    """Choose places of a part, as many as possible of each class, the classes in turn."""
    turns = [np.flatnonzero(part.labels == label) for label in np.unique(part.labels)]
    mixed = [one for turn in itertools.zip_longest(*turns) for one in turn if one is not None]
    return np.array(mixed[:count], np.int64)


def _find_reference_history(recipe: recipes.TrainingRecipe, out: Path) -> tuple[str, list[dict[str, float]]] | None:
    """Find the history of the run that a recipe wants to be seen beside: next to its folder, else the documented one."""
    other = recipe.network.get("beside")
    if other is None:
        return None
    for path in (out.parent / other / CARD_FILE, recipes.RESULTS_FOLDER / f"{other}.json"):
        if path.is_file():
            return other, read_card_file(path).history
    Console(stderr=True).print(f"no run of {other} to show beside it")
    return None
