"""All measurements of one run: `python -m benchmarks [PART …]`, which is `make bench`.

Prints one JSON object a line and keeps them in benchmarks/latest.json; parts that were not asked for stay as they are.
"""

from __future__ import annotations

import asyncio
import inspect
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
HERE = Path(__file__).resolve().parent
LATEST = HERE / "latest.json"
BUDGET = 15 * 60.0

Lines = list[dict[str, Any]]


def _part(name: str) -> Lines:
    module = __import__(f"benchmarks.{name}", fromlist=["measure"])
    found = module.measure()
    lines: Lines = asyncio.run(found) if inspect.iscoroutine(found) else found
    return lines


def _script(name: str, *words: str, python: str = sys.executable) -> Lines:
    """Run a benchmark that is a program of its own and prints its lines."""
    if not (HERE / f"{name}.py").exists():
        return []
    environment = {**os.environ, "PYTHONPATH": str(HERE.parent)}
    made = subprocess.run(
        [python, "-m", f"benchmarks.{name}", *words], cwd=HERE.parent, env=environment, capture_output=True, text=True,
        timeout=240, check=False,
    )  # fmt: skip
    if made.returncode:
        raise RuntimeError(made.stderr[-2000:])
    return [json.loads(text) for text in made.stdout.splitlines() if text.startswith("{")]


def _raster() -> Lines:
    from benchmarks import rivals

    return _script("raster", python=rivals.python())


def _store() -> Lines:
    return _script("store", "--limit", "3000") if "INKLING_DATA" in os.environ else []


PARTS: dict[str, Callable[[], Lines]] = {
    "fanout": lambda: _part("fanout"),
    "guesses": lambda: _part("guesses"),
    "endtoend": lambda: _part("endtoend"),
    "raster": _raster,
    "store": _store,
    "precision": lambda: _script("precision"),
    "starting": lambda: _part("starting"),
}


def main(words: list[str]) -> int:
    """Measure; returns 1 if a part failed or the budget was overrun."""
    from benchmarks import rivals

    began, failed = time.monotonic(), False
    rivals.install()
    installed = time.monotonic() - began
    chosen = words or list(PARTS)
    found: dict[str, Lines] = {}
    spent = {}
    for name in chosen:
        start = time.monotonic()
        try:
            found[name] = PARTS[name]()
        except Exception as error:
            print(f"{name}: {type(error).__name__}: {error}", file=sys.stderr)
            failed = True
            continue
        spent[name] = time.monotonic() - start
        for one in found[name]:
            print(json.dumps({**one, "part": name}, ensure_ascii=False), flush=True)
    _keep(found)
    took = time.monotonic() - began - installed
    times = ", ".join(f"{name} {seconds:.0f}" for name, seconds in spent.items())
    print(f"{took:.0f} s: {times}; installing what is measured against: {installed:.0f} s", file=sys.stderr)
    return 1 if failed or took > BUDGET else 0


def _keep(found: dict[str, Lines]) -> None:
    """Write the lines, in the order of the parts; those of other parts stay."""
    old: dict[str, Lines] = {}
    if LATEST.exists():
        for text in LATEST.read_text(encoding="utf-8").splitlines():
            one = json.loads(text)
            old.setdefault(one["part"], []).append(one)
    order = [*PARTS, *(name for name in old if name not in PARTS)]
    lines = []
    for name in order:
        lines += [{**one, "part": name} for one in found.get(name) or old.get(name, [])]
    made = LATEST.with_suffix(".tmp")
    made.write_text("".join(json.dumps(one, ensure_ascii=False) + "\n" for one in lines), encoding="utf-8")
    made.replace(LATEST)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
