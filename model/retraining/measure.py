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

from model.answers import Float32Array, WordMask, calibrated_probabilities
from model.data.quickdraw import LabelledDrawing
from model.evaluation import curves, metrics
from model.fewshot.imprint import load_columns
from model.ink.raster import rasterise_inks
from model.ink.strokes import Ink, take_ink_prefix
from model.ink.vocabulary import CLASS_INDEX, CLASS_WORDS
from model.network import frozen_function
from model.registry import artifact
from model.retraining.gates import DrawingSetResult, ModelMeasurement
from model.training.publish import network_function

LATENCY_BATCH_SIZE = 8
"""Drawings in each call that is timed."""
LATENCY_CALLS_PER_BLOCK = 50
"""Timed calls of each model in a block, in turns."""
LATENCY_BLOCKS = 4
"""Blocks of timed calls, of which the quietest counts."""
AGREEMENT_SAMPLE_SIZE = 400
"""Golden drawings, about, on which the served model has to agree with the trained one."""


class LoadedModel:
    """One loaded model: the served function, and the trained network that it was made from."""

    def __init__(self, folder: Path) -> None:
        card = artifact.read_game_card(folder)
        self.version = card.version
        self.calibration = artifact.calibration_from_card(card)
        self.network = artifact.build_network_from_card(card)
        self.network.set_weights(artifact.read_weights(folder))
        self.function = frozen_function.FrozenFunction(self.network)
        self.columns = load_columns(folder)
        taught = card.training.get("taught")
        self.taught = (str(taught["word"]), int(taught["right"]), int(taught["of"])) if taught else None

    def predict(self, inks: list[Ink]) -> tuple[Float32Array, Float32Array]:
        """Return calibrated probabilities over all words (n, 345) and doubt (n,) of whole drawings."""
        found = []
        for start in range(0, len(inks), curves.EVALUATION_BATCH_SIZE):
            pictures, scalars = rasterise_inks(inks[start : start + curves.EVALUATION_BATCH_SIZE])
            logits, junk = self.function(pictures, scalars)
            found.append(calibrated_probabilities(logits, junk, scalars, np.ones_like(logits, bool), self.calibration))
        return np.concatenate([probs for probs, _ in found]), np.concatenate([doubt for _, doubt in found])


def load_theme_masks() -> dict[str, WordMask]:
    """Return the packs of INKLING_PACKS as masks; all of them are themes but those that hold nearly everything."""
    known = os.environ.get("INKLING_PACKS", "")
    packs: Mapping[str, list[str]] = json.loads(Path(known).read_text(encoding="utf-8")) if known else {}
    found = {}
    for name, words in packs.items():
        mask = np.zeros(len(CLASS_WORDS), bool)
        mask[[CLASS_INDEX[word] for word in words]] = True
        if name != "default" and mask.sum() < len(CLASS_WORDS) / 2:
            found[name] = mask
    return found


def measure_models(
    models: tuple[LoadedModel, LoadedModel],
    golden: list[LabelledDrawing],
    players: list[LabelledDrawing],
    console: Console,
) -> tuple[ModelMeasurement, ModelMeasurement]:
    """Measure champion and challenger."""
    slow = _p99_milliseconds(models, golden)
    parts = [part for part in (golden, players) if part]
    with Progress(console=console, transient=True) as progress:
        line = progress.add_task("judging", total=2 * len(curves.POOLED_INK_SHARES) * sum(map(len, parts)))

        def on_progress(count: int) -> None:
            progress.advance(line, count)

        found = [
            ModelMeasurement(evaluate_drawing_set(model, golden, on_progress), evaluate_drawing_set(model, players, on_progress) if players else None, p99,
                     _served_agreement(model, golden[:: max(1, len(golden) // AGREEMENT_SAMPLE_SIZE)]),
                     model.taught if model.columns != models[0].columns else None)
            for model, p99 in zip(models, slow, strict=True)
        ]  # fmt: skip
    return found[0], found[1]


def evaluate_drawing_set(
    model: LoadedModel, drawings: list[LabelledDrawing], on_progress: Callable[[int], None] = lambda count: None
) -> DrawingSetResult:
    """Judge one model on drawings, over all words."""
    outputs = curves.run_on_prefixes(model.function, drawings, curves.POOLED_INK_SHARES, on_progress)
    labels = np.array([drawing.label for drawing in drawings])
    everything = np.ones((len(drawings), len(CLASS_WORDS)), bool)
    confidence, right = [], []
    for place in range(len(curves.POOLED_INK_SHARES)):
        probs, _ = calibrated_probabilities(
            outputs.logits[place], outputs.junk[place], outputs.scalars[place], everything, model.calibration
        )
        places = metrics.rank_true_words(probs, labels)
        if model.columns and curves.POOLED_INK_SHARES[place] in (0.5, 1.0):
            places = places + _count_taught_words_ahead(
                model, drawings, curves.POOLED_INK_SHARES[place], outputs.logits[place]
            )
        confidence.append(probs.max(1))
        right.append(places)
    first = np.stack([places < 1 for places in right])
    return DrawingSetResult(
        labels, first[-1], right[-1] < 3, first[curves.POOLED_INK_SHARES.index(0.5)],
        metrics.expected_calibration_error(np.concatenate(confidence), first.ravel()), tuple(drawing.identity for drawing in drawings),
    )  # fmt: skip


def _count_taught_words_ahead(
    model: LoadedModel, drawings: list[LabelledDrawing], share: float, logits: npt.NDArray[np.float32]
) -> npt.NDArray[np.int64]:
    """Count how many taught words stand before each drawing's own word."""
    embedding = np.concatenate(
        [
            model.function.embed(
                *rasterise_inks(
                    [take_ink_prefix(d.ink, share) for d in drawings[at : at + curves.EVALUATION_BATCH_SIZE]]
                )
            )[0]
            for at in range(0, len(drawings), curves.EVALUATION_BATCH_SIZE)
        ]
    )
    own = logits[np.arange(len(drawings)), [drawing.label for drawing in drawings]]
    ahead = np.stack([embedding @ column.vector + column.bias >= own for column in model.columns])
    counted: npt.NDArray[np.int64] = ahead.sum(0)
    return counted


def _served_agreement(model: LoadedModel, drawings: list[LabelledDrawing]) -> float:
    """Return on which share of drawings the served function leads with the trained network's word."""
    pictures, scalars = rasterise_inks([drawing.ink for drawing in drawings])
    served, _ = model.function(pictures, scalars)
    trained, _ = network_function(model.network)(pictures, scalars)
    return float((served.argmax(1) == trained.argmax(1)).mean())


def _p99_milliseconds(models: tuple[LoadedModel, LoadedModel], drawings: list[LabelledDrawing]) -> tuple[float, float]:
    """Time calls with eight drawings, one model after the other in turns; the quietest of some blocks counts (ms)."""
    some = [drawings[place % len(drawings)].ink for place in range(LATENCY_BATCH_SIZE)]
    pictures, scalars = rasterise_inks(some)
    for model in models:
        model.function(pictures, scalars)
    best = [float("inf"), float("inf")]
    for _ in range(LATENCY_BLOCKS):
        times: tuple[list[float], list[float]] = ([], [])
        for _ in range(LATENCY_CALLS_PER_BLOCK):
            for model, spent in zip(models, times, strict=True):
                began = time.perf_counter()
                model.function(pictures, scalars)
                spent.append((time.perf_counter() - began) * 1000)
        best = [min(old, float(np.quantile(spent, 0.99))) for old, spent in zip(best, times, strict=True)]
    return best[0], best[1]
