"""What counts as stored is written: also while the disk fills up."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress

import pytest

from server.db.pipeline import AutoPipeline
from server.persistence.room_log import RedisRoomLog
from server.rooms.ports import StoreUnavailable
from tests.disk import SmallDisk, small_disk
from tests.redis_server import RedisServer

pytestmark = pytest.mark.redis


@pytest.fixture
async def full() -> AsyncIterator[tuple[RedisServer, SmallDisk]]:
    """A Redis on a disk of its own."""
    with small_disk(8) as disk:
        server = RedisServer(data=disk.folder)
        server.start()
        yield server, disk
        server.close()


async def write(log: RedisRoomLog, code: str, stored: int, most: int) -> int:
    """Append until that is refused, or that many are stored; returns how many are."""
    try:
        while stored < most:
            await log.append(code, 1, stored, [b"%d" % stored * 300])
            stored += 1
    except StoreUnavailable:
        pass
    return stored


async def test_nothing_counts_as_stored_that_a_full_disk_did_not_take(full: tuple[RedisServer, SmallDisk]) -> None:
    server, disk = full
    for round_ in range(3):
        code = f"ABCDE{round_}"
        pipe = AutoPipeline(server.url, confirmed=True)
        log = RedisRoomLog(pipe)
        assert await log.create(code, b"start") == 1
        assert await write(log, code, 0, 20) == 20
        disk.fill()
        stored = await write(log, code, 20, 1000)
        # Asked for again it is in memory already: Redis itself would call it stored.
        assert await write(log, code, stored, 1000) == stored < 1000
        server.kill()
        await pipe.close()
        disk.clear()
        server.start()
        pipe = AutoPipeline(server.url, confirmed=True)
        found = await RedisRoomLog(pipe).adopt(code)
        await pipe.close()
        assert found is not None
        assert len(found.tail) >= stored >= 20


async def test_it_goes_on_by_itself_when_there_is_room_again(full: tuple[RedisServer, SmallDisk]) -> None:
    server, disk = full
    pipe = AutoPipeline(server.url, confirmed=True)
    log = RedisRoomLog(pipe)
    await log.create("ABCDEF", b"start")
    disk.fill()
    number = await write(log, "ABCDEF", 0, 1000)
    assert number < 1000
    disk.clear()
    async with asyncio.timeout(5):
        while await write(log, "ABCDEF", number, number + 1) == number:
            await asyncio.sleep(0.05)
    found = await log.adopt("ABCDEF")
    await pipe.close()
    assert found is not None
    assert len(found.tail) == number + 1


async def test_what_a_person_is_told_is_done_is_written(full: tuple[RedisServer, SmallDisk]) -> None:
    server, disk = full
    pipe = AutoPipeline(server.url)
    await pipe.run("SET", "before", "x")
    await pipe.written()
    disk.fill()
    with suppress(StoreUnavailable):
        for number in range(1000):
            await pipe.run("SET", f"key {number}", "x" * 300)
    with pytest.raises(StoreUnavailable):
        await pipe.written()
    disk.clear()
    async with asyncio.timeout(5):
        while True:
            with suppress(StoreUnavailable):
                await pipe.written()
                break
            await asyncio.sleep(0.05)
    await pipe.close()


async def test_many_writes_at_once_are_confirmed_with_the_trips_of_others(redis_url: str) -> None:
    pipe = AutoPipeline(redis_url, confirmed=True)
    trips: list[int] = []
    execute = pipe._connection.execute

    async def counted(commands: list[tuple[str, ...]]) -> list[object]:
        trips.append(len(commands))
        return await execute(commands)

    pipe._connection.execute = counted  # type: ignore[assignment, method-assign]
    answers = await asyncio.gather(*(pipe.run("INCR", "n") for _ in range(1000)))
    assert answers == list(range(1, 1001))
    assert trips == [256, 257, 257, 233, 1]
    await pipe.close()
