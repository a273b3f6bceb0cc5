"""`/api/exports`: exports for the operator's scripts: queued, watched, fetched in ranges, resumed."""

from __future__ import annotations

import asyncio

from aiohttp import web

from server.export_types import ExportState
from server.http.bearer import require_operator
from server.http.deps import HttpDeps, TarSource
from server.http.responses import RequestRefused, json_response, read_body
from server.rooms.ports import InvalidExport, TooManyExports

MAX_EXPORT_ORDER_BYTES = 64 * 1024
"""Bytes of an export's options as JSON."""


class ExportsApi:
    """Every route asks for the operator's token."""

    def __init__(self, deps: HttpDeps) -> None:
        self._deps = deps
        self._jobs = deps.exports

    def add_to(self, app: web.Application) -> None:
        """Add the routes."""
        app.router.add_get("/api/exports", self.list)
        app.router.add_post("/api/exports", self.start)
        app.router.add_get("/api/exports/{id}", self.state)
        app.router.add_delete("/api/exports/{id}", self.remove)
        app.router.add_post("/api/exports/{id}/resume", self.resume)
        app.router.add_get("/api/exports/{id}/files/{path:.+}", self.file)
        app.router.add_get("/api/exports/{id}/export.tar", self.tar)

    async def list(self, request: web.Request) -> web.Response:
        """Tell of all exports."""
        require_operator(request, self._deps)
        await self._jobs.run_next()
        return json_response(self._jobs.all())

    async def start(self, request: web.Request) -> web.Response:
        """Queue an export; the body names format and filters."""
        require_operator(request, self._deps)
        body = await read_body(request, MAX_EXPORT_ORDER_BYTES, self._deps.settings.request_seconds)
        try:
            return json_response(await self._jobs.start(body), 202)
        except InvalidExport as error:
            raise RequestRefused("bad_filter", str(error)) from None
        except TooManyExports:
            raise RequestRefused("exports_full") from None
        except OSError as error:
            raise RequestRefused("no_room", error.strerror or "") from None

    async def state(self, request: web.Request) -> web.Response:
        """Tell how far an export is, and what is complete."""
        require_operator(request, self._deps)
        await self._jobs.run_next()
        return json_response(_require_export(self._jobs.state(request.match_info["id"])))

    async def resume(self, request: web.Request) -> web.Response:
        """Go on with an export that was interrupted or failed."""
        require_operator(request, self._deps)
        return json_response(_require_export(await self._jobs.resume(request.match_info["id"])), 202)

    async def remove(self, request: web.Request) -> web.Response:
        """Stop and delete an export."""
        require_operator(request, self._deps)
        if not await self._jobs.remove(request.match_info["id"]):
            raise RequestRefused("unknown_export")
        return json_response({})

    async def file(self, request: web.Request) -> web.FileResponse:
        """Send a complete file, or the range of it that is asked for."""
        require_operator(request, self._deps)
        path = await self._jobs.file(request.match_info["id"], request.match_info["path"])
        if path is None:
            raise RequestRefused("unknown_export")
        return web.FileResponse(path, headers={"Cache-Control": "no-store", "Accept-Ranges": "bytes"})

    async def tar(self, request: web.Request) -> web.StreamResponse:
        """Send all files of a finished export as one tar, or the range of it that is asked for."""
        require_operator(request, self._deps)
        name = request.match_info["id"]
        tar = await self._jobs.tar(name)
        if tar is None:
            raise RequestRefused("unknown_export")
        start, stop, status = _requested_range(request, tar)
        headers = {
            "Content-Type": "application/x-tar", "Content-Disposition": f'attachment; filename="{name}.tar"',
            "Cache-Control": "no-store", "Accept-Ranges": "bytes", "ETag": f'"{tar.etag}"',
            "Content-Length": str(stop - start),
        }  # fmt: skip
        if status == 206:
            headers["Content-Range"] = f"bytes {start}-{stop - 1}/{tar.size}"
        response = web.StreamResponse(status=status, headers=headers)
        await response.prepare(request)
        pieces = tar.read(start, stop)
        while piece := await asyncio.to_thread(next, pieces, b""):
            await response.write(piece)
        await response.write_eof()
        return response


def _requested_range(request: web.Request, tar: TarSource) -> tuple[int, int, int]:
    """Return first byte, end and status. Raises HTTPRequestRangeNotSatisfiable."""
    if "If-Range" in request.headers and request.headers["If-Range"] != f'"{tar.etag}"':
        return 0, tar.size, 200
    try:
        asked = request.http_range
        start = asked.start or 0
        start = max(0, tar.size + start) if start < 0 else start
        stop = tar.size if asked.stop is None else min(asked.stop, tar.size)
    except ValueError:
        start = stop = tar.size
    if start >= stop:
        raise web.HTTPRequestRangeNotSatisfiable(headers={"Content-Range": f"bytes */{tar.size}"})
    return start, stop, 206 if "Range" in request.headers else 200


def _require_export(state: ExportState | None) -> ExportState:
    if state is None:
        raise RequestRefused("unknown_export")
    return state
