"""The built client: one page for every screen, and its assets."""

from __future__ import annotations

from pathlib import Path

from aiohttp import web
from aiohttp.typedefs import Handler

STATIC = Path(__file__).parent.parent / "static"
ASSET_CACHE = "public, max-age=31536000, immutable"
PAGES = (
    "/",
    "/r/{code}",
    "/help",
    "/try",
    "/try/{recipe}",
    "/drawings",
    "/drawings/{word}",
    "/d/{id:[0-9]+}",
    "/mine",
    "/held",
)

NOT_BUILT = "<!doctype html><title>Inkling</title><p>The page is not built yet. Run: make setup"


def add_pages(app: web.Application, static: Path = STATIC) -> None:
    """Serve the page under every address it has, assets by their hashed names for ever."""
    index = static / "index.html"

    async def page(_: web.Request) -> web.Response:
        text = index.read_text(encoding="utf-8") if index.exists() else NOT_BUILT
        return web.Response(text=text, content_type="text/html", headers={"Cache-Control": "no-cache"})

    for path in PAGES:
        app.router.add_get(path, page)
    if (static / "assets").is_dir():
        app.router.add_static("/assets/", static / "assets", append_version=False)
    for loose in sorted(static.glob("*")) if static.is_dir() else ():
        if loose.is_file() and loose.name != "index.html":
            app.router.add_get(f"/{loose.name}", _file(loose))


def _file(path: Path) -> Handler:
    async def serve(_: web.Request) -> web.FileResponse:
        return web.FileResponse(path)

    return serve


async def cache_assets(request: web.Request, response: web.StreamResponse) -> None:
    """Let browsers keep assets, whose names change with their content."""
    if request.path.startswith("/assets/") and response.status == 200:
        response.headers["Cache-Control"] = ASSET_CACHE
