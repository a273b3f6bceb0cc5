"""Run a test suite and compare its time with a budget: `run_suite.py NAME:SECONDS COMMAND…`.

`run_suite.py --summary` prints the table of all suites since the last summary.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path

TIMES_FILE = Path(".venv/suites.json")
"""Times of the suites since the last summary."""


def main() -> int:
    """Run the command and note its time, or print and clear the notes."""
    if sys.argv[1] == "--summary":
        return summary()
    name, _, budget = sys.argv[1].partition(":")
    print(f"── {name} ", flush=True)
    began = time.monotonic()
    code = subprocess.run(sys.argv[2:], check=False).returncode
    notes = json.loads(TIMES_FILE.read_text()) if TIMES_FILE.exists() else []
    notes.append({"suite": name, "seconds": round(time.monotonic() - began, 1), "budget": int(budget), "code": code})
    TIMES_FILE.write_text(json.dumps(notes))
    if code:
        summary()
    return code


def summary() -> int:
    """Print one line a suite: seconds, budget, outcome."""
    notes = json.loads(TIMES_FILE.read_text()) if TIMES_FILE.exists() else []
    print("\nsuite                 seconds  budget")
    for note in notes:
        over = "  over budget" if note["seconds"] > note["budget"] else ""
        failed = "  FAILED" if note["code"] else ""
        print(f"{note['suite']:<22}{note['seconds']:>7.1f}{note['budget']:>8}{over}{failed}")
    TIMES_FILE.unlink(missing_ok=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
