"""`/api/drawings`, `/api/mine`, `/api/held`: the gallery, one's own drawings, and what waits for the operator."""

from __future__ import annotations

from collections.abc import Awaitable

import msgspec
from aiohttp import web

from server.api_types import EmptyAnswer, Erased, GalleryPreview, GalleryWords, OwnDrawings, VerdictIn
from server.decode_errors import DECODE_ERRORS
from server.http.bearer import identify_browser, identify_request, require_operator, require_owner
from server.http.deps import HttpDeps
from server.http.responses import RequestRefused, json_response, raise_if_limited, read_body
from server.text import tidy_text

PICTURE_MEDIA_TYPES = {"png": "image/png", "svg": "image/svg+xml", "gif": "image/gif"}
MAX_VERDICT_BYTES = 1024
"""Bytes of a verdict as JSON."""
MAX_SKIP = 1_000_000
"""Drawings that a request may skip; more count as so many."""


class DrawingsApi:
    """Who asks is told by `Authorization: Bearer`: a player's token, a recovery code, or the operator's token."""

    def __init__(self, deps: HttpDeps) -> None:
        self._deps = deps
        self._drawings = deps.drawings

    def add_to(self, app: web.Application) -> None:
        """Add the routes."""
        app.router.add_get("/api/drawings", self.words)
        app.router.add_get("/api/drawings/of/{word}", self.of_word)
        app.router.add_get("/api/drawings/strip", self.strip)
        app.router.add_get("/api/drawings/{id:[0-9]{1,20}}", self.one)
        app.router.add_post("/api/drawings/{id:[0-9]{1,20}}/report", self.report)
        app.router.add_get("/d/{id:[0-9]{1,20}}.{kind:png|svg|gif}", self.picture)
        app.router.add_get("/api/mine", self.own)
        app.router.add_get("/api/mine.zip", self.zipped)
        app.router.add_delete("/api/mine", self.forget_all)
        app.router.add_delete("/api/mine/{id:[0-9]{1,20}}", self.forget)
        app.router.add_get("/api/held", self.held)
        app.router.add_post("/api/held/{id:[0-9]{1,20}}", self.judge)

    async def words(self, _: web.Request) -> web.Response:
        """List the words of the gallery."""
        return json_response(GalleryWords(words=await self._drawings.words()))

    async def of_word(self, request: web.Request) -> web.Response:
        """Return a page of a word's drawings."""
        return json_response(
            await self._drawings.of_word(tidy_text(request.match_info["word"][:100]), _query_number(request, "skip"))
        )

    async def strip(self, _: web.Request) -> web.Response:
        """Return some drawings for the first page."""
        return json_response(GalleryPreview(drawings=await self._drawings.strip()))

    async def one(self, request: web.Request) -> web.Response:
        """Return one drawing: shown to all, its player's, or any to the operator."""
        asker = identify_request(request, self._deps)
        found = await self._drawings.one(request.match_info["id"], asker.owner, asker.operator)
        if found is None:
            raise RequestRefused("unknown_drawing")
        return json_response(found)

    async def report(self, request: web.Request) -> web.Response:
        """Put a drawing before the operator."""
        limits = self._deps.limits
        raise_if_limited(limits.report(identify_browser(request, self._deps), limits.address_of(request)))
        if not await self._drawings.report(request.match_info["id"]):
            raise RequestRefused("unknown_drawing")
        return json_response(EmptyAnswer(), 202)

    async def picture(self, request: web.Request) -> web.Response:
        """Draw a shown drawing."""
        raise_if_limited(self._deps.limits.draw(self._deps.limits.address_of(request)))
        kind = request.match_info["kind"]
        data = await self._drawings.picture(request.match_info["id"], kind)
        if data is None:
            raise RequestRefused("unknown_drawing")
        # A reported drawing must be able to disappear: nobody keeps it for long.
        return web.Response(body=data, content_type=PICTURE_MEDIA_TYPES[kind], headers={"Cache-Control": "max-age=60"})

    async def own(self, request: web.Request) -> web.Response:
        """Return a page of one's own drawings, and the code that opens them on another device."""
        owner = require_owner(request, self._deps)
        page = await self._drawings.own(owner, _query_number(request, "skip"))
        return json_response(OwnDrawings(**page, code=self._deps.owners.recovery(owner)))

    async def zipped(self, request: web.Request) -> web.StreamResponse:
        """Send all of one's own drawings as ndjson and PNG in a zip."""
        owner = require_owner(request, self._deps)
        raise_if_limited(self._deps.limits.draw(self._deps.limits.address_of(request)))
        response = web.StreamResponse(
            headers={
                "Content-Type": "application/zip",
                "Content-Disposition": 'attachment; filename="my-drawings.zip"',
                "Cache-Control": "no-store",
            }
        )
        await response.prepare(request)
        async for part in self._drawings.zipped(owner):
            await response.write(part)
        await response.write_eof()
        return response

    async def forget(self, request: web.Request) -> web.Response:
        """Erase one of one's own drawings."""
        owner = require_owner(request, self._deps)
        return json_response(await self._erase(self._drawings.forget(owner, request.match_info["id"])))

    async def forget_all(self, request: web.Request) -> web.Response:
        """Erase all of one's own drawings."""
        return json_response(await self._erase(self._drawings.forget_all(require_owner(request, self._deps))))

    async def _erase(self, erasing: Awaitable[Erased | None]) -> Erased:
        """Wait for an erasure. Raises RequestRefused if there was nothing to erase, or no place for a tombstone."""
        try:
            erased = await erasing
        except OSError as error:
            raise RequestRefused(
                "no_room", f"nothing is erased without its tombstone: {error.strerror or error}"
            ) from None
        if erased is None:
            raise RequestRefused("unknown_drawing")
        return erased

    async def held(self, request: web.Request) -> web.Response:
        """Return what waits for the operator."""
        require_operator(request, self._deps)
        return json_response(await self._drawings.held(_query_number(request, "before")))

    async def judge(self, request: web.Request) -> web.Response:
        """Carry out the operator's verdict."""
        require_operator(request, self._deps)
        try:
            body = await read_body(request, MAX_VERDICT_BYTES, self._deps.settings.request_seconds)
            said = msgspec.json.decode(body, type=VerdictIn)
        except DECODE_ERRORS:
            raise RequestRefused("bad_message") from None
        if not await self._drawings.judge(request.match_info["id"], said.verdict):
            raise RequestRefused("unknown_drawing")
        return json_response(EmptyAnswer())


def _query_number(request: web.Request, name: str) -> int:
    text = request.query.get(name, "0")
    if not text.isascii() or not text.isdecimal() or len(text) > 7:
        raise RequestRefused("bad_message")
    return min(int(text), MAX_SKIP)
