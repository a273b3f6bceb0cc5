"""A person in front of a browser."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Any

from playwright.async_api import Browser, BrowserContext, Page, ViewportSize, expect
from playwright.async_api import TimeoutError as PlaywrightTimeout

from tests.e2e.drawings import WORD_OF, Path2D, Sketchbook

DESKTOP: ViewportSize = {"width": 1440, "height": 900}
PHONE: ViewportSize = {"width": 390, "height": 844}


class Player:
    """One browser context with one page, and what went wrong on it."""

    def __init__(self, context: BrowserContext, page: Page) -> None:
        self.context, self.page = context, page
        self.problems: list[str] = []
        page.on("pageerror", lambda error: self._note(f"page error: {error}"))
        page.on("console", lambda line: self._note(f"console: {line.text}") if line.type == "error" else None)

    def _note(self, problem: str) -> None:
        self.problems.append(problem)

    @classmethod
    async def at(cls, browser: Browser, url: str, **options: Any) -> Player:
        """Open a page in a context of its own."""
        phone = options.pop("phone", False)
        context = await browser.new_context(viewport=PHONE if phone else DESKTOP, has_touch=phone, **options)
        context.set_default_timeout(20_000)
        player = cls(context, await context.new_page())
        await player.page.goto(url)
        return player

    def part(self, name: str) -> Any:
        """Find an element by its test id."""
        return self.page.get_by_test_id(name)

    async def phase(self, name: str, seconds: float = 40) -> None:
        """Wait for a phase of the room."""
        await self.page.wait_for_selector(f'[data-phase="{name}"]', timeout=seconds * 1000)

    async def enter(self, name: str) -> None:
        """Fill in the join card and take the seat."""
        await self.part("name-input").fill(name)
        await self.part("join-button").first.click()
        await self.phase("lobby")

    async def prompt(self) -> str:
        """Read the prompt from the page, as a word of the pack."""
        text = (await self.part("prompt").first.inner_text()).replace("\n", " ").strip()
        return WORD_OF[text.removeprefix("Draw ").strip()]

    async def draw(self, strokes: list[Path2D]) -> None:
        """Draw with the mouse: real pointer events on the real canvas."""
        box = await self.part("canvas").bounding_box()
        assert box is not None
        for stroke in strokes:
            points = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in stroke]
            await self.page.mouse.move(*points[0])
            await self.page.mouse.down()
            for point in points[1:]:
                await self.page.mouse.move(*point)
            await self.page.mouse.up()

    async def play_round(self, book: Sketchbook) -> bool:
        """Draw the prompt and say done; returns whether the book knew how."""
        word = await self.prompt()
        await self.draw(book.strokes(word))
        if await self.part("done").count() and await self.part("done").is_enabled():
            await self.part("done").click()
        return book.knows(word)

    async def play_game(self, book: Sketchbook) -> int:
        """Play until the podium, however fast others are; returns how many prompts the book knew."""
        known, seen = 0, ""
        async with asyncio.timeout(240):
            while (phase := await self.page.locator("[data-phase]").first.get_attribute("data-phase")) != "podium":
                if phase != seen:
                    seen = phase or ""
                    with contextlib.suppress(PlaywrightTimeout):
                        if phase == "drawing":
                            known += await self.play_round(book)
                        elif phase == "reveal":
                            await self.part("ready").click(timeout=2000)
                await self.page.wait_for_timeout(100)
        return known

    async def score(self, seat: int) -> int:
        """Read a seat's points."""
        text = await self.part(f"score-{seat}").first.inner_text()
        return int("".join(letter for letter in text.split("\n")[-1] if letter.isdigit()) or 0)

    async def see(self, name: str) -> None:
        """Wait until an element is visible."""
        await expect(self.part(name).first).to_be_visible()
