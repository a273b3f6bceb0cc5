"""The HTTP API: rooms, information for the page, scores, health and metrics."""

from __future__ import annotations

import io

import segno
from aiohttp import web

from server import __version__
from server.access.origins import normalize_origin
from server.api_types import Info, PackInfo, Readiness, RoomMade
from server.http.bearer import identify_browser
from server.http.demo import DemoApi
from server.http.deps import HttpDeps
from server.http.documents import add_documents
from server.http.drawings import DrawingsApi
from server.http.exports import ExportsApi
from server.http.pages import add_pages, cache_assets
from server.http.responses import RequestRefused, answer_refusals_as_json, json_response, raise_if_limited
from server.http.room_code import find_room_code
from server.http.security import add_security_headers, refuse_foreign_origins
from server.metrics import format_labelled_counter
from server.rooms.directory import TooManyRooms
from server.rooms.summary import Card

BOARD_NAMES = ("all", "day")
SAMPLE_WORDS_PER_PACK = 6
"""Words of a pack that the page shows as an example."""


def add_routes(app: web.Application, deps: HttpDeps) -> None:
    """Add pages and API to an application, which is served under the base path of the settings."""
    api, base_path = _CoreApi(deps), deps.settings.base_path
    app.middlewares.append(answer_refusals_as_json(base_path))
    app.middlewares.append(refuse_foreign_origins(deps.settings, deps.limits))
    app.on_response_prepare.append(add_security_headers)
    app.on_response_prepare.append(cache_assets(base_path))
    app.router.add_post("/api/rooms", api.make_room)
    app.router.add_get("/api/rooms/{code}", api.card)
    app.router.add_get("/api/rooms/{code}/qr.svg", api.qr)
    app.router.add_get("/api/info", api.info)
    app.router.add_get("/api/scores", api.scores)
    DemoApi(deps).add_to(app)
    DrawingsApi(deps).add_to(app)
    ExportsApi(deps).add_to(app)
    app.router.add_get("/metrics", api.metrics)
    add_health_checks(app, deps)
    add_documents(app, base_path)
    add_pages(app, base_path=base_path)


def add_health_checks(app: web.Application, deps: HttpDeps) -> None:
    """Add what load balancers and supervisors ask, which answers outside the base path, too."""
    api = _CoreApi(deps)
    app.router.add_get("/healthz", api.alive)
    app.router.add_get("/readyz", api.ready)


def _metric_type(name: str) -> str:
    return "counter" if name.endswith("_total") else "gauge"


class _CoreApi:
    def __init__(self, deps: HttpDeps) -> None:
        self._deps = deps

    async def make_room(self, request: web.Request) -> web.Response:
        """Make a room."""
        limits = self._deps.limits
        raise_if_limited(limits.make_room(identify_browser(request, self._deps), limits.address_of(request)))
        try:
            code = await self._deps.rooms.make()
        except TooManyRooms:
            limits.refuse("server_full", limits.address_of(request))
            raise RequestRefused("server_full") from None
        return json_response(RoomMade(code=code), 201)

    async def card(self, request: web.Request) -> web.Response:
        """Describe a room to somebody with its link."""
        return json_response(await self._card(request))

    async def qr(self, request: web.Request) -> web.Response:
        """Draw the room's link as a QR code; the page says at which `origin` it was opened."""
        room = await self._card(request)
        settings = self._deps.settings
        try:
            origin = normalize_origin(request.query.get("origin") or settings.public_url)
        except ValueError:
            raise RequestRefused("bad_message") from None
        picture = io.BytesIO()
        segno.make(f"{origin}{settings.base_path}r/{room.code}", micro=False).save(
            picture, kind="svg", scale=4, border=2, xmldecl=False
        )
        return web.Response(body=picture.getvalue(), content_type="image/svg+xml")

    async def info(self, request: web.Request) -> web.Response:
        """Tell the page what it has to know before a room."""
        packs = [
            PackInfo(name=name, title=pack.title, size=len(pack.words), sample=list(pack.words[:SAMPLE_WORDS_PER_PACK]))
            for name, pack in self._deps.packs.items()
        ]
        return json_response(
            Info(
                version=__version__,
                packs=packs,
                invite_base=self._deps.settings.public_url or None,
                keep=self._deps.settings.keep != "off",
                licence=self._deps.settings.data_licence,
                guesser=self._deps.guesser_ready(),
            )
        )

    async def scores(self, request: web.Request) -> web.Response:
        """Return a score board."""
        board, pack = request.query.get("board", "all"), request.query.get("pack", "easy")
        if board not in BOARD_NAMES or pack not in self._deps.packs:
            raise RequestRefused("bad_message")
        return json_response(list(await self._deps.boards.top(board, pack)))

    async def alive(self, _: web.Request) -> web.Response:
        """Answer while the process lives."""
        return web.Response(text="ok\n")

    async def ready(self, _: web.Request) -> web.Response:
        """Tell whether games can be played and guessed."""
        state = Readiness(store=await self._deps.store_ready(), guesser=self._deps.guesser_ready())
        return json_response(state, 200 if all(state.values()) else 503)

    async def metrics(self, _: web.Request) -> web.Response:
        """Write the figures in Prometheus' text format."""
        figures = self._deps.metrics().items()
        lines = [f"# TYPE {name} {_metric_type(name)}\n{name} {value:.10g}\n" for name, value in figures]
        limits = self._deps.limits
        text = "".join(lines) + self._deps.meters.text()
        text += format_labelled_counter(
            "inkling_refusals_total", "Connections and requests that limits refused", "code", limits.refusals.counts
        )
        text += format_labelled_counter(
            "inkling_forwarded_total", "Requests whose X-Forwarded-For was not believed", "why", limits.proxies.counts
        )
        return web.Response(text=text, headers={"Content-Type": "text/plain; version=0.0.4"})

    async def _card(self, request: web.Request) -> Card:
        """Find a room that lets people in; one that is locked looks like one that is not there."""
        limits, address = self._deps.limits, self._deps.limits.address_of(request)
        browser = identify_browser(request, self._deps)
        raise_if_limited(limits.may_ask_about_room(browser, address))
        code = find_room_code(request.match_info["code"])
        # What holds no code is not worth a question to the store.
        card = None if code is None else await self._deps.rooms.card(code)
        if card is None or card.locked:
            limits.note_unknown_room(browser, address)
            raise RequestRefused("unknown_room")
        return card
