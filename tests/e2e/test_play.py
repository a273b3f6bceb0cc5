"""Whole games in real browsers."""

from __future__ import annotations

import asyncio
import base64
import json
import re
import shutil
import subprocess
import sys
import urllib.request
from pathlib import Path

import cv2
import numpy as np
import pytest
from playwright.async_api import Browser, expect

from tests.e2e.conftest import Served, missing
from tests.e2e.drawings import Sketchbook
from tests.e2e.firefox import firefox
from tests.e2e.player import Player

pytestmark = pytest.mark.browser

INSECURE = """
delete PointerEvent.prototype.getCoalescedEvents;
for (const name of ['clipboard', 'share', 'canShare', 'wakeLock']) delete Navigator.prototype[name];
delete Crypto.prototype.randomUUID;
delete Crypto.prototype.subtle;
"""
"""What a page over plain http in a LAN does not have."""

FAMILY = "👨‍👩‍👧‍👦"
LONG = "Annabella-Marguerite"
AT_ITS_MIDDLE = """seen => { const { x, y, width, height } = seen.getBoundingClientRect();
return seen === document.elementFromPoint(x + width / 2, y + height / 2); }"""


async def make_room(player: Player, name: str) -> str:
    await player.part("name-input").fill(name)
    await player.part("make-room").click()
    await player.phase("lobby")
    return str(await player.part("room-code").locator("[aria-hidden]").inner_text())


async def test_three_people_play_a_whole_game_and_all_see_the_same_scores(game: Served, chromium: Browser) -> None:
    book = Sketchbook()
    anna = await Player.at(chromium, game.url)
    await anna.page.get_by_role("checkbox").check()
    code = await make_room(anna, "Anna")
    link = f"{game.url}/r/{code}"
    ben, phone = await Player.at(chromium, link), await Player.at(chromium, link, phone=True)
    for player, name in ((ben, "Ben"), (phone, "Cleo")):
        await expect(player.page.get_by_text("Anna")).to_be_visible()
        await player.enter(name)
        await expect(player.part("no-invite")).to_have_count(0)
    await expect(anna.part("no-invite")).to_be_visible()
    await expect(ben.page).to_have_title(f"3 players here · {code} · Inkling")
    everybody = [anna, ben, phone]
    await anna.part("start").click()
    known = await asyncio.gather(*(player.play_game(book) for player in everybody))
    for player in everybody:
        await player.phase("podium")
        await player.see("album")
    scores = [[await player.score(seat) for seat in range(3)] for player in everybody]
    assert scores[0] == scores[1] == scores[2]
    if sum(known) >= 3:
        assert max(scores[0]) >= 50, "nobody had a hit"
    assert not [problem for player in everybody for problem in player.problems]
    with_consent = exported(game)
    assert {record["word"] for record in with_consent}
    for player in everybody:
        await player.context.close()


def exported(game: Served) -> list[dict[str, object]]:
    """Read the collection back with the command, as a data person would."""
    out = game.data_dir / "drawings"
    command = [sys.executable, "-m", "server", "export", "--format", "raw", "--out", str(out)]
    subprocess.run([*command, "--data-dir", str(game.data_dir), "--json"], check=True, capture_output=True)
    manifest = json.loads((out / "manifest.json").read_text())
    records = [json.loads(line) for path in sorted(out.glob("*.ndjson")) for line in path.read_text().splitlines()]
    assert manifest
    return records


