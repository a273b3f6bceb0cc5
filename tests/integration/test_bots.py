"""`inkling bots` against a server that is killed and restarted while they play."""

from __future__ import annotations

import asyncio
import json
import signal
from pathlib import Path

import pytest
import redis

from server.db import keys
from tests.faults.clients import connections
from tests.faults.town import Process, Web, until
from tests.redis_server import RedisServer

pytestmark = pytest.mark.redis

LONG = [
    [
        [100 + 4 * at % 900 for at in range(200)],
        [200 + 7 * at % 800 for at in range(200)],
        [40 * at for at in range(200)],
    ]
]
"""A drawing of eight seconds."""


async def test_bots_come_back_to_their_seats_and_lose_nothing(own_redis: RedisServer, tmp_path: Path) -> None:
    ink = tmp_path / "ink"
    ink.mkdir()
    line = {"word": "cat", "countrycode": "", "timestamp": "", "recognized": True, "key_id": "1", "drawing": LONG}
    (ink / "cat.ndjson").write_text(json.dumps(line) + "\n")
    web = Web(0, own_redis.url, tmp_path, INKLING_ALONE="on")
    web.start()
    bots = Process(
        ["-m", "server", "bots", "--url", web.url, "--rooms", "1", "--players", "3", "--seconds", "20", "--round-seconds",
         "10", "--nonstop", "--json", "--ink", str(ink)],
        tmp_path / "bots.log",
    )  # fmt: skip
    try:
        await web.ready()
        bots.start()
        with redis.Redis.from_url(own_redis.url) as client:
            await until(lambda: client.exists(keys.ROOMS_KEY), 60)
        await asyncio.sleep(4)
        web.kill()
        web.start()
        await web.ready()
        await until(lambda: connections(web) == 3, 30)
        await asyncio.sleep(2)
        web.send(signal.SIGTERM)
        await web.ended()
        web.start()
        code = await bots.ended(90)
    finally:
        web.kill()
        bots.kill()
    told = json.loads(next(line for line in bots.log.splitlines() if line.startswith("{")))
    assert code == 0, bots.log
    assert told["errors"] == 0
    assert told["reconnects"] >= 6
    assert told["chunks_acked"] + told["chunks_late"] == told["chunks_sent"]
    assert told["chunks_acked"] > told["chunks_sent"] * 0.5
    assert told["players"] == 3
