"""What the web process measures of itself, as Prometheus reads it. Observing costs a bisection and three additions."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields

LATENCY_BUCKETS_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.15, 0.25, 0.5, 1.0, 2.5, 5.0)
"""Upper bounds of the buckets of durations, in seconds."""
BATCH_SIZE_BUCKETS = (1, 2, 4, 8, 16, 32, 64, 128)
"""Upper bounds of the buckets of batches, in drawings."""
SIZE_BUCKETS_BYTES = (1024, 4096, 16384, 65536, 131072, 262144)
"""Upper bounds of the buckets of sizes, in bytes."""

GUESS_STAGES = ("queue", "raster", "network", "reply", "all")
"""Of a guess: until the guesser takes it, the pictures, the network, the rest of the way back; and all together."""


class Histogram:
    """How often which values were seen, in buckets that never change."""

    def __init__(self, bounds: Iterable[float]) -> None:
        self.bounds = tuple(bounds)
        self.counts = [0] * (len(self.bounds) + 1)
        self.sum = 0.0

    def observe(self, value: float, times: int = 1) -> None:
        """Take in a value, seen so many times."""
        self.counts[bisect_left(self.bounds, value)] += times
        self.sum += value * times

    def lines(self, name: str, label: str = "") -> Iterable[str]:
        """Write the lines of the text format; `label` is like `stage="queue"`."""
        cumulative = 0
        for bound, count in zip((*self.bounds, float("inf")), self.counts, strict=True):
            cumulative += count
            edge = "+Inf" if bound == float("inf") else f"{bound:g}"
            yield f'{name}_bucket{{{label + "," if label else ""}le="{edge}"}} {cumulative}'
        ending = f"{{{label}}}" if label else ""
        yield f"{name}_sum{ending} {self.sum:.9g}"
        yield f"{name}_count{ending} {cumulative}"


def format_labelled_counter(name: str, about: str, label: str, counts: Mapping[str, int]) -> str:
    """Write a counter that is told apart by one label in Prometheus' text format."""
    lines = [f"# HELP {name} {about}", f"# TYPE {name} counter"]
    lines += [f'{name}{{{label}="{value}"}} {count}' for value, count in sorted(counts.items())]
    return "".join(line + "\n" for line in lines)


def _latency_histogram() -> Histogram:
    return Histogram(LATENCY_BUCKETS_SECONDS)


def _stage_histograms() -> dict[str, Histogram]:
    return {stage: _latency_histogram() for stage in GUESS_STAGES}


@dataclass(slots=True)
class Meters:
    """Every histogram of this process; the metadata is its line of help."""

    ack: Histogram = field(
        default_factory=_latency_histogram,
        metadata={"help": "From receiving a change of ink to telling that it is stored"},
    )
    append: Histogram = field(
        default_factory=_latency_histogram, metadata={"help": "One append to a room's log, until Redis answered"}
    )
    frame: Histogram = field(
        default_factory=_latency_histogram,
        metadata={"help": "Making one room's frame and handing it to all its sockets"},
    )
    guess: dict[str, Histogram] = field(
        default_factory=_stage_histograms,
        metadata={"help": "Stages of a guess from leaving the web process to its room"},
    )
    loop_lag: Histogram = field(
        default_factory=_latency_histogram, metadata={"help": "How late a timer of the event loop fires"}
    )
    batch_size: Histogram = field(
        default_factory=lambda: Histogram(BATCH_SIZE_BUCKETS),
        metadata={"help": "Drawings that the guesser took at once"},
    )
    queue_age: Histogram = field(
        default_factory=_latency_histogram, metadata={"help": "Age of the oldest request when the guesser took a batch"}
    )
    outbox_bytes: Histogram = field(
        default_factory=lambda: Histogram(SIZE_BUCKETS_BYTES),
        metadata={"help": "Bytes that waited for a client when a message could not leave at once"},
    )

    def text(self) -> str:
        """Write all histograms in Prometheus' text format."""
        lines: list[str] = []
        for one in fields(self):
            measured = getattr(self, one.name)
            name = f"inkling_{one.name}" + ("_seconds" if _bucket_bounds(measured) == LATENCY_BUCKETS_SECONDS else "")
            lines += [f"# HELP {name} {one.metadata['help']}", f"# TYPE {name} histogram"]
            if isinstance(measured, dict):
                for stage, histogram in measured.items():
                    lines += histogram.lines(name, f'stage="{stage}"')
            else:
                lines += measured.lines(name)
        return "".join(line + "\n" for line in lines)


def _bucket_bounds(measured: Histogram | dict[str, Histogram]) -> tuple[float, ...]:
    return next(iter(measured.values())).bounds if isinstance(measured, dict) else measured.bounds
