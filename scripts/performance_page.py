"""Write the figures of `make bench` into docs/performance.md; `--check` says whether they are up to date.

The figures are the lines of benchmarks/latest.json; the sizing table is a calculation whose inputs are among them.
"""

from __future__ import annotations

import json
import math
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from generated_pages import ROOT, write_or_check

PAGE = ROOT / "docs/performance.md"
PICTURE = ROOT / "docs/performance.svg"
LATEST = ROOT / "benchmarks/latest.json"
SPREAD = ROOT / "benchmarks/spread.json"
BLOCK = re.compile(r"(<!-- bench (\w+) -->\n).*?(<!-- /bench -->)", re.DOTALL)
PLANNED_CORE_LOAD = 0.7
"""Share of a core that the sizing table plans with. The rest is for bursts."""
PLAYER_COUNTS = (100, 1_000, 10_000, 100_000, 1_000_000)
"""Players drawing at once: the rows of the sizing table."""

Lines = list[dict[str, Any]]

GOALS: tuple[tuple[str, str, str, str, str, Callable[[float], bool]], ...] = (
    ("processor time per message at most that of Colyseus, which only broadcasts", "fanout.cpu_per_message", "colyseus",
     "ratio", " ×", lambda ratio: ratio <= 1),
    ("ink p99 at most a tick and 50 ms", "fanout.p99_ms", "colyseus", "value", " ms", lambda late: late <= 150),
    ("at least 85 % of a bare loop of raster and network: one guesser", "guesser.throughput", "bare-batched", "ratio", " ×",
     lambda ratio: ratio >= 0.85),
    ("the same with one thread, as the bare loop has", "guesser.throughput_of_one_thread", "bare-batched", "ratio", " ×",
     lambda ratio: ratio >= 0.85),
    ("the same: two guessers at one queue", "guesser.throughput_of_two", "bare-batched", "ratio", " ×",
     lambda ratio: ratio >= 0.85),
    ("at least 50 × Flask with `model.predict` per request", "guesser.throughput", "flask-predict", "ratio", " ×",
     lambda ratio: ratio >= 50),
    ("ahead of LitServe in guesses a second", "guesser.throughput", "litserve", "ratio", " ×", lambda ratio: ratio > 1),
    ("and in p99", "guesser.p99_ms", "litserve", "ratio", " ×", lambda ratio: ratio < 1),
    ("at least 300 players drawing within the objective", "e2e.players_at_slo", "", "value", " players",
     lambda players: players >= 300),
    ("cost per room at the limit at most 1.15 × that at 10 rooms", "e2e.cost_per_room_slope", "", "ratio", " ×",
     lambda ratio: ratio <= 1.15),
    ("faster raster than Pillow", "raster.throughput", "pillow", "ratio", " ×", lambda ratio: ratio > 1),
    ("faster raster than cairo", "raster.throughput", "cairo", "ratio", " ×", lambda ratio: ratio > 1),
    ("a kept drawing at most 0.33 × its raw line", "store.bytes_per_drawing", "", "ratio", " ×", lambda ratio: ratio <= 0.33),
    ("accuracy of 8 bits within 0.1 point of floats, mean of eight shares of ink", "guesser.accuracy_change_mean", "", "value",
     " points", lambda points: abs(points) <= 0.1),
)  # fmt: skip
"""What was aimed at: text, figure, against, which number, its unit, when it is reached."""


def table(lines: Lines) -> str:
    """Write the main figures."""
    if not lines:
        return "Not measured yet: `make bench`.\n"
    spread = {(one["name"], one["against"]): one for one in _read(SPREAD) if "name" in one}
    rows = ["| figure | value | against | ratio | five runs: median (range) |", "|---|---|---|---|---|"]
    notes = []
    for one in lines:
        if one["name"].startswith("sizing.") or one["name"] == "e2e.guess_p99_ms":
            continue
        ratio = "" if one["ratio"] is None else f"{one['ratio']:g}"
        value = "–" if one["value"] is None else f"{one['value']:g} {one['unit']}"
        usual = spread.get((one["name"], one["against"]))
        moves = f"{usual['median']:g} ({usual['low']:g} to {usual['high']:g})" if usual else ""
        rows.append(f"| `{one['name']}` | {value} | {one['against'] or ''} | {ratio} | {moves} |")
        notes.append(f"* `{one['name']}`{' against ' + one['against'] if one['against'] else ''}: {one['note']}.")
    return "\n".join([*rows, "", "What stands beside each:", "", *notes, ""])


def goals(lines: Lines) -> str:
    """Write what was aimed at beside what was measured."""
    if not lines:
        return "Not measured yet: `make bench`.\n"
    rows = ["| goal | measured | |", "|---|---|---|"]
    for text, name, against, key, unit, reached in GOALS:
        found = next((one for one in lines if one["name"] == name and against in ("", one["against"])), None)
        if found is None or found[key] is None:
            rows.append(f"| {text} | – | not measured |")
            continue
        rows.append(f"| {text} | {found[key]:g}{unit} | {'reached' if reached(found[key]) else '**missed**'} |")
    return "\n".join([*rows, ""])


