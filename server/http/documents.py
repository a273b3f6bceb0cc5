"""`/api/openapi.json` and `/api/asyncapi.json`: what the protocol is, for machines."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import cache
from typing import Any

import msgspec
from aiohttp import web

from server.apidoc import asyncapi, openapi
from server.http.responses import passed_on


def add_documents(app: web.Application) -> None:
    """Add the routes. A document is made when somebody first asks for it."""
    app.router.add_get("/api/openapi.json", _serve(openapi.document))
    app.router.add_get("/api/asyncapi.json", _serve(asyncapi.document))


def _serve(document: Callable[[], dict[str, Any]]) -> Callable[[web.Request], Any]:
    @cache
    def encoded() -> bytes:
        return msgspec.json.encode(document())

    async def serve(_: web.Request) -> web.Response:
        return passed_on(await asyncio.to_thread(encoded))

    return serve
