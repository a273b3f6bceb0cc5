"""One `inkling play` to a Redis: a second one would take its rooms and leave it half of the players.

On the private Redis of a data folder the system keeps a lock that ends with its process. On any other the one who plays keeps
a counter moving: one that stood still for LEASE_EXPIRY_SECONDS of the observer's own steady clock, while Redis answered, is gone.
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
from server.db.pipeline import AutoPipeline
from server.db.private.binary import NoRedis
from server.db.private.daemon import open_locked_file
from server.db.url import strip_redis_credentials
from server.rooms.ports import StoreUnavailable
from server.runtime.background_tasks import supervise_task
from server.runtime.retry import retry_until_done

log = logging.getLogger("inkling.play")

LEASE_RENEWAL_SECONDS = 0.5
"""Seconds between two renewals of the lease, or two attempts to get it."""
LEASE_EXPIRY_SECONDS = 3.0
"""A counter that stood still for so long belongs to a process that is gone."""


class PlayLeaseTaken(Exception):
    """Somebody else plays here; the text says who."""


@contextmanager
def lock_data_dir(data_dir: Path) -> Iterator[None]:
    """Be the only one who plays on a data folder. Raises PlayLeaseTaken, NoRedis."""
    folder = data_dir.expanduser().resolve() / "redis"
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        lock = open_locked_file(folder / "play", fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise PlayLeaseTaken(
            f"another `inkling play` runs on {data_dir}; end it, or choose another --data-dir"
        ) from None
    except OSError as error:
        raise NoRedis(f"{folder} cannot be used as a data folder: {error.strerror}") from error
    try:
        yield
    finally:
        os.close(lock)


@asynccontextmanager
async def hold_play_lease(url: str, lost: Callable[[], None]) -> AsyncIterator[None]:
    """Be the only one who plays on a Redis that answers. Raises PlayLeaseTaken; `lost` is called when that ends."""
    pipe, me = AutoPipeline(url), secrets.token_hex(8)
    try:
        # A Redis that goes away meanwhile is waited for, and the look at the one before begins anew.
        await retry_until_done(partial(_claim_lease, pipe, me, url), StoreUnavailable, LEASE_RENEWAL_SECONDS)
        beating = supervise_task(partial(_renew_lease, pipe, me, lost), "play beat")
        try:
            yield
        finally:
            beating.cancel()
            await asyncio.gather(beating, return_exceptions=True)
            with suppress(StoreUnavailable):
                await pipe.script(scripts.RENEW_PLAY_LEASE, (keys.PLAY_LEASE_KEY,), (me, "leave"))
    finally:
        await pipe.close()


async def _claim_lease(pipe: AutoPipeline, me: str, url: str) -> None:
    """Take the lease. Raises PlayLeaseTaken, StoreUnavailable."""
    seen = await _read_lease(pipe)
    if seen[0]:
        await asyncio.sleep(LEASE_EXPIRY_SECONDS)
        if await _read_lease(pipe) != seen:
            raise _lease_taken_error(url, seen)
    who = f"process {os.getpid()} on {socket.gethostname()}"
    if not await pipe.script(scripts.CLAIM_PLAY_LEASE, (keys.PLAY_LEASE_KEY,), (me, seen[0], seen[1], who)):
        raise _lease_taken_error(url, await _read_lease(pipe))


async def _read_lease(pipe: AutoPipeline) -> tuple[str, str, str]:
    """Return who plays, its counter, and what it is to people."""
    found = await pipe.run("HMGET", keys.PLAY_LEASE_KEY, "owner", "count", "who")
    owner, count, who = ((value or b"").decode(errors="replace") for value in found)
    return owner, count, who


def _lease_taken_error(url: str, seen: tuple[str, str, str]) -> PlayLeaseTaken:
    return PlayLeaseTaken(
        f"another `inkling play` ({seen[2]}) runs on {strip_redis_credentials(url)}; end it, or set INKLING_PREFIX to play beside it"
    )


async def _renew_lease(pipe: AutoPipeline, me: str, lost: Callable[[], None]) -> None:
    while True:
        with suppress(StoreUnavailable):
            if not await pipe.script(scripts.RENEW_PLAY_LEASE, (keys.PLAY_LEASE_KEY,), (me, "beat")):
                log.error("another `inkling play` has taken over this Redis; ending")
                lost()
                return
        await asyncio.sleep(LEASE_RENEWAL_SECONDS)
