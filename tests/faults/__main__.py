"""`make faults`: every fault in full counts. The table goes into docs/reliability.md.

`python -m tests.faults [--short] [F1 … soak]`: only some of them; the other lines of the table stay as they are. The soak,
an hour long, is done only when it is named.
`--short` writes nothing. `--json`: in this process, one JSON object a line.
"""

from __future__ import annotations

import asyncio
import json
import re
import sys
import time
import traceback
from dataclasses import asdict
from pathlib import Path

from server.runtime.event_loop import run_event_loop
from tests.faults.faults import FAULTS, SOAK
from tests.faults.outcome import Outcome
from tests.faults.schedule import minutes, outcomes

PAGE = Path(__file__).resolve().parents[2] / "docs" / "reliability.md"
BEGIN, END = "<!-- results -->\n", "<!-- end of results -->\n"
ALL = {**FAULTS, "soak": SOAK}
HEAD = "| | fault | times | found | |\n|---|---|---|---|---|\n"


def main(words: list[str]) -> int:
    """Run, print, write; returns 1 if a line fails."""
    short = "--short" in words
    names = [word for word in words if word in ALL] or list(FAULTS)
    if "--json" in words:
        found = [run_event_loop(_run(name, short)) for name in names]
        for outcome in found:
            print(json.dumps(asdict(outcome)), flush=True)
    else:
        if not short:
            print(f"about {minutes(names):.0f} minutes on two cores that do little else", flush=True)
        found = asyncio.run(_run_all(names, short))
    return 0 if all(outcome.ok for outcome in found) else 1


async def _run_all(names: list[str], short: bool) -> list[Outcome]:
    lines, found, began = _written(), [], time.monotonic()
    async for outcome in outcomes(names, short):
        found.append(outcome)
        lines[outcome.id] = _line(outcome)
        print(f"{lines[outcome.id]}   ({outcome.seconds:.0f} s; after {time.monotonic() - began:.0f} s)", flush=True)
        if not short:
            _write(lines)
    return found


async def _run(name: str, short: bool) -> Outcome:
    fault = ALL[name]
    try:
        return await (fault.run if short else fault.full)()
    except Exception as error:
        traceback.print_exc()
        return Outcome(name, "", 0, f"broke off: {type(error).__name__}: {error}", False)


def _line(outcome: Outcome) -> str:
    mark = "ok" if outcome.ok else "**fails**"
    return f"| {outcome.id} | {outcome.fault} | {outcome.count} | {outcome.found.replace('|', '/')} | {mark} |"


def _written() -> dict[str, str]:
    """Read the table as it stands."""
    text = PAGE.read_text(encoding="utf-8") if PAGE.exists() else ""
    return {found[1]: found[0] for found in re.finditer(r"^\| (F\d+|soak) \|.*$", text, re.MULTILINE)}


def _write(lines: dict[str, str]) -> None:
    before, _, rest = PAGE.read_text(encoding="utf-8").partition(BEGIN)
    after = rest.partition(END)[2]
    table = HEAD + "".join(lines[name] + "\n" for name in ALL if name in lines)
    PAGE.write_text(before + BEGIN + "\n" + table + "\n" + END + after, encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
