"""Headers that every answer carries."""

from __future__ import annotations

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from server.access.own_pages import OwnPages
from server.access.rate_limits import Limits
from server.http.responses import Refusal
from server.settings import Settings

CSP = (
    "default-src 'self'; img-src 'self' data: blob:; connect-src 'self' ws: wss:; object-src 'none'; "
    "base-uri 'none'; frame-ancestors 'none'"
)
"""Nothing from anywhere else, and no inline script."""

HEADERS = {
    "Content-Security-Policy": CSP,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
}


SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
"""Methods that change nothing."""


def own_pages_only(settings: Settings, limits: Limits) -> Middleware:
    """Refuse what changes something and comes from a page of somebody else, which uses its visitors' browsers for it."""
    pages = OwnPages(settings)

    @web.middleware
    async def check(request: web.Request, handler: Handler) -> web.StreamResponse:
        if request.method not in SAFE and not pages.owns(request):
            raise Refusal(limits.refuse("foreign_origin", limits.address_of(request)))
        return await handler(request)

    return check


async def add_headers(_: web.Request, response: web.StreamResponse) -> None:
    """Put the headers on a response that is about to be sent."""
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
