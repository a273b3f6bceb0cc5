"""The report of the collection: one page of HTML that needs nothing beside it."""

from __future__ import annotations

import base64
from collections import Counter
from collections.abc import Sequence
from html import escape

import cv2
import numpy as np

from server.drawings.export.count import JunkExample, WordCounts, format_percent, format_seconds
from server.drawings.formats.images import draw_svg

REPORT_TITLE = "<title>Drawings in the collection</title>"
_REPORT_CSS = """
:root{color-scheme:light dark;--line:#8884}
body{font:16px/1.5 system-ui,sans-serif;max-width:70rem;margin:0 auto;padding:1rem}
.wide{overflow-x:auto}
table{border-collapse:collapse;font-variant-numeric:tabular-nums}
th,td{padding:.25rem .75rem;text-align:end;border-bottom:1px solid var(--line);white-space:nowrap}
th:first-child,td:first-child{text-align:start;white-space:normal;overflow-wrap:anywhere;min-width:8rem}
img{background:#fff;border-radius:4px;vertical-align:middle}
td img{width:56px;height:56px}
ul{list-style:none;padding:0;display:grid;gap:1rem;grid-template-columns:repeat(auto-fill,minmax(8rem,1fr))}
li{overflow-wrap:anywhere}li img{width:100%}
"""


def render_count_report(counts: Sequence[WordCounts], total: WordCounts, junk: Sequence[JunkExample]) -> str:
    """Write the page."""
    all_figures = total.figures()
    because = ", ".join(f"{name} {n}" for name, n in all_figures["junk_because"].items()) or "nothing"
    return "\n".join(
        [
            '<!doctype html><html lang="en"><meta charset="utf-8">',
            f'<meta name="viewport" content="width=device-width">{REPORT_TITLE}',
            f"<style>{_REPORT_CSS}</style><main><h1>Drawings in the collection</h1>",
            f"<p>{total.drawings} drawings of {len(counts)} words by {len(total.people)} people. "
            f"{format_percent(all_figures['hit_rate'])} were recognised while they were drawn, half of those within "
            f"{format_seconds(all_figures['hit_ms_median'])} of the first point. {all_figures['junk']} look like junk ({escape(because)}).</p>",
            "<h2>Words</h2>", _words_table(counts),
            "<h2>Devices</h2>", _counter_table("pointer", total.devices), "<h2>Sources</h2>", _counter_table("source", total.sources),
            "<h2>What looks like junk</h2>",
            "<p>Little ink: nearly nothing is drawn. Doubted: the network did not take it for a drawing of any word at its end. "
            "Repeated: the word has another drawing with the same strokes. "
            f"The first {len(junk)} of {all_figures['junk']}:</p>",
            _junk_pictures(junk), "</main></html>", "",
        ]
    )  # fmt: skip


def _words_table(counts: Sequence[WordCounts]) -> str:
    rows = []
    for count in counts:
        figures = count.figures()
        mean = np.rint(255 - count.mean).clip(0, 255).astype(np.uint8)
        rows.append(
            f'<tr><td><bdi>{escape(count.word)}</bdi></td><td><img alt="" src="{_png_data_url(mean)}"></td><td>{count.drawings}</td>'
            f"<td>{figures['people']}</td><td>{format_percent(figures['hit_rate'])}</td><td>{format_seconds(figures['hit_ms_median'])}</td>"
            f"<td>{format_seconds(figures['hit_ms_p90'])}</td><td>{figures['junk']}</td></tr>"
        )
    heads = ("word", "mean", "drawings", "people", "hit", "median time to hit", "90th percentile", "junk")
    return _html_table(heads, rows)


def _counter_table(name: str, counter: Counter[str]) -> str:
    rows = [f"<tr><td>{escape(key)}</td><td>{n}</td></tr>" for key, n in counter.most_common()]
    return _html_table((name, "drawings"), rows)


def _html_table(heads: Sequence[str], rows: Sequence[str]) -> str:
    head = "".join(f'<th scope="col">{name}</th>' for name in heads)
    return f'<div class="wide" role="region" aria-label="{heads[0]}" tabindex="0"><table><thead><tr>{head}</tr></thead><tbody>{"".join(rows)}</tbody></table></div>'


def _junk_pictures(junk: Sequence[JunkExample]) -> str:
    items = []
    for record, reasons in junk:
        source = f"data:image/svg+xml;base64,{base64.b64encode(draw_svg(record)).decode()}"
        word = escape(record.word)
        items.append(
            f'<li><img alt="a drawing of {word}" src="{source}"><br><b><bdi>{word}</bdi></b><br>{escape(reasons)}<br>'
            f"<small>{record.key_id}</small></li>"
        )
    return f"<ul>{''.join(items)}</ul>"


def _png_data_url(picture: np.ndarray) -> str:
    _, data = cv2.imencode(".png", picture)
    return f"data:image/png;base64,{base64.b64encode(data.tobytes()).decode()}"
