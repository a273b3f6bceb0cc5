"""`/api/openapi.json` and `/api/asyncapi.json`: what the protocol is, for machines."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import cache, partial
from typing import Any

import msgspec
from aiohttp import web

from server.apidoc import asyncapi, openapi
from server.http.responses import encoded_json_response


def add_documents(app: web.Application, base_path: str) -> None:
    """Add the routes. A document is made when somebody first asks for it."""
    app.router.add_get("/api/openapi.json", _serve_document(partial(openapi.build_openapi, base_path)))
    app.router.add_get("/api/asyncapi.json", _serve_document(partial(asyncapi.build_asyncapi, base_path)))


def _serve_document(document: Callable[[], dict[str, Any]]) -> Callable[[web.Request], Any]:
    @cache
    def encoded() -> bytes:
        return msgspec.json.encode(document())

    async def serve(_: web.Request) -> web.Response:
        return encoded_json_response(await asyncio.to_thread(encoded))

    return serve
