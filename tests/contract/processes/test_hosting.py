"""The proxy of docs/hosting.md, as it is written there, before two real web processes."""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import pytest

from server.runtime.parent_death import set_parent_death_signal
from tests.faults.checker import check
from tests.faults.clients import connections
from tests.faults.town import ROOT, Town, town, until
from tests.ports import free_port

pytestmark = pytest.mark.redis


@asynccontextmanager
async def haproxy(made: Town, folder: Path) -> AsyncIterator[str]:
    binary = shutil.which("haproxy")
    if binary is None:
        (pytest.fail if os.environ.get("CI") else pytest.skip)("no HAProxy here (Debian: apt-get install haproxy)")
    page = (ROOT / "docs" / "hosting.md").read_text(encoding="utf-8")
    (recipe,) = re.findall(r"```haproxy\n(.*?)```", page, re.DOTALL)
    door = free_port()
    for written, real in (("8080", door), ("8001", made.webs[0].port), ("8002", made.webs[1].port)):
        assert f"127.0.0.1:{written}" in recipe
        recipe = recipe.replace(f"127.0.0.1:{written}", f"127.0.0.1:{real}")
    (folder / "haproxy.cfg").write_text(recipe)
    process = subprocess.Popen(  # noqa: ASYNC220 - it returns at once
        [str(binary), "-f", str(folder / "haproxy.cfg")], stdout=subprocess.DEVNULL, preexec_fn=set_parent_death_signal
    )
    try:
        url = f"http://127.0.0.1:{door}"
        async with aiohttp.ClientSession() as session, asyncio.timeout(10):
            while True:
                try:
                    async with session.get(url + "/healthz") as answer:
                        if answer.status == 200:
                            break
                except aiohttp.ClientError:
                    pass
                await asyncio.sleep(0.05)
        yield url
    finally:
        process.kill()
        process.wait()


async def test_players_meet_where_their_room_is_and_go_on_when_that_dies(tmp_path: Path) -> None:
    async with town(webs=2) as made, haproxy(made, tmp_path) as url:
        made.anywhere = lambda: url  # type: ignore[method-assign]
        crowds = [await made.open_room(3) for _ in range(4)]
        owners = {crowd[0].code: made.owner(crowd[0].code) for crowd in crowds}
        assert None not in owners.values()
        # Nobody's words travel between processes: each has the sockets of the rooms it owns, and no others.
        for web in made.webs:
            rooms = sum(owner is web for owner in owners.values())
            assert connections(web) == 3 * rooms
        await until(lambda: all(one.view["phase"] == "drawing" for one in made.players), 20)
        doomed = owners[crowds[0][0].code]
        assert doomed is not None
        doomed.kill()
        other = next(web for web in made.webs if web is not doomed)
        await until(lambda: all(made.owner(crowd[0].code) is other for crowd in crowds), 15)
        await until(lambda: all(one.joined.is_set() for one in made.players), 15)
        doomed.start()
        await doomed.ready()
        await made.finish()
        verdict = await check(made)
        assert verdict.ok, str(verdict)
