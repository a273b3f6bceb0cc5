"""Write the figures of `make bench` into docs/performance.md; `--check` says whether they are in step.

The figures are the lines of benchmarks/latest.json; the sizing table is a calculation whose inputs are among them.
"""

from __future__ import annotations

import json
import math
import re
import sys
from typing import Any

from instep import ROOT, settle

PAGE = ROOT / "docs/performance.md"
LATEST = ROOT / "benchmarks/latest.json"
BLOCK = re.compile(r"(<!-- bench (\w+) -->\n).*?(<!-- /bench -->)", re.DOTALL)
LOAD = 0.7
"""Share of a core that is planned for: the rest is for bursts."""
CROWDS = (100, 1_000, 10_000, 100_000, 1_000_000)

Lines = list[dict[str, Any]]


def table(lines: Lines) -> str:
    """Write the main figures."""
    if not lines:
        return "Not measured yet: `make bench`.\n"
    rows = ["| figure | value | against | ratio |", "|---|---|---|---|"]
    notes = []
    for one in lines:
        if one["name"].startswith("sizing.") or one["name"] == "e2e.guess_p99_ms":
            continue
        ratio = "" if one["ratio"] is None else f"{one['ratio']:g}"
        value = "–" if one["value"] is None else f"{one['value']:g} {one['unit']}"
        rows.append(f"| `{one['name']}` | {value} | {one['against'] or ''} | {ratio} |")
        notes.append(f"* `{one['name']}`{' against ' + one['against'] if one['against'] else ''}: {one['note']}.")
    return "\n".join([*rows, "", "What stands beside each:", "", *notes, ""])


def curve(lines: Lines) -> str:
    """Write p99 against players."""
    steps = [one for one in lines if one["name"] == "e2e.guess_p99_ms"]
    if not steps:
        return "Not measured yet: `make bench`.\n"
    return "\n".join([f"* **{one['against']}**: {one['note']}." for one in steps]) + "\n"


def sizing(lines: Lines) -> str:
    """Calculate what crowds of players who all draw need."""
    cost = {one["name"].partition(".")[2]: one["value"] for one in lines if one["name"].startswith("sizing.")}
    if not cost:
        return "Not measured yet: `make bench`.\n"
    rows = [
        f"One player who draws: {cost['messages_per_s']:g} messages/s, {cost['guesses_per_s']:g} guesses/s, "
        f"{cost['web_ms']:g} ms/s of web, {cost['guesser_ms']:g} ms/s of guesser, {cost['redis_ms']:g} ms/s and "
        f"{cost['redis_commands']:g} commands/s of Redis.",
        "",
        "| players drawing at once | web processes | guesser cores | Redis nodes | Redis commands/s | memory |",
        "|---|---|---|---|---|---|",
    ]
    for players in CROWDS:
        web, guesser, redis = (
            max(1, math.ceil(players * cost[name] / 1000 / LOAD)) for name in ("web_ms", "guesser_ms", "redis_ms")
        )
        memory = players * (cost["web_kib"] + cost["redis_kib"]) / 1024**2 + guesser * cost["guesser_mib"] / 1024
        rows.append(
            f"| {players:,} | {web:,} | {guesser:,} | {redis:,} | {players * cost['redis_commands']:,.0f} | {memory:,.1f} GiB |"
        )
    per_core = 1000 * LOAD / cost["web_ms"]
    rows += [
        "",
        f"A core is planned at {LOAD:.0%}: {per_core:,.0f} players per core of web, "
        f"{1000 * LOAD / cost['guesser_ms']:,.0f} per core of guesser; 1,000 players take "
        f"{(cost['web_kib'] + cost['redis_kib']) / 1024 * 1000:,.0f} MiB of web and Redis.",
        "",
    ]
    return "\n".join(rows)


BLOCKS = {"table": table, "curve": curve, "sizing": sizing}


def main() -> int:
    """Rewrite the blocks; with `--check`, 1 if that would change anything."""
    found: Lines = []
    if LATEST.exists():
        found = [json.loads(text) for text in LATEST.read_text(encoding="utf-8").splitlines() if text]
    old = PAGE.read_text(encoding="utf-8")
    text = BLOCK.sub(lambda match: match[1] + BLOCKS[match[2]](found) + match[3], old)
    return settle([(PAGE, text)], "scripts/performance.py")


if __name__ == "__main__":
    sys.exit(main())
