"""The composition root of the web process: the only file that names concrete adapters."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from contextlib import AsyncExitStack, suppress

from aiohttp import web

from server.game.packs import PACKS
from server.gateway.gateway import Deps as GatewayDeps
from server.gateway.gateway import Gateway
from server.gateway.limits import Limits
from server.gateway.tokens import Tokens
from server.guessing.client import open_guesser
from server.guessing.tryout import open_tryout
from server.http.deps import Deps as HttpDeps
from server.http.routes import add_routes
from server.rooms.directory import Rooms
from server.rooms.ports import StoreAway
from server.rooms.room import Ports
from server.settings import Settings
from server.store.opened import Store, open_store

log = logging.getLogger("inkling.web")

RETRY_SECONDS = 0.25


class MonotonicClock:
    """`server.rooms.ports.Clock` of the real world."""

    def now(self) -> float:
        """Return seconds, monotonic."""
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        await asyncio.sleep(seconds)

    async def wait(self, event: asyncio.Event, seconds: float) -> None:
        """Wait until the event is set, at most `seconds`."""
        with suppress(TimeoutError):
            await asyncio.wait_for(event.wait(), seconds)


async def create_app(settings: Settings) -> web.Application:
    """Open store and guesser, take over the rooms that exist, and build the application."""
    stack = AsyncExitStack()
    store = await stack.enter_async_context(open_store(settings.redis_url, keep=settings.keep != "off"))
    guesser = await stack.enter_async_context(open_guesser(settings.redis_url, settings.guess_hz))
    tries = await stack.enter_async_context(open_tryout(settings.redis_url))
    rooms = Rooms(Ports(store.log, guesser, MonotonicClock(), settings.tick_ms / 1000), settings.max_rooms)
    guesser.on_answer = rooms.answer
    guesser.on_ready = rooms.guesser_changed
    limits = Limits(settings)
    gateway = Gateway(GatewayDeps(rooms, Tokens(await _secrets(settings, store)), limits, settings))
    app = web.Application(client_max_size=64 * 1024)
    gateway.attach(app)
    add_routes(
        app,
        HttpDeps(
            settings=settings,
            rooms=rooms,
            boards=store.boards,
            limits=limits,
            guesser_ready=lambda: guesser.ready,
            store_ready=store.answers,
            packs=PACKS,
            metrics=_metrics(rooms, gateway, lambda: guesser.ready),
            tries=tries,
        ),
    )
    adopted = await rooms.adopt_all()
    log.info("%d rooms taken over", adopted)
    gateway.start()

    async def drain(_: web.Application) -> None:
        await rooms.stop()
        await gateway.stop()

    async def close(_: web.Application) -> None:
        await stack.aclose()

    app.on_shutdown.append(drain)
    app.on_cleanup.append(close)
    return app


async def _secrets(settings: Settings, store: Store) -> list[str]:
    """Return the keys that sign tokens, the signing one first; waits for the store if it has to make one."""
    if settings.secret:
        return [key for key in settings.secret.split(",") if key]
    while True:
        try:
            return [await store.secret()]
        except StoreAway as away:
            log.warning("waiting for Redis: %s", away)
            await asyncio.sleep(RETRY_SECONDS)


def _metrics(rooms: Rooms, gateway: Gateway, ready: Callable[[], bool]) -> Callable[[], dict[str, float]]:
    def read() -> dict[str, float]:
        return {
            "inkling_rooms": rooms.count,
            "inkling_players": rooms.people,
            "inkling_connections": gateway.connections,
            "inkling_guesser_ready": float(ready()),
        }

    return read
