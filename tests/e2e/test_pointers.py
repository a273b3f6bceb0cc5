"""Pens, palms, fingers, mouse buttons and keys, as the browser reports them; what counts is the ink that was stored."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import pytest
from playwright.async_api import Browser, CDPSession, WebSocket, expect

from tests.e2e.conftest import Served
from tests.e2e.player import Player
from tests.e2e.test_play import make_room

pytestmark = pytest.mark.browser

Point = tuple[float, float]
"""On the unit square of the canvas."""

PALM_MS = 1600
"""So long after a pen a touch counts as a palm."""
LEFT, RIGHT = 1, 2
CTRL, META = 2, 4


class Hand:
    """Input devices over one canvas."""

    def __init__(self, devices: CDPSession, box: dict[str, float]) -> None:
        self._devices, self._box = devices, box

    def _at(self, point: Point) -> dict[str, float]:
        x, y = point
        return {"x": self._box["x"] + x * self._box["width"], "y": self._box["y"] + y * self._box["height"]}

    async def mouse(self, kind: str, at: Point, buttons: int, button: str = "none", pointer: str = "mouse") -> None:
        """Move, press or release; `buttons` are those that are down afterwards."""
        await self._devices.send("Input.dispatchMouseEvent", {
            "type": f"mouse{kind}", "button": button, "buttons": buttons, "clickCount": int(button != "none"),
            "pointerType": pointer, **self._at(at),
        })  # fmt: skip

    async def line(self, y: float, pointer: str = "mouse") -> None:
        """Draw a line across with the left button or the pen's tip."""
        await self.mouse("Pressed", (0.1, y), LEFT, "left", pointer)
        for x in (0.3, 0.5, 0.7, 0.9):
            await self.mouse("Moved", (x, y), LEFT, pointer=pointer)
        await self.mouse("Released", (0.9, y), 0, "left", pointer)

    async def touch(self, kind: str, fingers: dict[int, Point]) -> None:
        """Say where the fingers are."""
        points = [{"id": finger, **self._at(point)} for finger, point in fingers.items()]
        await self._devices.send("Input.dispatchTouchEvent", {"type": f"touch{kind}", "touchPoints": points})

    async def key(self, key: str, code: str, modifiers: int) -> None:
        """Press a key of some keyboard layout."""
        for kind in ("rawKeyDown", "keyUp"):
            event = {"type": kind, "key": key, "code": code, "modifiers": modifiers, "windowsVirtualKeyCode": 90}
            await self._devices.send("Input.dispatchKeyEvent", event)


class Ear:
    """What the server tells a page of the drawings of a round."""

    def __init__(self, player: Player) -> None:
        self.strokes: list[Sequence[Sequence[int]]] | None = None
        player.page.on("websocket", lambda line: self._listen(line))

    def _listen(self, line: WebSocket) -> None:
        line.on("framereceived", self._hear)

    def _hear(self, packet: str | bytes) -> None:
        text = packet if isinstance(packet, str) else ""
        if not text.startswith('42["frame"'):
            return
        body: dict[str, Any] = json.loads(text[2:])[1]
        for result in body.get("results") or ():
            self.strokes = result["strokes"]


