"""The evaluation report: one self-contained HTML page with plots, drawings as SVG, and a table to search in."""

from __future__ import annotations

import html
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np

from model.evaluation import report_plots as plots
from model.evaluation.latency import LatencyRow
from model.ink.strokes import Ink
from model.ink.vocabulary import CLASS_WORDS

WORST_WORDS_SHOWN = 20
"""Words of lowest accuracy that the report lists."""


def write_evaluation_report(found: dict[str, Any], path: Path) -> None:
    """Write the page for the object of `inkling model evaluate` and its private parts."""
    labels, tops = found["_labels"], found["_tops"]
    ece, junk = found["ece"], found["junk"]
    packed = "" if ece["pack"] is None else f", {ece['pack']:.3f} within the pack"
    parts = [
        _EVALUATION_PAGE_HEAD,
        f"<h1>What Inkling knows</h1><p>Model <b>{html.escape(str(found['model']))}</b>: {found['params']:,} parameters, "
        f"{found['bytes'] / 1e6:.1f} MB. Judged on {found['n']:,} drawings of {found['words']} words. Of an unfinished "
        "drawing the model sees what is there, fitted to its own box, and nothing else.</p>",
        "<h2>Right answers against ink</h2>", _accuracy_table(found), plots.embed_figure(plots.plot_accuracy(found), "Top-1 and top-3 by share of ink"),
        f"<p>The answer is right to the end from <b>{_format_share(found['first_stable']['median_ink'])}</b> of the ink on (median); "
        f"{found['first_stable']['never']:.0%} of the drawings are never known. The top answer changes "
        f"{found['flips']:.1f} times while a drawing grows.</p>",
        _play_section(found.get("play", {})),
        "<h2>Is it honest?</h2><p>On the line: what it says with 70 % is right in 70 of 100 cases. Expected calibration error "
        f"{ece['pooled']:.3f} over all words{packed}; by fifth of the ink that is seen "
        + ", ".join(f"{part:.3f}" for part in ece["by_length"]) + ".</p>",
        plots.embed_figure(plots.plot_reliability(found["_reliability"]), "Reliability diagrams"),
        "<h2>Does it know when it knows nothing?</h2>", _junk_section(junk),
        "<h2>Worst words</h2><p>Two drawings of each that it got wrong, and what it took them for.</p>",
        _worst_words_section(found["_drawings"], labels, tops[-1]),
        "<h2>Confusions of whole drawings</h2>",
        plots.embed_figure(plots.plot_confusion(labels, tops[-1]), "Confusion matrix", "png"), _word_table(labels, tops[-1]),
        "<h2>Speed</h2><p>Guesses a second of this machine, from ink to ranked words.</p>", _latency_table(found["_speed"]),
        "<p class=small>Drawings: Quick, Draw! (Google, CC BY 4.0). DoodleNet: Yining Shi, ml5 (MIT).</p>", _SEARCH_SCRIPT,
    ]  # fmt: skip
    path.write_text("\n".join(parts), encoding="utf-8")


def _format_share(value: float | None) -> str:
    return "–" if value is None else f"{value:.0%}"


def _accuracy_table(found: dict[str, Any]) -> str:
    teacher = plots.teacher_figures(found)
    rows = "".join(
        f"<tr><th scope=row>{float(share):.0%}</th><td>{row['top1']:.1%}</td><td>{row['top3']:.1%}</td>"
        f"<td>{row['ece']:.3f}</td><td>{teacher[share]['top1']:.1%}</td><td>{teacher[share]['top3']:.1%}</td></tr>"
        for share, row in found["ink"].items()
    )
    where = "on the same drawings" if "teacher" in found else "on 2,760 other drawings"
    head = "".join(
        f"<th scope=col>{name}</th>" for name in ("ink", "top-1", "top-3", "ECE", "DoodleNet top-1", "top-3")
    )
    return (
        f"<div class=wide><table><caption>DoodleNet, its teacher, {where}</caption><tr>{head}</tr>{rows}</table></div>"
    )


