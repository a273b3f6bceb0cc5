"""From `inkling play` to the first page and the first guess, the memory of each process, and the page on a slow line."""

from __future__ import annotations

import asyncio
import sys
import time
from pathlib import Path
from typing import Any

import aiohttp

from benchmarks import place, slow_line
from benchmarks.line import line
from server.bots.player import Bot
from server.bots.replays import ReplayLibrary
from server.bots.tally import BotTally

PATIENCE = 60.0


async def _first_guess(url: str, ink: Path) -> None:
    """Make a room, sit down, draw; returns with the first guess."""
    tally = BotTally()
    bot = Bot("Early", ReplayLibrary(ink), tally, {}, 10.0, 1, True)
    async with aiohttp.ClientSession() as session, session.post(url + "/api/rooms") as answer:
        code = (await answer.json())["code"]
        await bot.join(session, url, code)
        await bot.command("settings", rounds=1, seconds=60, seats=4, pack="easy", open_table=True, keep=False)
        await bot.command("start")
        while not tally.guesses:
            await asyncio.sleep(0.01)
        await bot.stop_drawing()
        await bot.leave()


def _memory(play: place.Process) -> dict[str, float]:
    """MiB of the processes under `play`, by what they are."""
    found = {}
    for pid in play.family():
        words = Path(f"/proc/{pid}/cmdline").read_text().split("\0")
        name = (
            "redis" if "redis-server" in words[0] else next((w for w in ("guesser", "web", "play") if w in words), "")
        )
        if name:
            found[name] = found.get(name, 0.0) + place.resident(pid)
    return found


async def measure() -> list[dict[str, Any]]:
    """Start once, as a person does, with an empty data folder."""
    async with place.scratch() as folder:
        ink = place.waves(folder / "ink")
        port = place.free_port()
        url = f"http://127.0.0.1:{port}"
        began = time.monotonic()
        words = ["-m", "server", "play", "--port", str(port), "--data-dir", str(folder / "data")]
        play = place.Process([sys.executable, *words], {"REDIS_URL": ""})
        try:
            await place.answers(url + "/", PATIENCE)
            page = time.monotonic() - began
            async with asyncio.timeout(PATIENCE):
                await _first_guess(url, ink)
            guess = time.monotonic() - began
            memory = _memory(play)
            pressable = await slow_line.play_now(url + "/")
        finally:
            play.stop()
    lines = [
        line("start.first_page_s", page, "s", note="`inkling play` with an empty data folder, private Redis"),
        line("start.first_guess_s", guess, "s", note="the same start; a room's countdown of 3 s is in it"),
    ]
    note = (
        f"*Play now* can be pressed, in Chromium at 1.6 Mbit/s and 150 ms; the median of {slow_line.TIMES} first visits"
    )
    lines.append(line("start.play_now_s", pressable, "s", note=note))
    for name, size in sorted(memory.items()):
        lines.append(line("start.memory", size, "MiB", note=f"resident memory of {name}"))
    return lines
