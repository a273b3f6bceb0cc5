"""Whose page a request comes from, asked over real HTTP."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from server.access.origin_check import OriginCheck
from server.settings import ServerSettings

Client = TestClient[web.Request, web.Application]


@asynccontextmanager
async def asked(public: str = "", trusted: str = "") -> AsyncIterator[Client]:
    pages = OriginCheck(replace(ServerSettings(), public_url=public, trusted_proxies=trusted))

    async def owns(request: web.Request) -> web.Response:
        return web.json_response(pages.owns(request))

    app = web.Application()
    app.router.add_get("/", owns)
    async with TestClient(TestServer(app)) as client:
        yield client


CASES = [
    # public address, trusted proxies, headers, whether the page is one of ours
    ("", "", {}, True),
    ("", "", {"Host": "play.example", "Origin": "https://play.example"}, True),
    ("", "", {"Host": "play.example", "Origin": "http://play.example"}, True),
    ("", "", {"Host": "Play.Example", "Origin": "https://play.example"}, True),
    ("", "", {"Host": "play.example:443", "Origin": "https://play.example"}, True),
    ("", "", {"Host": "play.example:80", "Origin": "http://play.example"}, True),
    ("", "", {"Host": "play.example:8443", "Origin": "https://play.example:8443"}, True),
    ("", "", {"Host": "[::1]:8000", "Origin": "http://[::1]:8000"}, True),
    ("", "", {"Host": "play.example:443", "Origin": "http://play.example"}, False),
    ("", "", {"Host": "play.example", "Origin": "https://play.example:8443"}, False),
    ("", "", {"Host": "play.example", "Origin": "https://evil.example"}, False),
    ("", "", {"Host": "play.example", "Origin": "https://play.example.evil.example"}, False),
    ("", "", {"Host": "play.example", "Origin": "null"}, False),
    ("", "", {"Host": "play.example", "Origin": "ftp://play.example"}, False),
    ("", "", {"Host": "not a host", "Origin": "https://not a host"}, False),
    ("https://play.example", "", {"Host": "inside:8000", "Origin": "https://play.example"}, True),
    ("https://play.example", "", {"Host": "inside:8000", "Origin": "https://play.example:443"}, True),
    ("https://play.example", "", {"Host": "inside:8000", "Origin": "http://play.example"}, False),
    # Of proxies only what those say that are trusted: loopback is where this test comes from.
    ("", "127.0.0.0/8,::1", {"Host": "inside", "Origin": "https://play.example", "X-Forwarded-Host": "play.example"}, True),
    ("", "", {"Host": "inside", "Origin": "https://play.example", "X-Forwarded-Host": "play.example"}, False),
    ("", "10.0.0.0/8", {"Host": "inside", "Origin": "https://play.example", "X-Forwarded-Host": "play.example"}, False),
    ("", "127.0.0.0/8", {"Host": "a.example", "Origin": "http://a.example", "X-Forwarded-Proto": "https"}, False),
    ("", "127.0.0.0/8", {"Host": "a.example", "Origin": "https://a.example", "X-Forwarded-Proto": "https"}, True),
    ("", "", {"Host": "a.example", "Origin": "http://a.example", "X-Forwarded-Proto": "https"}, True),
]  # fmt: skip


@pytest.mark.parametrize(("public", "trusted", "headers", "own"), CASES)
async def test_origins_are_compared_as_origins(public: str, trusted: str, headers: dict[str, str], own: bool) -> None:
    async with asked(public, trusted) as client, client.get("/", headers=headers) as answer:
        assert await answer.json() is own


async def test_a_page_may_ask_why_it_is_refused(caplog: pytest.LogCaptureFixture) -> None:
    async with asked("https://play.example") as client:
        for page, own in (("https://play.example", True), ("https://other.example", False)):
            async with client.get("/", params={"page": page}) as answer:
                assert await answer.json() is own


async def test_the_operator_hears_of_it_once_with_what_to_set(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        async with asked() as client:
            for _ in range(5):
                await client.get("/", headers={"Host": "inside:8000", "Origin": "https://play.example"})
    (line,) = [record.getMessage() for record in caplog.records if record.name == "inkling.web"]
    assert "'https://play.example'" in line
    assert "http://inside:8000" in line
    assert "INKLING_PUBLIC_URL" in line
