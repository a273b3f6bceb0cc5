"""`make fuzz`: what hands that mean no good do at the door, in full counts; prints a table and fails if a line fails.

`python -m tests.fuzz [NAME …]`: only these lines. Times are compared within one run: do nothing else meanwhile.
"""

from __future__ import annotations

import sys
import time
import traceback

from server.runtime.event_loop import run_event_loop
from tests.faults.outcome import Outcome
from tests.fuzz.lines import LINES


def main(names: list[str]) -> int:
    """Do the lines one after the other; returns 1 if one fails, 2 if there is no such line."""
    unknown = [name for name in names if name not in LINES]
    if unknown:
        print(f"no such line: {', '.join(unknown)}; there are: {', '.join(LINES)}", file=sys.stderr)
        return 2
    print("| | what | times | found | |\n|---|---|---|---|---|", flush=True)
    ok = True
    for name in names or LINES:
        began = time.monotonic()
        outcome = _judge(name)
        ok = ok and outcome.ok
        mark = "ok" if outcome.ok else "**fails**"
        took = time.monotonic() - began
        print(f"| {name} | {outcome.fault} | {outcome.count} | {outcome.found} ({took:.0f} s) | {mark} |", flush=True)
    return 0 if ok else 1


def _judge(name: str) -> Outcome:
    try:
        return run_event_loop(_full(name))
    except Exception as error:
        traceback.print_exc()
        return Outcome(name, "", 0, f"broke off: {type(error).__name__}: {error}", False)


async def _full(name: str) -> Outcome:
    return await LINES[name].full()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
