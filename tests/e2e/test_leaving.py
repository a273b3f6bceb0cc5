"""Nobody leaves a room by accident, and whoever did finds the way back; the focus goes where the screen begins."""

from __future__ import annotations

import pytest
from playwright.async_api import Browser, expect

from tests.e2e.conftest import Served
from tests.e2e.player import Player
from tests.e2e.test_play import make_room

pytestmark = pytest.mark.browser

FOCUS = "document.activeElement.dataset.testid || document.activeElement.tagName"


async def has_focus(player: Player, what: str) -> None:
    """Wait until an element has the focus: a test id, or a tag's name in capitals."""
    await player.page.wait_for_function(f"(what) => ({FOCUS}) === what", arg=what)


async def goes_back(player: Player, phase: str) -> None:
    """Go back as with a swipe from the side: the page asks, and one is still there."""
    await player.page.go_back()
    await player.see("leave-yes")
    await player.phase(phase)


async def stays(player: Player) -> None:
    await player.page.get_by_role("button", name="Stay").click()
    await expect(player.part("leave-yes")).to_have_count(0)


async def test_going_back_asks_and_the_start_page_offers_the_way_back(game: Served, chromium: Browser) -> None:
    player = await Player.at(chromium, game.url)
    await expect(player.part("back-to-room")).to_have_count(0)
    code = await make_room(player, "Ann")
    await has_focus(player, "H1")
    for _ in range(2):
        await goes_back(player, "lobby")
        await stays(player)
    await player.part("setting-seconds").select_option("120")
    await player.part("start").click()
    await has_focus(player, "prompt")
    await player.phase("drawing")
    await has_focus(player, "canvas")
    await player.draw([[(0.2, 0.5), (0.8, 0.5)]])
    await goes_back(player, "drawing")
    await stays(player)

    # Out by another way: the seat is kept, and the start page leads back to it.
    await player.page.goto(game.url)
    await expect(player.part("back-to-room")).to_contain_text(code)
    await player.part("back-to-room").click()
    await player.phase("drawing")
    await player.part("done").click()
    await player.phase("reveal")
    await has_focus(player, "prompt")
    await goes_back(player, "reveal")
    await player.part("leave-yes").click()
    await player.phase("landing")
    await has_focus(player, "H1")
    await player.page.reload()
    await player.phase("landing")
    await expect(player.part("play-now")).to_be_visible()
    await expect(player.part("back-to-room")).to_have_count(0)
    assert not player.problems
    await player.context.close()
