"""Print how much of each folder the last `make test` has run: Python's coverage.py and the client's v8 coverage."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from generated_pages import ROOT

FOLDER = ROOT / ".coverage"
"""What the suites left: `python` of coverage.py, and the report of vitest."""
PYTHON_REPORT = FOLDER / "report.json"
CLIENT_REPORT = FOLDER / "client/coverage-summary.json"
FOLDER_DEPTH = {"server": 2, "model": 2, "client": 3}
"""Names in the path of a row of the table: `server/rooms`, `client/src/session`."""


def main() -> int:
    """Read what the suites left and print the table."""
    files = [*python_files(), *client_files()]
    if not files:
        print("\nno coverage was measured")
        return 0
    totals: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    for path, lines, covered in files:
        parts = path.parent.parts
        for row in ("/".join(parts[: FOLDER_DEPTH[parts[0]]]), f"all of {parts[0]}"):
            totals[row][0] += lines
            totals[row][1] += covered
    print("\nfolder                     lines  covered")
    for row in sorted(totals, key=lambda name: (name.startswith("all of"), name)):
        lines, covered = totals[row]
        if not lines:
            continue
        print(f"{row:<25}{lines:>7}{covered / lines:>8.0%}")
    return 0


def python_files() -> Iterator[tuple[Path, int, int]]:
    """Read each Python file's lines, and how many of them ran."""
    if not (FOLDER / "python").exists():
        return
    subprocess.run([sys.executable, "-m", "coverage", "json", "-q", "-o", str(PYTHON_REPORT)], cwd=ROOT, check=True)
    for name, file in json.loads(PYTHON_REPORT.read_text(encoding="utf-8"))["files"].items():
        yield Path(name), file["summary"]["num_statements"], file["summary"]["covered_lines"]


def client_files() -> Iterator[tuple[Path, int, int]]:
    """Read each TypeScript file's lines, and how many of them ran."""
    if not CLIENT_REPORT.exists():
        return
    for name, file in json.loads(CLIENT_REPORT.read_text(encoding="utf-8")).items():
        if name != "total":
            yield Path(name).relative_to(ROOT), file["lines"]["total"], file["lines"]["covered"]


if __name__ == "__main__":
    sys.exit(main())
