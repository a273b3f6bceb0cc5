"""The three doubts that the doodle tutorials end with, answered with data: quality, species, culture."""

from __future__ import annotations

import gzip
import json
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from model.classics import judge, plots
from model.classics.data import Bytes, DataSet
from model.classics.files import found_in
from model.classics.trainer import Floats, Predict
from model.ink.bitmap import bitmap
from model.ink.strokes import ink_of

SURE = 0.95
"""A drawing counts as probably mislabelled when the network is so sure of another word."""
SHOWN = 20
LEAST = 8
"""Countries with fewer drawings than this are counted together."""
SAME = 0.97
"""Two pictures that correlate so much count as the same drawing: Google's bitmaps and ours of one drawing do at 0.98."""


def doubts(data: DataSet, probs: Floats, predict: Predict, folders: Sequence[Path], out: Path) -> dict[str, Any]:
    """Answer all three for a trained network; probs are its answers to the test part (n, classes)."""
    table = judge.confusion(probs.argmax(1), data.test.labels, len(data.classes))
    return {
        "quality": quality(data, probs, out / "doubts.png"),
        "species": judge.pairs(table, data.classes),
        "culture": culture(data, predict, folders),
    }


def quality(data: DataSet, probs: Floats, path: Path) -> dict[str, Any]:
    """Count the test drawings that are probably mislabelled, by class, and show the surest of them."""
    labels = data.test.labels
    other = probs.copy()
    other[np.arange(len(labels)), labels] = 0
    sure = other.max(1)
    suspects = np.flatnonzero(sure >= SURE)
    suspects = suspects[np.argsort(-sure[suspects])]
    if len(suspects):
        shown = suspects[:SHOWN]
        captions = [f"labelled {data.classes[labels[one]]}\nsays {data.classes[other[one].argmax()]}" for one in shown]
        plots.grid(data.test.pictures[shown], captions, path)
    count = {name: int((labels[suspects] == place).sum()) for place, name in enumerate(data.classes)}
    return {"sure": SURE, "n": len(labels), "suspects": len(suspects), "classes": count}


def culture(data: DataSet, predict: Predict, folders: Sequence[Path]) -> dict[str, Any]:
    """Judge drawings by the country they come from: simplified drawings that say so, none of which was learnt from."""
    pictures, labels, countries = _with_country(data.classes, folders)
    if not len(pictures):
        return {"n": 0, "left_out": 0, "countries": {}}
    new = ~_known(pictures, data.train.few(len(data.train)))
    right = predict(pictures[new]).argmax(1) == labels[new] if new.any() else np.zeros(0, bool)
    by: dict[str, list[bool]] = defaultdict(list)
    for country, fine in zip(np.array(countries)[new], right, strict=True):
        by[str(country)].append(bool(fine))
    small = [country for country, rows in by.items() if len(rows) < LEAST]
    if small:
        by["others"] = [fine for country in small for fine in by.pop(country)]
    rows = {
        country: {"n": len(fine), "accuracy": judge.share(sum(fine), len(fine)),
                  "interval": judge.interval(sum(fine), len(fine))}
        for country, fine in sorted(by.items(), key=lambda item: (item[0] == "others", -len(item[1])))
    }  # fmt: skip
    return {"n": int(new.sum()), "left_out": int((~new).sum()), "countries": rows}


def _with_country(classes: Sequence[str], folders: Sequence[Path]) -> tuple[Bytes, Any, list[str]]:
    pictures, labels, countries = [], [], []
    for label, word in enumerate(classes):
        for path in found_in(folders, f"{word}.ndjson", f"{word}.ndjson.gz"):
            with (gzip.open if path.suffix == ".gz" else open)(path, "rt", encoding="utf-8") as lines:
                records = [json.loads(line) for line in lines if line.strip()]
            records = [one for one in records if one.get("countrycode") and len(one["drawing"][0]) == 2]
            pictures += [bitmap(ink_of(one["drawing"])) for one in records]
            labels += [label] * len(records)
            countries += [str(one["countrycode"]) for one in records]
            if records:
                break
    shown = np.stack(pictures)[..., None] if pictures else np.zeros((0, 28, 28, 1), np.uint8)
    return shown, np.array(labels, np.int64), countries


def _known(pictures: Bytes, learnt: Bytes) -> Any:
    """Tell which pictures are among those learnt from (n,): their correlation with one of them is nearly 1."""

    def scaled(many: Bytes) -> Any:
        flat = many.reshape(len(many), -1).astype(np.float32)
        flat -= flat.mean(1, keepdims=True)
        return flat / np.maximum(np.linalg.norm(flat, axis=1, keepdims=True), 1e-6)

    known = scaled(learnt).T
    return np.concatenate(
        [(scaled(pictures[at : at + 512]) @ known).max(1) > SAME for at in range(0, len(pictures), 512)]
    )
