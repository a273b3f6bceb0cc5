"""The backup and the restore of docs/redis.md, command by command."""

from __future__ import annotations

import re
import shutil
import time
from pathlib import Path
from typing import Any

import pytest
import redis

from server.db.pipeline import AutoPipeline
from server.drawings.repository import DrawingRepository
from server.persistence.outbox_relay import OutboxRelay
from server.persistence.room_log import RedisRoomLog
from server.rooms.ports import RoundClosing
from tests.contract.persistence.outbox_entries import drawing, ended
from tests.redis_server import RedisServer

pytestmark = pytest.mark.redis

PAGE = (Path(__file__).resolve().parents[3] / "docs" / "redis.md").read_text(encoding="utf-8")


def as_written(*commands: str) -> None:
    """Make sure that the page says what the test does."""
    for command in commands:
        assert re.search(rf"redis-cli .*{command}\b", PAGE), command


def wait(client: Any, section: str, **wanted: object) -> None:
    while any(client.info(section)[name] != value for name, value in wanted.items()):
        time.sleep(0.02)


async def test_a_backup_taken_while_it_runs_brings_rooms_and_drawings_back(own_redis: RedisServer) -> None:
    as_written("BGSAVE", "CONFIG SET appendonly yes", "SHUTDOWN NOSAVE")
    pipe = AutoPipeline(own_redis.url)
    log = RedisRoomLog(pipe)
    await log.create("ABCDEF", b"start")
    await log.append("ABCDEF", 1, 0, [b"a", b"b"])
    await log.save("ABCDEF", 1, 2, b"snapshot", RoundClosing((drawing(0),), ended(10, 20)))
    await log.append("ABCDEF", 1, 2, [b"c"])
    await OutboxRelay(pipe).sweep()
    await pipe.close()
    with redis.Redis.from_url(own_redis.url) as client:
        client.bgsave()
        wait(client, "persistence", rdb_bgsave_in_progress=0, rdb_last_bgsave_status="ok")
    between, after = RedisServer("--appendonly", "no"), RedisServer()
    try:
        shutil.copy(own_redis.folder / "dump.rdb", between.folder / "dump.rdb")
        own_redis.kill()
        between.start()
        with redis.Redis.from_url(between.url) as client:
            client.config_set("appendonly", "yes")
            wait(client, "persistence", aof_rewrite_in_progress=0, aof_rewrite_scheduled=0, aof_enabled=1)
            client.shutdown(nosave=True)
        for written in between.folder.glob("appendonly*"):
            shutil.move(written, after.folder / written.name)
        after.start()
        pipe = AutoPipeline(after.url)
        found = await RedisRoomLog(pipe).adopt("ABCDEF")
        assert found is not None
        assert (found.snapshot, found.tail) == (b"snapshot", (b"c",))
        assert await DrawingRepository(pipe).count() == 1
        await pipe.close()
    finally:
        between.close()
        after.close()
