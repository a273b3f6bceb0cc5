"""What a web process answers while it cannot serve yet, because Redis is away."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Sequence
from contextlib import asynccontextmanager
from typing import TypeVar

from aiohttp import web

from server import api_types
from server.http.mount import new_application, serve_under
from server.http.responses import json_response
from server.http.security import add_security_headers

STARTING_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta http-equiv="refresh" content="3">
<title>Inkling is starting</title>
</head>
<body>
<main>
<h1>Inkling is starting</h1>
<p>It waits for its database. This page looks again by itself.</p>
</main>
</body>
</html>
"""
SLOW_START_SECONDS = 2.0
"""A start that takes longer waits for something."""
T = TypeVar("T")
STARTING_HEADERS = {"Retry-After": "3", "Cache-Control": "no-store", "Connection": "close"}


async def answer_while_starting(sockets: Sequence[socket.socket], base_path: str, work: Awaitable[T]) -> T:
    """Do what has to be done before anybody can be served; when it takes long, whoever asks on these sockets is told so."""
    task = asyncio.ensure_future(work)
    try:
        await asyncio.wait({task}, timeout=SLOW_START_SECONDS)
        if not task.done():
            async with serve_starting_page(sockets, base_path):
                await asyncio.wait({task})
        return await task
    finally:
        task.cancel()


@asynccontextmanager
async def serve_starting_page(sockets: Sequence[socket.socket], base_path: str = "/") -> AsyncIterator[None]:
    """Answer on bound sockets: alive, not ready. They stay open for whoever serves after it."""
    site = new_application()
    site.on_response_prepare.append(add_security_headers)
    _add_health_checks(site)
    site.router.add_route("*", "/api/{path:.*}", _api_starting)
    site.router.add_route("*", "/{path:.*}", _page_starting)
    runner = web.AppRunner(
        serve_under(base_path, site, _add_health_checks), access_log=None, handle_signals=False, shutdown_timeout=1.0
    )
    await runner.setup()
    try:
        for one in sockets:
            await web.SockSite(runner, one.dup()).start()
        yield
    finally:
        await runner.cleanup()


def _add_health_checks(app: web.Application) -> None:
    app.router.add_get("/healthz", _alive)
    app.router.add_get("/readyz", _not_ready)


async def _alive(_: web.Request) -> web.Response:
    return web.Response(text="ok\n", headers={"Connection": "close"})


async def _not_ready(_: web.Request) -> web.Response:
    answer = json_response({"store": False, "guesser": False}, 503)
    answer.headers.update(STARTING_HEADERS)
    return answer


async def _api_starting(_: web.Request) -> web.Response:
    detail = "Inkling is starting: it waits for its database. Try again soon."
    answer = json_response(api_types.Refusal(code="saving_paused", detail=detail), 503)
    answer.headers.update(STARTING_HEADERS)
    return answer


async def _page_starting(_: web.Request) -> web.Response:
    return web.Response(text=STARTING_PAGE, content_type="text/html", status=503, headers=STARTING_HEADERS)
