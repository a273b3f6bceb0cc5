"""Two Inklings on one Redis, each with no more rights than docs/redis.md lists: neither hears the other."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp
import pytest
import redis

from tests.faults.drawer import Drawer
from tests.faults.town import ROOT, Process, Web, until
from tests.redis_server import RedisServer

pytestmark = pytest.mark.redis


def rights(name: str) -> list[str]:
    """Return the rights that docs/redis.md lists, for the keys and channels of one prefix."""
    page = (ROOT / "docs" / "redis.md").read_text(encoding="utf-8")
    (rule,) = re.findall(r"ACL SETUSER inkling on >PASSWORD resetchannels ~\* &\* (.*)", page)
    return ["reset", "on", ">word", "resetchannels", f"~{name}:*", f"&{name}:*", *rule.split()]


@asynccontextmanager
async def inkling(server: RedisServer, name: str, number: int, guesser: bool) -> AsyncIterator[tuple[Web, Process]]:
    with redis.Redis.from_url(server.url) as client:
        client.execute_command("ACL", "SETUSER", name, *rights(name))
    url = f"unix://{name}:word@{server.url.removeprefix('unix://')}"
    web = Web(number, url, server.folder, INKLING_PREFIX=f"{name}:")
    dreamer = Process(
        ["-m", "tests.faults.guesser"], server.folder / f"guesser-{name}.log", REDIS_URL=url, INKLING_PREFIX=f"{name}:"
    )
    web.start()
    if guesser:
        dreamer.start()
    try:
        await web.ready()
        yield web, dreamer
    finally:
        web.kill()
        dreamer.kill()


async def ask(url: str, method: str = "GET") -> tuple[int, str]:
    async with aiohttp.ClientSession() as session, session.request(method, url) as answer:
        return answer.status, await answer.text()


async def play(url: str) -> Drawer:
    """Draw in a room until a guess came."""
    code = re.findall(r'"code":"(\w+)"', (await ask(url + "/api/rooms", "POST"))[1].replace(" ", ""))[0]
    drawer = Drawer("Ada", code, lambda: url, 7)
    drawer.start()
    await asyncio.wait_for(drawer.joined.wait(), 30)
    await drawer.command("settings", rounds=1, seconds=20, seats=8, pack="easy", open_table=True, keep=True)
    await drawer.command("start")
    return drawer


async def test_two_inklings_share_a_redis_without_hearing_each_other(own_redis: RedisServer) -> None:
    async with (
        inkling(own_redis, "school", 0, guesser=True) as (school, _),
        inkling(own_redis, "club", 1, guesser=False) as (club, _),
    ):
        async with asyncio.timeout(30):
            while '"guesser":true' not in (await ask(school.url + "/readyz"))[1].replace(" ", ""):
                await asyncio.sleep(0.05)
        assert '"guesser":false' in (await ask(club.url + "/readyz"))[1].replace(" ", "")
        pupil, member = await play(school.url), await play(club.url)
        await until(lambda: pupil.guesses > 0 and pupil.stored_at > 0 and member.stored_at > 0, 30)
        assert member.guesses == 0
        assert (await ask(f"{club.url}/api/rooms/{pupil.code}"))[0] == 404
        await pupil.stop()
        await member.stop()
        with redis.Redis.from_url(own_redis.url) as client:
            names = {key.decode().partition(":")[0] for key in client.scan_iter()}
            channels = {channel.decode().partition(":")[0] for channel in client.pubsub_channels()}
            assert names == {"school", "club"}
            assert channels <= names
            webs = client.hgetall("school:webs"), client.hgetall("club:webs")
            assert [len(found) for found in webs] == [1, 1]
    assert "gone" not in school.log + club.log
    assert "NOPERM" not in school.log + club.log
