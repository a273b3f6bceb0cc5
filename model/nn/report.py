"""The evaluation report: one self-contained HTML page with pictures made by matplotlib."""

from __future__ import annotations

import base64
import html
import io
from pathlib import Path
from typing import Any

import matplotlib

matplotlib.use("Agg")
import numpy as np
from matplotlib import pyplot

from model.labels import WORDS

TEACHER = {"0.25": (0.017, 0.053), "0.5": (0.149, 0.282), "0.75": (0.450, 0.683), "1.0": (0.692, 0.866)}
"""DoodleNet's top-1 and top-3 by share of ink, measured on 2,760 other held-out drawings."""


def write(found: dict[str, Any], path: Path) -> None:
    """Write the page for the object of `inkling model evaluate` and its private parts."""
    labels, tops = (np.array(part) for part in found["_confusion"])
    parts = [
        _STYLE,
        f"<h1>Model {html.escape(str(found['model']))}</h1><p>{found['n']} drawings of {found['words']} words. "
        f"{found['params']:,} parameters, {found['bytes']:,} bytes. The model sees the prefix only.</p>",
        "<h2>Accuracy against ink</h2>", _table(found), _picture(_accuracy(found)),
        "<h2>Is it honest?</h2><p>Dots on the line: what it says with 70 % is right in 70 of 100 cases. "
        f"Expected calibration error {found['ece']['pooled']:.3f}.</p>", _picture(_reliability(found)),
        "<h2>Worst words</h2>", _worst(labels, tops),
        "<h2>Confusions of full drawings</h2>", _picture(_confusion(labels, tops)), _pairs(labels, tops),
    ]  # fmt: skip
    path.write_text("\n".join(parts), encoding="utf-8")


def _table(found: dict[str, Any]) -> str:
    rows = "".join(
        f"<tr><td>{float(share):.0%}</td><td>{row['top1']:.1%}</td><td>{row['top3']:.1%}</td><td>{row['ece']:.3f}</td>"
        f"<td>{TEACHER[share][0]:.1%}</td><td>{TEACHER[share][1]:.1%}</td></tr>"
        for share, row in found["ink"].items()
    )
    head = "<th>ink</th><th>top-1</th><th>top-3</th><th>ECE</th><th>DoodleNet top-1</th><th>top-3</th>"
    return f"<table><tr>{head}</tr>{rows}</table>"


def _accuracy(found: dict[str, Any]) -> Any:
    figure, axes = pyplot.subplots(figsize=(6, 3.6))
    shares = [float(share) for share in found["ink"]]
    for place, name in ((0, "top1"), (1, "top3")):
        axes.plot(shares, [row[name] for row in found["ink"].values()], "o-", label=f"this model, {name}")
        axes.plot(shares, [TEACHER[share][place] for share in found["ink"]], "o:", label=f"DoodleNet, {name}")
    axes.set(xlabel="share of the ink", ylabel="right", ylim=(0, 1))
    axes.legend()
    return figure


def _reliability(found: dict[str, Any]) -> Any:
    figure, axes = pyplot.subplots(figsize=(4, 4))
    said, was, count = zip(*found["_reliability"], strict=True)
    axes.plot([0, 1], [0, 1], color="grey")
    axes.scatter(said, was, s=8 + 200 * np.array(count) / max(count))
    axes.set(xlabel="said", ylabel="was right", xlim=(0, 1), ylim=(0, 1))
    return figure


def _confusion(labels: Any, tops: Any) -> Any:
    matrix = np.zeros((len(WORDS), len(WORDS)))
    np.add.at(matrix, (labels, tops), 1)
    figure, axes = pyplot.subplots(figsize=(6, 6))
    axes.imshow(np.sqrt(matrix / np.maximum(matrix.sum(1, keepdims=True), 1)), cmap="Blues")
    axes.set(xlabel="guessed", ylabel="drawn")
    return figure


def _worst(labels: Any, tops: Any) -> str:
    shares = [(float((tops[labels == w] == w).mean()), WORDS[w]) for w in sorted(set(labels.tolist()))]
    return "<p>" + ", ".join(f"{html.escape(word)} {share:.0%}" for share, word in sorted(shares)[:20]) + "</p>"


def _pairs(labels: Any, tops: Any) -> str:
    pairs: dict[tuple[int, int], int] = {}
    for label, top in zip(labels.tolist(), tops.tolist(), strict=True):
        if label != top:
            pairs[(label, top)] = pairs.get((label, top), 0) + 1
    common = sorted(pairs.items(), key=lambda item: -item[1])[:30]
    rows = "".join(
        f"<tr><td>{html.escape(WORDS[a])}</td><td>{html.escape(WORDS[b])}</td><td>{n}</td></tr>" for (a, b), n in common
    )
    return f"<table><tr><th>drawn</th><th>guessed</th><th>times</th></tr>{rows}</table>"


def _picture(figure: Any) -> str:
    buffer = io.BytesIO()
    figure.tight_layout()
    figure.savefig(buffer, format="png", dpi=110)
    pyplot.close(figure)
    return f'<img alt="" src="data:image/png;base64,{base64.b64encode(buffer.getvalue()).decode()}">'


_STYLE = """<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Inkling: evaluation</title><style>body{font:16px/1.5 system-ui;max-width:60rem;margin:2rem auto;padding:0 1rem;
background:#fbf7ef;color:#1b1b2f}td,th{padding:.2rem .8rem;text-align:left}img{max-width:100%}</style>"""
