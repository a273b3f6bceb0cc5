"""Pages of a run: the report, and the page about the data. One self-contained file each."""

from __future__ import annotations

import base64
import html
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from model.registry.card_writer import format_right_share
from model.registry.model_card import ModelCard

RUN_PAGE_HEAD = """<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>{title}</title><style>body{{font:16px/1.5 system-ui;max-width:60rem;margin:2rem auto;padding:0 1rem;
background:#fbf7ef;color:#1b1b2f}}td,th{{padding:.2rem .8rem;text-align:left}}img{{max-width:100%}}</style>"""


def render_run_report(card: ModelCard, folder: Path) -> str:
    """Write a run's report in HTML; the pictures are those of its folder."""
    figures = card.figures
    title = f"{card.recipe}{' (ours)' if card.ours else ''}"
    parts = [
        RUN_PAGE_HEAD.format(title=html.escape(title)), f"<h1>{html.escape(title)}</h1><p>{html.escape(card.about)}.</p>",
        f"<p>{figures['accuracy']:.2%} of {figures['n']:,} test pictures are right; balanced "
        f"{figures['balanced']:.2%}. Target: {html.escape(str(card.target.get('says', '–')))}.</p>",
        _html_list(card.used + card.notes),
        "<h2>Learning</h2>", _embed_png(folder / "curves.png"),
        "<h2>Confusion</h2>", _embed_png(folder / "confusion.png"),
        _html_table(["class", "n", "right"], [[name, row["n"], format_right_share(row)] for name, row in figures["classes"].items()]),
        "<h2>Test pictures and what it says</h2>", _embed_png(folder / "samples.png"),
    ]  # fmt: skip
    if "pictures" in figures:
        rows = [
            [number + 1, row["is"], row["said"], f"{row['p']:.0%}"] for number, row in enumerate(figures["pictures"])
        ]
        parts += [_html_table(["picture", "is", "said", "sure"], rows)]
    return "\n".join(parts + (_questions_section(card.doubts, folder) if card.doubts else []))


def render_data_page(card: ModelCard, folder: Path) -> str:
    """Write the page about the data: counts, a grid of pictures, before and after variation."""
    rows = [[name, *row.values()] for name, row in card.counts.items()]
    parts = [
        RUN_PAGE_HEAD.format(title=f"{card.recipe}: data"), f"<h1>Data of {html.escape(card.recipe)}</h1>",
        _html_list(card.used), _html_table(["class", "training", "validation", "test"], rows),
        "<h2>Pictures</h2>", _embed_png(folder / "grid.png"),
    ]  # fmt: skip
    if (folder / "varied.png").exists():
        parts += ["<h2>Before and after variation</h2>", _embed_png(folder / "varied.png")]
    return "\n".join([*parts, f"<p>{html.escape(card.credit)}</p>"])


def _questions_section(answers: dict[str, Any], folder: Path) -> list[str]:
    quality, culture = answers["quality"], answers["culture"]
    pairs = [[row["was"], row["said"], row["times"], f"{row['times'] / row['n']:.1%}"] for row in answers["species"]]
    lands = [
        [country, row["n"], f"{row['accuracy']:.1%}", f"{row['interval'][0]:.0%} to {row['interval'][1]:.0%}"]
        for country, row in culture["countries"].items()
    ]
    return [
        "<h2>Three doubts</h2><h3>Quality: are the labels right?</h3>",
        f"<p>Of {quality['n']:,} test drawings the network is at least {quality['sure']:.0%} sure of another word for "
        f"{quality['suspects']}: {_format_counts(quality['classes'])}. The surest of them:</p>",
        _embed_png(folder / "doubts.png") if (folder / "doubts.png").exists() else "",
        "<h3>Species: which are confused?</h3>", _html_table(["is", "said", "times", "of the class"], pairs),
        "<h3>Culture: does the country matter?</h3>",
        f"<p>{culture['n']} drawings say where they come from and were not learnt from "
        f"({culture['left_out']} more were).{'' if len(lands) > 2 else ' Too few to tell countries apart.'}</p>",
        _html_table(["country", "n", "right", "95 % interval"], lands),
    ]  # fmt: skip


def _format_counts(counts: dict[str, int]) -> str:
    return html.escape(", ".join(f"{name} {count}" for name, count in counts.items()))


def _html_list(lines: Sequence[str]) -> str:
    return "<ul>" + "".join(f"<li>{html.escape(line)}</li>" for line in lines) + "</ul>"


def _html_table(head: Sequence[str], rows: Sequence[Sequence[Any]]) -> str:
    cells = "".join("<tr>" + "".join(f"<td>{html.escape(str(cell))}</td>" for cell in row) + "</tr>" for row in rows)
    return "<table><tr>" + "".join(f"<th>{html.escape(name)}</th>" for name in head) + f"</tr>{cells}</table>"


def _embed_png(path: Path) -> str:
    return f'<img alt="" src="data:image/png;base64,{base64.b64encode(path.read_bytes()).decode()}">'
