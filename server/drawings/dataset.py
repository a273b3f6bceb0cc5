"""The collection as everybody reads it: what is in Redis, what is archived, and never what was erased.

Export, My drawings, retraining, import, archive and erase all read and erase through `Dataset`, so that an erased drawing stays
away from every reader and an archived one is there for every reader.
"""

from __future__ import annotations

import heapq
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from server.db import keys
from server.db.pipeline import AutoPipeline
from server.drawings.archives import Archives
from server.drawings.filter import DrawingFilter
from server.drawings.paging import split_into_pages
from server.drawings.record import DrawingRecord
from server.drawings.repository import DrawingRepository
from server.drawings.tombstones import Tombstones

ERASE_BATCH_SIZE = 500


@dataclass(frozen=True, slots=True)
class ErasureResult:
    """What an erasure did."""

    drawings: int = 0
    archived: int = 0
    """How many of them lay in archives."""
    left: list[str] = field(default_factory=list)
    """Archives that could not be rewritten now, and why: no reader shows what is in them; `inkling erase --pending` rewrites them."""


class Dataset:
    """All that is kept, and what must not be."""

    def __init__(self, pipe: AutoPipeline, erased: Path | None) -> None:
        """`erased` is the file of tombstones."""
        self.pipe = pipe
        self.collection = DrawingRepository(pipe)
        self.tombstones = Tombstones(pipe, erased)
        self.archives = Archives(pipe, self.tombstones)

    async def words(self, wanted: DrawingFilter) -> tuple[str, ...]:
        """Return the words that the filter may find drawings of, in order."""
        if wanted.words is not None:
            return tuple(sorted(set(wanted.words)))
        return tuple(sorted({*await self.collection.words(), *await self.archives.words()}))

    async def count_of(self, word: str, wanted: DrawingFilter) -> int:
        """Return how many drawings of a word there are at most: in Redis in the wanted time, and archived."""
        return await self.collection.count_of(word, *wanted.span) + await self.archives.count_of(word)

    async def of_word(self, word: str, wanted: DrawingFilter) -> AsyncIterator[DrawingRecord]:
        """Stream the wanted drawings of one word in bounded memory: those in Redis, the oldest first, then archived ones."""
        async for kept in self.collection.of_word(word, *wanted.span):
            if wanted.wants(kept):
                yield kept
        async for kept in self.archives.of_word(word):
            if wanted.wants(kept):
                yield kept

    async def all(self, wanted: DrawingFilter) -> AsyncIterator[DrawingRecord]:
        """Stream all wanted drawings, word by word."""
        for word in await self.words(wanted):
            async for kept in self.of_word(word, wanted):
                yield kept

    async def newest(self, word: str, count: int, wants: Callable[[DrawingRecord], bool]) -> list[DrawingRecord]:
        """Return the newest drawings of a word that are wanted, at most `count`, oldest first."""
        found: list[tuple[int, int, DrawingRecord]] = []
        seen: set[int] = set()

        def take(kept: DrawingRecord) -> None:
            if wants(kept) and kept.key not in seen:
                seen.add(kept.key)
                (heapq.heappush if len(found) < count else heapq.heappushpop)(found, (kept.at, kept.key, kept))

        async for kept in self.collection.newest(word):
            take(kept)
            if len(found) == count:
                break
        async for kept in self.archives.newest(word, lambda: found[0][0] if len(found) == count else float("-inf")):
            take(kept)
        return [kept for _, _, kept in sorted(found)]

    async def of_player(self, player: str) -> list[DrawingRecord]:
        """Return a player's archived drawings; files are read only if some of the player's are not in Redis."""
        names = [name.decode() for name in await self.pipe.run("SMEMBERS", keys.player_drawings_key(player))]
        there = await self.pipe.all(("EXISTS", keys.drawing_key(name)) for name in names)
        return [] if all(there) else await self.archives.of_player(player)

    async def erase_word(self, word: str, wanted: DrawingFilter) -> ErasureResult:
        """Erase the wanted drawings of a word. Raises StoreAway, OSError."""
        count, some, archived, buried = 0, list[DrawingRecord](), list[tuple[str, str]](), set[str]()
        async for kept in self.collection.of_word(word, *wanted.span):
            if wanted.wants(kept):
                some.append(kept)
                buried.add(kept.key_id)
            if len(some) == ERASE_BATCH_SIZE:
                count, some = count + await self.tombstones.bury(some), []
        count += await self.tombstones.bury(some)
        async for kept in self.archives.of_word(word):
            if wanted.wants(kept):
                archived.append((kept.player, kept.key_id))
        for page in split_into_pages(archived, ERASE_BATCH_SIZE):
            await self.tombstones.bury_archived(page)
        # An archive run that was interrupted leaves drawings in both places.
        gone, left = await self.archives.erase(buried.union(key_id for _, key_id in archived))
        return ErasureResult(count + len(archived), gone, left)

    async def erase_drawing(self, player: str, key_id: str) -> ErasureResult:
        """Erase one of a player's drawings, wherever it lies. Raises StoreAway, OSError."""
        kept = await self.collection.get(key_id)
        if kept is not None:
            await self.tombstones.bury([kept])
        else:
            await self.tombstones.bury_key_ids([key_id], player)
        # One that is in Redis lies in an archive, too, where an archive run was interrupted.
        gone, left = await self.archives.erase([key_id])
        return ErasureResult(1, gone, [] if gone or kept is not None else left)

    async def erase_player(self, player: str) -> ErasureResult:
        """Erase all drawings of a player, who is named by the hash. Raises StoreAway, OSError."""
        now = int(time.time() * 1000)
        count = await self.tombstones.bury_player(player, now)
        gone, left = await self.archives.erase((), player, now)
        return ErasureResult(count, gone, left)


@asynccontextmanager
async def open_dataset(url: str, erased: Path | None) -> AsyncIterator[Dataset]:
    """Open the collection at a Redis address; `erased` is the file of tombstones, which are seen to first.

    Raises StoreAway.
    """
    pipe = AutoPipeline(url)
    try:
        dataset = Dataset(pipe, erased)
        await dataset.tombstones.restore()
        yield dataset
    finally:
        await pipe.close()
