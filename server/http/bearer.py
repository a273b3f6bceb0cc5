"""`Authorization: Bearer`: the one check of every token that a request may carry.

A player's token and a recovery code are signed: they are good or they are not, and nobody finds one by trying. The
operator's token is compared, and whoever presents what is none of these is counted by address, whatever it should have opened.
A player's token that was signed with a key of before is no guess: a whole school may come with such after a change of keys.
While an address may try no more, nothing it presents is compared: the right token is refused like a wrong one.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass

from aiohttp import web

from server.access.tokens import is_player_token
from server.http.deps import HttpDeps
from server.http.responses import RequestRefused

MAX_TOKEN_CHARACTERS = 512
"""Characters of a token."""


@dataclass(frozen=True, slots=True)
class RequestIdentity:
    """Who a request is from: the operator, the owner of drawings, or anybody."""

    operator: bool = False
    owner: str | None = None


def identify_request(request: web.Request, deps: HttpDeps) -> RequestIdentity:
    """Read the token of a request. Raises RequestRefused for one that is not good here."""
    presented = _presented_token(request)
    if presented is None:
        return RequestIdentity()
    written = presented.decode(errors="replace") if len(presented) <= MAX_TOKEN_CHARACTERS else ""
    owner = deps.owners.owner(written) if written else None
    if owner is not None:
        return RequestIdentity(owner=owner)
    if is_player_token(written):
        raise RequestRefused("bad_code")
    address = deps.limits.address_of(request)
    code = deps.limits.may_present_token(address)
    if code:
        raise RequestRefused(code)
    if _is_operator_token(presented, deps.settings.admin_token):
        return RequestIdentity(operator=True)
    deps.limits.note_wrong_token(address)
    raise RequestRefused("bad_code")


def require_operator(request: web.Request, deps: HttpDeps) -> None:
    """Let only the operator pass. Raises RequestRefused."""
    if not deps.settings.admin_token:
        raise RequestRefused("admin_off")
    try:
        found = identify_request(request, deps)
    except RequestRefused as refusal:
        raise RequestRefused("wrong_admin_token" if refusal.code == "bad_code" else refusal.code) from None
    if not found.operator:
        raise RequestRefused("wrong_admin_token")


def require_owner(request: web.Request, deps: HttpDeps) -> str:
    """Return whose drawings a request is about. Raises RequestRefused."""
    owner = identify_request(request, deps).owner
    if owner is None:
        raise RequestRefused("bad_code")
    return owner


def identify_browser(request: web.Request, deps: HttpDeps) -> str | None:
    """Return whose browser a request is from, for limits only; a token that is not good counts as none."""
    presented = _presented_token(request)
    return (
        deps.owners.owner(presented.decode(errors="replace"))
        if presented and len(presented) <= MAX_TOKEN_CHARACTERS
        else None
    )


def _presented_token(request: web.Request) -> bytes | None:
    """Return the token as the bytes that came, which need be no text; None where there is none."""
    if "Authorization" not in request.headers:
        return None
    kind, _, token = request.headers["Authorization"].partition(" ")
    return token.strip().encode(errors="surrogateescape") if kind.lower() == "bearer" else b""


def _is_operator_token(presented: bytes, wanted: str) -> bool:
    """Compare in a time that tells nothing, not even how long the right one is."""
    right = hashlib.sha256(wanted.encode()).digest()
    return hmac.compare_digest(hashlib.sha256(presented).digest(), right) and bool(wanted)
