"""A server under a base path: whole games below it, and beside it nothing but health checks."""

from __future__ import annotations

import json
from pathlib import Path

import aiohttp
import pytest

from tests.faults.town import Process, Web
from tests.redis_server import RedisServer

pytestmark = pytest.mark.redis

DRAWING = [
    [[100 + 4 * at % 900 for at in range(60)], [200 + 7 * at % 800 for at in range(60)], [40 * at for at in range(60)]]
]
OUTSIDE = (
    "/", "/r/ABCDEF", "/api/info", "/api/drawings", "/api/openapi.json", "/metrics", "/favicon.svg", "/assets/",
    "/socket.io/?EIO=4&transport=websocket", "/drawings", "/drawx/", "/draw/draw/api/info",
)  # fmt: skip


async def get(session: aiohttp.ClientSession, url: str) -> tuple[int, str]:
    async with session.get(url, allow_redirects=False) as answer:
        return answer.status, await answer.text()


async def test_bots_play_below_the_base_path_and_nothing_else_answers(own_redis: RedisServer, tmp_path: Path) -> None:
    line = {"word": "cat", "countrycode": "", "timestamp": "", "recognized": True, "key_id": "1", "drawing": DRAWING}
    ink = tmp_path / "ink"
    ink.mkdir()
    (ink / "cat.ndjson").write_text(json.dumps(line) + "\n")
    web = Web(0, own_redis.url, tmp_path, INKLING_ALONE="on", INKLING_BASE_PATH="/draw/")
    root, web.url = web.url, web.url + "/draw"
    bots = Process(
        ["-m", "server", "bots", "--url", web.url + "/", "--players", "2", "--seconds", "8", "--round-seconds", "10",
         "--json", "--ink", str(ink)],
        tmp_path / "bots.log",
    )  # fmt: skip
    web.start()
    try:
        await web.ready()
        bots.start()
        async with aiohttp.ClientSession() as session:
            for path in OUTSIDE:
                assert (await get(session, root + path))[0] == 404, path
            async with session.post(root + "/api/rooms") as answer:
                assert answer.status == 404
            assert (await get(session, root + "/healthz"))[0] == 200
            assert '"store":true' in (await get(session, root + "/readyz"))[1].replace(" ", "")
            document = json.loads((await get(session, web.url + "/api/openapi.json"))[1])
            assert document["servers"] == [{"url": "/draw"}]
            socket = json.loads((await get(session, web.url + "/api/asyncapi.json"))[1])
            assert socket["channels"]["game"]["address"] == "/draw/socket.io/"
        code = await bots.ended(60)
    finally:
        web.kill()
        bots.kill()
    told = json.loads(next(line for line in bots.log.splitlines() if line.startswith("{")))
    assert code == 0, bots.log
    assert told["errors"] == 0
    assert told["rounds"] >= 1
    assert told["chunks_acked"] == told["chunks_sent"] > 0
