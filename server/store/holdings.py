"""The collection as commands and the retraining process open it: what is in Redis, what is archived, what is erased."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from server.store.archive import Archives
from server.store.choice import Choice
from server.store.collection import Collection
from server.store.graves import Graves
from server.store.kept import Kept
from server.store.pipe import Pipe


@dataclass(frozen=True, slots=True)
class Holdings:
    """All that is kept, and what must not be."""

    pipe: Pipe
    collection: Collection
    graves: Graves
    archives: Archives

    async def words(self, choice: Choice) -> tuple[str, ...]:
        """Return the words that the choice may find drawings of, in order."""
        if choice.words is not None:
            return tuple(sorted(set(choice.words)))
        return tuple(sorted({*await self.collection.words(), *await self.archives.words()}))

    async def of_word(self, word: str, choice: Choice) -> AsyncIterator[Kept]:
        """Stream the chosen drawings of one word in bounded memory: those in Redis, the oldest first, then archived ones."""
        async for kept in self.collection.of_word(word, *choice.span):
            if choice.wants(kept):
                yield kept
        async for kept in self.archives.of_word(word):
            if choice.wants(kept):
                yield kept

    async def choose(self, choice: Choice) -> AsyncIterator[Kept]:
        """Stream all chosen drawings, word by word."""
        for word in await self.words(choice):
            async for kept in self.of_word(word, choice):
                yield kept


@asynccontextmanager
async def open_holdings(url: str, erased: Path | None) -> AsyncIterator[Holdings]:
    """Open the collection at a Redis address; `erased` is the file of tombstones, which are seen to first.

    Raises StoreAway.
    """
    pipe = Pipe(url)
    graves = Graves(pipe, erased)
    try:
        await graves.restore()
        yield Holdings(pipe, Collection(pipe), graves, Archives(pipe, graves))
    finally:
        await pipe.close()
