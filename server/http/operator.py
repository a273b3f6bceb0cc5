"""The operator's token: one for exports over HTTP and for the page of held drawings."""

from __future__ import annotations

import hmac

from aiohttp import web

from server.gateway.addresses import address_of
from server.http.answers import Refusal
from server.http.deps import Deps


def is_operator(request: web.Request, deps: Deps) -> bool:
    """Say whether a request carries the operator's token; counts nothing."""
    wanted = deps.settings.admin_token
    kind, _, token = request.headers.get("Authorization", "").partition(" ")
    return bool(wanted) and kind.lower() == "bearer" and hmac.compare_digest(token.strip().encode(), wanted.encode())


def check_operator(request: web.Request, deps: Deps) -> None:
    """Let only the operator pass. Raises Refusal; wrong tokens are counted by address."""
    if not deps.settings.admin_token:
        raise Refusal("admin_off")
    address = address_of(request, deps.settings.trusted_proxies)
    if not deps.limits.may_prove(address):
        raise Refusal("too_many")
    if not is_operator(request, deps):
        deps.limits.wrong_proof(address)
        raise Refusal("wrong_admin_token")
