"""Which pages are this server's own: foreign sites may not use a player's browser."""

from __future__ import annotations

import logging
from collections.abc import Iterator

from aiohttp import web

from server.access.client_address import is_within, plain
from server.access.origins import PORTS, origin_of
from server.runtime.rate_limited_log import RateLimitedLog
from server.settings import Settings

log = logging.getLogger("inkling.web")

LONGEST = 200
"""Characters of a stranger's origin in the log."""


class OwnPages:
    """Compares the origin of a page with the addresses under which this server is reached."""

    def __init__(self, settings: Settings) -> None:
        self._public, self._trusted = settings.public_url, settings.trusted_proxies
        self._strange = RateLimitedLog(log)

    def owns(self, request: web.BaseRequest) -> bool:
        """Tell whether a request comes from a page of this server, or from no page at all; the operator hears of others.

        A page that asks why its socket does not open names itself in `page`: browsers send no Origin with such a question.
        """
        written = request.headers.get("Origin") or request.query.get("page")
        if not written:
            return True
        known = sorted(self._known(request))
        try:
            if origin_of(written) in known:
                return True
        except ValueError:
            pass
        self._strange.warning(
            "a page at %r was refused: this server knows itself as %s. If that page is yours, set INKLING_PUBLIC_URL to its "
            "address, or have the proxy pass the Host header on (docs/hosting.md)",
            written[:LONGEST],
            " and ".join(known)[: 3 * LONGEST] or "nothing",
        )
        return False

    def _known(self, request: web.BaseRequest) -> Iterator[str]:
        """Yield the origins of this server's pages, as far as a request tells them."""
        if self._public:
            yield origin_of(self._public)
        hosts, schemes = [request.headers.get("Host", "")], list(PORTS)
        if is_within(plain(request.remote or ""), self._trusted):
            hosts += _listed(request, "X-Forwarded-Host")
            schemes = [scheme for scheme in _listed(request, "X-Forwarded-Proto") if scheme in PORTS] or schemes
        for host in hosts:
            for scheme in schemes:
                try:
                    yield origin_of(f"{scheme}://{host}")
                except ValueError:
                    continue


def _listed(request: web.BaseRequest, header: str) -> list[str]:
    """Return what the proxies on the way wrote."""
    return [part.strip().lower() for part in ",".join(request.headers.getall(header, [])).split(",") if part.strip()]
