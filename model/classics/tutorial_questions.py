"""The three doubts that the doodle tutorials end with, answered with data: quality, species, culture."""

from __future__ import annotations

import gzip
import json
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from model.classics import evaluation, plots
from model.classics.data_sets.data_set import PictureDataSet, UInt8Array
from model.classics.data_sets.files import find_named_files
from model.classics.training_loop import Float32Array, PredictFunction
from model.ink.bitmap import draw_quickdraw_bitmap
from model.ink.strokes import ink_from_lists

SUSPECT_PROBABILITY = 0.95
"""A drawing counts as probably mislabelled when the network is so sure of another word."""
MAX_SUSPECTS_SHOWN = 20
"""Probably mislabelled drawings that are shown."""
MIN_DRAWINGS_PER_COUNTRY = 8
"""Countries with fewer drawings than this are counted together."""
SAME_DRAWING_CORRELATION = 0.97
"""Two pictures that correlate so much count as the same drawing: Google's bitmaps and ours of one drawing do at 0.98."""


def answer_tutorial_questions(
    data: PictureDataSet, probs: Float32Array, predict: PredictFunction, folders: Sequence[Path], out: Path
) -> dict[str, Any]:
    """Answer all three for a trained network; probs are its answers to the test part (n, classes)."""
    table = evaluation.confusion_matrix(probs.argmax(1), data.test.labels, len(data.classes))
    return {
        "quality": measure_label_quality(data, probs, out / "doubts.png"),
        "species": evaluation.most_frequent_confusions(table, data.classes),
        "culture": measure_accuracy_by_country(data, predict, folders),
    }


def measure_label_quality(data: PictureDataSet, probs: Float32Array, path: Path) -> dict[str, Any]:
    """Count the test drawings that are probably mislabelled, by class, and show the surest of them."""
    labels = data.test.labels
    other = probs.copy()
    other[np.arange(len(labels)), labels] = 0
    sure = other.max(1)
    suspects = np.flatnonzero(sure >= SUSPECT_PROBABILITY)
    suspects = suspects[np.argsort(-sure[suspects])]
    if len(suspects):
        shown = suspects[:MAX_SUSPECTS_SHOWN]
        captions = [f"labelled {data.classes[labels[one]]}\nsays {data.classes[other[one].argmax()]}" for one in shown]
        plots.plot_picture_grid(data.test.pictures[shown], captions, path)
    count = {name: int((labels[suspects] == place).sum()) for place, name in enumerate(data.classes)}
    return {"sure": SUSPECT_PROBABILITY, "n": len(labels), "suspects": len(suspects), "classes": count}


def measure_accuracy_by_country(
    data: PictureDataSet, predict: PredictFunction, folders: Sequence[Path]
) -> dict[str, Any]:
    """Judge drawings by the country they come from: simplified drawings that say so, none of which was learnt from."""
    pictures, labels, countries = _read_drawings_with_country(data.classes, folders)
    if not len(pictures):
        return {"n": 0, "left_out": 0, "countries": {}}
    new = ~_are_learnt_from(pictures, data.train.few(len(data.train)))
    right = predict(pictures[new]).argmax(1) == labels[new] if new.any() else np.zeros(0, bool)
    by: dict[str, list[bool]] = defaultdict(list)
    for country, fine in zip(np.array(countries)[new], right, strict=True):
        by[str(country)].append(bool(fine))
    small = [country for country, rows in by.items() if len(rows) < MIN_DRAWINGS_PER_COUNTRY]
    if small:
        by["others"] = [fine for country in small for fine in by.pop(country)]
    rows = {
        country: {"n": len(fine), "accuracy": evaluation.rounded_share(sum(fine), len(fine)),
                  "interval": evaluation.accuracy_interval(sum(fine), len(fine))}
        for country, fine in sorted(by.items(), key=lambda item: (item[0] == "others", -len(item[1])))
    }  # fmt: skip
    return {"n": int(new.sum()), "left_out": int((~new).sum()), "countries": rows}


def _read_drawings_with_country(classes: Sequence[str], folders: Sequence[Path]) -> tuple[UInt8Array, Any, list[str]]:
    pictures, labels, countries = [], [], []
    for label, word in enumerate(classes):
        for path in find_named_files(folders, f"{word}.ndjson", f"{word}.ndjson.gz"):
            with (gzip.open if path.suffix == ".gz" else open)(path, "rt", encoding="utf-8") as lines:
                records = [json.loads(line) for line in lines if line.strip()]
            records = [one for one in records if one.get("countrycode") and len(one["drawing"][0]) == 2]
            pictures += [draw_quickdraw_bitmap(ink_from_lists(one["drawing"])) for one in records]
            labels += [label] * len(records)
            countries += [str(one["countrycode"]) for one in records]
            if records:
                break
    shown = np.stack(pictures)[..., None] if pictures else np.zeros((0, 28, 28, 1), np.uint8)
    return shown, np.array(labels, np.int64), countries


def _are_learnt_from(pictures: UInt8Array, learnt: UInt8Array) -> Any:
    """Tell which pictures are among those learnt from (n,): their correlation with one of them is nearly 1."""

    def scaled(many: UInt8Array) -> Any:
        flat = many.reshape(len(many), -1).astype(np.float32)
        flat -= flat.mean(1, keepdims=True)
        return flat / np.maximum(np.linalg.norm(flat, axis=1, keepdims=True), 1e-6)

    known = scaled(learnt).T
    return np.concatenate(
        [
            (scaled(pictures[at : at + 512]) @ known).max(1) > SAME_DRAWING_CORRELATION
            for at in range(0, len(pictures), 512)
        ]
    )
