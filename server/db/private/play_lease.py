"""One `inkling play` to a Redis: a second one would take its rooms and leave it half of the players.

On the private Redis of a data folder the system keeps a lock that ends with its process. On any other the one who plays keeps
a counter moving: one that stood still for STILL_SECONDS of the observer's own steady clock, while Redis answered, is gone.
No wall clock is compared. The same goes for web processes (`server.peers.membership`).
"""

from __future__ import annotations

import asyncio
import fcntl
import logging
import os
import secrets
import socket
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from functools import partial
from pathlib import Path

from server.db import keys, scripts
from server.db.pipeline import Pipe
from server.db.private.binary import NoRedis
from server.db.private.daemon import take
from server.db.url import shown
from server.rooms.ports import StoreAway
from server.runtime.background_tasks import supervised

log = logging.getLogger("inkling.play")

BEAT_SECONDS = 0.5
STILL_SECONDS = 3.0
"""A counter that stood still for so long belongs to a process that is gone."""


class AlreadyServed(Exception):
    """Somebody else plays here; the text says who."""


@contextmanager
def locked(data_dir: Path) -> Iterator[None]:
    """Be the only one who plays on a data folder. Raises AlreadyServed, NoRedis."""
    folder = data_dir.expanduser().resolve() / "redis"
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        lock = take(folder / "play", fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise AlreadyServed(
            f"another `inkling play` runs on {data_dir}; end it, or choose another --data-dir"
        ) from None
    except OSError as error:
        raise NoRedis(f"{folder} cannot be used as a data folder: {error.strerror}") from error
    try:
        yield
    finally:
        os.close(lock)


@asynccontextmanager
async def leased(url: str, lost: Callable[[], None]) -> AsyncIterator[None]:
    """Be the only one who plays on a Redis that answers. Raises AlreadyServed; `lost` is called when that ends."""
    pipe, me = Pipe(url), secrets.token_hex(8)
    try:
        await _claim(pipe, me, url)
        beating = supervised(partial(_beat, pipe, me, lost), "play beat")
        try:
            yield
        finally:
            beating.cancel()
            await asyncio.gather(beating, return_exceptions=True)
            with suppress(StoreAway):
                await pipe.script(scripts.BEAT, (keys.PLAY,), (me, "leave"))
    finally:
        await pipe.close()


async def _claim(pipe: Pipe, me: str, url: str) -> None:
    """Take the lease. A Redis that goes away meanwhile is waited for, and the look at the one before begins anew."""
    while True:
        try:
            seen = await _seen(pipe)
            if seen[0]:
                await asyncio.sleep(STILL_SECONDS)
                if await _seen(pipe) != seen:
                    raise _served(url, seen)
            who = f"process {os.getpid()} on {socket.gethostname()}"
            if await pipe.script(scripts.CLAIM, (keys.PLAY,), (me, seen[0], seen[1], who)):
                return
            raise _served(url, await _seen(pipe))
        except StoreAway:
            await asyncio.sleep(BEAT_SECONDS)


async def _seen(pipe: Pipe) -> tuple[str, str, str]:
    """Return who plays, its counter, and what it is to people."""
    found = await pipe.run("HMGET", keys.PLAY, "owner", "count", "who")
    owner, count, who = ((value or b"").decode(errors="replace") for value in found)
    return owner, count, who


def _served(url: str, seen: tuple[str, str, str]) -> AlreadyServed:
    return AlreadyServed(
        f"another `inkling play` ({seen[2]}) runs on {shown(url)}; end it, or set INKLING_PREFIX to play beside it"
    )


async def _beat(pipe: Pipe, me: str, lost: Callable[[], None]) -> None:
    while True:
        with suppress(StoreAway):
            if not await pipe.script(scripts.BEAT, (keys.PLAY,), (me, "beat")):
                log.error("another `inkling play` has taken over this Redis; ending")
                lost()
                return
        await asyncio.sleep(BEAT_SECONDS)
