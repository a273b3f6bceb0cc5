"""The page /try in real browsers: a recipe that looks at drawings, one that looks at photos, one without a run."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import cv2
import pytest
from playwright.async_api import Browser, expect

from tests.e2e.conftest import Served
from tests.e2e.player import Player
from tests.recipes import made

pytestmark = [pytest.mark.browser, pytest.mark.tensorflow]

TRAIN = """
import sys
from model.__main__ import main
data, runs = sys.argv[1:]
tiny = ["--data", data, "--epochs", "2", "--steps", "25", "--batch-size", "16"]
for name in ("animals-2", "photos-2-scratch"):
    assert main(["train", "--recipe", name, "--out", f"{runs}/{name}", *tiny]) == 0
"""
TRIANGLE = [[(0.2, 0.8), (0.8, 0.8), (0.5, 0.2), (0.2, 0.8)]]
"""What the made-up cats look like."""
FIRST = 20_000
"""Milliseconds that a first answer may take: the network has to be loaded."""


@pytest.fixture(scope="module")
def trained(game: Served, tmp_path_factory: pytest.TempPathFactory) -> Served:
    """Train two recipes on a tiny budget, into the running game's folder of runs."""
    data = tmp_path_factory.mktemp("data")
    made.write_npy(data, ["cat", "dog"], 80)
    made.write_photos(data, ["car", "plane"], 108)
    command = [sys.executable, "-c", TRAIN, str(data), str(game.data_dir / "runs")]
    subprocess.run(command, check=True, capture_output=True)
    return game


async def laid_out(visitor: Player, paper: str) -> None:
    """The paper is large, and the tools are below it."""
    sheet = await visitor.part(paper).bounding_box()
    tools = await visitor.part("tools").bounding_box()
    assert sheet is not None
    assert tools is not None
    assert sheet["width"] >= 280
    assert tools["y"] >= sheet["y"] + sheet["height"]
    assert tools["height"] < 100


async def test_on_a_fresh_server_the_page_opens_on_what_is_trained(game: Served, chromium: Browser) -> None:
    visitor = await Player.at(chromium, f"{game.url}/try")
    await expect(visitor.part("try-sentence")).to_contain_text("I know 345 words")
    await expect(visitor.part("try-inkling")).to_have_attribute("aria-pressed", "true")
    await expect(visitor.part("try-untrained")).to_have_count(0)
    assert not visitor.problems
    await visitor.context.close()


async def test_a_drawing_gets_a_sentence_and_a_bar_for_every_class(trained: Served, chromium: Browser) -> None:
    visitor = await Player.at(chromium, f"{trained.url}/try")
    await visitor.part("try-animals-2").click()
    await expect(visitor.part("try-sentence")).to_contain_text("cat and dog")
    await laid_out(visitor, "canvas")
    await visitor.draw(TRIANGLE)
    await expect(visitor.part("try-sentence")).to_contain_text("cat", ignore_case=True, timeout=FIRST)
    await expect(visitor.part("try-sentence")).to_contain_text("%", timeout=FIRST)
    bars = visitor.part("try-bars").locator("li")
    await expect(bars).to_have_count(2)
    shares = [
        int(text.removesuffix("%"))
        for text in await visitor.part("try-bars").get_by_test_id("percent").all_inner_texts()
    ]
    assert 99 <= sum(shares) <= 101
    assert visitor.page.url.endswith("/try/animals-2")
    await visitor.part("undo").click()
    await expect(visitor.part("try-sentence")).to_contain_text("cat and dog")
    assert not visitor.problems
    await visitor.context.close()


async def test_a_photo_is_looked_at_on_a_phone(trained: Served, chromium: Browser, tmp_path: Path) -> None:
    photo = tmp_path / "plane.png"
    cv2.imwrite(str(photo), cv2.resize(made.photo(1, 500, 48), (480, 480))[..., ::-1])
    visitor = await Player.at(chromium, f"{trained.url}/try/photos-2-scratch", phone=True)
    await visitor.part("drop").set_input_files(photo)
    await expect(visitor.part("try-sentence")).to_contain_text("plane", ignore_case=True, timeout=FIRST)
    await expect(visitor.part("try-bars").locator("li")).to_have_count(2)
    await laid_out(visitor, "picture")
    await visitor.part("upload").set_input_files(files=[{"name": "x.png", "mimeType": "image/png", "buffer": b"no"}])
    await expect(visitor.part("try-sentence")).to_contain_text("can't read")
    width = await visitor.page.evaluate("document.documentElement.scrollWidth")
    assert width <= 390
    assert not visitor.problems
    await visitor.context.close()


async def test_what_is_not_trained_is_said_without_an_operators_command(trained: Served, chromium: Browser) -> None:
    visitor = await Player.at(chromium, f"{trained.url}/try/imagenette-vgg16")
    await expect(visitor.part("try-untrained")).to_be_visible()
    await expect(visitor.page.locator("main")).not_to_contain_text("inkling model")
    await visitor.part("try-trained").click()
    await visitor.see("try-sentence")
    assert not visitor.problems
    await visitor.context.close()


async def test_the_games_own_network_can_be_tried_by_keyboard(trained: Served, chromium: Browser) -> None:
    visitor = await Player.at(chromium, f"{trained.url}/try/inkling")
    await visitor.part("canvas").focus()
    await visitor.page.keyboard.press("Space")
    for key in ("ArrowRight", "ArrowDown", "ArrowLeft", "ArrowUp"):
        for _ in range(4):
            await visitor.page.keyboard.press(f"Shift+{key}")
    await visitor.page.keyboard.press("Space")
    await expect(visitor.part("try-bars").locator("li")).to_have_count(10, timeout=FIRST)
    await visitor.page.get_by_role("button", name="All 345").click()
    await expect(visitor.part("try-bars").locator("li")).to_have_count(345)
    assert not visitor.problems
    await visitor.context.close()
