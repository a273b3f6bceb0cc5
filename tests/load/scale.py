"""What a second web process costs: `python -m tests.load.scale [ROOMS PLAYERS SECONDS]`.

Real bots play through a proxy with one web process, with two, each connection to the next one, and with two routed by
room. Prints one JSON object a line: processor time of the web processes per player and second of play.
"""

from __future__ import annotations

import asyncio
import json
import random
import statistics
import sys
import tempfile
from pathlib import Path
from typing import Any

from server.game.words.packs import BUILT_IN_PACKS
from server.runtime.event_loop import new_event_loop
from tests.faults.town import ROOT, Town, town
from tests.load.balancer import balancer

BOUNDS = {"one": 1.0, "two.random": 1.30, "two.by_room": 1.10}
SETUPS = (1, False), (2, False), (2, True)
"""How many web processes, and whether they are routed by room."""
TURNS = 3
"""The middle one counts: other work may spoil one of them."""
FAIR = 1.05
"""Guesses a second may differ by so much between the three."""


async def measure(webs: int, by_room: bool, rooms: int, players: int, seconds: int, ink: Path) -> dict[str, Any]:
    """Play; returns what the bots print, and the milliseconds of web processor time per player and second."""
    async with town(webs=webs) as made, balancer(lambda: [web.port for web in made.webs], by_room) as way:
        command = ["-m", "server", "bots", "--url", f"http://127.0.0.1:{way.port}", "--rooms", str(rooms), "--players",
                   str(players), "--seconds", str(seconds), "--ink", str(ink), "--json"]  # fmt: skip
        before, stored = [web.cpu() for web in made.webs], _redis_cpu(made)
        bots = await asyncio.create_subprocess_exec(
            sys.executable, *command, cwd=ROOT, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
        )
        said, errors = await bots.communicate()
        used = [web.cpu() - start for web, start in zip(made.webs, before, strict=True)]
        stored = _redis_cpu(made) - stored
        report: dict[str, Any] = json.loads(said)
        report["cpu_ms"] = sum(used) * 1000 / (rooms * players * report["seconds"])
        report["redis_ms"] = stored * 1000 / (rooms * players * report["seconds"])
        report["said"] = errors.decode().splitlines()[-3:] if report["errors"] else []
        report["cpu_us"] = sum(used) * 1e6 / report["chunks_acked"]
        report["balance"] = [round(one, 2) for one in used]
        return report


def draw(folder: Path) -> None:
    """Make drawings for all words of the easy pack: wavy lines, as long as a round, with timing."""
    chance = random.Random(1)
    for word in BUILT_IN_PACKS["easy"].words:
        strokes = []
        for at in range(0, 14_000, 1_400):
            count = 60
            x = [int(400 + 3000 * n / count + chance.uniform(-40, 40)) for n in range(count)]
            y = [int(chance.uniform(300, 3700) + 20 * n) % 4096 for n in range(count)]
            strokes.append([x, y, [at + 20 * n for n in range(count)]])
        record = {
            "word": word,
            "countrycode": "",
            "timestamp": "",
            "recognized": True,
            "key_id": word,
            "drawing": strokes,
        }
        (folder / f"{word}.ndjson").write_text(json.dumps(record) + "\n")


async def main(words: list[str]) -> int:
    """Measure all three, in turn, TURNS times, and compare within each turn; returns 1 if a bound is broken."""
    rooms, players, seconds = (int(word) for word in (words or ["32", "8", "20"]))
    found: list[list[dict[str, Any]]] = [[] for _ in SETUPS]
    with tempfile.TemporaryDirectory(prefix="ink-") as folder:
        draw(Path(folder))
        # One after the other, so that they do not wait for each other; in turns, because the machine has moods.
        for turn in range(TURNS):
            for number in (0, 1, 2) if turn % 2 == 0 else (2, 1, 0):
                webs, by_room = SETUPS[number]
                found[number].append(await measure(webs, by_room, rooms, players, seconds, Path(folder)))
    one = found[0]
    rates = [_middle([report["guesses_per_s"] for report in reports]) for reports in found]
    # A process that is kept from the processor asks for fewer guesses: then they did not do the same work.
    good = max(rates) <= FAIR * min(rates)
    if not good:
        print(f"not comparable, the machine was busy: {rates} guesses a second and drawing", file=sys.stderr)
    for name, bound, reports in zip(BOUNDS, BOUNDS.values(), found, strict=True):
        ratios = [_ratio(report, alone) for report, alone in zip(reports, one, strict=True)]
        ratio = _middle(ratios)
        errors = sum(report["errors"] for report in reports)
        good = good and ratio <= bound and not errors
        note = {
            "players": rooms * players, "rooms": rooms, "turns": [round(report["cpu_ms"], 3) for report in reports],
            "ratios": [round(one, 3) for one in ratios],
            "cpu_us": [round(report["cpu_us"], 1) for report in reports], "balance": [report["balance"] for report in reports],
            "redis_ms": round(_middle([report["redis_ms"] for report in reports]), 3),
            "chunks": [report["chunks_acked"] for report in reports], "errors": errors,
            "guesses_per_s": [report["guesses_per_s"] for report in reports],
            "said": reports[0]["said"], "ack_ms": [report["ack_ms"] for report in reports],
        }  # fmt: skip
        line = {
            "name": f"scale.{name}.cpu_per_player",
            "value": round(_middle([report["cpu_ms"] for report in reports]), 3),
            "unit": "ms/s",
        }
        print(
            json.dumps({**line, "against": "one web process", "ratio": round(ratio, 3), "bound": bound, "note": note})
        )
    return 0 if good else 1


def _redis_cpu(made: Town) -> float:
    """Return the seconds of processor time of redis-server."""
    used = made.redis.info("cpu")
    return float(used["used_cpu_user"] + used["used_cpu_sys"])


def _ratio(report: dict[str, Any], alone: dict[str, Any]) -> float:
    """Compare with one process in the same turn.

    On a busy machine the bots may draw less; then the time per change is the fair one. The worse of both counts.
    """
    return max(float(report[key] / alone[key]) for key in ("cpu_ms", "cpu_us"))


def _middle(values: list[float]) -> float:
    return float(statistics.median(values))


if __name__ == "__main__":
    # The proxy runs in here: the less of the machine it takes, the more players fit.
    with asyncio.Runner(loop_factory=new_event_loop) as runner:
        sys.exit(runner.run(main(sys.argv[1:])))
