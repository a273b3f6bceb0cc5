"""Connections that come and go: what they leave in memory and in the log."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Iterator
from contextlib import suppress

from tests.faults.outcome import Outcome
from tests.faults.town import Web, town, until
from tests.fuzz.raw import SHAKE, masked

AT_ONCE = 24
"""Connections that are open at a time."""
STEPS = 10
"""Memory is read so often; growth is counted from the first time on."""
GROWTH = 5.0
"""MiB by which a process's own memory may grow between a tenth of all openings and their end."""
KINDS = ("silent", "half a request", "aborted", "opened", "greeted", "refused", "malformed", "polite")


async def come_and_go(port: int, kind: str) -> None:
    """Open a connection, get so far as `kind` says, and cut it."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        if kind == "half a request":
            writer.write(SHAKE[:60])
        elif kind != "silent":
            writer.write(SHAKE)
        if kind in ("opened", "greeted", "refused", "malformed", "polite"):
            await reader.readuntil(b"\r\n\r\n")
        if kind in ("greeted", "polite"):
            writer.write(masked('40{"protocol":1}'))
            await reader.readuntil(b"hello")
        if kind == "refused":
            writer.write(masked('40{"protocol":0}'))
            await reader.readuntil(b"old_client")
        if kind == "malformed":
            writer.write(masked("x"))
            await reader.read()
        if kind == "polite":
            writer.write(masked("\x03\xe8", opcode=8))
            await reader.read()
    finally:
        writer.transport.abort()


async def openings(count: int) -> Outcome:
    """Open `count` connections, a mixture of all kinds, with limits so high that all are served."""
    async with town(webs=1, guesser=False, seed=1) as made:
        web = made.webs[0]
        kinds: Iterator[str] = itertools.islice(itertools.cycle(KINDS), count)
        memory: list[float] = []
        failed = 0
        for _ in range(STEPS):
            part = itertools.islice(kinds, count // STEPS)
            failed += sum(await asyncio.gather(*(_serve(web, part) for _ in range(AT_ONCE))))
            await asyncio.sleep(0.5)
            memory.append(web.resident("RssAnon"))
        grown = max(memory) - memory[0]
        try:
            await until(lambda: web.descriptors() <= BASE, 15)
            left = ""
        except TimeoutError:
            left = f"; {web.descriptors()} descriptors open"
        traces = web.log.count("Traceback")
        found = f"own memory {memory[0]:.1f} MiB after a tenth, then {grown:+.1f} at most (≤ {GROWTH:g}); "
        found += f"{failed} not served, {traces} tracebacks{left}"
        ok = grown <= GROWTH and not failed and not traces and not left
        return Outcome("openings", "connections that come and go", count, found, ok)


BASE = 40
"""File descriptors of a web process without connections, at most."""


async def _serve(web: Web, kinds: Iterator[str]) -> int:
    """Do one connection after the other; returns how many were not served."""
    failed = 0
    for kind in kinds:
        with suppress(ConnectionResetError):
            try:
                async with asyncio.timeout(20):
                    await come_and_go(web.port, kind)
            except (TimeoutError, asyncio.IncompleteReadError, ConnectionRefusedError):
                failed += 1
    return failed
