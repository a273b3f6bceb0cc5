"""Two people teach the machine a word in the lobby, and play it in the next round."""

from __future__ import annotations

import pytest
from playwright.async_api import Browser, expect

from tests.e2e.conftest import Served
from tests.e2e.drawings import Path2D
from tests.e2e.player import Player
from tests.e2e.test_play import make_room

pytestmark = [pytest.mark.browser, pytest.mark.tensorflow]

WORD = "lantern fish"


def fish(number: int) -> list[Path2D]:
    """A box with a fin, two legs and a lamp, each time a little different."""
    left, top = 0.15 + 0.01 * (number % 4), 0.35 + 0.01 * (number % 3)
    right, low = 0.85 - 0.01 * (number % 5), 0.62 + 0.01 * (number % 2)
    return [
        [(left, top), (right, top), (right, low), (left, low), (left, top)],
        [(right, top), (0.95, (top + low) / 2), (right, low)],
        [(left + 0.1, top), (left + 0.1, 0.1)],
        [(left + 0.03, 0.1), (left + 0.18, 0.1)],
        [(0.5, low), (0.5, 0.9)],
        [(0.7, low), (0.7, 0.9)],
    ]


async def draw(player: Player, part: str, strokes: list[Path2D]) -> None:
    box = await player.part(part).bounding_box()
    assert box is not None
    for stroke in strokes:
        points = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in stroke]
        await player.page.mouse.move(*points[0])
        await player.page.mouse.down()
        for point in points[1:]:
            await player.page.mouse.move(*point)
        await player.page.mouse.up()


async def test_a_word_is_taught_by_two_and_played_at_once(game: Served, chromium: Browser) -> None:
    ann = await Player.at(chromium, game.url)
    code = await make_room(ann, "Ann")
    bob = await Player.at(chromium, f"{game.url}/r/{code}")
    await bob.enter("Bob")
    await ann.part("teach").click()
    await ann.part("teach-word").fill(WORD)
    for number in range(7):
        await draw(ann, "teach-pad", fish(number))
        await ann.part("teach-send").click()
        await expect(ann.part("teach-count")).to_contain_text(f"{number + 1} of 12")
    await ann.part("teach-close").click()
    await expect(bob.part("lesson")).to_contain_text("7 of 12")
    await bob.part("lesson").get_by_role("button").first.click()
    for number in range(7, 12):
        await draw(bob, "teach-pad", fish(number))
        await bob.part("teach-send").click()
        if number < 11:
            await expect(bob.part("teach-count")).to_contain_text(f"{number + 1} of 12")
    await expect(bob.part("teach-count")).to_contain_text("learned")
    await bob.part("teach-close").click()
    await expect(ann.part("lesson")).to_contain_text("new")

    await ann.part("start").click()
    await ann.phase("drawing")
    await expect(ann.part("prompt").first).to_contain_text(WORD)
    await expect(ann.part("new-word").first).to_be_visible()
    await draw(ann, "canvas", fish(20))
    # The word is fitted when it is first drawn; the last stroke waits for that.
    await expect(ann.page.locator('main[data-hit="true"]')).to_be_visible(timeout=15_000)
    assert not ann.problems + bob.problems
    await ann.context.close()
    await bob.context.close()
