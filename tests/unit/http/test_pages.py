"""The built client and the headers on everything."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from yarl import URL

from server.http.pages import ASSET_CACHE, NOT_BUILT, add_pages, cache_assets
from server.http.security import CSP
from tests.unit.http.house import house


@pytest.fixture
def static(tmp_path: Path) -> Path:
    """A built client, and a secret beside it."""
    (tmp_path / "secret.txt").write_text("secret")
    built = tmp_path / "static"
    (built / "assets").mkdir(parents=True)
    (built / "index.html").write_text("<!doctype html>the page")
    (built / "favicon.svg").write_text("<svg/>")
    (built / "assets" / "app-1a2b.js").write_text("1")
    (built / "assets" / "way-out").symlink_to(tmp_path / "secret.txt")
    return built


@pytest.fixture
async def url(static: Path) -> AsyncIterator[URL]:
    """Address of a server of the built client."""
    app = web.Application()
    app.on_response_prepare.append(cache_assets)
    add_pages(app, static)
    async with TestServer(app) as server:
        yield server.make_url("/")


async def get(url: URL, path: str) -> tuple[int, str, str]:
    async with aiohttp.ClientSession() as browser, browser.get(URL(f"{url}{path[1:]}", encoded=True)) as answer:
        return answer.status, await answer.text(), answer.headers.get("Cache-Control", "")


@pytest.mark.parametrize("path", ["/", "/r/ABCDEF", "/r/%3Cscript%3E", "/help"])
async def test_every_screen_is_the_one_page(url: URL, path: str) -> None:
    assert await get(url, path) == (200, "<!doctype html>the page", "no-cache")


async def test_assets_are_kept_for_ever(url: URL) -> None:
    assert await get(url, "/assets/app-1a2b.js") == (200, "1", ASSET_CACHE)


async def test_loose_files_are_served_but_not_kept(url: URL) -> None:
    assert await get(url, "/favicon.svg") == (200, "<svg/>", "")


@pytest.mark.parametrize(
    "path",
    ["/assets/../../secret.txt", "/assets/..%2f..%2fsecret.txt", "/assets/%2e%2e/%2e%2e/secret.txt", "/..%2fsecret.txt",
     "/assets/..%5c..%5csecret.txt", "/assets/%2fetc/passwd", "/assets/way-out", "/assets/", "/assets/none.js"],
)  # fmt: skip
async def test_nothing_outside_the_built_client_is_served(url: URL, path: str) -> None:
    status, text, cache = await get(url, path)
    assert status in (403, 404)
    assert "secret" not in text
    assert cache == ""


async def test_a_client_that_is_not_built_says_how(tmp_path: Path) -> None:
    app = web.Application()
    add_pages(app, tmp_path / "nothing")
    async with TestServer(app) as server:
        status, text, _ = await get(server.make_url("/"), "/r/ABCDEF")
    assert (status, text) == (200, NOT_BUILT)
    assert "make setup" in text


@pytest.mark.parametrize("path", ["/", "/api/info", "/api/rooms/ABCDEF", "/nowhere", "/healthz", "/metrics"])
async def test_every_answer_carries_the_headers(path: str) -> None:
    async with house() as one:
        headers = (await one.get(path)).headers
        assert headers["Content-Security-Policy"] == CSP
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Referrer-Policy"] == "no-referrer"


def test_the_policy_allows_no_inline_script_and_no_frames() -> None:
    assert "unsafe" not in CSP
    for part in ("default-src 'self'", "object-src 'none'", "base-uri 'none'", "frame-ancestors 'none'"):
        assert part in CSP