def _play_section(packs: dict[str, Any]) -> str:
    """What players feel: hits and wrong words of each pack, and what bolder or shyer thresholds would bring."""
    if not packs:
        return ""
    rows = "".join(
        f"<tr><th scope=row>{html.escape(name)} ({row['words']} words, {row['n']} drawings)</th><td>{row['hits']:.1%}</td>"
        f"<td>{row['interval'][0]:.1%}–{row['interval'][1]:.1%}</td><td>{row['wrong']:.2f}</td><td>{_format_share(row['ink'])}</td>"
        f"<td>{'–' if row['seconds'] is None else format(row['seconds'], '.1f')}</td>"
        + "".join(
            f"<td>{row['teacher'][key]:{style}}</td>"
            for key, style in (("hits", ".1%"), ("wrong", ".2f"))
            if "teacher" in row
        )
        + "</tr>"
        for name, row in packs.items()
    )
    titles = ["pack", "hits", "95 % interval", "wrong words a drawing", "median ink", "seconds"]
    titles += ["DoodleNet, hits", "wrong words"] if any("teacher" in row for row in packs.values()) else []
    head = "".join(f"<th scope=col>{title}</th>" for title in titles)
    return (
        "<h2>As it is played</h2><p>Real drawings, replayed by their own timing at ten ticks a second under the game's own rule of "
        "saying: the share that it names before they end or rest, and how many wrong words it says on the way.</p>"
        f"<div class=wide><table><tr>{head}</tr>{rows}</table></div>"
        + plots.embed_figure(plots.plot_thresholds(packs), "Hits against wrong words, for bolder and shyer thresholds")
    )


def _junk_section(junk: dict[str, Any]) -> str:
    names = {
        "scribble": "scribbles",
        "writing": "written words",
        "marks": "dots and lines",
        "mixture": "strokes of several words",
    }
    rows = "".join(
        f"<tr><th scope=row>{names[kind]}</th><td>{share:.0%}</td></tr>" for kind, share in junk["rejection"].items()
    )
    accepted = "–" if junk["acceptance"] is None else f"{junk['acceptance']:.1%}"
    return (
        f"<p>Of whole drawings {accepted} are accepted ({', '.join(junk['excluded'])} left out); of junk {junk['overall']:.1%} gets "
        f"“no idea”. A scribble names the prompt of a three-word game in {junk['scribble_hits']:.1%} of the cases.</p>"
        f"<table><tr><th scope=col>junk</th><th scope=col>refused</th></tr>{rows}</table>"
    )


def _worst_words_section(drawings: list[Any], labels: Any, tops: Any) -> str:
    counts = Counter(labels.tolist())
    shares = sorted((float((tops[labels == word] == word).mean()), -count, word) for word, count in counts.items())
    cells = []
    for share, _, word in shares[:WORST_WORDS_SHOWN]:
        wrong = np.flatnonzero((labels == word) & (tops != word))[:2]
        pictures = "".join(
            f"<figure>{_ink_svg(drawings[place].ink)}<figcaption>{html.escape(CLASS_WORDS[tops[place]])}?</figcaption></figure>"
            for place in wrong
        )
        cells.append(f"<li><b>{html.escape(CLASS_WORDS[word])}</b> {share:.0%}<div>{pictures}</div></li>")
    return f"<ul class=worst>{''.join(cells)}</ul>"


def _ink_svg(ink: Ink) -> str:
    points = np.concatenate([np.stack(stroke[:2], 1) for stroke in ink]).astype(float)
    low, side = points.min(0), max(float(np.ptp(points, axis=0).max()), 1.0)
    lines = []
    for x, y, _ in ink:
        place = (np.stack([x, y], 1) - low) / side * 90 + 5
        lines.append("M" + "L".join(f"{a:.0f} {b:.0f}" for a, b in place) + ("h.1" if len(x) == 1 else ""))
    return f'<svg viewBox="0 0 100 100" aria-hidden=true><path d="{"".join(lines)}"/></svg>'


