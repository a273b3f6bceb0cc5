"""The application under its base path."""

from __future__ import annotations

from collections.abc import Callable

from aiohttp import web
from aiohttp.typedefs import Handler

from server.http.security import add_security_headers

MAX_REQUEST_BYTES = 64 * 1024
"""Bytes of a body that aiohttp reads whole; handlers that take more read it in parts."""


def new_application() -> web.Application:
    """Return an application that takes no large bodies."""
    return web.Application(client_max_size=MAX_REQUEST_BYTES)


def serve_under(
    base_path: str, site: web.Application, add_health: Callable[[web.Application], None]
) -> web.Application:
    """Return an application with all of `site` under the base path, and outside it nothing but health checks.

    Nothing can be added to `site` any more. Under `/` it is served as it is.
    """
    if base_path == "/":
        return site
    outer = new_application()
    outer.on_response_prepare.append(add_security_headers)
    add_health(outer)
    outer.router.add_get(base_path.rstrip("/"), _redirect_to(base_path))
    outer.add_subapp(base_path, site)
    return outer


def _redirect_to(address: str) -> Handler:
    async def redirect(request: web.Request) -> web.StreamResponse:
        raise web.HTTPPermanentRedirect(f"{address}?{request.query_string}" if request.query_string else address)

    return redirect
