"""How long does a drawing wait for its guess while the champion changes? Real guesser, real Redis, steady requests.

    python -m benchmarks.swap [--drawings 20] [--hz 5]

Promotes a copy of the shipped champion while drawings ask all the time, and prints one JSON line, `guesser.swap_gap_ms`: the
longest time between two guesses of one drawing around the change, from a second before the first answer of the new model until
the old process has ended. `against`: the same before the promotion, and while the new model was loaded beside the old one.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from itertools import pairwise
from pathlib import Path

from model.registry import artifact
from model.registry.versions import SHIPPED_CHAMPION_FOLDER, ModelRegistry
from server.db.private.private_redis import private_redis_sync
from server.game.ids import RoundId, Seat
from server.game.ink.canvas import Stroke
from server.guessing.client.guess_client import GuessClient, open_guess_client
from server.rooms.ink_buffer import InkBuffer
from server.rooms.ports import GuessAnswer, GuessRequest

TRIAL = 5.0
CALM = 10.0


class Drawings:
    """Drawings that grow all the time: each answer is followed by the next request."""

    def __init__(self, client: GuessClient, count: int) -> None:
        self.times: dict[int, list[float]] = defaultdict(list)
        self.models: set[str] = set()
        self._client, self._count, self._revision = client, count, 0
        client.on_answer = self._heard

    def begin(self) -> None:
        for seat in range(self._count):
            self._ask(seat)

    def longest(self, since: float, until: float) -> float:
        """Milliseconds between two guesses of one drawing, at most, within a span of time."""
        gaps = [
            later - earlier
            for times in self.times.values()
            for earlier, later in pairwise(times)
            if earlier < until and later > since
        ]
        return 1000 * max(gaps)

    def _ask(self, seat: int) -> None:
        self._revision += 1
        strokes = [Stroke.of((tuple(range(0, 3000, 50)), tuple(range(0, 1500, 25)), tuple(range(60))))]
        self._client.ask(
            GuessRequest(
                "ABCDEF",
                Seat(seat),
                RoundId(1),
                self._revision,
                self._revision,
                InkBuffer().follow(strokes),
                ("cat", "dog", "line"),
            )
        )

    def _heard(self, answer: GuessAnswer) -> None:
        self.times[answer.seat].append(time.monotonic())
        self.models.add(answer.model)
        self._ask(answer.seat)


async def measure(url: str, registry: ModelRegistry, count: int, hz: float) -> dict[str, object]:
    async with open_guess_client(url, hz) as client:
        drawings = Drawings(client, count)
        drawings.begin()
        while len(drawings.times) < count:
            await asyncio.sleep(0.1)
        calm = time.monotonic() + 1
        await asyncio.sleep(CALM + 1)
        registry.promote("copy", "benchmark")
        began = time.monotonic()
        while "copy" not in drawings.models:
            await asyncio.sleep(0.05)
        switched = time.monotonic()
        await asyncio.sleep(TRIAL + 3)
        ended = time.monotonic()
    before, loading = drawings.longest(calm, began), drawings.longest(began, switched - 1)
    during = drawings.longest(switched - 1, ended)
    return {
        "name": "guesser.swap_gap_ms", "value": round(during, 1), "unit": "ms", "against": {"before": round(before, 1), "loading": round(loading, 1)},
        "ratio": round(during / before, 2),
        "note": f"{count} drawings, {hz:g} a second; loaded and checked in {switched - began:.1f} s",
    }  # fmt: skip


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--drawings", type=int, default=20)
    parser.add_argument("--hz", type=float, default=5.0)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as name, private_redis_sync(Path(name)) as url:
        registry = ModelRegistry(Path(name) / "models")
        card = artifact.read_game_card(SHIPPED_CHAMPION_FOLDER)
        card.version = "copy"
        artifact.save_model(registry.folder / "copy", card, artifact.read_weights(SHIPPED_CHAMPION_FOLDER))
        environment = {
            **os.environ,
            "REDIS_URL": url,
            "INKLING_MODELS": str(registry.folder),
            "INKLING_TRIAL_SECONDS": str(TRIAL),
        }
        process = subprocess.Popen([sys.executable, "-m", "server", "guesser"], env=environment)
        try:
            print(json.dumps(asyncio.run(measure(url, registry, chosen.drawings, chosen.hz))))
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait()
    return 0


if __name__ == "__main__":
    sys.exit(main())
