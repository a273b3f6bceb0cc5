"""The HTTP side on loopback, with real rooms over a log in memory."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import partial
from typing import Any

import aiohttp
from aiohttp.test_utils import TestServer

from server.access.rate_limits import RateLimits
from server.api_types import ScoreLine
from server.game.words.packs import BUILT_IN_PACKS
from server.http.deps import HttpDeps, TimedStrokes
from server.http.mount import new_application, serve_under
from server.http.routes import add_health_checks, add_routes
from server.persistence.memory_log import MemoryRoomLog
from server.rooms.ports import StoreUnavailable
from server.settings import ServerSettings
from tests.conformity import http
from tests.integration.table import Table


class Boards:
    """One board that says what it was asked for."""

    def __init__(self, log: MemoryRoomLog) -> None:
        self._log = log

    async def top(self, board: str, pack: str) -> Sequence[ScoreLine]:
        if self._log.away:
            raise StoreUnavailable("switched off")
        return [ScoreLine(1, f"{board} {pack}", 100, 2, 0)]


class Tries:
    """Answers with what it was asked; "away" and the other codes are refused with themselves."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, TimedStrokes, bytes]] = []
        self.shelves = 0
        self.code = ""

    async def list_recipes(self) -> tuple[str, bytes]:
        self.shelves += 1
        return self.code, b"[]"

    async def ask(self, recipe: str, strokes: TimedStrokes, picture: bytes) -> tuple[str, bytes]:
        self.asked.append((recipe, strokes, picture))
        return self.code, b'{"model":"made-up","chances":[["cat",1.0]],"seen":"data:,"}'


class House:
    """A server and a browser without cookies."""

    server: TestServer

    def __init__(self, log: MemoryRoomLog, table: Table, browser: aiohttp.ClientSession) -> None:
        self.log, self.table, self.browser = log, table, browser
        self.guesser_ready = True
        self.tries = Tries()

    def owner(self, token: str) -> str | None:
        return token if token == "me" else None

    def recovery(self, owner: str) -> str:
        return f"code of {owner}"

    async def get(self, path: str, **headers: str) -> aiohttp.ClientResponse:
        return await self.ask("GET", path, **headers)

    async def ask(self, method: str, path: str, **headers: str) -> aiohttp.ClientResponse:
        answer = await self.browser.request(method, self.server.make_url(path), headers=headers)
        fault = http().fault(method, answer.url.raw_path, answer.status, answer.content_type, await answer.read())
        assert not fault, fault
        return answer


@asynccontextmanager
async def house(drawings: Any = None, exports: Any = None, **changes: Any) -> AsyncIterator[House]:
    """Serve; everything is closed afterwards."""
    log = MemoryRoomLog()
    table = Table(log)
    settings = replace(ServerSettings(), **changes)
    async with aiohttp.ClientSession() as browser:
        site = new_application()
        made = House(log, table, browser)

        async def store_ready() -> bool:
            return not log.away

        deps = HttpDeps(
            settings,
            table.rooms,
            Boards(log),
            RateLimits(settings),
            lambda: made.guesser_ready,
            store_ready,
            BUILT_IN_PACKS,
            lambda: {"inkling_rooms": float(table.rooms.count)},
            made.tries,
            drawings,
            made,
            exports,
        )
        add_routes(site, deps)
        made.server = TestServer(serve_under(settings.base_path, site, partial(add_health_checks, deps=deps)))
        await made.server.start_server()
        try:
            yield made
        finally:
            await made.server.close()
            log.away = False
            await table.rooms.stop()
