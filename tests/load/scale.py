"""What a second web process costs: `python -m tests.load.scale [ROOMS PLAYERS SECONDS]`.

Real bots play through a proxy with one web process, with two, each connection to the next one, and with two routed by
room. Prints one JSON object a line: processor time of the web processes per player and second of play.
"""

from __future__ import annotations

import asyncio
import json
import random
import sys
import tempfile
from pathlib import Path
from typing import Any

from server.game.packs import PACKS
from tests.faults.town import ROOT, town
from tests.load.balancer import balancer

RANDOM_BOUND, ROOM_BOUND = 1.30, 1.10
SETUPS = (1, False), (2, False), (2, True)
"""How many web processes, and whether they are routed by room."""


async def measure(webs: int, by_room: bool, rooms: int, players: int, seconds: int, ink: Path) -> dict[str, Any]:
    """Play; returns what the bots print, and the milliseconds of web processor time per player and second."""
    async with town(webs=webs) as made, balancer(lambda: [web.port for web in made.webs], by_room) as way:
        command = ["-m", "server", "bots", "--url", f"http://127.0.0.1:{way.port}", "--rooms", str(rooms), "--players",
                   str(players), "--seconds", str(seconds), "--ink", str(ink), "--json"]  # fmt: skip
        before = [web.cpu() for web in made.webs]
        bots = await asyncio.create_subprocess_exec(
            sys.executable, *command, cwd=ROOT, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
        )
        said, errors = await bots.communicate()
        used = [web.cpu() - start for web, start in zip(made.webs, before, strict=True)]
        report: dict[str, Any] = json.loads(said)
        report["cpu_ms"] = sum(used) * 1000 / (rooms * players * report["seconds"])
        report["said"] = errors.decode().splitlines()[-3:] if report["errors"] else []
        report["cpu_us"] = sum(used) * 1e6 / report["chunks_acked"]
        report["balance"] = [round(one, 2) for one in used]
        return report


def draw(folder: Path) -> None:
    """Make drawings for all words of the easy pack: wavy lines, as long as a round, with timing."""
    chance = random.Random(1)
    for word in PACKS["easy"].words:
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
    """Measure all three; returns 1 if a bound is broken."""
    rooms, players, seconds = (int(word) for word in (words or ["4", "8", "40"]))
    with tempfile.TemporaryDirectory(prefix="ink-") as folder:
        draw(Path(folder))
        # At the same time: whatever else the machine does, it does to all three.
        one, apart, routed = await asyncio.gather(
            *(measure(webs, by_room, rooms, players, seconds, Path(folder)) for webs, by_room in SETUPS)
        )
    bounds = {"one": 1.0, "two.random": RANDOM_BOUND, "two.by_room": ROOM_BOUND}
    good = True
    for (name, bound), report in zip(bounds.items(), (one, apart, routed), strict=True):
        # On a busy machine the bots may draw less; then the time per change is the fair one. The worse of both counts.
        ratio = max(report["cpu_ms"] / one["cpu_ms"], report["cpu_us"] / one["cpu_us"])
        good = good and ratio <= bound and not report["errors"]
        note = {
            key: report[key] for key in ("players", "balance", "cpu_us", "chunks_acked", "errors", "said", "ack_ms")
        }
        line = {"name": f"scale.{name}.cpu_per_player", "value": round(report["cpu_ms"], 3), "unit": "ms/s"}
        print(
            json.dumps({**line, "against": "one web process", "ratio": round(ratio, 3), "bound": bound, "note": note})
        )
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(asyncio.run(main(sys.argv[1:])))
