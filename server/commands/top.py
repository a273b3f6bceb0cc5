"""`inkling top`: what a server is doing, live in a terminal, from its /metrics."""

from __future__ import annotations

import argparse
import time
import urllib.request
from dataclasses import dataclass, field

from rich.console import Console
from rich.live import Live
from rich.table import Table

HISTOGRAM_ROWS = (
    ("ink stored", 'inkling_ack_seconds'), ("append to Redis", "inkling_append_seconds"),
    ("frame", "inkling_frame_seconds"), ("guess", 'inkling_guess_seconds{stage="all"}'),
    ("  in the queue", 'inkling_guess_seconds{stage="queue"}'), ("  pictures", 'inkling_guess_seconds{stage="raster"}'),
    ("  network", 'inkling_guess_seconds{stage="network"}'), ("  reply", 'inkling_guess_seconds{stage="reply"}'),
    ("event loop late", "inkling_loop_lag_seconds"),
)  # fmt: skip
"""What is shown, and the histogram it is read from."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of `inkling top`."""
    parser.add_argument("--url", default="http://127.0.0.1:8000", help="address of the web process, with its base path")
    parser.add_argument("--seconds", type=float, default=1.0, help="seconds between two looks")
    parser.add_argument("--once", action="store_true", help="look twice, print, end")


@dataclass(slots=True)
class MetricsSample:
    """The figures of one moment: plain ones by name, buckets by histogram as (edge, count so far)."""

    at: float
    plain: dict[str, float] = field(default_factory=dict)
    buckets: dict[str, list[tuple[float, float]]] = field(default_factory=dict)


def parse_metrics(text: str, at: float) -> MetricsSample:
    """Read Prometheus' text format. Raises ValueError on anything else."""
    look = MetricsSample(at)
    for line in text.splitlines():
        if line.startswith("#") or not line:
            continue
        name, _, number = line.rpartition(" ")
        if "_bucket{" not in name:
            look.plain[name] = float(number)
            continue
        family, _, labels = name.partition("_bucket{")
        rest, _, edge = labels.rstrip("}").rpartition("le=")
        key = f"{family}{{{rest.rstrip(',')}}}" if rest else family
        look.buckets.setdefault(key, []).append((float(edge.strip('"')), float(number)))
    return look


def histogram_quantile(before: MetricsSample, after: MetricsSample, name: str, share: float) -> float | None:
    """Return the upper edge (s) of the bucket in which a share of what came between two looks lies; None if nothing did."""
    new = after.buckets.get(name, [])
    old = dict(before.buckets.get(name, []))
    counts = [(edge, count - old.get(edge, 0.0)) for edge, count in new]
    if not counts or counts[-1][1] <= 0:
        return None
    return next(edge for edge, count in counts if count >= share * counts[-1][1])


def counter_rate(before: MetricsSample, after: MetricsSample, name: str) -> float:
    """Return how much a counter grew, per second."""
    spent = max(after.at - before.at, 1e-3)
    return (after.plain.get(name, 0.0) - before.plain.get(name, 0.0)) / spent


def render_metrics_table(before: MetricsSample, after: MetricsSample) -> Table:
    """Draw one screen."""
    plain = after.plain
    asleep = "" if plain.get("inkling_guesser_ready") else "  [red]the guesser is asleep[/]"
    title = (
        f"[bold]{plain.get('inkling_rooms', 0):.0f}[/] rooms  [bold]{plain.get('inkling_players', 0):.0f}[/] players  "
        f"[bold]{counter_rate(before, after, 'inkling_messages_total'):.0f}[/] messages/s  "
        f"[bold]{counter_rate(before, after, _GUESSES_COUNTER):.0f}[/] guesses/s  "
        f"core [bold]{counter_rate(before, after, 'process_cpu_seconds_total'):.0%}[/]  "
        f"{plain.get('process_resident_memory_bytes', 0) / 2**20:.0f} MiB{asleep}"
    )
    table = Table(title=title, title_justify="left", box=None)
    for heading in ("", "p50", "p90", "p99"):
        table.add_column(heading, justify="right" if heading else "left")
    for words, name in HISTOGRAM_ROWS:
        table.add_row(
            words, *(_format_bucket_edge(histogram_quantile(before, after, name, share)) for share in (0.5, 0.9, 0.99))
        )
    wait = plain.get("inkling_guess_interval_seconds", 0.0)
    table.caption = f"a guess each {wait * 1000:.0f} ms per drawing · {plain.get('inkling_outbox_waiting_bytes', 0) / 1024:.0f} KiB wait for clients"
    return table


_GUESSES_COUNTER = 'inkling_guess_seconds_count{stage="all"}'


def _format_bucket_edge(edge: float | None) -> str:
    if edge is None:
        return "–"
    return "> 5 s" if edge == float("inf") else f"≤ {edge * 1000:g} ms"


def _fetch_metrics(url: str) -> MetricsSample:
    with urllib.request.urlopen(url.rstrip("/") + "/metrics", timeout=5) as answer:
        return parse_metrics(answer.read().decode(), time.monotonic())


def run(arguments: argparse.Namespace) -> int:
    """Show until Ctrl-C; returns 1 if the server does not answer."""
    console = Console()
    try:
        before = _fetch_metrics(arguments.url)
        if arguments.once:
            time.sleep(arguments.seconds)
            console.print(render_metrics_table(before, _fetch_metrics(arguments.url)))
            return 0
        with Live(console=console, auto_refresh=False) as live:
            while True:
                time.sleep(arguments.seconds)
                after = _fetch_metrics(arguments.url)
                live.update(render_metrics_table(before, after), refresh=True)
                before = after
    except OSError as error:
        console.print(f"{arguments.url} does not answer: {error}")
        return 1
