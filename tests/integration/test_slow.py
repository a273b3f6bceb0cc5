"""Slow hands: connections that say nothing, or say it byte by byte, or never listen."""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress

from tests.fuzz.raw import SHAKE, masked
from tests.integration.line import House, house

Ends = tuple[asyncio.StreamReader, asyncio.StreamWriter]


async def dial(home: House) -> Ends:
    return await asyncio.open_connection("127.0.0.1", home.server.port)


async def closed(ends: Ends, seconds: float = 10) -> bool:
    """Wait until the other end hangs up."""
    with suppress(ConnectionError):
        async with asyncio.timeout(seconds):
            await ends[0].read()
    ends[1].transport.abort()
    return True


async def answered(ends: Ends) -> None:
    """Make a request, and wait for its answer."""
    ends[1].write(b"GET /socket.io/ HTTP/1.1\r\nHost: x\r\n\r\n")
    assert b"400" in await ends[0].readline()


async def drip(ends: Ends) -> None:
    """Send a request that never ends, a byte at a time."""
    with suppress(ConnectionError):
        for byte in b"GET / HTTP/1.1\r\nHost: x\r\n" + b"X: y\r\n" * 10_000:
            ends[1].write(bytes([byte]))
            await ends[1].drain()
            await asyncio.sleep(0.1)


async def test_three_hundred_drippers_and_silent_connections_are_cut_and_others_are_served() -> None:
    async with house(request_seconds=1.0) as home:
        slow = [await dial(home) for _ in range(300)]
        dripping = [asyncio.create_task(drip(ends)) for ends in slow[:200]]
        began = time.monotonic()
        line = await home.line()
        await line.connect()
        assert all(await asyncio.gather(*map(closed, slow)))
        assert time.monotonic() - began >= 0.5
        for task in dripping:
            task.cancel()
        await asyncio.gather(*dripping, return_exceptions=True)
        await line.send("resync", {"id": 1})
        assert (await line.until("reply"))["code"] == "not_joined"
        assert home.refusals["no_request"] == 300


async def test_a_request_that_was_made_in_time_is_not_cut() -> None:
    async with house(request_seconds=0.2) as home:
        reader, writer = await dial(home)
        writer.write(SHAKE)
        await reader.readuntil(b"\r\n\r\n")
        writer.write(masked('40{"protocol":1}'))
        await reader.readuntil(b"hello")
        await asyncio.sleep(0.6)
        writer.write(masked('42["resync",{"id":1}]'))
        await asyncio.wait_for(reader.readuntil(b"not_joined"), 5)
        writer.transport.abort()


async def test_one_connection_too_many_of_an_address_ends_the_oldest_idle_one() -> None:
    async with house(http_per_address=3) as home:
        player = await home.line()
        await player.connect()
        kept = [await dial(home) for _ in range(3)]
        for ends in kept:
            await answered(ends)
        newest = await dial(home)
        assert await closed(kept[0])
        await answered(newest)
        # WebSockets have a limit of their own, and are not cut for this.
        await player.send("resync", {"id": 1})
        assert (await player.until("reply"))["code"] == "not_joined"
        for _, writer in [*kept, newest]:
            writer.transport.abort()


async def test_a_trusted_network_may_have_as_many_as_it_likes() -> None:
    async with house(http_per_address=1, trusted_networks="127.0.0.0/8") as home:
        many = [await dial(home) for _ in range(20)]
        await asyncio.sleep(0.1)
        assert not any(reader.at_eof() for reader, _ in many)
        for _, writer in many:
            writer.transport.abort()


async def test_a_connection_that_was_just_made_is_not_the_one_that_makes_way() -> None:
    async with house(http_per_address=1) as home:
        first = await dial(home)
        second = await dial(home)
        assert await closed(second)
        await answered(first)
        third = await dial(home)
        assert await closed(first)
        third[1].transport.abort()