async def test_two_of_one_name_in_any_script_are_told_apart_on_every_screen(game: Served, chromium: Browser) -> None:
    anna = await Player.at(chromium, game.url)
    await anna.part("name-input").fill(FAMILY * 21)
    assert await anna.part("name-input").input_value() == FAMILY * 20
    code = await make_room(anna, LONG)
    other = await Player.at(chromium, f"{game.url}/r/{code}", phone=True)
    await other.enter(LONG)
    for player in (anna, other):
        await expect(player.part("player-name")).to_have_text([LONG, f"{LONG} 2"])
    await expect(anna.part("kick-1")).to_have_attribute("aria-label", f"Remove {LONG} 2")
    await anna.part("setting-rounds").select_option("1")
    await anna.part("start").click()
    await anna.phase("drawing")
    for number in (
        anna.part("thumb-1").locator("bdi > :nth-child(2)"),
        other.part("own-name").locator("bdi > :nth-child(2)"),
    ):
        await expect(number).to_have_text("2")
        assert await number.evaluate(AT_ITS_MIDDLE), "the number is cut off"
    await expect(anna.part("thumb-1")).to_have_attribute("aria-label", re.compile(f"^{LONG} 2, "))
    for player in (anna, other):
        await player.draw(Sketchbook().strokes("star"))
        await player.part("done").click()
    for player in (anna, other):
        await player.phase("reveal")
        assert sorted(await player.part("drawn-by").all_text_contents()) == [LONG, f"{LONG} 2"]
    for player in (anna, other):
        await player.part("ready").click()
    for player in (anna, other):
        await player.phase("podium")
        assert sorted(await player.part("step-name").all_text_contents()) == [LONG, f"{LONG} 2"]
        assert not player.problems
        await player.context.close()


async def test_a_reload_in_mid_round_keeps_seat_score_and_canvas(game: Served, chromium: Browser) -> None:
    book = Sketchbook()
    anna = await Player.at(chromium, game.url)
    await anna.part("play-now").click()
    await anna.phase("drawing")
    prompt = await anna.prompt()
    await anna.draw(book.strokes("star")[:1])
    await asyncio.sleep(0.5)
    seat = await anna.page.locator("[data-seat]").first.get_attribute("data-seat")
    before = await ink_on(anna)
    assert before > 0
    await anna.page.reload()
    await anna.phase("drawing")
    assert await anna.prompt() == prompt
    assert await anna.page.locator("[data-seat]").first.get_attribute("data-seat") == seat
    await expect(anna.part("canvas")).to_be_visible()
    async with asyncio.timeout(10):
        while not 0.5 * before <= await ink_on(anna) <= 1.5 * before:
            await asyncio.sleep(0.1)
    assert not anna.problems
    await anna.context.close()


async def ink_on(player: Player) -> int:
    """Count the dark pixels of the own canvas."""
    return int(
        await player.page.evaluate(
            """() => { let dark = 0;
            const root = document.querySelector('[data-testid=canvas]');
            const all = root.tagName === 'CANVAS' ? [root] : [...root.querySelectorAll('canvas')];
            for (const c of all) {
              const d = c.getContext('2d').getImageData(0, 0, c.width, c.height).data;
              for (let i = 0; i < d.length; i += 4) if (d[i + 3] > 128 && d[i] + d[i + 1] + d[i + 2] < 300) dark++;
            }
            return dark; }"""
        )
    )


async def test_the_page_works_without_what_only_secure_contexts_have(game: Served, chromium: Browser) -> None:
    context = await chromium.new_context(viewport={"width": 390, "height": 844}, has_touch=True)
    await context.add_init_script(INSECURE)
    player = Player(context, await context.new_page())
    await player.page.goto(game.url)
    await player.part("play-now").click()
    await player.phase("drawing")
    await player.draw(Sketchbook().strokes("star"))
    assert await ink_on(player) > 0
    await expect(player.part("guess").first).not_to_be_empty()
    assert not player.problems
    await context.close()


async def test_a_second_tab_is_asked_and_may_continue_here(game: Served, chromium: Browser) -> None:
    anna = await Player.at(chromium, game.url)
    code = await make_room(anna, "Anna")
    other = Player(anna.context, await anna.context.new_page())
    await other.page.goto(f"{game.url}/r/{code}")
    await other.part("continue-here").first.click()
    await other.phase("lobby")
    await expect(anna.part("ended").or_(anna.part("continue-here")).first).to_be_visible()
    await anna.context.close()


async def test_doors_say_what_to_do(game: Served, chromium: Browser) -> None:
    nobody = await Player.at(chromium, f"{game.url}/r/ZZZZZZ")
    await expect(nobody.part("refusal").first).to_be_visible()
    await nobody.context.close()


async def test_the_keyboard_draws_real_ink(game: Served, chromium: Browser) -> None:
    anna = await Player.at(chromium, game.url)
    await anna.part("play-now").click()
    await anna.phase("drawing")
    await anna.part("canvas").focus()
    await anna.page.keyboard.press("Space")
    for key in ("ArrowRight", "ArrowRight", "ArrowDown", "ArrowDown", "ArrowLeft"):
        await anna.page.keyboard.press(f"Shift+{key}")
    await anna.page.keyboard.press("Space")
    assert await ink_on(anna) > 0
    await anna.page.keyboard.press("z")
    await anna.context.close()


