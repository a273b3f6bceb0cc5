"""A page that the browser translates while it is played on."""

from __future__ import annotations

import asyncio

import pytest
from playwright.async_api import Browser, expect

from tests.e2e.conftest import Served
from tests.e2e.drawings import Sketchbook
from tests.e2e.player import Player

pytestmark = pytest.mark.browser

TRANSLATOR = """
(() => {
  const ways = [
    (text, font) => text.replaceWith(font),
    (text, font) => { text.before(font); text.remove(); },
    (text, font) => {
      const parent = text.parentNode, next = text.nextSibling;
      text.remove();
      parent.insertBefore(font, next);
    },
  ];
  let turn = 0;
  window.translate = () => {
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    const texts = [];
    while (walker.nextNode()) texts.push(walker.currentNode);
    for (const text of texts) {
      if (!/[\\p{L}\\p{N}]/u.test(text.data) || text.parentElement.closest('font, script, style, [translate=no]')) continue;
      const font = document.createElement('font');
      font.append(document.createElement('font'));
      font.firstChild.textContent = `«${text.data}»`;
      ways[turn++ % ways.length](text, font);
    }
  };
  setInterval(() => document.body && window.translate(), 100);
})();
"""
"""What Chrome's translation does to a page: every text becomes <font><font>…</font></font>, and so do new ones."""


async def test_a_translated_page_goes_on_changing(game: Served, chromium: Browser) -> None:
    context = await chromium.new_context()
    await context.add_init_script(TRANSLATOR)
    player = Player(context, await context.new_page())
    await player.page.goto(game.url)
    await expect(player.part("play-now")).to_contain_text("«Play now»")
    await player.part("make-room").click()
    await player.phase("lobby")
    await player.part("setting-rounds").select_option("1")
    await expect(player.part("settings")).to_contain_text("«1 round»")
    await player.part("start").click()
    await player.phase("drawing")
    await expect(player.part("prompt")).to_contain_text("«Draw»")
    said = player.part("guess").locator(".speech-line")
    before = await said.inner_text()
    await player.draw(Sketchbook().strokes("star"))
    await expect(said).not_to_have_text(before)
    await ticking(player)
    await player.part("done").click()
    await player.phase("reveal")
    await expect(player.part("reveal")).to_contain_text("«")
    await player.part("ready").click()
    await player.phase("podium")
    await player.page.evaluate("translate()")
    assert "«The album of this game»" in await player.part("album").inner_text()
    assert await player.page.evaluate("document.title") == "The podium · Inkling"
    assert not player.problems
    await context.close()


async def ticking(player: Player) -> None:
    """The seconds that stand in the ring are those that are left, and become fewer."""
    seen: set[str] = set()
    async with asyncio.timeout(10):
        while len(seen) < 2:
            said, left = await player.page.evaluate(
                "(ring => [ring.innerText.trim(), ring.dataset.seconds])(document.querySelector('[data-testid=timer]'))"
            )
            assert said.strip("«»") == left
            seen.add(said)
            await asyncio.sleep(0.1)
