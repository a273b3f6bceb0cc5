"""Headers that every answer carries."""

from __future__ import annotations

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from server.access.origin_check import OriginCheck
from server.access.rate_limits import RateLimits
from server.http.responses import RequestRefused
from server.settings import ServerSettings

CONTENT_SECURITY_POLICY = (
    "default-src 'self'; img-src 'self' data: blob:; connect-src 'self' ws: wss:; object-src 'none'; "
    "base-uri 'none'; frame-ancestors 'none'"
)
"""Nothing from anywhere else, and no inline script."""

SECURITY_HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
}


SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
"""Methods that change nothing."""


def refuse_foreign_origins(settings: ServerSettings, limits: RateLimits) -> Middleware:
    """Refuse what changes something and comes from a page of somebody else, which uses its visitors' browsers for it."""
    pages = OriginCheck(settings)

    @web.middleware
    async def check(request: web.Request, handler: Handler) -> web.StreamResponse:
        if request.method not in SAFE_METHODS and not pages.owns(request):
            raise RequestRefused(limits.refuse("foreign_origin", limits.address_of(request)))
        return await handler(request)

    return check


async def add_security_headers(_: web.Request, response: web.StreamResponse) -> None:
    """Put the headers on a response that is about to be sent."""
    for name, value in SECURITY_HEADERS.items():
        response.headers.setdefault(name, value)