async def test_nothing_is_loaded_from_anywhere_else(game: Served, chromium: Browser) -> None:
    context = await chromium.new_context()
    page = await context.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    await page.goto(game.url)
    await page.get_by_test_id("play-now").click()
    await page.wait_for_selector('[data-phase="drawing"]')
    foreign = [url for url in asked if not url.startswith((game.url, game.url.replace("http", "ws"), "blob:", "data:"))]
    assert not foreign
    await context.close()


async def test_a_smoke_game_in_firefox(game: Served) -> None:
    path = shutil.which("firefox-esr") or shutil.which("firefox")
    if path is None:
        missing("no Firefox here (Debian: apt-get install firefox-esr)")
    async with firefox(path or "") as browser:
        await browser.open(game.url)
        await browser.click("play-now")
        await browser.until("!!document.querySelector('[data-phase=\"drawing\"]')")
        await browser.draw("canvas", Sketchbook().strokes("star"))
        await browser.until("document.querySelector('[data-testid=guess]').innerText.length > 0")
        await browser.click("done")
        await browser.until("!!document.querySelector('[data-phase=\"reveal\"]')")


KEEP = """(make => { URL.createObjectURL = blob => {
  const reader = new FileReader();
  reader.onload = () => { window.saved = reader.result; };
  reader.readAsDataURL(blob);
  return make(blob);
}; return true; })(URL.createObjectURL)"""
"""Keeps what a page saves, in the page."""


async def test_the_albums_picture_is_what_was_drawn_where_canvases_are_full_of_noise(game: Served) -> None:
    path = shutil.which("firefox-esr") or shutil.which("firefox")
    if path is None:
        missing("no Firefox here (Debian: apt-get install firefox-esr)")
    async with firefox(path or "", privacy__resistFingerprinting=True) as browser:
        await browser.open(game.url)
        await browser.click("make-room")
        await browser.choose("setting-rounds", "1")
        await browser.until("document.querySelector('[data-testid=setting-rounds]').value === '1'")
        await browser.click("start")
        await browser.until("!!document.querySelector('[data-phase=\"drawing\"]')")
        await browser.draw("canvas", [[(0.2, 0.5), (0.5, 0.5), (0.8, 0.5)]])
        await browser.click("done")
        await browser.until("!!document.querySelector('[data-phase=\"reveal\"]')")
        await browser.click("ready")
        await browser.until("!!document.querySelector('[data-phase=\"podium\"]')")
        await browser.evaluate(KEEP)
        await browser.evaluate("(document.querySelector('[data-testid=save-png]').click(), true)")
        await browser.until("!!window.saved")
        picture = base64.b64decode((await browser.evaluate("window.saved")).partition(",")[2])
    pixels = cv2.imdecode(np.frombuffer(picture, np.uint8), cv2.IMREAD_GRAYSCALE)
    assert pixels is not None
    assert pixels.shape == (1024, 1024)
    rows, columns = np.nonzero(pixels < 128)
    assert 480 < rows.min() <= rows.max() < 544, "one level line"
    assert columns.max() - columns.min() > 800
    assert (pixels > 250).mean() > 0.95


def test_the_web_process_has_no_tensorflow_and_stays_small(game: Served) -> None:
    pid = web_process(game.process.pid)
    maps = Path(f"/proc/{pid}/maps").read_text()
    assert "tensorflow" not in maps
    resident = int(
        next(line for line in Path(f"/proc/{pid}/status").read_text().splitlines() if "VmRSS" in line).split()[1]
    )
    assert resident < 150 * 1024, f"{resident} KiB"
    with urllib.request.urlopen(game.url + "/metrics", timeout=5) as answer:
        assert b"inkling_rooms" in answer.read()


def web_process(parent: int) -> int:
    """Find the web process among a game's children."""
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            words = (entry / "cmdline").read_bytes().split(b"\0")
            owner = int((entry / "stat").read_text().rsplit(")", 1)[1].split()[1])
        except OSError:
            continue
        if owner == parent and b"web" in words:
            return int(entry.name)
    raise AssertionError("no web process")
