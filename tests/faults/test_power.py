"""A power cut: Redis comes back without the last second of what it had answered."""

from __future__ import annotations

import asyncio
import time
from functools import partial

import pytest

from tests.faults.checker import alike
from tests.faults.outcome import plays_on
from tests.faults.town import town, until
from tests.redis_server import RedisServer

pytestmark = pytest.mark.redis


async def test_rooms_go_on_from_what_redis_still_has() -> None:
    async with town(webs=2, DREAMS="nothing") as made:
        server = made.servers
        assert isinstance(server, RedisServer)
        (crowd,) = [await made.open_room(3, seconds=60)]
        await made.begun()
        on_disk = {file: file.read_bytes() for file in server.folder.rglob("*.aof")}
        stored = {one.name: one.page.acked for one in crowd}
        await until(lambda: all(one.page.acked > stored[one.name] + 5 for one in crowd))
        server.kill()
        for file, data in on_disk.items():
            file.write_bytes(data)
        server.start()
        at = time.monotonic()
        await until(partial(plays_on, made, at))
        await made.finish()
        assert await alike(crowd)
        await asyncio.gather(*(one.command("resync") for one in crowd))
        assert await alike(crowd)
        assert all(len(one.canvases) == 3 for one in crowd)
        assert {one.round for one in crowd} == {1}
