"""What a first visit costs, and what stands on the page until the script has come."""

from __future__ import annotations

import gzip
import re

import aiohttp
import pytest
from playwright.async_api import Browser, Route, expect

from tests.e2e.conftest import Served
from tests.e2e.player import Player

pytestmark = pytest.mark.browser

SECONDS = 2.0
BYTES_PER_SECOND = 1.6e6 / 8
ROUND_TRIP = 0.15
TRIPS = 4
"""A connection, the page, its script and style; one more because a connection begins slowly."""
COMPUTING = 0.5
"""Seconds that a phone may take to run the script."""
BUDGET = (SECONDS - TRIPS * ROUND_TRIP - COMPUTING) * BYTES_PER_SECOND
"""Bytes before *Play now* can be pressed."""


@pytest.mark.parametrize("encoding", ["br", "gzip"])
async def test_what_comes_before_play_now_fits_through_a_slow_line(game: Served, encoding: str) -> None:
    headers = {"Accept-Encoding": encoding}
    async with aiohttp.ClientSession(auto_decompress=False, headers=headers) as browser:

        async def fetch(path: str) -> bytes:
            async with browser.get(game.url + path) as answer:
                assert (answer.status, answer.headers["Content-Encoding"]) == (200, encoding)
                return await answer.read()

        async with browser.get(game.url, headers={"Accept-Encoding": "identity"}) as answer:
            page = await answer.text()
        needed = re.findall(r'(?:src|href)="(/assets/[^"]+)"', page)
        assert {path.rpartition(".")[2] for path in needed} == {"js", "css"}
        bodies = [await fetch(path) for path in ["/", *needed]]
    if encoding == "gzip":
        assert gzip.decompress(bodies[0]).decode() == page
    assert sum(map(len, bodies)) <= BUDGET


async def test_a_shell_stands_there_until_the_script_comes(game: Served, chromium: Browser) -> None:
    held: list[Route] = []

    async def hold(route: Route) -> None:
        held.append(route)

    visitor = await Player.at(chromium, "about:blank", phone=True)
    await visitor.page.route("**/*.js", hold)
    await visitor.page.goto(f"{game.url}/r/ABCDEF", wait_until="commit")
    shell = visitor.page.locator(".shell")
    await expect(shell).to_be_visible()
    box = await shell.locator("svg").bounding_box()
    assert box is not None
    assert abs(box["x"] + box["width"] / 2 - 195) < 2, "its style is there: it stands in the middle"
    await held[0].continue_()
    await expect(visitor.part("refusal")).to_be_visible()
    await expect(shell).to_have_count(0)
    await visitor.context.close()


async def test_every_address_is_answered_by_a_designed_page(game: Served, chromium: Browser) -> None:
    visitor = await Player.at(chromium, game.url)
    for path, status, phase in (("/nowhere", 404, "nowhere"), ("/help/", 200, "help"), ("/r/bkt-drw.", 200, "door")):
        answer = await visitor.page.goto(game.url + path)
        assert answer is not None
        assert answer.status == status
        await visitor.phase(phase)
    assert visitor.page.url == f"{game.url}/r/BKTDRW"
    await visitor.context.close()
