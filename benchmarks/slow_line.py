"""How soon *Play now* can be pressed over a slow line, in the system's Chromium."""

from __future__ import annotations

import shutil
from statistics import median

from playwright.async_api import Browser, async_playwright

BITS_PER_SECOND = 1.6e6
LATENCY_MS = 150
TIMES = 5

SEEN = """
new MutationObserver((_, observer) => {
  if (document.querySelector('[data-testid=play-now]:not([disabled])') === null) return;
  window.pressableAt = performance.now();
  observer.disconnect();
}).observe(document, { childList: true, subtree: true });
"""
"""The button does what it does from the moment it is there: its handler comes with it."""


async def play_now(url: str) -> float:
    """Return the seconds from the start of the navigation until the button is there: the median of fresh visits.

    Raises RuntimeError where there is no Chromium.
    """
    path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if path is None:
        raise RuntimeError("no Chromium here (Debian: apt-get install chromium)")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-gpu"])
        try:
            return median([await _visit(browser, url) for _ in range(TIMES)])
        finally:
            await browser.close()


async def _visit(browser: Browser, url: str) -> float:
    context = await browser.new_context()
    page = await context.new_page()
    await page.add_init_script(SEEN)
    devtools = await context.new_cdp_session(page)
    await devtools.send("Network.enable")
    await devtools.send(
        "Network.emulateNetworkConditions",
        {
            "offline": False,
            "latency": LATENCY_MS,
            "downloadThroughput": BITS_PER_SECOND / 8,
            "uploadThroughput": BITS_PER_SECOND / 8,
        },
    )
    await page.goto(url)
    seconds = float((await (await page.wait_for_function("window.pressableAt")).json_value()) / 1000)
    await page.get_by_test_id("play-now").click()
    await page.wait_for_selector('[data-phase="countdown"]')
    await context.close()
    return seconds
