"""Every screen of the page over made-up rooms (`npm run dev`): whatever can be pressed lies open and can be read.

SHOTS=FOLDER keeps a picture of every screen, size and theme.
"""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, Page

from tests.e2e.conftest import Served, missing
from tests.ports import free_port

pytestmark = pytest.mark.browser

ROOT = Path(__file__).parents[2]
LOOK = (Path(__file__).parent / "layout.js").read_text(encoding="utf-8")
START_SECONDS = 60
AT_ONCE = 3
SETTLE_MS = 900
"""A made-up line breaks 0.6 s after the start, a made-up visit ends after 0.2 s."""

DESKTOP, PHONE, ASIDE, NARROW = (1440, 900), (390, 844), (844, 390), (280, 653)
LOOKS: tuple[tuple[str, tuple[int, int], int], ...] = (
    ("light", DESKTOP, 100), ("dark", DESKTOP, 100), ("light", PHONE, 100), ("dark", PHONE, 100),
    ("light", ASIDE, 100), ("light", NARROW, 100), ("light", PHONE, 200), ("light", DESKTOP, 200),
)  # fmt: skip
"""Theme, size, and size of the text in percent."""
ROOM = "/r/BKTDRW?scene="
SCENES = (
    "lobby", "lobby-alone", "lobby-guest", "countdown", "drawing", "hit", "asleep", "lost", "reveal", "podium", "tab",
    "kicked", "door",
)  # fmt: skip
DIALOGS = (
    ("/", "role=button[name='Draw your face']"), (ROOM + "lobby", "[data-testid=teach]"), (ROOM + "lobby", "[data-testid=kick-1]"),
    (ROOM + "lobby", "role=button[name='Leave']"), (ROOM + "hit", "[data-testid=clear]"),
)  # fmt: skip
"""A screen, and what opens a dialog there."""
PAGES = ("/try", "/drawings", "/mine", "/held", "/r/ZZZZZZ", "/nothing/here")
SCREENS = ("/", "/help", *(ROOM + scene for scene in SCENES))


@pytest.fixture(scope="module")
def made_up() -> Iterator[str]:
    """Serve the page over made-up rooms; yields its address."""
    if not (ROOT / "client" / "node_modules").is_dir():
        missing("client/node_modules is not there (make setup)")
    url = f"http://127.0.0.1:{free_port()}"
    command = [sys.executable, str(ROOT / "scripts" / "npm.py"), "run", "dev", "--", "--port", url.rsplit(":", 1)[1]]
    process = subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
    )  # fmt: skip
    try:
        end = time.monotonic() + START_SECONDS
        while not _answers(url):
            assert time.monotonic() < end, "`npm run dev` does not answer"
            time.sleep(0.2)
        yield url
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait()


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


async def wear(page: Page, theme: str, size: tuple[int, int], text: int) -> None:
    """Change theme, size and text size of an open page."""
    await page.emulate_media(color_scheme="dark" if theme == "dark" else "light", reduced_motion="reduce")
    await page.set_viewport_size({"width": size[0], "height": size[1]})
    await page.evaluate("(size) => { document.documentElement.style.fontSize = `${size}%`; }", text)


async def look(page: Page, where: str) -> list[str]:
    """Look at a page in every size and theme; returns what is wrong with it."""
    wrong: list[str] = []
    await page.evaluate(LOOK)
    for theme, size, text in LOOKS:
        await wear(page, theme, size, text)
        here = f"{where} {theme} {size[0]}x{size[1]} {text}%"
        wrong += [f"{here}: {one}" for one in await page.evaluate("look()")]
        await _picture(page, here)
    return wrong


async def test_whatever_can_be_pressed_lies_open_at_every_scroll_position(made_up: str, chromium: Browser) -> None:
    wrong: list[str] = []
    gate = asyncio.Semaphore(AT_ONCE)

    async def see(screen: str, press: str) -> None:
        async with gate:
            page = await chromium.new_page()
            await page.goto(made_up + screen)
            await page.wait_for_selector("[data-phase]")
            await page.wait_for_timeout(SETTLE_MS)
            if press:
                await page.locator(press).first.click()
                await page.wait_for_selector("dialog[open]")
            wrong.extend(await look(page, f"{screen} {press}".strip()))
            await page.close()

    screens = [(screen, "") for screen in SCREENS] + list(DIALOGS)
    await asyncio.gather(*(see(screen, press) for screen, press in screens))
    assert not wrong, "\n".join(wrong)


async def test_the_same_holds_for_the_pages_beside_the_game(game: Served, chromium: Browser) -> None:
    wrong: list[str] = []
    for screen in PAGES:
        page = await chromium.new_page()
        await page.goto(game.url + screen)
        await page.wait_for_load_state("networkidle")
        wrong += await look(page, screen)
        await page.close()
    assert not wrong, "\n".join(wrong)


async def _picture(page: Page, where: str) -> None:
    if folder := os.environ.get("SHOTS"):
        name = "".join(letter if letter.isalnum() or letter in "-x" else "_" for letter in where)
        await page.screenshot(path=Path(folder, f"{name}.png"))


async def test_messages_have_a_place_of_their_own(made_up: str, chromium: Browser) -> None:
    wrong: list[str] = []
    for scene in ("lobby", "drawing", "reveal", "podium"):
        page = await chromium.new_page()
        await page.goto(made_up + ROOM + scene)
        await page.wait_for_selector(f'[data-phase="{scene}"]')
        await page.evaluate(LOOK)
        for theme, size, text in LOOKS[:6:2]:
            await wear(page, theme, size, text)
            await page.evaluate("tell(['Ann is the host now.', 'That can’t be done right now.'])")
            where = f"{scene} {size[0]}x{size[1]}"
            wrong += [f"{where}: {one}" for one in await page.evaluate("besideMessages()")]
            await _picture(page, f"messages {where}")
        await page.close()
    assert not wrong, "\n".join(wrong)


async def test_a_sharper_screen_makes_every_canvas_anew(made_up: str, chromium: Browser) -> None:
    page = await chromium.new_page(viewport={"width": 390, "height": 844})
    await page.goto(made_up + ROOM + "hit")
    await page.wait_for_selector("[data-testid=canvas]")
    devices = await page.context.new_cdp_session(page)
    metrics: dict[str, Any] = {"width": 390, "height": 844, "mobile": False}
    for factor in (3, 1, 2):
        await devices.send("Emulation.setDeviceMetricsOverride", {**metrics, "deviceScaleFactor": factor})
        await page.wait_for_function(
            "(factor) => [...document.querySelectorAll('main canvas')].every((one) =>"
            " one.width === Math.round(one.clientWidth * factor))",
            arg=factor,
        )
        dark = await page.evaluate(
            "() => { const one = document.querySelector('[data-testid=canvas]');"
            " return one.getContext('2d').getImageData(0, 0, one.width, one.height).data"
            ".some((value, i) => i % 4 === 3 && value > 128); }"
        )
        assert dark, "the ink is gone"
    await page.close()
