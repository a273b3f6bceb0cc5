"""The report of the collection: one page of HTML that needs nothing beside it."""

from __future__ import annotations

import base64
from collections import Counter
from collections.abc import Sequence
from html import escape

import cv2
import numpy as np

from server.drawings.export.count import Count, Junk, seconds, share
from server.drawings.formats.images import svg_of

TITLE = "<title>Drawings in the collection</title>"
_STYLE = """
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


def page_of(counts: Sequence[Count], total: Count, junk: Sequence[Junk]) -> str:
    """Write the page."""
    all_told = total.told()
    because = ", ".join(f"{name} {n}" for name, n in all_told["junk_because"].items()) or "nothing"
    return "\n".join(
        [
            '<!doctype html><html lang="en"><meta charset="utf-8">',
            f'<meta name="viewport" content="width=device-width">{TITLE}',
            f"<style>{_STYLE}</style><main><h1>Drawings in the collection</h1>",
            f"<p>{total.drawings} drawings of {len(counts)} words by {len(total.people)} people. "
            f"{share(all_told['hit_rate'])} were recognised while they were drawn, half of those within "
            f"{seconds(all_told['hit_ms_median'])} of the first point. {all_told['junk']} look like junk ({escape(because)}).</p>",
            "<h2>Words</h2>", _words(counts),
            "<h2>Devices</h2>", _counter("pointer", total.devices), "<h2>Sources</h2>", _counter("source", total.sources),
            "<h2>What looks like junk</h2>",
            "<p>Little ink: nearly nothing is drawn. Doubted: the network did not take it for a drawing of any word at its end. "
            "Repeated: the word has another drawing with the same strokes. "
            f"The first {len(junk)} of {all_told['junk']}:</p>",
            _pictures(junk), "</main></html>", "",
        ]
    )  # fmt: skip


def _words(counts: Sequence[Count]) -> str:
    rows = []
    for count in counts:
        told = count.told()
        mean = np.rint(255 - count.mean).clip(0, 255).astype(np.uint8)
        rows.append(
            f'<tr><td><bdi>{escape(count.word)}</bdi></td><td><img alt="" src="{_png(mean)}"></td><td>{count.drawings}</td>'
            f"<td>{told['people']}</td><td>{share(told['hit_rate'])}</td><td>{seconds(told['hit_ms_median'])}</td>"
            f"<td>{seconds(told['hit_ms_p90'])}</td><td>{told['junk']}</td></tr>"
        )
    heads = ("word", "mean", "drawings", "people", "hit", "median time to hit", "90th percentile", "junk")
    return _table(heads, rows)


def _counter(name: str, counter: Counter[str]) -> str:
    rows = [f"<tr><td>{escape(key)}</td><td>{n}</td></tr>" for key, n in counter.most_common()]
    return _table((name, "drawings"), rows)


def _table(heads: Sequence[str], rows: Sequence[str]) -> str:
    head = "".join(f'<th scope="col">{name}</th>' for name in heads)
    return f'<div class="wide" role="region" aria-label="{heads[0]}" tabindex="0"><table><thead><tr>{head}</tr></thead><tbody>{"".join(rows)}</tbody></table></div>'


def _pictures(junk: Sequence[Junk]) -> str:
    items = []
    for kept, reasons in junk:
        source = f"data:image/svg+xml;base64,{base64.b64encode(svg_of(kept)).decode()}"
        word = escape(kept.word)
        items.append(
            f'<li><img alt="a drawing of {word}" src="{source}"><br><b><bdi>{word}</bdi></b><br>{escape(reasons)}<br>'
            f"<small>{kept.key_id}</small></li>"
        )
    return f"<ul>{''.join(items)}</ul>"


def _png(picture: np.ndarray) -> str:
    _, data = cv2.imencode(".png", picture)
    return f"data:image/png;base64,{base64.b64encode(data.tobytes()).decode()}"