def curve(lines: Lines) -> str:
    """Write p99 against players, and where processors and time go."""
    steps = _steps(lines)
    if not steps:
        return "Not measured yet: `make bench`.\n"
    rows = [
        "![p99 of guesses and ink against players, processors in use, stages of a guess](performance.svg)",
        "",
        "| players | guess p50 / p99 | lag p99 | ink p50 / p99 | guesses/s per drawing | messages/s | processors: web, guesser, Redis, bots | objective |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for one in steps:
        used = ", ".join(f"{one['cpu_' + name]:.2f}" for name in ("web", "guesser", "redis", "bots"))
        rows.append(
            f"| {one['players']:.0f} | {one['guess_p50']} / {one['guess_p99']} ms | {one['lag_p99']} ms | {one['ink_p50']} / "
            f"{one['ink_p99']} ms | {one['guesses']} | {one['messages']:,.0f} | {used} | {'holds' if one['holds'] else 'misses'} |"
        )
    return "\n".join([*rows, ""])


def _steps(lines: Lines) -> list[dict[str, float]]:
    return [one["detail"] for one in lines if one["name"] == "e2e.guess_p99_ms" and "detail" in one]


def draw(lines: Lines) -> None:
    """Draw the curve."""
    steps = _steps(lines)
    if not steps:
        return
    import matplotlib as mpl

    mpl.use("svg")
    mpl.rcParams.update({"svg.hashsalt": "inkling", "svg.fonttype": "none", "font.size": 9})
    from matplotlib import pyplot

    players = [one["players"] for one in steps]
    figure, (late, used, stages) = pyplot.subplots(1, 3, figsize=(11, 3.4), layout="constrained")
    for key, name, bound, colour in (("guess_p99", "guess", 150, "#2f5fd0"), ("ink_p99", "ink", 150, "#d0532f")):
        late.plot(players, [one[key] for one in steps], "o-", color=colour, label=f"{name} p99")
        late.axhline(bound, color="#888", linewidth=0.8, linestyle=":")
    late.set(title="late (ms); dotted: the bound", xlabel="players drawing", ylim=0)
    late.legend()
    parts = ("web", "guesser", "redis", "bots")
    used.stackplot(players, [[one[f"cpu_{name}"] for one in steps] for name in parts], labels=parts, alpha=0.85)
    used.set(title="processors in use (of 2)", xlabel="players drawing", ylim=(0, 2))
    used.legend(loc="upper left")
    kinds = ("queue", "raster", "network", "reply")
    stages.stackplot(players, [[one[f"stage_{name}"] for one in steps] for name in kinds], labels=kinds, alpha=0.85)
    stages.set(title="mean time of a guess (ms)", xlabel="players drawing", ylim=0)
    stages.legend(loc="upper left")
    figure.savefig(PICTURE, metadata={"Date": None, "Creator": None})


def sizing(lines: Lines) -> str:
    """Calculate the processes, cores and memory for a number of players who all draw."""
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
    for players in PLAYER_COUNTS:
        web, guesser, redis = (
            max(1, math.ceil(players * cost[name] / 1000 / PLANNED_CORE_LOAD))
            for name in ("web_ms", "guesser_ms", "redis_ms")
        )
        memory = players * (cost["web_kib"] + cost["redis_kib"]) / 1024**2 + guesser * cost["guesser_mib"] / 1024
        rows.append(
            f"| {players:,} | {web:,} | {guesser:,} | {redis:,} | {players * cost['redis_commands']:,.0f} | {memory:,.1f} GiB |"
        )
    per_core = 1000 * PLANNED_CORE_LOAD / cost["web_ms"]
    rows += [
        "",
        f"A core is planned at {PLANNED_CORE_LOAD:.0%}: {per_core:,.0f} players per core of web, "
        f"{1000 * PLANNED_CORE_LOAD / cost['guesser_ms']:,.0f} per core of guesser. 1,000 players take "
        f"{(cost['web_kib'] + cost['redis_kib']) / 1024 * 1000:,.0f} MiB of web and Redis.",
        "",
    ]
    return "\n".join(rows)


def machine(_lines: Lines) -> str:
    """Say which processor the spread was measured on."""
    found = next((one["machine"] for one in _read(SPREAD) if "machine" in one), None)
    if found is None:
        return "Not measured yet: `python -m benchmarks.spread`.\n"
    return f"{found['processor']}, {found['cores']} cores, with {', '.join(found['features']) or 'none of the features asked about'}.\n"


BLOCKS = {"goals": goals, "table": table, "curve": curve, "sizing": sizing, "machine": machine}


def _read(path: Path) -> Lines:
    return [json.loads(row) for row in path.read_text(encoding="utf-8").splitlines() if row] if path.exists() else []


def main() -> int:
    """Rewrite the blocks; with `--check`, 1 if that would change anything."""
    found = _read(LATEST)
    if "--check" not in sys.argv:
        draw(found)
    old = PAGE.read_text(encoding="utf-8")
    text = BLOCK.sub(lambda match: match[1] + BLOCKS[match[2]](found) + match[3], old)
    return write_or_check([(PAGE, text)], "python scripts/performance_page.py")


if __name__ == "__main__":
    sys.exit(main())
