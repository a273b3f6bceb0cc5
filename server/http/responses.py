"""How the HTTP API answers: JSON that nobody keeps, and refusals with stable codes."""

from __future__ import annotations

import asyncio

import msgspec
from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from server import api_types
from server.http.base_path import path_below
from server.protocol import REFUSALS
from server.rooms.ports import RoomUnavailable, StoreUnavailable

STATUS_OF_REFUSAL = {
    "unknown_room": 404, "unknown_recipe": 404, "not_trained": 404, "too_many": 429, "slow_down": 429,
    "network_busy": 429, "server_full": 503, "foreign_origin": 403,
    "saving_paused": 503, "guesser_away": 503, "try_failed": 500, "too_large": 413,
    "unknown_drawing": 404, "bad_code": 401, "admin_off": 403, "wrong_admin_token": 401, "bad_filter": 400,
    "room_lost": 410, "room_newer": 503, "exports_full": 409, "no_room": 507, "unknown_export": 404,
}  # fmt: skip


class RequestRefused(Exception):
    """A request that had no effect; `code` is stable."""

    def __init__(self, code: str, detail: str = "") -> None:
        """`detail` says more than the code's own text."""
        super().__init__(code)
        self.code = code
        self.detail = detail or REFUSALS[code]


def raise_if_limited(code: str) -> None:
    """Raise the refusal that a limit answered with, if it did."""
    if code:
        raise RequestRefused(code)


def answer_refusals_as_json(base_path: str) -> Middleware:
    """Turn refusals, and what aiohttp refuses by itself, into JSON."""

    @web.middleware
    async def answer(request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            return await handler(request)
        except RequestRefused as refusal:
            return json_response(
                api_types.Refusal(code=refusal.code, detail=refusal.detail), STATUS_OF_REFUSAL.get(refusal.code, 400)
            )
        except StoreUnavailable:
            return json_response(api_types.Refusal(code="saving_paused", detail=REFUSALS["saving_paused"]), 503)
        except RoomUnavailable as error:
            refused = api_types.Refusal(code=error.refusal, detail=REFUSALS[error.refusal])
            return json_response(refused, STATUS_OF_REFUSAL[error.refusal])
        except web.HTTPException as error:
            if not path_below(base_path, request.path).startswith("/api/"):
                raise
            response = json_response(api_types.Refusal(code="bad_message", detail=error.reason), error.status)
            if "Allow" in error.headers:
                response.headers["Allow"] = error.headers["Allow"]
            return response

    return answer


def json_response(body: object, status: int = 200) -> web.Response:
    """Answer with JSON."""
    return encoded_json_response(msgspec.json.encode(body), status)


def encoded_json_response(body: bytes, status: int = 200) -> web.Response:
    """Answer with JSON that somebody else wrote."""
    return web.Response(
        body=body, status=status, content_type="application/json", headers={"Cache-Control": "no-store"}
    )


async def read_body(request: web.Request, limit: int, seconds: float) -> bytes:
    """Read a body of at most `limit` bytes that comes within so many seconds; a longer one is refused before it has come."""
    if (request.content_length or 0) > limit:
        raise RequestRefused("too_large")
    parts, size = [], 0
    try:
        async with asyncio.timeout(seconds):
            async for part in request.content.iter_chunked(64 * 1024):
                size += len(part)
                if size > limit:
                    raise RequestRefused("too_large")
                parts.append(part)
    except TimeoutError:
        raise web.HTTPRequestTimeout(reason="The body did not come in time.") from None
    return b"".join(parts)
