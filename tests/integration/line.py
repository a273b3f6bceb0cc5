"""A gateway on loopback, and connections that say things that no client library would say."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import aiohttp
from aiohttp import web
from aiohttp.test_utils import TestServer

from server.access.rate_limits import RateLimits
from server.access.tokens import TokenSigner
from server.bots.socketio_client import SocketIOClient
from server.gateway.gateway import Gateway, GatewayDeps
from server.gateway.socketio.new_connections import guard_new_connections
from server.persistence.memory_log import MemoryPeers, MemoryRoomLog
from server.rooms.directory import RoomDirectory
from server.rooms.ports import RoomPorts
from server.settings import ServerSettings
from tests.integration.table import FastClock, PatientGuesser

JOIN = {"name": "Anna", "tab": "tab-1"}


class Line(SocketIOClient):
    """One connection with what came over it."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        super().__init__(socket)
        self.heard: list[tuple[str, Any]] = []

    async def connect(self, **auth: object) -> dict[str, Any]:
        await self.introduce({"protocol": 1, **auth})
        return await self.until("hello")

    async def until(self, event: str) -> dict[str, Any]:
        """Return the next message of a kind."""
        while True:
            name, body = await self.next()
            if name == event:
                return dict(body)

    async def next(self) -> tuple[str, Any]:
        """Return the next event; pings are answered on the way."""
        name, raw = await self.receive(timeout=10)
        body = json.loads(raw)
        if name != "connect_error":
            self.heard.append((name, body))
        return name, body

    async def closed(self, seconds: float = 3) -> bool:
        """Wait until the server closes the connection."""
        try:
            async with asyncio.timeout(seconds):
                while not self.socket.closed:
                    frame = await self.socket.receive()
                    if frame.type in (aiohttp.WSMsgType.CLOSED, aiohttp.WSMsgType.CLOSE, aiohttp.WSMsgType.ERROR):
                        return True
        except TimeoutError:
            return False
        except (ConnectionError, aiohttp.ClientError):
            return True
        return True


class House:
    """A gateway with real rooms over a log in memory, on loopback."""

    def __init__(
        self,
        server: TestServer,
        gateway: Gateway,
        rooms: RoomDirectory,
        limits: RateLimits,
        session: aiohttp.ClientSession,
    ) -> None:
        self.server, self.gateway, self.rooms, self.limits, self._session = server, gateway, rooms, limits, session

    @property
    def refusals(self) -> Counter[str]:
        """What was refused so far, by code."""
        return self.limits.refusals.counts

    async def line(self, **headers: str) -> Line:
        """Open a WebSocket."""
        return await Line.open(self._session, str(self.server.make_url("/")), headers=headers)

    async def seated(self, code: str, player: str | None = None, **fields: object) -> tuple[Line, dict[str, Any]]:
        """Open, connect and join; returns the welcome."""
        line = await self.line()
        await line.connect(**({"player": player} if player else {}))
        await line.send("join", {"id": 1, "code": code, **JOIN, **fields})
        return line, await line.until("welcome")

    @property
    def leftovers(self) -> tuple[int, int]:
        """Connections the engine and the gateway still know."""
        return len(self.gateway.server.eio.sockets), self.gateway.connections

    async def empty(self) -> None:
        """Wait until nothing of any connection is left."""
        async with asyncio.timeout(5):
            while self.leftovers != (0, 0):
                await asyncio.sleep(0.02)


@asynccontextmanager
async def house(**changes: Any) -> AsyncIterator[House]:
    """Serve; every connection is closed afterwards."""
    settings = replace(ServerSettings(connect_seconds=0.5), **changes)
    tokens = TokenSigner(["secret"])
    rooms = RoomDirectory(
        RoomPorts(MemoryRoomLog(), PatientGuesser(), FastClock(), 0.1, tokens.seat), MemoryPeers(), limit=50
    )
    limits = RateLimits(settings)
    gateway = Gateway(GatewayDeps(rooms, tokens, limits, settings))
    app = web.Application()
    guard_new_connections(app, limits, settings)
    gateway.attach(app)
    server = TestServer(app)
    await server.start_server()
    gateway.start()
    async with aiohttp.ClientSession() as session:
        yield House(server, gateway, rooms, limits, session)
    await rooms.stop()
    await gateway.stop()
    await server.close()
    await gateway.server.shutdown()
