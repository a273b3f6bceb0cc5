"""All kept drawings: one key each, found again by time, by word and by player."""

from __future__ import annotations

from collections.abc import AsyncIterator

from server.game.words import PlayerId
from server.store import keys
from server.store.kept import Kept, decode, encode
from server.store.pipe import Pipe

PAGE = 200
"""Drawings fetched at once while streaming."""


class Collection:
    """Reads and writes kept drawings. Every write is idempotent and touches one key."""

    def __init__(self, pipe: Pipe) -> None:
        self._pipe = pipe

    async def put(self, kept: Kept, player: PlayerId) -> None:
        """Store a drawing, then list it; after a crash in between the same call completes it."""
        await self._pipe.run("SET", keys.drawing(kept.key_id), encode(kept))
        await self._pipe.run("SADD", keys.of_player(player), kept.key_id)
        await self._pipe.run("ZADD", keys.of_word(kept.word), kept.at, kept.key_id)
        await self._pipe.run("ZADD", keys.BY_TIME, kept.at, kept.key_id)
        await self._pipe.run("SADD", keys.WORDS, kept.word)

    async def get(self, key_id: str) -> Kept | None:
        """Return one drawing."""
        data = await self._pipe.run("GET", keys.drawing(key_id))
        return None if data is None else decode(data)

    async def count(self) -> int:
        """How many drawings there are."""
        return int(await self._pipe.run("ZCARD", keys.BY_TIME))

    async def words(self) -> tuple[str, ...]:
        """Words that have drawings, in order."""
        return tuple(sorted(word.decode() for word in await self._pipe.run("SMEMBERS", keys.WORDS)))

    async def count_of(self, word: str, since: float, until: float) -> int:
        """How many drawings of a word were made in [since, until] (ms, UTC)."""
        return int(await self._pipe.run("ZCOUNT", keys.of_word(word), since, until))

    async def of_word(self, word: str, since: float, until: float) -> AsyncIterator[Kept]:
        """Stream the drawings of a word, oldest first, a page at a time; `since` and `until` in ms, UTC.

        Drawings that arrive meanwhile may or may not be among them; none comes twice.
        """
        reached, seen = since, set[bytes]()
        while True:
            page = await self._page(keys.of_word(word), reached, until, PAGE + len(seen))
            fresh = [key_id for key_id in page if key_id not in seen]
            if not fresh:
                return
            for data in await self._pipe.all(("GET", keys.drawing(key_id.decode())) for key_id in fresh):
                if data is not None:
                    yield decode(data)
            reached = page[fresh[-1]]
            seen = {key_id for key_id, at in page.items() if at == reached}

    async def _page(self, key: str, since: float, until: float, limit: int) -> dict[bytes, float]:
        command = ("ZRANGEBYSCORE", key, since, until, "WITHSCORES", "LIMIT", 0, limit)
        flat = await self._pipe.run(*command)
        return dict(zip(flat[::2], map(float, flat[1::2]), strict=True))
