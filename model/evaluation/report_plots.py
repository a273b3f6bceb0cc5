"""The plots of the evaluation report, by matplotlib, as pictures inside the page."""

from __future__ import annotations

import base64
import io
from typing import Any

import matplotlib

matplotlib.use("Agg")
import numpy as np
from matplotlib import pyplot

from model.ink.vocabulary import CLASS_WORDS

DOODLENET_FIGURES = {
    "0.25": {"top1": 0.017, "top3": 0.053}, "0.5": {"top1": 0.149, "top3": 0.282},
    "0.75": {"top1": 0.450, "top3": 0.683}, "1.0": {"top1": 0.692, "top3": 0.866},
}  # fmt: skip
"""DoodleNet's top-1 and top-3 by share of ink on 2,760 other held-out drawings, for when it is not at hand."""
REPORT_INK, REPORT_TEAL, REPORT_CORAL, REPORT_PAPER = "#1b1b2f", "#1f7a8c", "#c8553d", "#fbf7ef"


def teacher_figures(found: dict[str, Any]) -> dict[str, dict[str, float]]:
    """Return the teacher's figures by share of ink: on the same drawings if they were measured, else the known ones."""
    figures: dict[str, dict[str, float]] = found.get("teacher", DOODLENET_FIGURES)
    return figures


def plot_accuracy(found: dict[str, Any]) -> Any:
    """Plot top-1 and top-3 against the share of ink, the teacher's beside them."""
    figure, axes = pyplot.subplots(figsize=(7, 3.8))
    shares = [float(share) * 100 for share in found["ink"]]
    teacher = teacher_figures(found)
    for name, style in (("top1", "-"), ("top3", "--")):
        label = name.replace("top", "top-")
        own = [row[name] * 100 for row in found["ink"].values()]
        axes.plot(shares, own, "o" + style, color=REPORT_TEAL, label=f"Inkling, {label}")
        axes.plot(
            shares,
            [teacher[s][name] * 100 for s in found["ink"]],
            "s" + style,
            color=REPORT_CORAL,
            label=f"DoodleNet, {label}",
        )
    axes.set(xlabel="% of the ink", ylabel="% right, of 345 words", ylim=(0, 100), xticks=shares)
    axes.grid(alpha=0.25)
    axes.legend(frameon=False)
    return figure


def plot_thresholds(packs: dict[str, Any]) -> Any:
    """Plot hits against wrong words of each pack, for all thresholds; a circle is the game's own."""
    wide = 4
    high = -(-len(packs) // wide)
    figure, grid = pyplot.subplots(high, wide, figsize=(9, 2.4 * high), sharex=True, sharey=True, squeeze=False)
    for axes in np.ravel(grid)[len(packs) :]:
        axes.axis("off")
    for axes, (name, row) in zip(np.ravel(grid), packs.items(), strict=False):
        axes.set_title(name, fontsize=10)
        for curve, color in ((row["curve"], REPORT_TEAL), (row.get("teacher", {}).get("curve", []), REPORT_CORAL)):
            dots = sorted((point["wrong"], point["hits"] * 100) for point in curve)
            axes.plot([x for x, _ in dots], [y for _, y in dots], ".-", color=color, alpha=0.7)
        axes.plot(row["wrong"], row["hits"] * 100, "o", color=REPORT_INK)
        axes.axvline(1.0, color="#bbb", linewidth=0.8)
        axes.grid(alpha=0.25)
    figure.supxlabel("wrong words a drawing; the circle is the game")
    figure.supylabel("% hits")
    return figure


def plot_reliability(diagrams: dict[str, list[tuple[float, float, int]]]) -> Any:
    """Plot how often it was right against how sure it was, one diagram a group of answers."""
    wide = 3
    high = -(-len(diagrams) // wide)
    figure, grid = pyplot.subplots(high, wide, figsize=(8, 2.7 * high), sharex=True, sharey=True)
    for axes in np.ravel(grid)[len(diagrams) :]:
        axes.axis("off")
    for axes, (name, dots) in zip(np.ravel(grid), diagrams.items(), strict=False):
        axes.plot([0, 1], [0, 1], color="#bbb")
        axes.set_title(name, fontsize=10)
        axes.set(xlim=(0, 1), ylim=(0, 1))
        if dots:
            said, was, count = zip(*dots, strict=True)
            axes.scatter(said, was, s=6 + 120 * np.array(count) / max(count), color=REPORT_TEAL, alpha=0.85)
    figure.supxlabel("said")
    figure.supylabel("was right")
    return figure


def plot_confusion(labels: Any, tops: Any) -> Any:
    """Plot the confusion matrix of all words."""
    matrix = np.zeros((len(CLASS_WORDS), len(CLASS_WORDS)))
    np.add.at(matrix, (labels, tops), 1)
    figure, axes = pyplot.subplots(figsize=(6, 6))
    axes.imshow(np.sqrt(matrix / np.maximum(matrix.sum(1, keepdims=True), 1)), cmap="GnBu")
    axes.set(xlabel="taken for", ylabel="drawn")
    return figure


def embed_figure(figure: Any, alt: str, kind: str = "svg") -> str:
    """Return a figure as an image inside the page, and close it."""
    buffer = io.BytesIO()
    figure.tight_layout()
    figure.savefig(buffer, format=kind, dpi=100, transparent=True)
    pyplot.close(figure)
    mime = "image/svg+xml" if kind == "svg" else "image/png"
    return f'<img alt="{alt}" src="data:{mime};base64,{base64.b64encode(buffer.getvalue()).decode()}">'
