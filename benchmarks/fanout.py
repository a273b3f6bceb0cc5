"""Ink to everybody: our web process under `inkling bots`, and plain relays under the same messages.

All that ours does is on: validation, limits, log in Redis, acknowledgements, guesses. The relays only pass on.
"""

from __future__ import annotations

import asyncio
import json
import sys
from typing import Any

from benchmarks import place, rivals
from benchmarks.line import line

ROOMS, PLAYERS = 12, 8
"""Everybody sees everybody; each player sends ten messages a second with six points each."""
SECONDS = 9
"""Seconds of messages that a relay is measured for."""
SETTLE, DRAWING, ROUND = 2.0, 18.0, 40
"""Seconds from the first drawing on that do not count, seconds measured, seconds of a round."""
TICK_MS = 100
RELAYS = (
    ("colyseus", 0), ("colyseus-per-tick", TICK_MS), ("socketio-node", 0), ("socketio-node-per-tick", TICK_MS),
    ("python-socketio", 0), ("python-socketio-per-tick", TICK_MS),
)  # fmt: skip


def _server(name: str, port: int, tick: int) -> place.Process:
    words = [str(port), str(tick)]
    if name.startswith("python"):
        return place.Process([sys.executable, "benchmarks/relays/python_socketio.py", *words])
    script = "colyseus" if name.startswith("colyseus") else "socketio"
    return place.Process([rivals.node(), f"benchmarks/relays/{script}.mjs", *words], {"NODE_ENV": "production"})


async def relay(name: str, tick: int) -> dict[str, float]:
    """Measure one relay: µs of processor time per message, p50 and p99 in ms, KiB per connection."""
    port = place.free_port()
    server = _server(name, port, tick)
    try:
        await _listens(port)
        before = server.resident()
        kind = "colyseus" if name.startswith("colyseus") else "socketio"
        words = [kind, f"http://127.0.0.1:{port}", str(ROOMS), str(PLAYERS), str(SECONDS)]
        players = await asyncio.create_subprocess_exec(
            sys.executable, "benchmarks/relaying.py", *words, cwd=place.ROOT,
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, preexec_fn=place.die_with_parent,
        )  # fmt: skip
        assert players.stdin is not None
        assert players.stdout is not None
        await players.stdout.readline()
        start = server.cpu()
        players.stdin.write(b"\n")
        report = json.loads(await players.stdout.readline())
        used = server.cpu() - start
        memory = (server.resident() - before) * 1024 / (ROOMS * PLAYERS)
        await players.wait()
    finally:
        server.stop()
    return {
        "cpu": used * 1e6 / report["sent"], "p50": report["ink_ms"]["p50"], "p99": report["ink_ms"]["p99"],
        "memory": memory, "whole": report["seen"] / (report["sent"] * (PLAYERS - 1)),
    }  # fmt: skip


async def _listens(port: int) -> None:
    async with asyncio.timeout(20):
        while True:
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
            except OSError:
                await asyncio.sleep(0.05)
            else:
                writer.close()
                return


async def ours() -> dict[str, Any]:
    """Measure Inkling the same way, while all bots draw."""
    async with place.scratch() as folder, place.inkling() as made:
        ink = place.waves(folder, seconds=ROUND)
        before = made.web.resident()
        words = ("--round-seconds", str(ROUND))
        playing = asyncio.create_task(
            place.bots(made.url, ink, ROOMS, PLAYERS, 10.0 + SETTLE + DRAWING, *words)
        )  # fmt: skip
        await made.drawing(ROOMS * PLAYERS)
        await asyncio.sleep(SETTLE)
        first, start = place.value(await made.figures(), "inkling_messages_total"), made.cpu()
        await asyncio.sleep(DRAWING)
        last, end = place.value(await made.figures(), "inkling_messages_total"), made.cpu()
        memory = (made.web.resident() - before) * 1024 / (ROOMS * PLAYERS)
        report = await playing
    spent = {name: (end[name] - start[name]) * 1e6 / max(1.0, last - first) for name in end}
    return {
        "cpu": spent["web"], "redis": spent["redis"], "guesser": spent["guesser"], "memory": memory,
        "p50": report["ink_ms"]["p50"], "p99": report["ink_ms"]["p99"], "errors": report["errors"],
        "guesses": report["guesses_per_s"], "rate": (last - first) / DRAWING,
    }  # fmt: skip


async def measure() -> list[dict[str, Any]]:
    """Measure all; Colyseus before and after ours, so that a machine that slows down does so for both."""
    found: dict[str, dict[str, float]] = {}
    early = {name: await relay(name, tick) for name, tick in RELAYS[:2]}
    mine = await ours()
    for name, tick in RELAYS:
        found[name] = await relay(name, tick)
    for name, one in early.items():
        found[name] = {key: (one[key] + found[name][key]) / 2 for key in one}
    note = (
        f"{ROOMS * PLAYERS} players in rooms of {PLAYERS}, {mine['rate']:.0f} messages/s, open table, {mine['errors']} errors; "
        f"beside it Redis {mine['redis']:.0f} µs, guesser {mine['guesser']:.0f} µs, {mine['guesses']} guesses/s per drawing"
    )
    lines = []
    for name, theirs in found.items():
        lines.append(line("fanout.cpu_per_message", mine["cpu"], "µs", name, mine["cpu"] / theirs["cpu"],
                          f"theirs {theirs['cpu']:.0f} µs; {note}"))  # fmt: skip
    for name, theirs in found.items():
        lines.append(line("fanout.p99_ms", mine["p99"], "ms", name, mine["p99"] / theirs["p99"],
                          f"p50 {mine['p50']} ms; theirs p50 {theirs['p50']:.1f}, p99 {theirs['p99']:.1f} ms, "
                          f"{theirs['whole']:.1%} of their messages arrived"))  # fmt: skip
    for name, theirs in found.items():
        lines.append(line("fanout.memory_per_connection", mine["memory"], "KiB", name,
                          mine["memory"] / max(theirs["memory"], 1.0), f"theirs {theirs['memory']:.0f} KiB; ours with its rooms"))  # fmt: skip
    return lines
