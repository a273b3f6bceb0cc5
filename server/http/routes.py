"""The HTTP API: rooms, information for the page, scores, health and metrics."""

from __future__ import annotations

import io

import segno
from aiohttp import web

from server import __version__
from server.bodies import Info, PackAbout, Ready, RoomMade
from server.gateway.addresses import address_of
from server.http.answers import Refusal, json, refusals
from server.http.deps import Deps
from server.http.drawings import DrawingsApi
from server.http.exports import ExportsApi
from server.http.pages import add_pages, cache_assets
from server.http.room_code import read_code
from server.http.security import add_headers
from server.http.tryout import TryApi
from server.origins import origin_of
from server.rooms.directory import TooManyRooms
from server.rooms.member import Place

BOARDS = ("all", "day")
SAMPLE = 6
"""Words of a pack that the page shows as an example."""


def add_routes(app: web.Application, deps: Deps) -> None:
    """Add pages and API to an application."""
    api = _Api(deps)
    app.middlewares.append(refusals)
    app.on_response_prepare.append(add_headers)
    app.on_response_prepare.append(cache_assets)
    app.router.add_post("/api/rooms", api.make_room)
    app.router.add_get("/api/rooms/{code}", api.card)
    app.router.add_get("/api/rooms/{code}/qr.svg", api.qr)
    app.router.add_get("/api/info", api.info)
    app.router.add_get("/api/scores", api.scores)
    TryApi(deps).add_to(app)
    DrawingsApi(deps).add_to(app)
    ExportsApi(deps).add_to(app)
    app.router.add_get("/healthz", api.alive)
    app.router.add_get("/readyz", api.ready)
    app.router.add_get("/metrics", api.metrics)
    add_pages(app)


def _kind(name: str) -> str:
    return "counter" if name.endswith("_total") else "gauge"


class _Api:
    def __init__(self, deps: Deps) -> None:
        self._deps = deps

    async def make_room(self, request: web.Request) -> web.Response:
        """Make a room."""
        if not self._deps.limits.make_room(address_of(request, self._deps.settings.trusted_proxies)):
            raise Refusal("too_many")
        try:
            code = await self._deps.rooms.make()
        except TooManyRooms:
            raise Refusal("too_many") from None
        return json(RoomMade(code=code), 201)

    async def card(self, request: web.Request) -> web.Response:
        """Describe a room to somebody with its link."""
        card = await self._deps.rooms.card((await self._room(request)).code)
        if card is None:
            raise Refusal("unknown_room")
        return json(card)

    async def qr(self, request: web.Request) -> web.Response:
        """Draw the room's link as a QR code; the page says at which `origin` it was opened."""
        room = await self._room(request)
        try:
            base = origin_of(request.query.get("origin") or self._deps.settings.public_url)
        except ValueError:
            raise Refusal("bad_message") from None
        picture = io.BytesIO()
        segno.make(f"{base}/r/{room.code}", micro=False).save(picture, kind="svg", scale=4, border=2, xmldecl=False)
        return web.Response(body=picture.getvalue(), content_type="image/svg+xml")

    async def info(self, request: web.Request) -> web.Response:
        """Tell the page what it has to know before a room."""
        packs = [
            PackAbout(name=name, title=pack.title, size=len(pack.words), sample=list(pack.words[:SAMPLE]))
            for name, pack in self._deps.packs.items()
        ]
        return json(
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
        if board not in BOARDS or pack not in self._deps.packs:
            raise Refusal("bad_message")
        return json(list(await self._deps.boards.top(board, pack)))

    async def alive(self, _: web.Request) -> web.Response:
        """Answer while the process lives."""
        return web.Response(text="ok\n")

    async def ready(self, _: web.Request) -> web.Response:
        """Tell whether games can be played and guessed."""
        state = Ready(store=await self._deps.store_ready(), guesser=self._deps.guesser_ready())
        return json(state, 200 if all(state.values()) else 503)

    async def metrics(self, _: web.Request) -> web.Response:
        """Write the figures in Prometheus' text format."""
        figures = self._deps.metrics().items()
        lines = [f"# TYPE {name} {_kind(name)}\n{name} {value:.10g}\n" for name, value in figures]
        text = "".join(lines) + self._deps.meters.text()
        return web.Response(text=text, headers={"Content-Type": "text/plain; version=0.0.4"})

    async def _room(self, request: web.Request) -> Place:
        limits, address = self._deps.limits, address_of(request, self._deps.settings.trusted_proxies)
        if not limits.may_look(address):
            raise Refusal("too_many")
        code = read_code(request.match_info["code"])
        # What holds no code is not worth a question to the store.
        room = None if code is None else await self._deps.rooms.find(code)
        if room is None:
            limits.wrong_look(address)
            raise Refusal("unknown_room")
        return room
