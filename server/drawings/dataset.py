"""The collection as everybody reads it: drawings in Redis and in archives, and never what was erased.

Export, count, import, archive, erase, remove, the gallery, *My drawings* and retraining all read and erase through `Dataset`.
An erased drawing stays away from every reader, and an archived one is there for every reader.
"""

from __future__ import annotations

import heapq
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt

from server.db.pipeline import AutoPipeline
from server.drawings.archives import Archives
from server.drawings.filter import DrawingFilter
from server.drawings.paging import split_into_pages
from server.drawings.record import DrawingRecord
from server.drawings.repository import DrawingRepository
from server.drawings.tombstones import Tombstones
from server.rooms.ports import StoreUnavailable

ERASE_BATCH_SIZE = 500
"""Drawings that are erased at once."""


@dataclass(frozen=True, slots=True)
class ErasureResult:
    """What an erasure did."""

    drawings: int = 0
    archived: int = 0
    """How many of them lay in archives."""
    left: list[str] = field(default_factory=list)
    """Archives that could not be rewritten now, and why. No reader shows what is in them; `inkling erase --pending` rewrites them."""


class Dataset:
    """All drawings that are kept, and none that was erased."""

    def __init__(self, pipe: AutoPipeline, tombstone_file: Path | None) -> None:
        self.pipe = pipe
        self.repository = DrawingRepository(pipe)
        """The drawings in Redis, erased ones of a restored backup included: read them through `live`."""
        self.tombstones = Tombstones(pipe, tombstone_file)
        self.archives = Archives(pipe, self.tombstones)

    async def live(self) -> DrawingRepository:
        """Return the drawings in Redis, once everything is erased there that has a tombstone in the file.

        Redis may be back from an older backup at any time, so whoever reads calls this first. Raises StoreUnavailable, also
        where the file cannot be read.
        """
        try:
            await self.tombstones.follow()
        except OSError as error:
            raise StoreUnavailable(f"the file of tombstones cannot be read: {error}") from error
        return self.repository

    # -- reading -----------------------------------------------------------------------------------------

    async def words(self, wanted: DrawingFilter) -> tuple[str, ...]:
        """Return the words that the filter may find drawings of, in order."""
        if wanted.words is not None:
            return tuple(sorted(set(wanted.words)))
        return tuple(sorted({*await (await self.live()).words(), *await self.archives.words()}))

    async def count(self) -> int:
        """Return how many drawings there are at most, without reading them.

        What an archive still holds of erased drawings counts, too. So does what an interrupted archive run left in both places.
        """
        return await (await self.live()).count() + await self.archives.count()

    async def count_of(self, word: str, wanted: DrawingFilter) -> int:
        """Return how many drawings of a word there are at most: in Redis in the wanted time, and archived."""
        return await (await self.live()).count_of(word, *wanted.span) + await self.archives.count_of(word)

    async def of_word(self, word: str, wanted: DrawingFilter) -> AsyncIterator[DrawingRecord]:
        """Stream the wanted drawings of one word in bounded memory: those in Redis, the oldest first, then archived ones."""
        async for record in (await self.live()).of_word(word, *wanted.span):
            if wanted.wants(record):
                yield record
        async for record in self.archives.of_word(word):
            if wanted.wants(record):
                yield record

    async def all(self, wanted: DrawingFilter) -> AsyncIterator[DrawingRecord]:
        """Stream all wanted drawings, word by word."""
        for word in await self.words(wanted):
            async for record in self.of_word(word, wanted):
                yield record

    async def newest(self, word: str, count: int, wants: Callable[[DrawingRecord], bool]) -> list[DrawingRecord]:
        """Return the newest drawings of a word that are wanted, at most `count`, oldest first."""
        found: list[tuple[int, int, DrawingRecord]] = []
        seen: set[int] = set()

        def take(record: DrawingRecord) -> None:
            if wants(record) and record.key not in seen:
                seen.add(record.key)
                (heapq.heappush if len(found) < count else heapq.heappushpop)(found, (record.at, record.key, record))

        async for record in (await self.live()).newest(word):
            take(record)
            if len(found) == count:
                break
        async for record in self.archives.newest(word, lambda: found[0][0] if len(found) == count else float("-inf")):
            take(record)
        return [record for _, _, record in sorted(found)]

    async def archived_of_player(self, player: str) -> list[DrawingRecord]:
        """Return a player's archived drawings. Files are read only if some of the player's are not in Redis."""
        live = await self.live()
        return [] if await live.has_all_of_player(player) else await self.archives.of_player(player)

    async def archived_keys(self) -> npt.NDArray[np.uint64]:
        """Return the keys of everything that lies in archives, in order; erased ones that are still there, too."""
        parts = [np.array([int(key_id) for key_id, _, _ in page], np.uint64) async for page in self.archives.all_keys()]
        return np.sort(np.concatenate([np.zeros(0, np.uint64), *parts]))

    # -- erasing -----------------------------------------------------------------------------------------

    async def erase_word(self, word: str, wanted: DrawingFilter) -> ErasureResult:
        """Erase the wanted drawings of a word. Raises StoreUnavailable, OSError."""
        count, batch, archived, buried = 0, list[DrawingRecord](), list[tuple[str, str]](), set[str]()
        async for record in (await self.live()).of_word(word, *wanted.span):
            if wanted.wants(record):
                batch.append(record)
                buried.add(record.key_id)
            if len(batch) == ERASE_BATCH_SIZE:
                count, batch = count + await self.tombstones.bury(batch), []
        count += await self.tombstones.bury(batch)
        async for record in self.archives.of_word(word):
            if wanted.wants(record):
                archived.append((record.player, record.key_id))
        for page in split_into_pages(archived, ERASE_BATCH_SIZE):
            await self.tombstones.bury_archived(page)
        # An archive run that was interrupted leaves drawings in both places.
        gone, left = await self.archives.erase(buried.union(key_id for _, key_id in archived))
        return ErasureResult(count + len(archived), gone, left)

    async def erase_drawing(self, player: str, key_id: str) -> ErasureResult:
        """Erase one drawing, wherever it lies; `player` is the hash of its player, if that is known.

        One that nobody knows gets a tombstone, too: it may lie in an archive that is away. Raises StoreUnavailable, OSError.
        """
        record = await (await self.live()).get(key_id)
        if record is not None:
            found = await self.tombstones.bury([record])
        else:
            found = await self.tombstones.bury_archived([(player, key_id)])
        # One that is in Redis lies in an archive, too, where an archive run was interrupted.
        gone, left = await self.archives.erase([key_id])
        return ErasureResult(int(bool(found or gone)), gone, [] if gone or record is not None else left)

    async def erase_player(self, player: str) -> ErasureResult:
        """Erase all drawings of a player, who is named by the hash. Raises StoreUnavailable, OSError."""
        now = int(time.time() * 1000)
        count = await self.tombstones.bury_player(player, now)
        gone, left = await self.archives.erase((), player, now)
        return ErasureResult(count, gone, left)


@asynccontextmanager
async def open_dataset(url: str, tombstone_file: Path | None) -> AsyncIterator[Dataset]:
    """Open the collection at a Redis address, once what has a tombstone in the file is erased there.

    Raises StoreUnavailable.
    """
    pipe = AutoPipeline(url)
    try:
        dataset = Dataset(pipe, tombstone_file)
        await dataset.live()
        yield dataset
    finally:
        await pipe.close()
