"""The report of a retraining: one page with what taught, how it went, and what the gates say."""

from __future__ import annotations

import base64
import html
import io
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import matplotlib

matplotlib.use("Agg")
import numpy as np
from matplotlib import pyplot

from model.evaluation.report_plots import REPORT_CORAL, REPORT_INK, REPORT_PAPER, REPORT_TEAL
from model.registry.model_card import ModelCard
from model.retraining.player_data import DrawingSelection

MAX_WORDS_SHOWN = 40
"""Words that the report lists, those with the most drawings."""


@dataclass(frozen=True, slots=True)
class RetrainingRun:
    """What the report is about."""

    card: ModelCard
    champion: str
    chosen: DrawingSelection
    losses: list[float]


def write_retraining_report(run: RetrainingRun, path: Path) -> None:
    """Write the page."""
    card = run.card
    verdict = "not judged: there is no golden set"
    if card.gates:
        verdict = "passes all gates" if card.gates["passed"] else "does not pass the gates"
    parts = [
        _RETRAINING_PAGE_HEAD,
        f"<h1>Challenger {html.escape(card.version)}</h1><p>Trained from {html.escape(run.champion)}; it <b>{verdict}</b>.</p>",
        "<h2>Gates</h2>", _gates_table(card.gates.get("rows", [])),
        "<h2>How it went</h2>", _embed_svg(_plot_losses(run.losses), "loss"),
        "<h2>What taught</h2>",
        f"<p>{len(run.chosen.teaching)} players' drawings taught, {len(run.chosen.judging)} were kept to judge.</p>",
        _embed_svg(_plot_selection(run.chosen), "what was left out, and why"),
        _embed_svg(_plot_words(run.chosen), "words that players drew most"),
        "<h2>Figures</h2>", _embed_svg(_plot_accuracy_by_ink(card.figures), "top-1 and top-3 against ink"),
        "<h2>Card</h2><table>", *(f"<tr><td>{html.escape(str(name))}<td>{html.escape(str(value))}"
                                  for name, value in card.training.items()), "</table>",
    ]  # fmt: skip
    path.write_text("\n".join(parts), encoding="utf-8")


def _gates_table(rows: list[dict[str, Any]]) -> str:
    lines = ["<table><tr><th>gate<th>champion<th>challenger<th>limit<th>"]
    for row in rows:
        cells = "".join(f"<td>{html.escape(str(row[name]))}" for name in ("gate", "before", "after", "limit"))
        lines.append(f"<tr>{cells}<td>{'passed' if row['passed'] else '<b>failed</b>'}")
    return "".join(lines) + "</table>"


def _plot_losses(losses: list[float]) -> Any:
    figure, axes = pyplot.subplots(figsize=(8, 3), facecolor=REPORT_PAPER)
    width = max(1, len(losses) // 100)
    whole = len(losses) // width * width
    smooth = np.array(losses[:whole]).reshape(-1, width).mean(1) if whole else np.array([])
    axes.plot(np.arange(len(smooth)) * width, smooth, color=REPORT_TEAL)
    axes.set(title="loss", xlabel="step")
    return figure


def _plot_selection(chosen: DrawingSelection) -> Any:
    names = ["teach", "judge", *(reason for reason, _ in chosen.left_out.most_common())]
    counts = [len(chosen.teaching), len(chosen.judging), *(count for _, count in chosen.left_out.most_common())]
    return _plot_bars(names, counts, [REPORT_TEAL, REPORT_INK] + [REPORT_CORAL] * len(chosen.left_out))


def _plot_words(chosen: DrawingSelection) -> Any:
    most = Counter(drawing.word for drawing in chosen.teaching).most_common(MAX_WORDS_SHOWN)
    return _plot_bars([word for word, _ in most], [count for _, count in most], [REPORT_TEAL] * len(most))


def _plot_bars(names: list[str], counts: list[int], colours: list[str]) -> Any:
    figure, axes = pyplot.subplots(figsize=(8, 0.6 + 0.24 * len(names)), facecolor=REPORT_PAPER)
    places = np.arange(len(names))[::-1]
    axes.barh(places, counts, color=colours)
    axes.set_yticks(places, names)
    for place, count in zip(places, counts, strict=True):
        axes.text(count, place, f" {count}", va="center", fontsize=8)
    return figure


def _plot_accuracy_by_ink(figures: dict[str, Any]) -> Any:
    figure, axes = pyplot.subplots(figsize=(8, 3), facecolor=REPORT_PAPER)
    rows = figures.get("ink", {})
    for name, colour in (("top1", REPORT_TEAL), ("top3", REPORT_CORAL)):
        axes.plot([100 * float(share) for share in rows], [100 * row[name] for row in rows.values()], "o-",
                  color=colour, label=name)  # fmt: skip
    axes.set(xlabel="% of the ink", ylabel="% right", ylim=(0, 100))
    axes.legend()
    return figure


def _embed_svg(figure: Any, alt: str) -> str:
    store = io.StringIO()
    figure.tight_layout()
    figure.savefig(store, format="svg")
    pyplot.close(figure)
    return (
        f'<p><img alt="{alt}" src="data:image/svg+xml;base64,{base64.b64encode(store.getvalue().encode()).decode()}">'
    )


_RETRAINING_PAGE_HEAD = """<!doctype html><meta charset=utf-8><meta name=viewport content="width=device-width"><title>Retraining</title>
<style>body{font:16px/1.5 system-ui;max-width:62rem;margin:2rem auto;padding:0 1rem;color:#1b1b2f;background:#fbf7ef}
table{border-collapse:collapse}td,th{padding:.25rem .8rem;text-align:left;border-bottom:1px solid #ddd}img{max-width:100%}
</style>"""
