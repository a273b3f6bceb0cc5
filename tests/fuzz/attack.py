"""`python -m tests.fuzz.attack KIND PORT SECONDS SOCKETS`: bytes as fast as they are taken; whoever is cut comes back at once.

Prints how many connections it opened and how many MB it sent. The other end may be a web process or `tests.fuzz.sink`.
"""

from __future__ import annotations

import asyncio
import random
import socket
import sys
import time
from contextlib import suppress

from server.runtime.event_loop import run_event_loop
from tests.fuzz.raw import SHAKE, masked

GREETING = masked('40{"protocol":1}')
KINDS: dict[str, tuple[bytes, bytes]] = {
    "pongs": (GREETING, masked("", opcode=10)),
    "pings": (GREETING, masked("", opcode=9)),
    "empty continuations": (GREETING + masked("4", fin=0), masked("", opcode=0, fin=0)),
    "refused CONNECTs": (b"", masked('40{"protocol":0}')),
    "pongs of the engine": (GREETING, masked("3")),
    "events": (GREETING, masked('42["ready",{"id":1,"ready":true}]')),
    "openings": (b"", b""),
}
"""What is sent first on each connection, and what again and again; an attack of openings closes each instead."""
BATCH = 4000
"""Frames a write."""


async def _one(kind: str, port: int, end: float) -> tuple[int, int]:
    """Attack over one connection after the other; returns how many there were, and the bytes sent."""
    opened = sent = 0
    first, frame = KINDS[kind]
    batch = frame * BATCH
    loop = asyncio.get_running_loop()
    while time.monotonic() < end:
        own = socket.socket()
        own.setblocking(False)
        try:
            async with asyncio.timeout(5):
                await loop.sock_connect(own, ("127.0.0.1", port))
                opened += 1
                await loop.sock_sendall(own, SHAKE + first)
                if not frame:
                    await loop.sock_recv(own, 4096)
                while frame and time.monotonic() < end:
                    await loop.sock_sendall(own, batch)
                    sent += len(batch)
                    with suppress(BlockingIOError):
                        own.recv(65536)
        except (OSError, TimeoutError):
            await asyncio.sleep(random.uniform(0, 0.01))
        finally:
            own.close()
    return opened, sent


async def attack(kind: str, port: int, seconds: float, sockets: int) -> None:
    """Attack over so many connections at a time."""
    end = time.monotonic() + seconds
    done = await asyncio.gather(*(_one(kind, port, end) for _ in range(sockets)))
    print(f"{sum(opened for opened, _ in done)} {sum(sent for _, sent in done) / 1e6:.1f}", flush=True)


if __name__ == "__main__":
    run_event_loop(attack(sys.argv[1], int(sys.argv[2]), float(sys.argv[3]), int(sys.argv[4])))
