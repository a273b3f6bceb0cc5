"""What a drawing takes in Redis, against its line in the raw format: `python -m benchmarks.store [--limit N]`.

Every official raw drawing of INKLING_DATA becomes a played one (our canvas, whole units, 15 notes of three words), and is put
into a redis-server of its own with all indexes, then exported. One JSON object a line, as `make bench` writes them.
"""

from __future__ import annotations

import argparse
import asyncio
import gzip
import json
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from server.db import keys
from server.db.pipeline import AutoPipeline
from server.db.private.private_redis import private_redis
from server.drawings.record import record_finished_drawing
from server.drawings.repository import HOUR_MS, DrawingRepository
from server.game.commands import Device
from server.game.events import DrawingFinished, GuessNote
from server.game.ids import Millis, PlayerId, RoundId, Seat
from server.game.words.packs import BUILT_IN_PACKS

NOTES = 15
ROUNDS = 6
CANVAS = 4095
WORDS = BUILT_IN_PACKS["easy"].words
"""The words they get: with few words, each has more drawings than Redis packs into a small index (128)."""
TOGETHER = 100


def lines(folder: Path, limit: int) -> Iterator[tuple[int, dict[str, Any]]]:
    """Yield the bytes of each official line and the drawing in it."""
    left = limit
    for path in sorted(folder.glob("*.ndjson.gz")):
        with gzip.open(path, "rb") as file:
            for line in file:
                record = json.loads(line)
                official = {name: record[name] for name in (*record,) if name not in ("source", "identity")}
                yield len(msgspec.json.encode(official)) + 1, record
                left -= 1
                if not left:
                    return


def played(number: int, record: dict[str, Any]) -> DrawingFinished:
    """Make a drawing of a game from an official one: on the whole canvas, guessed at all the time."""
    xs = [x for stroke in record["drawing"] for x in stroke[0]]
    ys = [y for stroke in record["drawing"] for y in stroke[1]]
    scale = CANVAS / max(max(xs) - min(xs), max(ys) - min(ys), 1)
    strokes = tuple(
        (
            tuple(round((x - min(xs)) * scale) for x in stroke[0]),
            tuple(round((y - min(ys)) * scale) for y in stroke[1]),
            tuple(int(t) for t in stroke[2]),
        )
        for stroke in record["drawing"]
    )
    words = ("square", "envelope", "house", "barn", "television", record["word"])
    notes = tuple(
        GuessNote(
            Millis(700 + 430 * step + 37 * (step * number % 7)),
            tuple(
                (words[(step + place) % 6], 0.05 + (number * 7919 + step * 104729 + place * 31) % 880 / 1000)
                for place in range(3)
            ),
            (number * 31 + step * 17) % 1000 / 1000,
            "20261121-0514",
        )
        for step in range(NOTES)
    )
    hit = number % 3 > 0
    return DrawingFinished(
        1, RoundId(number % ROUNDS), Seat(0), PlayerId(f"{number // ROUNDS:032x}"), WORDS[number % len(WORDS)], strokes, hit,
        Millis(6900) if hit else None, 88 if hit else 11, False, 20, "easy", Device("touch", 390, 844), "player",
        Millis(1300), "hit" if hit else "time", notes,
    )  # fmt: skip


async def measure(folder: Path, limit: int) -> None:
    """Fill, measure, print."""
    with tempfile.TemporaryDirectory(prefix="ink-") as place:
        async with private_redis(Path(place)) as url:
            pipe = AutoPipeline(url)
            ready = [(size, record_finished_drawing(f"R{n}", "b", 1_760_000_000_000 + n * 911, played(n, record)))
                     for n, (size, record) in enumerate(lines(folder, limit))]  # fmt: skip
            collection, began = DrawingRepository(pipe), time.perf_counter()
            for at in range(0, len(ready), TOGETHER):
                await asyncio.gather(*(collection.put(kept) for _, kept in ready[at : at + TOGETHER]))
            seconds = time.perf_counter() - began
            taken: dict[str, int] = {"record": 0, "time": 0, "word": 0, "player": 0}
            for _, kept in ready:
                taken["record"] += await pipe.run("MEMORY", "USAGE", keys.drawing_key(kept.key_id))
            for hour in {kept.at // HOUR_MS for _, kept in ready}:
                taken["time"] += await pipe.run("MEMORY", "USAGE", keys.hour_drawings_key(hour), "SAMPLES", 0)
            for word in {kept.word for _, kept in ready}:
                taken["word"] += await pipe.run("MEMORY", "USAGE", keys.word_drawings_key(word), "SAMPLES", 0)
            for player in {kept.player for _, kept in ready}:
                taken["player"] += await pipe.run("MEMORY", "USAGE", keys.player_drawings_key(player), "SAMPLES", 0)
            await pipe.close()
            began = time.perf_counter()
            command = [sys.executable, "-m", "server", "export", "--format", "raw", "--out", str(Path(place) / "out")]
            environment = {**os.environ, "REDIS_URL": url, "INKLING_ERASED": str(Path(place) / "erased")}
            process = await asyncio.create_subprocess_exec(*command, env=environment, stdout=asyncio.subprocess.DEVNULL)
            if await process.wait():
                raise RuntimeError("the export failed")
            exported = time.perf_counter() - began
    ours, theirs, count = sum(taken.values()), sum(size for size, _ in ready), len(ready)
    parts = ", ".join(f"{name} {size / count:.0f}" for name, size in taken.items())
    say("store.bytes_per_drawing", ours / count, "B", "raw-ndjson", ours / theirs, f"{count} drawings: {parts}")
    say("export.rate", count / exported, "drawings/s", None, None, "raw, the whole command")
    say("store.write_rate", count / seconds, "drawings/s", None, None, f"{TOGETHER} at a time, one connection")


def say(name: str, value: float, unit: str, against: str | None, ratio: float | None, note: str) -> None:
    rounded = None if ratio is None else round(ratio, 4)
    print(
        json.dumps(
            {"name": name, "value": round(value, 1), "unit": unit, "against": against, "ratio": rounded, "note": note}
        )
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--limit", type=int, default=0, help="drawings (default: all)")
    arguments = parser.parse_args()
    data = os.environ.get("INKLING_DATA")
    if not data:
        parser.error("INKLING_DATA is not set: a folder with quickdraw/raw")
    asyncio.run(measure(Path(data) / "quickdraw" / "raw", arguments.limit))


if __name__ == "__main__":
    main()
