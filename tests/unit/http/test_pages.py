"""The built client and the headers on everything."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from yarl import URL

from server.http.base_path import rebase_page
from server.http.mount import serve_under
from server.http.pages import ASSET_CACHE_CONTROL, NOT_BUILT_PAGE, add_pages, cache_assets
from server.http.security import CONTENT_SECURITY_POLICY
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
    (built / "assets" / "small-3c4d.css").write_text("p{}")
    for ending, text in ((".br", "as brotli"), (".gz", "as gzip")):
        for name in ("index.html", "favicon.svg", "assets/app-1a2b.js"):
            (built / (name + ending)).write_text(text)
    (built / "assets" / "way-out").symlink_to(tmp_path / "secret.txt")
    return built


@pytest.fixture
async def url(static: Path) -> AsyncIterator[URL]:
    """Address of a server of the built client."""
    app = web.Application()
    app.on_response_prepare.append(cache_assets())
    add_pages(app, static)
    async with TestServer(app) as server:
        yield server.make_url("/")


async def get(url: URL, path: str) -> tuple[int, str, str]:
    asked = {"Accept-Encoding": "identity"}
    async with (
        aiohttp.ClientSession(headers=asked) as browser,
        browser.get(URL(f"{url}{path[1:]}", encoded=True)) as answer,
    ):
        return answer.status, await answer.text(), answer.headers.get("Cache-Control", "")


@pytest.mark.parametrize("path", ["/", "/r/ABCDEF", "/r/ABCDEF.", "/r/abc-def/", "/help/", "//help"])
async def test_every_screen_is_the_one_page(url: URL, path: str) -> None:
    assert await get(url, path) == (200, "<!doctype html>the page", "no-cache")


@pytest.mark.parametrize(
    "path", ["/nowhere", "/r/%3Cscript%3E", "/help/me", "/index.html", "/favicon.svg.br", "/%FF", "/api"]
)
async def test_where_nothing_is_the_page_says_so_with_the_right_status(url: URL, path: str) -> None:
    assert await get(url, path) == (404, "<!doctype html>the page", "no-cache")


@pytest.mark.parametrize("path", ["/api/nowhere", "/socket.io/", "/assets/nowhere.js"])
async def test_where_nobody_looks_for_a_page_there_is_none(url: URL, path: str) -> None:
    status, text, _ = await get(url, path)
    assert status == 404
    assert "the page" not in text


async def test_a_page_is_only_looked_at(url: URL) -> None:
    async with aiohttp.ClientSession() as browser:
        for method, status in (("HEAD", 200), ("POST", 404), ("DELETE", 404)):
            async with browser.request(method, url) as answer:
                assert answer.status == status


@pytest.mark.parametrize(
    ("path", "kind"),
    [("/", "text/html"), ("/favicon.svg", "image/svg+xml"), ("/assets/app-1a2b.js", "javascript")],
)
@pytest.mark.parametrize(
    ("takes", "encoding"), [("gzip, deflate, br, zstd", "br"), ("gzip", "gzip"), ("identity", ""), ("", "")]
)
async def test_what_the_build_compressed_is_sent_compressed_to_who_takes_it(
    url: URL, path: str, kind: str, takes: str, encoding: str
) -> None:
    bodies = {"br": "as brotli", "gzip": "as gzip"}
    async with (
        aiohttp.ClientSession(auto_decompress=False) as browser,
        browser.get(url.with_path(path), headers={"Accept-Encoding": takes}) as answer,
    ):
        assert answer.headers.get("Content-Encoding", "") == encoding
        assert kind in answer.content_type
        assert answer.headers["Vary"] == "Accept-Encoding"
        text = await answer.text()
        assert text == bodies[encoding] if encoding else text not in bodies.values()


async def test_a_page_that_did_not_change_is_not_sent_again(url: URL) -> None:
    async with aiohttp.ClientSession(auto_decompress=False) as browser:
        async with browser.get(url) as answer:
            tag = answer.headers["ETag"]
        async with browser.get(url, headers={"If-None-Match": tag}) as answer:
            assert (answer.status, answer.headers["Cache-Control"]) == (304, "no-cache")


async def test_assets_are_kept_for_ever(url: URL) -> None:
    assert await get(url, "/assets/app-1a2b.js") == (200, "1", ASSET_CACHE_CONTROL)


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
    assert cache in ("", "no-cache")


async def test_a_client_that_is_not_built_says_how(tmp_path: Path) -> None:
    app = web.Application()
    add_pages(app, tmp_path / "nothing")
    async with TestServer(app) as server:
        status, text, _ = await get(server.make_url("/"), "/r/ABCDEF")
    assert (status, text) == (200, NOT_BUILT_PAGE)
    assert "make setup" in text


PAGE = """<!doctype html>
<html>
  <head>
    <link rel="icon" href="/favicon.svg" /><a href="//elsewhere.example/">
    <script type="module" crossorigin src="/assets/app-1a2b.js"></script>
  </head>
