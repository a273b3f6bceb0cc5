"""Debian's Firefox, driven by WebDriver BiDi (Playwright needs a Firefox of its own)."""

from __future__ import annotations

import asyncio
import itertools
import json
import os
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp

from tests.e2e.drawings import Path2D

START_SECONDS = 40
WAIT_SECONDS = 40


class Firefox:
    """One window of a headless Firefox."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket = socket
        self._ids = itertools.count(1)
        self._window = ""

    async def command(self, method: str, **parameters: Any) -> Any:
        """Send a BiDi command and return its result."""
        number = next(self._ids)
        await self._socket.send_json({"id": number, "method": method, "params": parameters})
        while True:
            answer = await self._socket.receive_json(timeout=WAIT_SECONDS)
            if answer.get("id") == number:
                assert answer["type"] == "success", answer
                return answer["result"]

    async def open(self, url: str) -> None:
        """Go to a page."""
        tree = await self.command("browsingContext.getTree")
        self._window = tree["contexts"][0]["context"]
        await self.command("browsingContext.navigate", context=self._window, url=url, wait="complete")

    async def evaluate(self, expression: str) -> Any:
        """Evaluate an expression that gives JSON."""
        found = await self.command(
            "script.evaluate",
            expression=f"JSON.stringify({expression})",
            target={"context": self._window},
            awaitPromise=True,
        )
        assert found["type"] == "success", found
        return json.loads(found["result"].get("value", "null"))

    async def until(self, expression: str) -> None:
        """Wait until an expression is true."""
        async with asyncio.timeout(WAIT_SECONDS):
            while not await self.evaluate(expression):
                await asyncio.sleep(0.1)

    async def box(self, name: str) -> tuple[float, float, float, float]:
        """Bring an element into view; return its left, top, width and height."""
        await self.until(f"!!document.querySelector('[data-testid={name}]')")
        r = await self.evaluate(
            "(part => { part.scrollIntoView({ block: 'center' }); return part.getBoundingClientRect(); })"
            f"(document.querySelector('[data-testid={name}]'))"
        )
        return r["x"], r["y"], r["width"], r["height"]

    async def click(self, name: str) -> None:
        """Click the middle of an element."""
        x, y, width, height = await self.box(name)
        await self._point([[(x + width / 2, y + height / 2)]])

    async def draw(self, name: str, strokes: list[Path2D]) -> None:
        """Draw on an element."""
        x, y, width, height = await self.box(name)
        await self._point([[(x + px * width, y + py * height) for px, py in stroke] for stroke in strokes])

    async def choose(self, name: str, value: str) -> None:
        """Choose an option of a select element."""
        await self.box(name)
        await self.evaluate(
            f"(field => {{ field.value = {json.dumps(value)};"
            "field.dispatchEvent(new Event('change', { bubbles: true })); return true; })"
            f"(document.querySelector('[data-testid={name}]'))"
        )

    async def _point(self, strokes: list[Path2D]) -> None:
        actions: list[dict[str, Any]] = []
        for stroke in strokes:
            moves = [
                {"type": "pointerMove", "x": round(x), "y": round(y), "duration": 8, "origin": "viewport"}
                for x, y in stroke
            ]
            actions += [moves[0], {"type": "pointerDown", "button": 0}, *moves[1:], {"type": "pointerUp", "button": 0}]
        source = {"type": "pointer", "id": "mouse", "parameters": {"pointerType": "mouse"}, "actions": actions}
        await self.command("input.performActions", context=self._window, actions=[source])


@asynccontextmanager
async def firefox(path: str, **preferences: int) -> AsyncIterator[Firefox]:
    """Start Firefox with a fresh profile, which is gone afterwards; `__` in a preference's name stands for a dot."""
    with tempfile.TemporaryDirectory(prefix="fox-") as profile:
        lines = [f'user_pref("{name.replace("__", ".")}", {json.dumps(on)});' for name, on in preferences.items()]
        Path(profile, "user.js").write_text("\n".join(lines))
        process = await asyncio.create_subprocess_exec(
            path, "--headless", "--no-remote", "--profile", profile, "--remote-debugging-port", "0",
            stderr=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.DEVNULL,
            env={**os.environ, "HOME": profile, "MOZ_HEADLESS": "1"},
        )  # fmt: skip
        try:
            address = await asyncio.wait_for(_address(process), START_SECONDS)
            async with aiohttp.ClientSession() as session, session.ws_connect(address + "/session") as socket:
                browser = Firefox(socket)
                await browser.command("session.new", capabilities={})
                yield browser
                await browser.command("session.end")
        finally:
            if process.returncode is None:
                process.terminate()
            await process.communicate()


async def _address(process: asyncio.subprocess.Process) -> str:
    assert process.stderr is not None
    while line := (await process.stderr.readline()).decode(errors="replace"):
        if "WebDriver BiDi listening on " in line:
            return line.split("WebDriver BiDi listening on ")[1].strip()
    raise AssertionError("Firefox ended before it listened")
