"""`/api/exports`: exports for the operator's scripts: ordered, watched, fetched in ranges, resumed."""

from __future__ import annotations

from aiohttp import web

from server.bodies import ExportState
from server.http.answers import Refusal, json
from server.http.bearer import check_operator
from server.http.deps import Deps
from server.rooms.ports import BadOrder, Full

MAX_ORDER = 64 * 1024


class ExportsApi:
    """Every route asks for the operator's token."""

    def __init__(self, deps: Deps) -> None:
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

    async def list(self, request: web.Request) -> web.Response:
        """Tell of all exports."""
        check_operator(request, self._deps)
        return json(self._jobs.all())

    async def start(self, request: web.Request) -> web.Response:
        """Begin an export; the body names format and filters."""
        check_operator(request, self._deps)
        if (request.content_length or 0) > MAX_ORDER:
            raise Refusal("too_large")
        try:
            return json(await self._jobs.start(await request.read()), 202)
        except BadOrder as error:
            raise Refusal("bad_filter", str(error)) from None
        except Full:
            raise Refusal("exports_full") from None
        except OSError as error:
            raise Refusal("no_room", error.strerror or "") from None

    async def state(self, request: web.Request) -> web.Response:
        """Tell how far an export is, and what is complete."""
        check_operator(request, self._deps)
        return json(_found(self._jobs.state(request.match_info["id"])))

    async def resume(self, request: web.Request) -> web.Response:
        """Go on with an export that was interrupted or failed."""
        check_operator(request, self._deps)
        return json(_found(await self._jobs.resume(request.match_info["id"])), 202)

    async def remove(self, request: web.Request) -> web.Response:
        """Stop and delete an export."""
        check_operator(request, self._deps)
        if not await self._jobs.remove(request.match_info["id"]):
            raise Refusal("unknown_export")
        return json({})

    async def file(self, request: web.Request) -> web.FileResponse:
        """Send a complete file, or the range of it that is asked for."""
        check_operator(request, self._deps)
        path = self._jobs.file(request.match_info["id"], request.match_info["path"])
        if path is None:
            raise Refusal("unknown_export")
        return web.FileResponse(path, headers={"Cache-Control": "no-store", "Accept-Ranges": "bytes"})


def _found(state: ExportState | None) -> ExportState:
    if state is None:
        raise Refusal("unknown_export")
    return state
