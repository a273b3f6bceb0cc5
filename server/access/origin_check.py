"""Which pages are this server's own: foreign sites may not use a player's browser."""

from __future__ import annotations

import logging
from collections.abc import Iterator

from aiohttp import web

from server.access.client_address import is_in_networks, normalize_address
from server.access.origins import DEFAULT_PORTS, normalize_origin
from server.runtime.rate_limited_log import RateLimitedLog
from server.settings import ServerSettings

log = logging.getLogger("inkling.web")

MAX_LOGGED_ORIGIN_CHARS = 200
"""Characters of a foreign origin in the log."""


class OriginCheck:
    """Compares the origin of a page with the addresses under which this server is reached."""

    def __init__(self, settings: ServerSettings) -> None:
        self._public, self._trusted = settings.public_url, settings.trusted_proxies
        self._foreign_log = RateLimitedLog(log)

    def owns(self, request: web.BaseRequest) -> bool:
        """Tell whether a request comes from a page of this server, or from no page at all; others are logged.

        A page that asks why its socket does not open names itself in `page`: browsers send no Origin with such a question.
        """
        written = request.headers.get("Origin") or request.query.get("page")
        if not written:
            return True
        known = sorted(self._known(request))
        try:
            if normalize_origin(written) in known:
                return True
        except ValueError:
            pass
        self._foreign_log.warning(
            "a page at %r was refused: this server knows itself as %s. If that page is yours, set INKLING_PUBLIC_URL to its "
            "address, or have the proxy pass the Host header on (docs/hosting.md)",
            written[:MAX_LOGGED_ORIGIN_CHARS],
            " and ".join(known)[: 3 * MAX_LOGGED_ORIGIN_CHARS] or "nothing",
        )
        return False

    def _known(self, request: web.BaseRequest) -> Iterator[str]:
        """Yield the origins of this server's pages, as far as a request tells them."""
        if self._public:
            yield normalize_origin(self._public)
        hosts, schemes = [request.headers.get("Host", "")], list(DEFAULT_PORTS)
        if is_in_networks(normalize_address(request.remote or ""), self._trusted):
            hosts += _forwarded_values(request, "X-Forwarded-Host")
            schemes = [
                scheme for scheme in _forwarded_values(request, "X-Forwarded-Proto") if scheme in DEFAULT_PORTS
            ] or schemes
        for host in hosts:
            for scheme in schemes:
                try:
                    yield normalize_origin(f"{scheme}://{host}")
                except ValueError:
                    continue


def _forwarded_values(request: web.BaseRequest, header: str) -> list[str]:
    """Return what the proxies on the way wrote."""
    return [part.strip().lower() for part in ",".join(request.headers.getall(header, [])).split(",") if part.strip()]