def _word_table(labels: Any, tops: Any) -> str:
    """A table of all words, one row each, with what it was taken for; a field above it filters the rows."""
    taken: dict[int, Counter[int]] = {}
    for label, top in zip(labels.tolist(), tops.tolist(), strict=True):
        taken.setdefault(label, Counter())[top] += 1
    rows = []
    for word in sorted(taken):
        seen = taken[word]
        others = ", ".join(f"{html.escape(CLASS_WORDS[top])} {n}" for top, n in seen.most_common() if top != word)
        share = seen[word] / seen.total()
        rows.append(
            f"<tr><th scope=row>{html.escape(CLASS_WORDS[word])}<td>{seen.total()}<td>{share:.0%}<td class=text>{others or '–'}"
        )
    return (
        "<label>Search for a word, drawn or guessed <input id=find type=search autocomplete=off></label>"
        "<div class=scroll><table id=words><tr><th scope=col>drawn<th scope=col>drawings<th scope=col>right<th scope=col>taken for"
        f"{''.join(rows)}</table></div>"
    )


def _latency_table(rows: list[LatencyRow]) -> str:
    body = "".join(
        f"<tr><th scope=row>{row.batch}</th><td>{row.per_second:,.0f}</td><td>{row.milliseconds:.1f}</td></tr>"
        for row in rows
    )
    return f"<table><tr><th scope=col>batch<th scope=col>guesses a second<th scope=col>ms a batch</tr>{body}</table>"


_EVALUATION_PAGE_HEAD = f"""<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Inkling: evaluation</title><style>:root{{color-scheme:light}}
body{{font:16px/1.55 system-ui;max-width:54rem;margin:2rem auto;padding:0 1rem;background:{plots.REPORT_PAPER};color:{plots.REPORT_INK}}}
h1{{font-size:2.2rem;margin-bottom:.3rem}}h2{{margin-top:2.5rem}}img{{max-width:100%;display:block;margin:1rem 0}}
table{{border-collapse:collapse;font-variant-numeric:tabular-nums}}td,th{{padding:.3rem .9rem .3rem 0;text-align:left;
border-bottom:1px solid #ddd3c0;vertical-align:top}}td{{text-align:right}}td.text{{text-align:left}}caption{{text-align:left;font-size:.9rem;opacity:.8}}
.wide{{overflow-x:auto}}.scroll{{max-height:28rem;overflow:auto;border:1px solid #ddd3c0;padding:0 .6rem;margin-top:.6rem}}
.scroll tr:first-child th{{position:sticky;top:0;background:{plots.REPORT_PAPER}}}
.worst{{display:grid;grid-template-columns:repeat(auto-fill,minmax(11rem,1fr));gap:1rem;padding:0;list-style:none}}
.worst div{{display:flex;gap:.5rem}}figure{{margin:0;width:5rem}}figcaption{{font-size:.8rem;overflow-wrap:anywhere}}
svg{{width:5rem;height:5rem;background:#fff;border-radius:.5rem}}path{{fill:none;stroke:{plots.REPORT_INK};stroke-width:2.5;stroke-linecap:round;stroke-linejoin:round}}
input{{font:inherit;padding:.4rem .6rem;border:1px solid {plots.REPORT_INK};border-radius:.5rem}}.small{{font-size:.85rem;opacity:.8}}</style>"""

_SEARCH_SCRIPT = """<script>
const find = document.getElementById("find");
const rows = [...document.querySelectorAll("#words tr")].slice(1);
find.addEventListener("input", () => {
  const text = find.value.trim().toLowerCase();
  for (const row of rows) row.hidden = !row.textContent.toLowerCase().includes(text);
});
</script>"""
