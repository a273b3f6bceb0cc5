"""Browsers that lack, forbid or break what a page may ask them for: one plays all the same, or reads why not."""

from __future__ import annotations

import asyncio
import os
import shutil
from functools import partial
from urllib.parse import urlsplit

import pytest
from playwright.async_api import Browser, expect

from tests.e2e.conftest import Served, missing
from tests.e2e.drawings import Path2D
from tests.e2e.firefox import firefox
from tests.e2e.player import Player
from tests.e2e.test_play import ink_on, make_room
from tests.faults.lines import line

pytestmark = pytest.mark.browser

BAR: list[Path2D] = [[(0.2, 0.5), (0.5, 0.5), (0.8, 0.5)]]
HOW = ("missing", "refused")
AT_ONCE = 4
"""Browsers that play side by side: a countdown is mostly waiting."""

REFUSE = "const refuse = () => { throw new DOMException('The operation is insecure.', 'SecurityError'); };"
HIDE = "const hide = (name, on = window) => Object.defineProperty(on, name, {configurable: true, value: undefined});"
CLOSE = "const close = (name, on = window) => Object.defineProperty(on, name, {configurable: true, get: refuse});"

FACILITIES = {
    "channel missing": "hide('BroadcastChannel')",
    "channel refused": "window.BroadcastChannel = class { constructor() { refuse(); } }",
    "storage missing": "hide('localStorage'); hide('sessionStorage')",
    "storage refused": "close('localStorage'); close('sessionStorage')",
    "storage damaged": "for (const name of ['avatar', 'keep', 'sounds', 'room']) "
    "localStorage.setItem(`inkling.${name}`, '{\"a\": [1]}')",
    "storage full": "Storage.prototype.setItem = refuse",
    "wake lock missing": "hide('wakeLock', Navigator.prototype)",
    "wake lock refused": "WakeLock.prototype.request = refuse",
    "sound missing": "hide('AudioContext')",
    "sound refused": "window.AudioContext = class { constructor() { refuse(); } }",
    "voice missing": "hide('speechSynthesis'); hide('SpeechSynthesisUtterance')",
    "voice refused": "for (const name of ['speak', 'cancel']) SpeechSynthesis.prototype[name] = refuse",
    "media queries missing": "hide('matchMedia')",
    "media queries refused": "window.matchMedia = refuse",
    "resize observer missing": "hide('ResizeObserver')",
    "resize observer refused": "window.ResizeObserver = class { constructor() { refuse(); } }",
    "mutation observer missing": "hide('MutationObserver')",
    "mutation observer refused": "window.MutationObserver = class { constructor() { refuse(); } }",
    "random numbers missing": "hide('crypto')",
    "random numbers refused": "Crypto.prototype.getRandomValues = refuse",
    "pointer capture missing": "hide('setPointerCapture', Element.prototype)",
    "pointer capture refused": "Element.prototype.setPointerCapture = refuse",
    "coalesced events refused": "PointerEvent.prototype.getCoalescedEvents = refuse",
    "history refused": "history.pushState = history.replaceState = refuse",
    "clipboard refused": "close('clipboard', Navigator.prototype); document.execCommand = refuse",
    "sharing refused": "Navigator.prototype.share = refuse",
    "modal dialogs missing": "hide('showModal', HTMLDialogElement.prototype)",
}
"""What is wrong with a browser, as a script that runs before the page's."""


def browsers() -> dict[str, str]:
    """One browser that has nothing, one that refuses everything, the rest apart; with EACH=1 all one by one."""
    if os.environ.get("EACH"):
        return FACILITIES
    missing, refusing = ("; ".join(FACILITIES[name] for name in FACILITIES if name.endswith(how)) for how in HOW)
    apart = {name: FACILITIES[name] for name in FACILITIES if not name.endswith(HOW)}
    return {"all missing": missing, "all refused": refusing, **apart}


async def visitor(chromium: Browser, url: str, wrong: str) -> Player:
    """Open a page in a browser in which something is wrong from the first moment on."""
    context = await chromium.new_context(viewport={"width": 390, "height": 844})
    context.set_default_timeout(20_000)
    await context.add_init_script(f"{{ {REFUSE} {HIDE} {CLOSE} {wrong} }}")
    player = Player(context, await context.new_page())
    await player.page.goto(url)
    return player