</html>"""


@pytest.fixture
async def draw_url(static: Path) -> AsyncIterator[URL]:
    """Address of a server of the built client under a base path."""
    (static / "index.html").write_text(PAGE)
    site = web.Application()
    site.on_response_prepare.append(cache_assets("/draw/"))
    add_pages(site, static, "/draw/")
    app = serve_under("/draw/", site, lambda app: None)
    async with TestServer(app) as server:
        yield server.make_url("/draw/")


def test_a_page_is_told_its_base_path_and_linked_to_it() -> None:
    rebased = rebase_page(PAGE, "/draw/")
    assert '<head>\n    <meta name="inkling-base" content="/draw/">' in rebased
    assert 'href="/draw/favicon.svg"' in rebased
    assert 'src="/draw/assets/app-1a2b.js"' in rebased
    assert 'href="//elsewhere.example/"' in rebased


@pytest.mark.parametrize(("path", "status"), [("/", 200), ("/r/ABCDEF", 200), ("/nowhere", 404)])
@pytest.mark.parametrize("takes", ["gzip, br", "identity"])
async def test_under_a_base_path_every_screen_is_the_rebased_page(
    draw_url: URL, path: str, status: int, takes: str
) -> None:
    async with (
        aiohttp.ClientSession() as browser,
        browser.get(draw_url / path[1:] if path != "/" else draw_url, headers={"Accept-Encoding": takes}) as answer,
    ):
        assert (answer.status, answer.headers["Cache-Control"]) == (status, "no-cache")
        assert answer.headers.get("Content-Encoding", "identity") in takes
        assert answer.headers["Vary"] == "Accept-Encoding"
        assert await answer.text() == rebase_page(PAGE, "/draw/")


async def test_a_rebased_page_that_did_not_change_is_not_sent_again(draw_url: URL) -> None:
    async with aiohttp.ClientSession() as browser:
        async with browser.get(draw_url) as answer:
            tag = answer.headers["ETag"]
        async with browser.get(draw_url, headers={"If-None-Match": tag}) as answer:
            assert (answer.status, answer.headers["ETag"]) == (304, tag)


async def test_assets_under_a_base_path_are_kept_for_ever(draw_url: URL) -> None:
    assert await get(draw_url, "/assets/app-1a2b.js") == (200, "1", ASSET_CACHE_CONTROL)


@pytest.mark.parametrize("path", ["/api/nowhere", "/socket.io/", "/assets/nowhere.js"])
async def test_under_a_base_path_too_there_is_no_page_where_nobody_looks_for_one(draw_url: URL, path: str) -> None:
    status, text, _ = await get(draw_url, path)
    assert status == 404
    assert "assets/app-1a2b.js" not in text


@pytest.mark.parametrize("path", ["/", "/api/info", "/api/rooms/ABCDEF", "/nowhere", "/healthz", "/metrics"])
async def test_every_answer_carries_the_headers(path: str) -> None:
    async with house() as one:
        headers = (await one.get(path)).headers
        assert headers["Content-Security-Policy"] == CONTENT_SECURITY_POLICY
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Referrer-Policy"] == "no-referrer"


def test_the_policy_allows_no_inline_script_and_no_frames() -> None:
    assert "unsafe" not in CONTENT_SECURITY_POLICY
    for part in ("default-src 'self'", "object-src 'none'", "base-uri 'none'", "frame-ancestors 'none'"):
        assert part in CONTENT_SECURITY_POLICY
