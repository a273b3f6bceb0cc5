"""Lines that break under a real page: nothing drawn is lost, nothing is doubled."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from functools import partial
from urllib.parse import urlsplit

import pytest
from playwright.async_api import Browser, expect
from playwright.async_api import TimeoutError as PlaywrightTimeout

from tests.e2e.conftest import Served
from tests.e2e.drawings import Path2D
from tests.e2e.player import Player
from tests.e2e.test_play import exported, make_room, web_process
from tests.faults.lines import line

pytestmark = pytest.mark.browser

OFFLINE = float(os.environ.get("OFFLINE", "3"))
"""Seconds without a connection. `OFFLINE=60` tests a whole minute."""
BARS: list[Path2D] = [[(0.1, 0.1 + n / 10), (0.5, 0.1 + n / 10), (0.9, 0.1 + n / 10)] for n in range(8)]
"""Eight bars, one under the other."""
BACK_MS = 30_000


async def test_neither_a_dead_line_nor_a_killed_web_process_costs_a_stroke(game: Served, chromium: Browser) -> None:
    here = urlsplit(game.url)
    async with line(partial(asyncio.open_connection, here.hostname, here.port)) as way:
        anna = await Player.at(chromium, f"http://127.0.0.1:{way.port}")
        await anna.page.get_by_role("checkbox").check()
        await make_room(anna, "Anna")
        await anna.part("setting-seconds").select_option("120")
        await anna.part("start").click()
        await anna.phase("drawing")
        word = await anna.prompt()
        await anna.draw(BARS[:2])
        way.refusing = True
        way.cut()
        await anna.see("reconnecting")
        await expect(anna.part("reconnecting")).to_contain_text("Your ink is safe")
        await anna.draw(BARS[2:4])
        await asyncio.sleep(OFFLINE)
        way.refusing = False
        await expect(anna.part("reconnecting")).to_have_count(0, timeout=BACK_MS)
        await anna.draw(BARS[4:5])
        os.kill(web_process(game.process.pid), signal.SIGKILL)
        await anna.draw(BARS[5:7])
        await expect(anna.part("reconnecting")).to_have_count(0, timeout=BACK_MS)
        await anna.draw(BARS[7:])
        await say_done(anna)
        # The drawing is stored at the reveal; a moment later it is in the collection.
        kept: list[list[float]] = []
        async with asyncio.timeout(BACK_MS / 1000):
            while not any(kept):
                await asyncio.sleep(0.2)
                kept = [_heights(record) for record in exported(game) if record["word"] == word]
        assert kept == [[0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8]]
        await anna.context.close()


async def say_done(player: Player) -> None:
    """Press the button until it was heard: the line may be about to break."""
    async with asyncio.timeout(BACK_MS / 1000):
        while True:
            with contextlib.suppress(PlaywrightTimeout):
                await player.part("done").click(timeout=500)
            with contextlib.suppress(PlaywrightTimeout):
                await player.phase("reveal", 2)
                return


def _heights(record: dict[str, object]) -> list[float]:
    """Say how far down each stroke of a kept drawing begins; `x` and `y` are 0..4095."""
    drawing = record["drawing"]
    assert isinstance(drawing, list)
    return [round(stroke[1][0] / 4095, 1) for stroke in drawing if max(stroke[0]) - min(stroke[0]) > 3000]
