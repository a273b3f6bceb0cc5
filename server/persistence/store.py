"""Everything the store offers, opened and closed together."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from server.db import keys
from server.db.pipeline import AutoPipeline
from server.drawings.dataset import Dataset
from server.drawings.record import DEFAULT_LICENCE
from server.persistence.leaderboards import RedisLeaderboards
from server.persistence.outbox_relay import OutboxRelay
from server.persistence.room_log import RedisRoomLog
from server.rooms.ports import StoreUnavailable
from server.runtime.background_tasks import supervise_task

WRITE_PROBE_TTL_MS = 10_000
"""How long what was written to try it stays."""


@dataclass(frozen=True, slots=True)
class Store:
    """The parts of an open store; `pipe` is for short commands of any kind but log writes, `writer` counts replicas."""

    owner: str
    pipe: AutoPipeline
    writer: AutoPipeline
    log: RedisRoomLog
    dataset: Dataset
    boards: RedisLeaderboards
    outbox_relay: OutboxRelay

    async def secret(self) -> str:
        """Return the secret that signs tokens: made once, the same for all processes. Raises StoreUnavailable."""
        await self.pipe.run("SET", keys.TOKEN_SECRET_KEY, secrets.token_urlsafe(32), "NX")
        return str((await self.pipe.run("GET", keys.TOKEN_SECRET_KEY)).decode())

    async def writes(self) -> bool:
        """Whether Redis takes a write now, as the log's writes are: a full one answers, too."""
        try:
            await self.writer.run("SET", keys.write_probe_key(self.owner), 1, "PX", WRITE_PROBE_TTL_MS)
        except StoreUnavailable:
            return False
        return True


@asynccontextmanager
async def open_store(
    url: str,
    owner: str = "",
    keep: bool = True,
    move: bool = True,
    replicas: int = 0,
    licence: str = DEFAULT_LICENCE,
    erased: Path | None = None,
) -> AsyncIterator[Store]:
    """Open the store at a Redis address for `owner`, a web process; `keep` false keeps no drawing, `move` false leaves outboxes alone;
    logs are written only once `replicas` have them; `licence` is what players are told, `erased` the file of tombstones.

    Opening does not wait for Redis: until it answers, every call says that it is away.
    """
    pipe, writer = AutoPipeline(url), AutoPipeline(url, replicas, confirmed=True)
    dataset = Dataset(pipe, erased)
    outbox_relay = OutboxRelay(pipe, dataset.tombstones.follow)
    log = RedisRoomLog(writer, owner, keep=keep, notify=outbox_relay.notify, licence=licence)
    moving = supervise_task(outbox_relay.run, "outbox relay") if move else None
    try:
        yield Store(owner, pipe, writer, log, dataset, RedisLeaderboards(pipe), outbox_relay)
    finally:
        if moving is not None:
            moving.cancel()
            with suppress(asyncio.CancelledError):
                await moving
        await writer.close()
        await pipe.close()
