"""Slow HTTP: heads that come byte by byte, connections that say nothing, and answers that nobody reads."""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress

from tests.faults.outcome import Outcome, Times
from tests.faults.town import answers, town
from tests.fuzz.openings import BASE

PATIENCE = 5.0
"""Seconds beyond its time at which a connection has to be closed, and in which the page has to answer."""


async def slow(count: int, seconds: float = 10.0) -> Outcome:
    """Open `count` connections of each kind at once; each has to be closed after `seconds`, while others are served."""
    closed = Times("closed", seconds + PATIENCE, share=1)
    served = Times("the page meanwhile", PATIENCE)
    async with town(webs=1, guesser=False, seed=3, INKLING_REQUEST_SECONDS=f"{seconds:g}") as made:
        web = made.webs[0]
        hands = [_hand(web.port, drips, seconds + 2 * PATIENCE) for drips in (True, False) for _ in range(count)]
        working = asyncio.gather(*hands)
        while not working.done():
            began = time.monotonic()
            if await answers(web.url):
                served.add(time.monotonic() - began)
            await asyncio.sleep(0.2)
        for took in await working:
            closed.add(took)
        await asyncio.sleep(1)
        left, traces = max(0, web.descriptors() - BASE), web.log.count("Traceback")
        found = f"{closed}; {served}; {left} left open, {traces} tracebacks"
        return Outcome(
            "slow", "heads byte by byte, and silence", 2 * count, found, closed.ok and served.ok and not left + traces
        )


async def _hand(port: int, drips: bool, most: float) -> float:
    """Open a connection and do as slowly as one can; returns after how long (s) it was closed."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    began = time.monotonic()
    dripping = asyncio.create_task(_drip(writer)) if drips else None
    with suppress(ConnectionError, TimeoutError):
        async with asyncio.timeout(most):
            await reader.read()
    took = time.monotonic() - began
    if dripping is not None:
        dripping.cancel()
        await asyncio.gather(dripping, return_exceptions=True)
    writer.transport.abort()
    return took


async def _drip(writer: asyncio.StreamWriter) -> None:
    writer.write(b"GET / HTTP/1.1\r\nHost: x\r\nX-Slow: ")
    while True:
        writer.write(b"x")
        await asyncio.sleep(0.5)
