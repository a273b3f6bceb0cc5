"""Measures what the gates want to know of two models, on the same drawings and in the same minutes."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import numpy.typing as npt
from rich.console import Console
from rich.progress import Progress

from model.answers import Floats, Mask, probabilities
from model.data.quickdraw import Drawing
from model.evaluation import curves, metrics
from model.fewshot.imprint import columns_of
from model.ink.raster import rasters
from model.ink.strokes import Ink, prefix
from model.ink.vocabulary import INDEX, WORDS
from model.network import frozen_function
from model.registry.artifact import artifact
from model.retraining.gates import Evidence, Judged
from model.training.publish import network_function

EIGHT = 8
CALLS = 50
BLOCKS = 4
SAMPLE = 400


class Model:
    """One loaded model: the served function, and the trained network that it was made from."""

    def __init__(self, folder: Path) -> None:
        card = artifact.card_of(folder)
        self.version = card.version
        self.calibration = artifact.calibration_of(card)
        self.network = artifact.network_of(card)
        self.network.set_weights(artifact.weights_of(folder))
        self.function = frozen_function.Function(self.network)
        self.columns = columns_of(folder)
        told = card.training.get("taught")
        self.taught = (str(told["word"]), int(told["right"]), int(told["of"])) if told else None

    def look(self, inks: list[Ink]) -> tuple[Floats, Floats]:
        """Return calibrated probabilities over all words (n, 345) and doubt (n,) of whole drawings."""
        found = []
        for start in range(0, len(inks), curves.CHUNK):
            pictures, scalars = rasters(inks[start : start + curves.CHUNK])
            logits, junk = self.function(pictures, scalars)
            found.append(probabilities(logits, junk, scalars, np.ones_like(logits, bool), self.calibration))
        return np.concatenate([probs for probs, _ in found]), np.concatenate([doubt for _, doubt in found])


def themes() -> dict[str, Mask]:
    """Return the packs of INKLING_PACKS as masks; all of them are themes but those that hold nearly everything."""
    known = os.environ.get("INKLING_PACKS", "")
    packs: Mapping[str, list[str]] = json.loads(Path(known).read_text(encoding="utf-8")) if known else {}
    found = {}
    for name, words in packs.items():
        mask = np.zeros(len(WORDS), bool)
        mask[[INDEX[word] for word in words]] = True
        if name != "default" and mask.sum() < len(WORDS) / 2:
            found[name] = mask
    return found


def measure(
    models: tuple[Model, Model], golden: list[Drawing], players: list[Drawing], console: Console
) -> tuple[Evidence, Evidence]:
    """Measure champion and challenger."""
    slow = _p99(models, golden)
    parts = [part for part in (golden, players) if part]
    with Progress(console=console, transient=True) as progress:
        line = progress.add_task("judging", total=2 * len(curves.POOLED) * sum(map(len, parts)))

        def moved(count: int) -> None:
            progress.advance(line, count)

        found = [
            Evidence(judged(model, golden, moved), judged(model, players, moved) if players else None, p99,
                     _agreement(model, golden[:: max(1, len(golden) // SAMPLE)]),
                     model.taught if model.columns != models[0].columns else None)
            for model, p99 in zip(models, slow, strict=True)
        ]  # fmt: skip
    return found[0], found[1]


def judged(model: Model, drawings: list[Drawing], moved: Callable[[int], None] = lambda count: None) -> Judged:
    """Judge one model on drawings, over all words."""
    outputs = curves.ask(model.function, drawings, curves.POOLED, moved)
    labels = np.array([drawing.label for drawing in drawings])
    everything = np.ones((len(drawings), len(WORDS)), bool)
    confidence, right = [], []
    for place in range(len(curves.POOLED)):
        probs, _ = probabilities(
            outputs.logits[place], outputs.junk[place], outputs.scalars[place], everything, model.calibration
        )
        places = metrics.ranks(probs, labels)
        if model.columns and curves.POOLED[place] in (0.5, 1.0):
            places = places + _taken(model, drawings, curves.POOLED[place], outputs.logits[place])
        confidence.append(probs.max(1))
        right.append(places)
    first = np.stack([places < 1 for places in right])
    return Judged(
        labels, first[-1], right[-1] < 3, first[curves.POOLED.index(0.5)],
        metrics.ece(np.concatenate(confidence), first.ravel()), tuple(drawing.identity for drawing in drawings),
    )  # fmt: skip


def _taken(
    model: Model, drawings: list[Drawing], share: float, logits: npt.NDArray[np.float32]
) -> npt.NDArray[np.int64]:
    """Count how many taught words stand before each drawing's own word."""
    embedding = np.concatenate(
        [
            model.function.embed(*rasters([prefix(d.ink, share) for d in drawings[at : at + curves.CHUNK]]))[0]
            for at in range(0, len(drawings), curves.CHUNK)
        ]
    )
    own = logits[np.arange(len(drawings)), [drawing.label for drawing in drawings]]
    ahead = np.stack([embedding @ column.vector + column.bias >= own for column in model.columns])
    counted: npt.NDArray[np.int64] = ahead.sum(0)
    return counted


def _agreement(model: Model, drawings: list[Drawing]) -> float:
    """Return on which share of drawings the served function leads with the trained network's word."""
    pictures, scalars = rasters([drawing.ink for drawing in drawings])
    served, _ = model.function(pictures, scalars)
    trained, _ = network_function(model.network)(pictures, scalars)
    return float((served.argmax(1) == trained.argmax(1)).mean())


def _p99(models: tuple[Model, Model], drawings: list[Drawing]) -> tuple[float, float]:
    """Time calls with eight drawings, one model after the other in turns; the quietest of some blocks counts (ms)."""
    some = [drawings[place % len(drawings)].ink for place in range(EIGHT)]
    pictures, scalars = rasters(some)
    for model in models:
        model.function(pictures, scalars)
    best = [float("inf"), float("inf")]
    for _ in range(BLOCKS):
        times: tuple[list[float], list[float]] = ([], [])
        for _ in range(CALLS):
            for model, spent in zip(models, times, strict=True):
                began = time.perf_counter()
                model.function(pictures, scalars)
                spent.append((time.perf_counter() - began) * 1000)
        best = [min(old, float(np.quantile(spent, 0.99))) for old, spent in zip(best, times, strict=True)]
    return best[0], best[1]
