"""What a game's guesses notice of six visitors who have pictures decoded on /try, as large ones as are taken."""

from __future__ import annotations

import asyncio
import os
import statistics
import time
from typing import Any

import aiohttp
import cv2
import numpy as np

from tests.faults.outcome import Outcome
from tests.faults.town import Process, town, until
from tests.fuzz.floods import Timed, play
from tests.unit.model.classics.made_run import write_run

VISITORS = 6
SECONDS = 20.0
"""Of each half of a pair: a percentile of fewer guesses is that of two or three of them."""
PAIRS = 5
SHARE = 0.10
"""By how much the median pair's p99 of a guess may differ."""


class Guessed(Timed):
    """A player who notes how long each guess takes from the web process on and back."""

    def __init__(self, name: str, code: str, url: str, seed: int) -> None:
        super().__init__(name, code, url, seed)
        self.guessed: list[float] = []

    async def _on_guess(self, body: dict[str, Any]) -> None:
        self.guessed.append(time.time() - body["asked_at"])


def _picture() -> bytes:
    """Make as much work as a file that is taken can be: 16 million pixels of sixteen bits, with transparency."""
    sheet = np.full((4000, 4000, 4), 65535, np.uint16)
    sheet[1000:3000, 1000:1100, :3] = 0
    return bytes(cv2.imencode(".png", sheet)[1].tobytes())


async def pictures(pairs: int = PAIRS, seconds: float = SECONDS) -> Outcome:
    """Measure guesses in turns, without visitors and with them."""
    picture = _picture()
    async with town(webs=1, guesser=False, seed=4, INKLING_TRIES_PER_MINUTE="100000") as made:
        folder, url = made.servers.folder, made.webs[0].url
        write_run(folder / "runs")
        environment = {"INKLING_RUNS": str(folder / "runs"), "INKLING_MODELS": str(folder / "models")}
        guesser = Process(["-m", "server", "guesser"], folder / "guesser.log", REDIS_URL=made.redis_url, **environment)
        guesser.start()
        try:
            await until(lambda: "ready to guess" in guesser.log, 120)
            crowd = await play(made, pairs * 2 * (seconds + 1), Guessed)
            found: list[tuple[float, float]] = []
            answers: dict[int, int] = {}
            for _ in range(pairs):
                quiet = await _p99(crowd, seconds)
                visitors = [asyncio.create_task(_visit(url, picture, answers)) for _ in range(VISITORS)]
                found.append((quiet, await _p99(crowd, seconds)))
                for visitor in visitors:
                    visitor.cancel()
                await asyncio.gather(*visitors, return_exceptions=True)
        finally:
            os.kill(guesser.process.pid, 15) if guesser.process else None
            await guesser.ended()
    share = statistics.median(loud / quiet - 1 for quiet, loud in found)
    figures = ", ".join(f"{quiet * 1000:.0f} → {loud * 1000:.0f}" for quiet, loud in found)
    said = ", ".join(f"{count} × {status}" for status, count in sorted(answers.items()))
    text = f"p99 of a guess in ms without → with: {figures}; median {share:+.0%} (≤ {SHARE:.0%}); answers: {said}"
    return Outcome("pictures", f"{VISITORS} pictures of 16 million pixels at once", pairs, text, share <= SHARE)


async def _p99(crowd: list[Guessed], seconds: float) -> float:
    for one in crowd:
        one.guessed.clear()
    await asyncio.sleep(seconds)
    guessed = sorted(value for one in crowd for value in one.guessed)
    return guessed[int(0.99 * len(guessed))]


async def _visit(url: str, picture: bytes, answers: dict[int, int]) -> None:
    async with aiohttp.ClientSession() as session:
        while True:
            asking = session.post(url + "/api/try/forest-10", data=picture, headers={"Content-Type": "image/png"})
            async with asking as answer:
                answers[answer.status] = answers.get(answer.status, 0) + 1
            # Four are answered at a time; a page that was refused does not ask again at once.
            await asyncio.sleep(0.0 if answer.status == 200 else 1.0)
