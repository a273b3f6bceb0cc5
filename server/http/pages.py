"""The built client: one page for every screen, and its assets."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import unquote

from aiohttp import web
from aiohttp.typedefs import Handler

from server.http.room_code import find_room_code

STATIC_FOLDER = Path(__file__).parent.parent / "static"
ASSET_CACHE_CONTROL = "public, max-age=31536000, immutable"
NON_PAGE_PREFIXES = ("/api/", "/assets/", "/socket.io/")
"""Addresses under which nobody looks for a page."""
COMPRESSED_SUFFIXES = (".br", ".gz")
"""Beside a file that the build made: the same, compressed."""
LINK_TRAILING_PUNCTUATION = ".,;:!?)]}>'\"»”’…"
"""What a chat takes for a part of a link."""
NOT_BUILT_PAGE = "<!doctype html><title>Inkling</title><p>The page is not built yet. Run: make setup"


def is_page_path(path: str) -> bool:
    """Say whether there is a screen for a path as it was sent. The page's `state/route.ts` knows which."""
    parts = [part for part in path.split("/") if part]
    if parts and parts[0].lower() != "drawings":
        parts[-1] = unquote(parts[-1]).rstrip(LINK_TRAILING_PUNCTUATION)
    match [part.lower() for part in parts]:
        case [] | ["help" | "mine" | "held" | "try" | "drawings"]:
            return True
        case ["drawings", word]:
            return len(word) <= 300
        case ["try", recipe]:
            return re.fullmatch("[a-z0-9-]{0,64}", recipe) is not None
        case ["d", drawing]:
            return re.fullmatch("[0-9]{1,20}", drawing) is not None
        case ["r", _]:
            return find_room_code(parts[1]) is not None
    return False


def add_pages(app: web.Application, static: Path = STATIC_FOLDER) -> None:
    """Serve the page under every address that nothing else has, with 404 where it knows no screen for it.

    Assets are served by their hashed names for ever. What the build compressed is sent compressed to who takes it.
    """
    index = static / "index.html"

    @web.middleware
    async def page(request: web.Request, handler: Handler) -> web.StreamResponse:
        lost = isinstance(request.match_info.http_exception, web.HTTPNotFound)
        if not lost or request.method not in ("GET", "HEAD") or request.path.startswith(NON_PAGE_PREFIXES):
            return await handler(request)
        if not index.exists():
            return web.Response(text=NOT_BUILT_PAGE, content_type="text/html", headers={"Cache-Control": "no-cache"})
        if is_page_path(request.rel_url.raw_path):
            return web.FileResponse(index, headers=PAGE_HEADERS)
        return web.Response(body=index.read_bytes(), status=404, headers=PAGE_HEADERS)

    app.middlewares.append(page)
    if (static / "assets").is_dir():
        app.router.add_static("/assets/", static / "assets", append_version=False)
    for loose in sorted(static.glob("*")) if static.is_dir() else ():
        if loose.is_file() and loose.name != "index.html" and loose.suffix not in COMPRESSED_SUFFIXES:
            app.router.add_get(f"/{loose.name}", _file_handler(loose))


PAGE_HEADERS = {"Content-Type": "text/html; charset=utf-8", "Cache-Control": "no-cache", "Vary": "Accept-Encoding"}


def _file_handler(path: Path) -> Handler:
    async def serve(_: web.Request) -> web.FileResponse:
        return web.FileResponse(path, headers={"Vary": "Accept-Encoding"})

    return serve


async def cache_assets(request: web.Request, response: web.StreamResponse) -> None:
    """Let browsers keep assets, whose names change with their content, and caches keep both ways of sending one."""
    if request.path.startswith("/assets/"):
        response.headers["Vary"] = "Accept-Encoding"
        if response.status == 200:
            response.headers["Cache-Control"] = ASSET_CACHE_CONTROL
