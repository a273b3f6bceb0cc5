"""How much of Redis a game takes: `python -m tests.load.sizes [ROOMS PLAYERS SECONDS]`.

Players draw all the time; prints one JSON object a line: the largest key of each kind that was seen (MEMORY USAGE), the mean of
what is kept, and how fast the append-only file grows.
"""

from __future__ import annotations

import asyncio
import json
import re
import statistics
import sys
import time

from tests.faults.town import Town, town

KINDS = {
    "head": r"room:.*:head", "log": r"room:.*:log", "outbox": r"room:.*:outbox", "games": r"room:.*:games",
    "drawing": r"drawing:.*", "board": r"board:.*\}", "names": r"board:.*:names", "mail": r"web:.*:mail",
    "queue": r"guess:queue",
}  # fmt: skip


def sizes(made: Town) -> dict[str, list[int]]:
    """Return the bytes of every key, by kind."""
    found: dict[str, list[int]] = {}
    for key in made.redis.scan_iter(count=1000):
        kind = next((kind for kind, pattern in KINDS.items() if re.fullmatch(pattern, key.decode())), None)
        taken = made.redis.memory_usage(key, samples=0) if kind else None
        if kind and taken:
            found.setdefault(kind, []).append(taken)
    return found


async def main(words: list[str]) -> None:
    rooms, players, seconds = (int(word) for word in (words or ["2", "8", "60"]))
    async with town(webs=2) as made:
        for _ in range(rooms):
            await made.open_room(players, seconds=20)
        for one in made.players:
            # About as many points as a pen leaves.
            one.points = (2, 6)
        await made.begun()
        most: dict[str, int] = {}
        began, before = time.monotonic(), _written(made)
        while (played := time.monotonic() - began) < seconds:
            for kind, taken in sizes(made).items():
                most[kind] = max(most.get(kind, 0), *taken)
            await asyncio.sleep(0.2)
        for kind, largest in sorted(most.items()):
            _say(f"redis.largest.{kind}", largest, "bytes")
        kept = sizes(made)["drawing"]
        _say("redis.mean.drawing", round(statistics.mean(kept)), "bytes", drawings=len(kept))
        pace = (_written(made) - before) / (rooms * players * played)
        _say("redis.aof", round(pace), "bytes/s per player", seconds=round(played))


def _written(made: Town) -> int:
    return sum(file.stat().st_size for file in made.servers.folder.rglob("*.aof"))


def _say(name: str, value: float, unit: str, **note: object) -> None:
    print(json.dumps({"name": name, "value": value, "unit": unit, "note": note}))


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1:]))
