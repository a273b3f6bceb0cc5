"""How much a figure moves from run to run: `python -m benchmarks.spread [--runs 5] [PART …]`.

Runs the parts in turns, each turn in processes of their own, and writes benchmarks/spread.json: the machine, then for each
figure its median and range, of its ratio where it has one. `--outputs FILE…` takes what earlier runs printed instead.
A change is worth talking about where it leads out of this range (docs/performance.md).
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
SPREAD = HERE / "spread.json"
PARTS = ("fanout", "guesses", "raster", "store")
"""What is repeated unless parts are named: those whose figures are ratios."""
FEATURES = ("avx2", "avx512f", "avx512_vnni", "avx512_bf16", "amx_bf16", "amx_int8")
"""What a processor may have that changes the cost of a guess."""


def machine() -> dict[str, Any]:
    """Tell machines apart: processor, cores, and which of FEATURES it has (empty where the system does not say)."""
    text = Path("/proc/cpuinfo").read_text(encoding="utf-8") if Path("/proc/cpuinfo").exists() else ""
    rows = dict(row.split(":", 1) for row in text.splitlines() if ":" in row)
    fields = {key.strip(): value.strip() for key, value in rows.items()}
    flags = fields.get("flags", "").split()
    return {
        "processor": fields.get("model name") or platform.processor() or platform.machine(),
        "cores": os.cpu_count() or 1,
        "features": [name for name in FEATURES if name in flags],
    }


def spread(runs: Iterable[Iterable[dict[str, Any]]]) -> list[dict[str, Any]]:
    """Bring the figures of several runs together, by name and by what they are held against, in the order they came."""
    found: dict[tuple[str, str, str], list[float]] = {}
    parts: dict[tuple[str, str, str], str] = {}
    for lines in runs:
        for one in lines:
            kind = "value" if one["ratio"] is None else "ratio"
            if one[kind] is None or one["name"].startswith("sizing."):
                continue
            key = (one["name"], one["against"], kind)
            found.setdefault(key, []).append(one[kind])
            parts[key] = one["part"]
    return [
        {
            "name": name, "against": against, "of": kind, "runs": len(numbers), "median": _short(statistics.median(numbers)),
            "low": min(numbers), "high": max(numbers), "part": parts[name, against, kind],
        }
        for (name, against, kind), numbers in found.items()
    ]  # fmt: skip


def _short(number: float) -> float:
    return float(f"{number:.4g}")


def _lines(text: str) -> list[dict[str, Any]]:
    return [json.loads(row) for row in text.splitlines() if row.startswith("{")]


def _run(part: str) -> list[dict[str, Any]]:
    made = subprocess.run(
        [sys.executable, "-m", "benchmarks", part], cwd=HERE.parent, stdout=subprocess.PIPE, text=True, check=True
    )
    return _lines(made.stdout)


def main(words: list[str]) -> int:
    """Measure or read, and write the spread."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"default: {' '.join(PARTS)}")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--outputs", nargs="+", type=Path, metavar="FILE", help="what earlier runs printed")
    given = parser.parse_args(words)
    if given.outputs:
        runs = [_lines(path.read_text(encoding="utf-8")) for path in given.outputs]
    else:
        runs = []
        for number in range(given.runs):
            print(f"run {number + 1} of {given.runs}", file=sys.stderr, flush=True)
            runs.append([one for part in given.parts or PARTS for one in _run(part)])
    found = spread(runs)
    SPREAD.write_text("".join(json.dumps(one) + "\n" for one in [{"machine": machine()}, *found]), encoding="utf-8")
    for one in found:
        print(f"{one['name']:<36} {one['against']:<24} {one['median']:g} ({one['low']:g} to {one['high']:g})")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
