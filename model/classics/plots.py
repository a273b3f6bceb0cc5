"""Pictures of a run: learning curves, confusion matrix, grids of samples."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import matplotlib

matplotlib.use("Agg")
import numpy as np
from matplotlib import pyplot
from matplotlib.ticker import MaxNLocator

from model.classics.data_sets.data_set import Int64Array, UInt8Array

PLOT_INK, PLOT_BLUE, PLOT_CORAL, PLOT_PAPER = "#1B1B2F", "#2B46E6", "#C8371F", "#FBF7EF"
History = Sequence[Mapping[str, float]]


def plot_learning_curves(
    history: History, path: Path, name: str = "", beside: tuple[str, History] | None = None
) -> None:
    """Plot accuracy and loss of the training and the validation part; `beside`: another run's, on the same scales."""
    runs = [*([beside] if beside is not None else []), (name, history)]
    figure, rows = pyplot.subplots(
        len(runs), 2, figsize=(10, 3.6 * len(runs) + 0.4), facecolor=PLOT_PAPER, sharey="col", squeeze=False
    )
    for both, (title, one) in zip(rows, runs, strict=True):
        for axes, kind in zip(both, ("accuracy", "loss"), strict=True):
            _plot_lines(axes, one, kind)
            axes.set(title=f"{title}: {kind}" if title else kind, xlabel="epoch", facecolor=PLOT_PAPER)
            axes.xaxis.set_major_locator(MaxNLocator(integer=True))
            axes.grid(alpha=0.25)
            axes.spines[["top", "right"]].set_visible(False)
            axes.legend(frameon=False)
    _save_figure(figure, path)


def _plot_lines(axes: Any, history: History, kind: str) -> None:
    for key, colour, label in ((kind, PLOT_CORAL, "training"), (f"val_{kind}", PLOT_BLUE, "validation")):
        rows = [(row["epoch"], row[key]) for row in history if key in row]
        if rows:
            axes.plot(*zip(*rows, strict=True), color=colour, label=label, marker="o" if len(rows) == 1 else "")


def plot_confusion_matrix(table: Int64Array, classes: Sequence[str], path: Path) -> None:
    """Plot a confusion matrix, shares of each row, with counts."""
    shares = table / np.maximum(table.sum(1, keepdims=True), 1)
    side = max(3.4, 0.62 * len(classes) + 1.6)
    figure, axes = pyplot.subplots(figsize=(side, side), facecolor=PLOT_PAPER)
    axes.imshow(shares, cmap="Blues", vmin=0, vmax=1)
    for row, column in np.ndindex(*table.shape):
        if table[row, column]:
            colour = "white" if shares[row, column] > 0.5 else PLOT_INK
            axes.text(column, row, int(table[row, column]), ha="center", va="center", color=colour, fontsize=8)
    axes.set_xticks(range(len(classes)), classes, rotation=60, ha="right")
    axes.set_yticks(range(len(classes)), classes)
    axes.set(xlabel="said", ylabel="is")
    _save_figure(figure, path)


def plot_picture_grid(
    pictures: UInt8Array, captions: Sequence[str], path: Path, columns: int = 10, marks: Sequence[bool] = ()
) -> None:
    """Show pictures (n, side, side, channels) in rows with captions; drawings dark on light. `marks`: False in red."""
    side = pictures.shape[1]
    rows = -(-len(pictures) // columns)
    lines = 1 + max(caption.count("\n") for caption in captions)
    step = (side + 4, round(side * (1.04 + 0.15 * lines)) + 4)
    sheet = np.full((rows * step[1], columns * step[0], 3), 255, np.uint8)
    for place, picture in enumerate(pictures):
        top, left = place // columns * step[1] + 2, place % columns * step[0] + 2
        shown = 255 - np.repeat(picture, 3, 2) if picture.shape[2] == 1 else picture
        sheet[top : top + side, left : left + side] = shown
    figure = pyplot.figure(figsize=(columns * 1.05, rows * 1.05 * step[1] / step[0]), facecolor="white")
    axes = figure.add_axes((0, 0, 1, 1))
    axes.imshow(sheet, interpolation="nearest")
    axes.set_axis_off()
    for place, caption in enumerate(captions):
        x, y = place % columns * step[0] + 2 + side / 2, place // columns * step[1] + side + 3
        bad = bool(marks) and not marks[place]
        axes.text(x, y, caption, ha="center", va="top", fontsize=7, color=PLOT_CORAL if bad else PLOT_INK)
    figure.savefig(path, dpi=100)
    pyplot.close(figure)


def _save_figure(figure: Any, path: Path) -> None:
    figure.tight_layout()
    figure.savefig(path, dpi=100)
    pyplot.close(figure)