async def test_one_plays_whatever_the_browser_lacks_or_refuses(game: Served, chromium: Browser) -> None:
    gate = asyncio.Semaphore(AT_ONCE)
    unlike: dict[str, object] = {}

    async def play(name: str, wrong: str) -> None:
        async with gate:
            player = await visitor(chromium, game.url, wrong)
            try:
                await make_room(player, "Ann")
                await player.page.get_by_role("button", name="Copy").first.click()
                for toggle in await player.page.locator("nav button[aria-pressed]").all():
                    await toggle.click()
                await player.part("start").click()
                await player.phase("drawing")
                await player.draw(BAR)
                drawn = await ink_on(player)
                await expect(player.part("guess").first).not_to_be_empty()
                await player.part("clear").click()
                await player.part("clear-yes").click()
                await expect(player.part("clear-yes")).to_have_count(0)
                if player.problems or drawn == 0 or await ink_on(player):
                    unlike[name] = player.problems or f"{drawn} pixels drawn, not all wiped"
            except Exception as error:
                unlike[name] = [error, player.problems]
            await player.context.close()

    await asyncio.gather(*(play(name, wrong) for name, wrong in browsers().items()))
    assert not unlike


async def test_without_live_connections_one_reads_so(game: Served, chromium: Browser) -> None:
    for wrong in ("hide('WebSocket')", "window.WebSocket = class { constructor() { refuse(); } }"):
        player = await visitor(chromium, game.url, wrong)
        if "hide" in wrong:
            # No need to wait for anything, then: nothing that counts on a timer would ever show it.
            await player.page.evaluate("() => { window.setTimeout = () => 0; }")
        await player.part("play-now").click()
        await player.phase("blocked")
        await expect(player.page.get_by_role("heading")).to_contain_text("Something blocks the line")
        await player.context.close()


async def test_whatever_else_throws_shows_an_error_screen_with_a_way_on(game: Served, chromium: Browser) -> None:
    player = await visitor(chromium, game.url, "Math.random = () => { throw new Error('no luck'); }")
    await expect(player.part("failure")).to_contain_text("no luck")
    await expect(player.part("failure").locator("img")).to_be_visible()
    await expect(player.part("failure").get_by_role("link")).to_be_visible()
    await player.context.close()

    # While a screen is made: the seat is kept, and a reload leads back to it.
    player = await visitor(chromium, game.url, "")
    await make_room(player, "Ann")
    await player.page.evaluate(
        "() => { HTMLCanvasElement.prototype.getContext = () => { throw new Error('no paper'); } }"
    )
    await player.part("start").click()
    await expect(player.part("failure")).to_contain_text("no paper")
    await player.part("reload").click()
    await player.phase("drawing")
    await player.context.close()


async def test_where_nothing_new_can_be_stored_one_sits_once_after_an_outage(game: Served, chromium: Browser) -> None:
    here = urlsplit(game.url)
    async with line(partial(asyncio.open_connection, here.hostname, here.port)) as way:
        player = await visitor(chromium, f"http://127.0.0.1:{way.port}", "Storage.prototype.setItem = refuse")
        await make_room(player, "Ann")
        for _ in range(2):
            way.cut()
            await player.see("reconnecting")
            await expect(player.part("reconnecting")).to_have_count(0)
        await expect(player.page.locator("[data-testid^=seat-]")).to_have_count(1)
        assert await player.page.locator("[data-seat]").first.get_attribute("data-seat") == "0"
        await player.context.close()


async def test_a_firefox_that_blocks_all_cookies_plays(game: Served) -> None:
    path = shutil.which("firefox-esr") or shutil.which("firefox")
    if path is None:
        missing("no Firefox here (Debian: apt-get install firefox-esr)")
    async with firefox(path or "", network__cookie__cookieBehavior=2) as browser:
        await browser.open(game.url)
        await browser.click("play-now")
        await browser.until("!!document.querySelector('[data-phase=\"drawing\"]')")
        await browser.draw("canvas", BAR)
        await browser.until("document.querySelector('[data-testid=guess]').innerText.length > 0")