async def test_what_hands_pens_mice_and_keys_do_becomes_the_ink_that_was_meant(game: Served, chromium: Browser) -> None:
    player = await Player.at(chromium, game.url, phone=True)
    ear = Ear(player)
    await make_room(player, "Ann")
    await player.part("setting-seconds").select_option("120")
    await expect(player.part("setting-seconds")).to_have_value("120")
    await player.part("start").click()
    await player.phase("drawing")
    page = player.page
    box = await player.part("canvas").bounding_box()
    assert box is not None
    hand = Hand(await player.context.new_cdp_session(page), dict(box))

    # The palm lies down first, the pen draws, the palm is lifted: the pen's line alone.
    await hand.touch("Start", {0: (0.8, 0.95)})
    await hand.touch("Move", {0: (0.7, 0.9)})
    await hand.line(0.1, "pen")
    await hand.touch("Move", {0: (0.6, 0.9)})
    await hand.touch("End", {})
    # A palm between two lines of the pen.
    await hand.touch("Start", {0: (0.8, 0.95)})
    await hand.touch("Move", {0: (0.7, 0.9)})
    await hand.touch("End", {})

    # A pointer that cannot be captured draws, and the next one too.
    await page.evaluate("() => { Element.prototype.setPointerCapture = () => { throw new Error('no capture'); }; }")
    await hand.line(0.2)
    await hand.line(0.3)

    # The right button is held, the left one draws, until it is up.
    await hand.mouse("Pressed", (0.1, 0.4), RIGHT, "right")
    await hand.mouse("Moved", (0.2, 0.9), RIGHT)
    await hand.mouse("Pressed", (0.1, 0.4), LEFT | RIGHT, "left")
    for x in (0.5, 0.9):
        await hand.mouse("Moved", (x, 0.4), LEFT | RIGHT)
    await hand.mouse("Released", (0.9, 0.4), RIGHT, "left")
    await hand.mouse("Moved", (0.2, 0.9), RIGHT)
    await hand.mouse("Released", (0.2, 0.9), 0, "right")

    # Nobody tells that the button is up: the next move without it does not draw, the next press does.
    await page.evaluate(
        "() => addEventListener('pointerup', (e) => e.stopImmediatePropagation(), {capture: true, once: true})"
    )
    await hand.line(0.5)
    await hand.mouse("Moved", (0.2, 0.9), 0)
    await hand.line(0.6)

    # Two fingers: the first one draws, nothing leads from one to the other.
    await page.wait_for_timeout(PALM_MS)
    await hand.touch("Start", {0: (0.1, 0.7)})
    await hand.touch("Start", {0: (0.1, 0.7), 1: (0.9, 0.9)})
    await hand.touch("Move", {0: (0.5, 0.7), 1: (0.8, 0.9)})
    await hand.touch("Move", {0: (0.9, 0.7), 1: (0.7, 0.9)})
    await hand.touch("End", {1: (0.7, 0.9)})
    await hand.touch("Move", {1: (0.2, 0.9)})
    await hand.touch("End", {})

    # Ctrl+Z and Cmd+Z, on English, Russian and Arabic keyboards, wherever the focus is.
    keys = (("z", "KeyZ", CTRL), ("я", "KeyZ", META), ("ئ", "KeyZ", CTRL), ("z", "KeyY", META))
    for _ in keys:
        await hand.line(0.8)
    await player.part("done").focus()
    for key, code, modifiers in keys:
        await hand.key(key, code, modifiers)
    await player.part("done").click()
    await player.phase("reveal")
    assert ear.strokes is not None
    drawn = [[(round(x / 4095, 1), round(y / 4095, 1)) for x, y in zip(*s[:2], strict=True)] for s in ear.strokes]
    rows = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7]
    assert [(stroke[0], stroke[-1]) for stroke in drawn] == [((0.1, y), (0.9, y)) for y in rows]
    assert all({y for _, y in stroke} == {row} for stroke, row in zip(drawn, rows, strict=True))
    assert not player.problems
    await player.context.close()


async def test_two_quick_taps_change_two_settings(game: Served, chromium: Browser) -> None:
    player = await Player.at(chromium, game.url)
    await make_room(player, "Ann")
    await player.page.evaluate(
        """() => { for (const [name, value] of [['rounds', '3'], ['seconds', '60'], ['seats', '4']]) {
            const list = document.querySelector(`[data-testid=setting-${name}]`);
            list.value = value;
            list.dispatchEvent(new Event('change', {bubbles: true}));
        } }"""
    )
    for name, value in (("rounds", "3"), ("seconds", "60"), ("seats", "4")):
        await expect(player.part(f"setting-{name}")).to_have_value(value)
    await player.context.close()
