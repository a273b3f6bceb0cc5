"""A proxy that hides the address from the server: the page says that the host's set-up is at fault."""

from __future__ import annotations

import pytest
from playwright.async_api import Browser, expect

from tests.e2e.conftest import Served
from tests.hiding_proxy import hiding_proxy
from tests.ports import free_port

pytestmark = pytest.mark.browser


async def test_a_wrong_set_up_is_not_the_players_fault(chromium: Browser, game: Served) -> None:
    async with hiding_proxy(game.url, free_port()) as url:
        page = await chromium.new_page(viewport={"width": 390, "height": 844})
        try:
            await page.goto(f"{url}/")
            await page.get_by_text("Make a room").click()
            await expect(page.get_by_text("Whoever hosts this Inkling")).to_be_visible()
            # Somebody with a link: the room is there, only the socket is not let in.
            answer = await page.request.post(f"{game.url}/api/rooms")
            await page.goto(f"{url}/r/{(await answer.json())['code']}")
            await page.get_by_role("button", name="Join").click()
            ended = page.get_by_test_id("ended")
            await expect(ended).to_have_attribute("data-code", "foreign_origin", timeout=20_000)
            await expect(ended).to_contain_text("You did nothing wrong")
        finally:
            await page.close()
