"""The built client: one page for every screen, and its assets."""

from __future__ import annotations

import gzip
import hashlib
import re
from collections.abc import Awaitable, Callable
from functools import cached_property
from pathlib import Path
from urllib.parse import unquote

from aiohttp import web
from aiohttp.typedefs import Handler

from server.http.base_path import path_below, rebase_page
from server.http.room_code import find_room_code

STATIC_FOLDER = Path(__file__).parent.parent / "static"
ASSET_CACHE_CONTROL = "public, max-age=31536000, immutable"
PAGE_HEADERS = {"Content-Type": "text/html; charset=utf-8", "Cache-Control": "no-cache", "Vary": "Accept-Encoding"}
NON_PAGE_PREFIXES = ("/api/", "/assets/", "/socket.io/")
"""Addresses under which nobody looks for a page."""
COMPRESSED_SUFFIXES = (".br", ".gz")
"""Beside a file that the build made: the same, compressed."""
LINK_TRAILING_PUNCTUATION = ".,;:!?)]}>'\"»”’…"
"""What a chat takes for a part of a link."""
NOT_BUILT_PAGE = "<!doctype html><title>Inkling</title><p>The page is not built yet. Run: make setup"


def is_page_path(path: str) -> bool:
    """Say whether there is a screen for a path as it was sent. The page's `routing/route.ts` knows which."""
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


def add_pages(app: web.Application, static: Path = STATIC_FOLDER, base_path: str = "/") -> None:
    """Serve the page under every address that nothing else has, with 404 where it knows no screen for it.

    Assets are served by their hashed names for ever. What the build compressed is sent compressed to who takes it.
    """
    page = _Page(static / "index.html") if base_path == "/" else _RebasedPage(static / "index.html", base_path)

    @web.middleware
    async def serve_page(request: web.Request, handler: Handler) -> web.StreamResponse:
        is_missing = isinstance(request.match_info.http_exception, web.HTTPNotFound)
        is_for_others = path_below(base_path, request.path).startswith(NON_PAGE_PREFIXES)
        if not is_missing or is_for_others or request.method not in ("GET", "HEAD"):
            return await handler(request)
        if not page.is_built:
            return web.Response(text=NOT_BUILT_PAGE, content_type="text/html", headers={"Cache-Control": "no-cache"})
        is_known = is_page_path(path_below(base_path, request.rel_url.raw_path))
        return page.respond(request, 200 if is_known else 404)

    app.middlewares.append(serve_page)
    if (static / "assets").is_dir():
        app.router.add_static("/assets/", static / "assets", append_version=False)
    for loose in sorted(static.glob("*")) if static.is_dir() else ():
        if loose.is_file() and loose.name != "index.html" and loose.suffix not in COMPRESSED_SUFFIXES:
            app.router.add_get(f"/{loose.name}", _file_handler(loose))


class _Page:
    """The page as it was built."""

    def __init__(self, index: Path) -> None:
        self._index = index

    @property
    def is_built(self) -> bool:
        """Whether there is a page."""
        return self._index.exists()

    def respond(self, request: web.Request, status: int) -> web.StreamResponse:
        """Answer with the page, if the browser does not have it."""
        if status == 200:
            return web.FileResponse(self._index, headers=PAGE_HEADERS)
        return web.Response(body=self._index.read_bytes(), status=status, headers=PAGE_HEADERS)


class _RebasedPage(_Page):
    """The page under another base path than the one that it was built for: rewritten once, and compressed anew."""

    def __init__(self, index: Path, base_path: str) -> None:
        super().__init__(index)
        self._base_path = base_path

    def respond(self, request: web.Request, status: int) -> web.StreamResponse:
        """Answer with the page, if the browser does not have it."""
        body, compressed, tag = self._content
        if status == 200 and any(known.value in (tag, "*") for known in request.if_none_match or ()):
            response = web.Response(status=304, headers=PAGE_HEADERS)
        elif "gzip" in request.headers.get("Accept-Encoding", "").lower():
            response = web.Response(
                body=compressed, status=status, headers={**PAGE_HEADERS, "Content-Encoding": "gzip"}
            )
        else:
            response = web.Response(body=body, status=status, headers=PAGE_HEADERS)
        response.etag = tag
        return response

    @cached_property
    def _content(self) -> tuple[bytes, bytes, str]:
        """The page, the same compressed, and its tag."""
        body = rebase_page(self._index.read_text(encoding="utf-8"), self._base_path).encode()
        return body, gzip.compress(body, mtime=0), hashlib.sha256(body).hexdigest()[:16]


def _file_handler(path: Path) -> Handler:
    async def serve(_: web.Request) -> web.FileResponse:
        return web.FileResponse(path, headers={"Vary": "Accept-Encoding"})

    return serve


def cache_assets(base_path: str = "/") -> Callable[[web.Request, web.StreamResponse], Awaitable[None]]:
    """Let browsers keep assets, whose names change with their content, and caches keep both ways of sending one."""
    assets = f"{base_path}assets/"

    async def add_cache_headers(request: web.Request, response: web.StreamResponse) -> None:
        if request.path.startswith(assets):
            response.headers["Vary"] = "Accept-Encoding"
            if response.status == 200:
                response.headers["Cache-Control"] = ASSET_CACHE_CONTROL

    return add_cache_headers
