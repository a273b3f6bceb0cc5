"""Drawings after the game in real browsers: one's own, the operator's page, the wall, the replay of one."""

from __future__ import annotations

import json
import secrets
import zipfile
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
from playwright.async_api import Browser, expect

from server.access.tokens import TokenSigner
from server.db.pipeline import AutoPipeline
from server.drawings.record import DrawingRecord, record_finished_drawing
from server.drawings.repository import DrawingRepository
from server.game.ids import PlayerId
from tests.contract.persistence.outbox_entries import drawing
from tests.e2e.conftest import Served
from tests.e2e.player import Player

pytestmark = pytest.mark.browser


async def put(game: Served) -> list[DrawingRecord]:
    """Three kept drawings of a new player, as rooms leave them: erased ones would not come back."""
    who = PlayerId(secrets.token_hex(16))
    pipe = AutoPipeline("unix://" + (game.data_dir / "redis" / "socket").read_text())
    made = [
        record_finished_drawing("ABCDEF", who, 1_760_000_000_000 + n * 60_000, drawing(round=n, player=who, word=word))
        for n, word in enumerate(("house", "house", "star"))
    ]
    for kept in made:
        await DrawingRepository(pipe).put(kept)
    key = (await pipe.run("GET", "secret")).decode()
    await pipe.close()
    game.data_dir.joinpath("token").write_text(TokenSigner([key]).player(who))
    return made


@pytest.fixture
async def drawings(game: Served) -> AsyncIterator[list[DrawingRecord]]:
    """The drawings; erased afterwards."""
    yield await put(game)
    headers = {"Authorization": f"Bearer {token(game)}"}
    async with aiohttp.ClientSession() as session, session.delete(f"{game.url}/api/mine", headers=headers) as answer:
        assert answer.status == 200


def token(game: Served) -> str:
    return (game.data_dir / "token").read_text()


async def known(browser: Browser, game: Served, path: str, phone: bool = False) -> Player:
    """The player's own browser."""
    player = await Player.at(browser, f"{game.url}/help", phone=phone)
    await player.page.evaluate("token => localStorage.setItem('inkling.player', token)", token(game))
    await player.page.goto(game.url + path)
    return player


async def operator(browser: Browser, game: Served) -> Player:
    host = await Player.at(browser, f"{game.url}/held")
    await host.part("admin-token").fill("open sesame")
    await host.part("admin-open").click()
    return host


@pytest.mark.parametrize("phone", [False, True])
async def test_a_player_sees_takes_and_erases_their_drawings_and_opens_them_elsewhere(
    game: Served, chromium: Browser, drawings: list[DrawingRecord], phone: bool, tmp_path: Path
) -> None:
    me = await known(chromium, game, "/mine", phone)
    await expect(me.part("count")).to_have_text("3 drawings are kept.")
    async with me.page.expect_download() as loading:
        await me.part("zip").click()
    await (await loading.value).save_as(tmp_path / "mine.zip")
    with zipfile.ZipFile(tmp_path / "mine.zip") as archive:
        assert len(archive.namelist()) == 4
        assert len([json.loads(line) for line in archive.read("drawings.ndjson").splitlines()]) == 3
    await me.part("show-code").click()
    code = await me.part("recovery").inner_text()
    other = await Player.at(chromium, f"{game.url}/mine", phone=phone)
    await expect(other.part("none")).to_be_visible()
    await other.part("other-code").fill(code.lower())
    await other.part("open-code").click()
    await expect(other.part("count")).to_have_text("3 drawings are kept.")
    await other.part(f"erase-{drawings[0].key_id}").click()
    await other.part("erase-yes").click()
    await expect(other.part("count")).to_have_text("2 drawings are kept.")
    await me.page.reload()
    await expect(me.part("count")).to_have_text("2 drawings are kept.")
    await me.part("erase-all").click()
    await me.part("erase-yes").click()
    await expect(me.part("none")).to_be_visible()
    assert await me.page.evaluate("document.documentElement.scrollWidth") <= (390 if phone else 1440)
    assert not me.problems
    for player in (me, other):
        await player.context.close()


async def test_a_wrong_code_is_said(game: Served, chromium: Browser) -> None:
    visitor = await Player.at(chromium, f"{game.url}/mine")
    await visitor.part("other-code").fill("AAAA-BBBB")
    await visitor.part("open-code").click()
    await expect(visitor.part("notice")).to_contain_text("isn't good here")
    await expect(visitor.part("none")).to_be_visible()
    await visitor.context.close()


async def test_the_operator_hangs_a_drawing_and_a_visitor_replays_and_reports_it(
    game: Served, chromium: Browser, drawings: list[DrawingRecord]
) -> None:
    visitor = await Player.at(chromium, f"{game.url}/drawings")
    await expect(visitor.part("ours")).to_be_visible()
    host = await operator(chromium, game)
    await expect(host.part("fresh").locator("li")).not_to_have_count(0)
    for kept in drawings[:2]:
        sheet = host.part("fresh").locator("li", has=host.page.locator(f'a[href="/d/{kept.key_id}"]'))
        await sheet.locator('[data-verdict="show"]').click()
        await expect(sheet).to_have_count(0)
    await visitor.page.reload()
    await expect(visitor.part("sheets").locator("li")).to_have_count(2)
    await visitor.page.locator(f'a[href="/d/{drawings[1].key_id}"]').click()
    await expect(visitor.page.get_by_role("heading", name="A house")).to_be_visible()
    slider = visitor.page.get_by_role("slider")
    moments = {0: "…", 400: "a square", 1500: "a house"}
    for at, thought in moments.items():
        await slider.fill(str(at))
        await expect(visitor.part("thoughts")).to_contain_text(thought)
    async with visitor.page.expect_download() as loading:
        await visitor.page.get_by_role("link", name="GIF").click()
    assert (await (await loading.value).path()).read_bytes().startswith(b"GIF89a")
    await visitor.part("report").click()
    await visitor.part("report-yes").click()
    await expect(visitor.page.get_by_text("off the wall")).to_be_visible()
    await visitor.page.reload()
    await expect(visitor.page.get_by_text("isn't on the wall")).to_be_visible()
    await host.page.reload()
    await expect(host.part("held").locator("li")).to_have_count(1)
    await host.part("held").locator('[data-verdict="remove"]').click()
    await expect(host.part("held").locator("li")).to_have_count(0)
    assert not host.problems
    assert [problem for problem in visitor.problems if "404" not in problem] == []
    for player in (visitor, host):
        await player.context.close()


async def test_the_operators_page_wants_the_token(game: Served, chromium: Browser) -> None:
    host = await Player.at(chromium, f"{game.url}/held")
    await host.part("admin-token").fill("sesame")
    await host.part("admin-open").click()
    await expect(host.part("notice")).to_contain_text("not the operator's token")
    await expect(host.part("admin-token")).to_be_visible()
    await host.context.close()
