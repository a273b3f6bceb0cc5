"""An invitation leads to where the page was opened: here behind a proxy that speaks TLS and tells nobody."""

from __future__ import annotations

import asyncio
import shutil
import ssl
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.async_api import Browser, expect

from tests.e2e.conftest import ELSEWHERE, Served, missing
from tests.e2e.player import Player
from tests.e2e.test_play import make_room
from tests.qr import qr

pytestmark = pytest.mark.browser


def certificate(folder: Path) -> ssl.SSLContext:
    """Make a certificate that nobody trusts."""
    if shutil.which("openssl") is None:
        missing("no openssl here (Debian: apt-get install openssl)")
    names = "-x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -keyout key -out certificate"
    subprocess.run(
        ["openssl", "req", *names.split(), "-subj", f"/CN={ELSEWHERE}"], cwd=folder, check=True, capture_output=True
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "certificate", folder / "key")
    return context


@asynccontextmanager
async def behind_tls(url: str, context: ssl.SSLContext) -> AsyncIterator[str]:
    """Pass bytes on to a game without TLS; gives the address of the proxy, under a name that is not localhost."""
    game = urlsplit(url)

    async def pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while data := await reader.read(65536):
                writer.write(data)
                await writer.drain()
        except OSError:
            pass
        finally:
            writer.close()

    async def pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        inside_reader, inside_writer = await asyncio.open_connection(game.hostname, game.port)
        await asyncio.gather(pump(reader, inside_writer), pump(inside_reader, writer))

    server = await asyncio.start_server(pass_on, "127.0.0.1", 0, ssl=context)
    try:
        yield f"https://{ELSEWHERE}:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()


async def test_https_stays_https_in_link_and_picture(game: Served, chromium: Browser, tmp_path: Path) -> None:
    async with behind_tls(game.url, certificate(tmp_path)) as url:
        anna = await Player.at(chromium, url, ignore_https_errors=True)
        await anna.context.grant_permissions(["clipboard-read", "clipboard-write"])
        code = await make_room(anna, "Anna")
        await anna.page.get_by_role("button", name="Copy link").click()
        await expect(anna.part("notice")).to_contain_text("Copied")
        link = await anna.page.evaluate("navigator.clipboard.readText()")
        assert link == f"{url}/r/{code}"
        assert await anna.page.evaluate(
            "fetch(document.querySelector('[data-testid=qr]').src).then(a => a.text())"
        ) == qr(link)
        await expect(anna.part("no-invite")).to_have_count(0)
        ben = await Player.at(chromium, link + ".", ignore_https_errors=True)
        await ben.enter("Ben")
        assert ben.page.url == link
        await expect(anna.page.get_by_text("Ben", exact=True)).to_be_visible()
        assert not anna.problems + ben.problems
        for player in (anna, ben):
            await player.context.close()
