"""From a trained network to a model folder: settle, round, calibrate, judge, write."""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from rich.console import Console
from rich.progress import Progress

from model.answers import Calibration
from model.data.quickdraw import LabelledDrawing
from model.evaluation import calibrate, curves
from model.fewshot.imprint import WordMemory, save_memory
from model.ink.raster import rasterise_inks
from model.ink.strokes import take_ink_prefix
from model.ink.vocabulary import CLASS_WORDS
from model.registry import artifact
from model.registry.model_card import ModelCard
from model.training.pipeline import TrainingBatch

REMEMBERED_DRAWINGS_PER_WORD = 4
"""Drawings of each word that a model remembers."""


def update_batch_norm_statistics(network: Any, batches: list[TrainingBatch]) -> None:
    """Measure the batch normalisations' means and variances afresh, as plain averages over some batches.

    Averaged weights need statistics of their own: those kept while training belong to the weights of each moment
    (Izmailov et al. 2018, section 3.2). Without this, averaged weights are useless while the rate is high.
    """
    norms = [layer for layer in network.layers if type(layer).__name__ == "BatchNormalization"]
    momenta = [layer.momentum for layer in norms]
    for number, batch in enumerate(batches):
        for layer in norms:
            layer.momentum = number / (number + 1.0)
        network([batch.pictures, batch.scalars], training=True)
    for layer, momentum in zip(norms, momenta, strict=True):
        layer.momentum = momentum


def publish_model(
    network: Any,
    card: ModelCard,
    out: Path,
    training: dict[str, Any],
    validation: list[LabelledDrawing],
    test: list[LabelledDrawing],
    console: Console,
    calibration: Calibration | None = None,
) -> dict[str, Any]:
    """Round the weights as they are stored, calibrate (unless it is given), judge, and write the model folder."""
    weights = [np.asarray(weight, np.float32).astype(np.float16).astype(np.float32) for weight in network.get_weights()]
    network.set_weights(weights)
    run = network_function(network)
    calibration = calibration or calibrate.fit_calibration(_collect_calibration_data(run, validation))
    with Progress(console=console) as progress:
        line = progress.add_task("judging", total=len(test) * len(curves.INK_SHARES))
        outputs = curves.run_on_prefixes(run, test, curves.INK_SHARES, lambda count: progress.advance(line, count))
    figures = curves.accuracy_figures(outputs, test, calibration, None)
    public = {name: value for name, value in figures.items() if not name.startswith("_")}
    card.version = time.strftime("%Y%m%d-%H%M")
    card.training, card.figures, card.calibration = training, public, asdict(calibration)
    artifact.save_model(out, card, weights)
    save_memory(out, build_word_memory(network, validation), np.asarray(network.get_layer("words").get_weights()[1]))
    return public


def build_word_memory(network: Any, validation: list[LabelledDrawing]) -> WordMemory:
    """Embed a few drawings of each word, whole and cut: new words are fitted beside them (`model.fewshot.imprint`)."""
    import keras

    counts: Counter[int] = Counter()
    chosen = []
    for drawing in validation:
        counts[drawing.label] += 1
        if counts[drawing.label] <= REMEMBERED_DRAWINGS_PER_WORD:
            chosen.append(drawing)
    inks = [take_ink_prefix(drawing.ink, share) for share in (1.0, 0.6) for drawing in chosen]
    pictures, scalars = rasterise_inks(inks)
    inner = keras.Model(network.inputs, network.get_layer("embedding").output)
    parts = [
        keras.ops.convert_to_numpy(inner([pictures[at : at + 512], scalars[at : at + 512]], training=False))
        for at in range(0, len(pictures), 512)
    ]
    return WordMemory(np.concatenate(parts), np.array([drawing.label for drawing in chosen] * 2))


def network_function(network: Any) -> curves.NetworkFunction:
    """Wrap a Keras network as arrays → (word logits, junk logits)."""
    import keras

    def run(pictures: npt.NDArray[np.uint8], scalars: npt.NDArray[np.float32]) -> tuple[Any, Any]:
        parts = [
            keras.ops.convert_to_numpy(network([pictures[at : at + 512], scalars[at : at + 512]], training=False))
            for at in range(0, len(pictures), 512)
        ]
        out = np.concatenate(parts)
        return out[:, : len(CLASS_WORDS)], out[:, len(CLASS_WORDS)]

    return run


def _collect_calibration_data(
    run: curves.NetworkFunction, validation: list[LabelledDrawing], seed: int = 1
) -> calibrate.CalibrationData:
    """Show the network every validation drawing at the shares that are judged, and junk of each kind."""
    from model.evaluation.rejection import JUNK_LIKE_WORDS, make_junk_of_kind
    from model.ink.negatives import JUNK_KINDS

    inks, labels, whole = [], [], []
    for drawing in validation:
        for share in curves.POOLED_INK_SHARES:
            inks.append(take_ink_prefix(drawing.ink, share))
            labels.append(drawing.label)
            whole.append(share == 1.0 and CLASS_WORDS[drawing.label] not in JUNK_LIKE_WORDS)
    simple = [drawing for drawing in validation if not drawing.raw] or validation
    lender_inks, lender_labels = [drawing.ink for drawing in simple], [drawing.label for drawing in simple]
    for number, kind in enumerate(JUNK_KINDS):
        if kind == "mixture" and len(set(lender_labels)) < 5:
            continue
        made = make_junk_of_kind(kind, len(validation), lender_inks, lender_labels, seed + number)
        inks += made
        labels += [-1] * len(made)
        whole += [False] * len(made)
    pictures, scalars = rasterise_inks(inks)
    logits, doubt = run(pictures, scalars)
    return calibrate.CalibrationData(logits, doubt, scalars, np.array(labels), np.array(whole))
