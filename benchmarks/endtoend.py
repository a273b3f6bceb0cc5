"""How many players can draw at once on this machine while the promises about guesses and ink hold.

All of it runs here: web, guesser, Redis, and the bots. The steps climb until one misses the objective.
"""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import Any

from benchmarks import place
from benchmarks.line import line

PLAYERS = 8
LADDER = (80, 160, 240, 304, 352, 400, 480, 560)
"""Players of the steps: 10 rooms, then more."""
SETTLE, DRAWING, ROUND = 5.0, 14.0, 60
"""Seconds from the first drawing to the beginning of the measurement, seconds measured, seconds of a round."""
TICK_MS = 100
GUESS_MS, LAG_MS, INK_MS, GUESSES = 150, 700, TICK_MS + 50, 2.0
"""The objective: p99 of guess_ms, guess_lag_ms and ink_ms at most, and guesses a second per drawing at least."""
STAGES = ("queue", "raster", "network", "reply", "all")


def _stages(before: str, after: str) -> dict[str, float]:
    """Mean milliseconds of each stage of a guess between two looks at /metrics."""
    found = {}
    for stage in STAGES:
        label = f'{{stage="{stage}"}}'
        total, count = (
            place.value(after, f"inkling_guess_seconds_{kind}{label}")
            - place.value(before, f"inkling_guess_seconds_{kind}{label}")
            for kind in ("sum", "count")
        )
        found[stage] = round(total / count * 1000, 1) if count else 0.0
    return found


async def step(made: place.Inkling, ink: Path, players: int) -> dict[str, Any]:
    """Let so many players draw at once; returns what the bots saw and what it cost."""
    rooms = players // PLAYERS
    seconds = 8.0 + players / 60 + SETTLE + DRAWING
    words = ("--round-seconds", str(ROUND), "--nonstop")
    empty = made.memory()
    playing = asyncio.create_task(place.bots(made.url, ink, rooms, PLAYERS, seconds, *words))
    await made.drawing(players)
    await asyncio.sleep(SETTLE)
    before, start, began, commands = await made.figures(), made.cpu(), time.monotonic(), made.commands()
    await asyncio.sleep(DRAWING - 2)
    after, end, spent = await made.figures(), made.cpu(), time.monotonic() - began
    commands = (made.commands() - commands) / spent
    memory = {name: size - (empty[name] if name != "guesser" else 0.0) for name, size in made.memory().items()}
    report = await playing
    used = {name: (end[name] - start[name]) / spent for name in end}
    messages = (place.value(after, "inkling_messages_total") - place.value(before, "inkling_messages_total")) / spent
    return {
        **report, "rooms": rooms, "cpu": used, "bots_cpu": report["cpu_s"] / report["seconds"], "messages": messages,
        "stages": _stages(before, after), "interval": place.value(after, "inkling_guess_interval_seconds"),
        "passed": _passes(report), "commands": commands, "memory": memory,
    }  # fmt: skip


def _passes(report: dict[str, Any]) -> bool:
    if report["errors"] or not report["guess_ms"]["p99"]:
        return False
    return (
        report["guess_ms"]["p99"] <= GUESS_MS
        and report["guess_lag_ms"]["p99"] <= LAG_MS
        and report["ink_ms"]["p99"] <= INK_MS
        and report["guesses_per_s"] >= GUESSES
    )


def _note(one: dict[str, Any]) -> str:
    return (
        f"guess p99 {one['guess_ms']['p99']} ms, lag p99 {one['guess_lag_ms']['p99']} ms, ink p99 {one['ink_ms']['p99']} ms, "
        f"{one['guesses_per_s']} guesses/s per drawing, {one['errors']} errors"
    )


def _detail(one: dict[str, Any]) -> dict[str, float]:
    """Collect what the page draws of a step: milliseconds, guesses a second per drawing, processors in use."""
    return {
        "players": one["players"], "holds": float(one["passed"]), "messages": round(one["messages"]),
        "guess_p50": one["guess_ms"]["p50"], "guess_p99": one["guess_ms"]["p99"], "lag_p99": one["guess_lag_ms"]["p99"],
        "ink_p50": one["ink_ms"]["p50"], "ink_p99": one["ink_ms"]["p99"], "guesses": one["guesses_per_s"],
        **{f"cpu_{name}": round(used, 2) for name, used in one["cpu"].items()}, "cpu_bots": round(one["bots_cpu"], 2),
        **{f"stage_{name}": spent for name, spent in one["stages"].items()},
    }  # fmt: skip


async def measure(ladder: tuple[int, ...] = LADDER) -> list[dict[str, Any]]:
    """Climb; the last step that held is tried once more if the next one failed at once."""
    steps: list[dict[str, Any]] = []
    async with place.scratch() as folder:
        ink, kind = place.real_ink(folder)
        for players in ladder:
            async with place.inkling() as made:
                steps.append(await step(made, ink, players))
            if not steps[-1]["passed"] and len(steps) > 1 and not steps[-2]["passed"]:
                break
    held = [one for one in steps if one["passed"]]
    best = held[-1] if held else steps[0]
    lines = [line("e2e.players_at_slo", best["players"] if held else 0, "players", note=f"{kind}, rooms of {PLAYERS}, open table; {_note(best)}")]  # fmt: skip
    for one in steps:
        word = "holds" if one["passed"] else "misses"
        lines.append(line("e2e.guess_p99_ms", one["guess_ms"]["p99"], "ms", f"{one['players']} players", None,
                          f"{word}: {_note(one)}", _detail(one)))  # fmt: skip
    first = steps[0]
    cost = {one["players"]: _room_cost(one) for one in (first, best)}
    lines.append(line("e2e.cost_per_room_slope", cost[best["players"]], "ms/s", f"{first['rooms']} rooms",
                      cost[best["players"]] / cost[first["players"]],
                      f"processor time of web and Redis per room and second at {best['rooms']} rooms; "
                      f"with the guesser {_room_cost(best, True):.1f}, at {first['rooms']} rooms {_room_cost(first, True):.1f}"))  # fmt: skip
    lines += _sizing(best)
    return lines


def _sizing(one: dict[str, Any]) -> list[dict[str, Any]]:
    """What one player who draws costs: the inputs of the sizing table."""
    players, cpu = one["players"], one["cpu"]
    note = f"at {players} players drawing"
    return [
        line("sizing.messages_per_s", one["messages"] / players, "messages/s", note=note),
        line("sizing.guesses_per_s", one["guesses_per_s"], "guesses/s", note=note),
        line("sizing.web_ms", cpu["web"] * 1000 / players, "ms/s", note=f"processor time of the web process a player, {note}"),
        line("sizing.guesser_ms", cpu["guesser"] * 1000 / players, "ms/s", note=f"of the guesser, {note}"),
        line("sizing.redis_ms", cpu["redis"] * 1000 / players, "ms/s", note=f"of Redis, {note}"),
        line("sizing.redis_commands", one["commands"] / players, "commands/s", note=note),
        line("sizing.redis_kib", one["memory"]["redis"] * 1024 / players, "KiB", note=f"growth of Redis a player within one round, {note}"),
        line("sizing.web_kib", one["memory"]["web"] * 1024 / players, "KiB", note=f"growth of the web process a player, {note}"),
        line("sizing.guesser_mib", one["memory"]["guesser"], "MiB", note="of one guesser"),
    ]  # fmt: skip


def _room_cost(one: dict[str, Any], guesser: bool = False) -> float:
    used = one["cpu"]["web"] + one["cpu"]["redis"] + (one["cpu"]["guesser"] if guesser else 0.0)
    return float(used * 1000 / one["rooms"])
