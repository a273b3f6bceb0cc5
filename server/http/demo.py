"""`/api/try`: what can be tried, and what a trained network says of a drawing or an uploaded picture."""

from __future__ import annotations

import time

import msgspec
from aiohttp import web

from server.decode_errors import DECODE_ERRORS
from server.http.bearer import identify_browser
from server.http.deps import HttpDeps, TimedStrokes
from server.http.responses import RequestRefused, encoded_json_response, raise_if_limited, read_body
from server.protocol import TryIn

MAX_DEMO_PICTURE_BYTES = 2 * 1024 * 1024
"""Bytes of an uploaded picture."""
MAX_DEMO_INK_BYTES = 512 * 1024
"""Bytes of a drawing as JSON."""
RECIPE_LIST_TTL_SECONDS = 2.0
"""Seconds for which a list of what can be tried is good."""

_decode_ink = msgspec.json.Decoder(TryIn).decode


class DemoApi:
    """Two routes; a picture goes through as it came, unopened, and is kept nowhere."""

    def __init__(self, deps: HttpDeps) -> None:
        self._deps = deps
        self._recipes: tuple[float, bytes] = (float("-inf"), b"")

    def add_to(self, app: web.Application) -> None:
        """Add the routes."""
        app.router.add_get("/api/try", self.list_recipes)
        app.router.add_post("/api/try/{recipe}", self.ask)

    async def list_recipes(self, _: web.Request) -> web.Response:
        """List every recipe, and which of them have a trained run."""
        listed_at, body = self._recipes
        if time.monotonic() - listed_at > RECIPE_LIST_TTL_SECONDS:
            code, body = await self._deps.demo.list_recipes()
            if code:
                raise RequestRefused(code)
            self._recipes = (time.monotonic(), body)
        return encoded_json_response(body)

    async def ask(self, request: web.Request) -> web.Response:
        """Ask about strokes (JSON) or a picture (the file itself)."""
        limits = self._deps.limits
        raise_if_limited(limits.try_recipe(identify_browser(request, self._deps), limits.address_of(request)))
        recipe = request.match_info["recipe"]
        if len(recipe) > 64:
            raise RequestRefused("unknown_recipe")
        if request.content_type == "application/json":
            code, body = await self._deps.demo.ask(recipe, await self._strokes(request), b"")
        else:
            picture = await self._read(request, MAX_DEMO_PICTURE_BYTES)
            if not picture:
                raise RequestRefused("bad_message")
            code, body = await self._deps.demo.ask(recipe, (), picture)
        if code:
            raise RequestRefused(code)
        return encoded_json_response(body)

    async def _read(self, request: web.Request, limit: int) -> bytes:
        return await read_body(request, limit, self._deps.settings.request_seconds)

    async def _strokes(self, request: web.Request) -> TimedStrokes:
        try:
            drawn = _decode_ink(await self._read(request, MAX_DEMO_INK_BYTES)).strokes
        except DECODE_ERRORS:
            raise RequestRefused("bad_message") from None
        if any(not len(x) == len(y) == len(t) for x, y, t in drawn):
            raise RequestRefused("bad_ink")
        return drawn
