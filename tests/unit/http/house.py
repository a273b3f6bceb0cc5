"""The HTTP side on loopback, with real rooms over a log in memory."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import aiohttp
from aiohttp import web
from aiohttp.test_utils import TestServer

from server.access.rate_limits import Limits
from server.api_types import ScoreLine
from server.game.packs import PACKS
from server.http.deps import Deps, Strokes
from server.http.routes import add_routes
from server.persistence.memory_log import MemoryLog
from server.rooms.ports import StoreAway
from server.settings import Settings
from tests.conformity import http
from tests.integration.table import Table


class Boards:
    """One board that says what it was asked for."""

    def __init__(self, log: MemoryLog) -> None:
        self._log = log

    async def top(self, board: str, pack: str) -> Sequence[ScoreLine]:
        if self._log.away:
            raise StoreAway("switched off")
        return [ScoreLine(1, f"{board} {pack}", 100, 2, 0)]


class Tries:
    """Answers with what it was asked; "away" and the other codes are refused with themselves."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, Strokes, bytes]] = []
        self.shelves = 0
        self.code = ""

    async def shelf(self) -> tuple[str, bytes]:
        self.shelves += 1
        return self.code, b"[]"

    async def ask(self, recipe: str, strokes: Strokes, picture: bytes) -> tuple[str, bytes]:
        self.asked.append((recipe, strokes, picture))
        return self.code, b'{"model":"made-up","chances":[["cat",1.0]],"seen":"data:,"}'


class House:
    """A server and a browser without cookies."""

    def __init__(self, log: MemoryLog, table: Table, browser: aiohttp.ClientSession, server: TestServer) -> None:
        self.log, self.table, self.browser, self.server = log, table, browser, server
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
    log = MemoryLog()
    table = Table(log)
    settings = replace(Settings(), **changes)
    async with aiohttp.ClientSession() as browser:
        app = web.Application(client_max_size=64 * 1024)
        made = House(log, table, browser, TestServer(app))

        async def store_ready() -> bool:
            return not log.away

        add_routes(
            app,
            Deps(
                settings,
                table.rooms,
                Boards(log),
                Limits(settings),
                lambda: made.guesser_ready,
                store_ready,
                PACKS,
                lambda: {"inkling_rooms": float(table.rooms.count)},
                made.tries,
                drawings,
                made,
                exports,
            ),
        )
        await made.server.start_server()
        try:
            yield made
        finally:
            await made.server.close()
            log.away = False
            await table.rooms.stop()
