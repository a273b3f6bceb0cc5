"""What is answered while a web process waits for Redis at its start."""

from __future__ import annotations

import re
import socket
from collections.abc import AsyncIterator

import aiohttp
import pytest

from server.http.starting_page import serve_starting_page
from server.protocol import REFUSALS


@pytest.fixture
async def url() -> AsyncIterator[str]:
    with socket.create_server(("127.0.0.1", 0)) as bound:
        bound.setblocking(False)
        async with serve_starting_page([bound]):
            yield f"http://127.0.0.1:{bound.getsockname()[1]}"


async def test_under_a_base_path_nothing_else_answers_outside_it() -> None:
    with socket.create_server(("127.0.0.1", 0)) as bound:
        bound.setblocking(False)
        async with serve_starting_page([bound], "/draw/"), aiohttp.ClientSession() as session:
            here = f"http://127.0.0.1:{bound.getsockname()[1]}"
            states = {"/healthz": 200, "/readyz": 503, "/draw/": 503, "/draw/api/info": 503, "/": 404, "/api/info": 404}
            for path, status in states.items():
                async with session.get(here + path) as answer:
                    assert answer.status == status, path


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/api/info"),
        ("POST", "/api/rooms"),
        ("GET", "/api/rooms/ABCDEF"),
        ("DELETE", "/api/mine"),
        ("GET", "/api/"),
    ],
)
async def test_the_api_answers_json_with_a_code(url: str, method: str, path: str) -> None:
    async with aiohttp.ClientSession() as session, session.request(method, url + path) as answer:
        assert (answer.status, answer.content_type) == (503, "application/json")
        assert answer.headers["Retry-After"] == "3"
        body = await answer.json()
    assert body["code"] in REFUSALS
    assert "starting" in body["detail"]


@pytest.mark.parametrize("path", ["/", "/r/ABCDEF", "/try", "/api"])
async def test_people_get_a_page_with_a_heading_that_fits_a_phone(url: str, path: str) -> None:
    async with aiohttp.ClientSession() as session, session.get(url + path) as answer:
        assert (answer.status, answer.content_type) == (503, "text/html")
        page = await answer.text()
    assert re.search(r"<main>\s*<h1>[^<]*starting[^<]*</h1>.*</main>", page, re.DOTALL)
    assert "width=device-width, initial-scale=1" in page
    assert '<html lang="en">' in page
