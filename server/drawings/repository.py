"""All kept drawings: one record each, found again by time, by word and by player."""

from __future__ import annotations

import logging
import time
from collections.abc import AsyncIterator, Iterable, Sequence

from msgspec.structs import replace

from server.db import keys
from server.db.pipeline import AutoPipeline
from server.drawings.record import DrawingRecord, decode_record, encode_record

RECORDS_PER_PAGE = 200
"""Drawings fetched at once while streaming."""
HOUR_MS = 3_600_000
MAX_UNREADABLE_LOGGED = 10_000
"""Unreadable records that are told one by one."""

log = logging.getLogger(__name__)


class DrawingRepository:
    """Reads and writes kept drawings. Every write is idempotent and touches one key.

    A record that cannot be read costs itself: readers pass over it, and the log names it.
    """

    def __init__(self, pipe: AutoPipeline) -> None:
        self._pipe = pipe
        self.unreadable: set[str] = set()
        """Key ids of records that were passed over, at most `MAX_NAMED`."""

    async def put(self, kept: DrawingRecord) -> bool:
        """Store a drawing, then list it; after a crash in between the same call completes it.

        One that is there already stays as it is. One that was erased does not come back: whoever erases writes the
        tombstone first and removes after, whoever puts looks for it last. Returns whether the drawing is new.
        Raises ValueError for one whose record would be too long.
        """
        fresh = await self._pipe.run("SET", keys.drawing_key(kept.key_id), encode_record(kept), "NX")
        if fresh is None:
            kept = await self.get(kept.key_id) or kept
        key, hour = kept.key_id, kept.at // HOUR_MS
        commands: list[tuple[str | int | bytes, ...]] = [
            ("ZADD", keys.word_drawings_key(kept.word), kept.at, key),
            ("SADD", keys.hour_drawings_key(hour), key),
            ("ZADD", keys.DRAWING_HOURS_KEY, hour, hour),
            ("SADD", keys.DRAWING_WORDS_KEY, kept.word),
            ("SISMEMBER", keys.ERASED_DRAWINGS_KEY, key),
            ("HGET", keys.ERASED_PLAYERS_KEY, kept.player),
        ]
        if kept.player:
            commands.insert(0, ("SADD", keys.player_drawings_key(kept.player), key))
        *_, erased, since = await self._pipe.all(commands)
        if erased or (since is not None and kept.at <= int(since)):
            await self.remove([kept])
            return False
        return fresh is not None

    async def get(self, key_id: str) -> DrawingRecord | None:
        """Return one drawing; None if it is not there, or cannot be read."""
        data = await self._pipe.run("GET", keys.drawing_key(key_id))
        return None if data is None else self._read(key_id, data, "")

    async def many(self, key_ids: Iterable[bytes], word: str = "") -> list[DrawingRecord]:
        """Return those of the drawings (of `word`) that are there and can be read, in order."""
        names = [key_id.decode() for key_id in key_ids]
        found = await self._pipe.all(("GET", keys.drawing_key(name)) for name in names)
        read = (self._read(name, data, word) for name, data in zip(names, found, strict=True) if data is not None)
        return [kept for kept in read if kept is not None]

    def _read(self, key_id: str, data: bytes, word: str) -> DrawingRecord | None:
        try:
            return decode_record(data)
        except ValueError as error:
            if key_id not in self.unreadable and len(self.unreadable) < MAX_UNREADABLE_LOGGED:
                self.unreadable.add(key_id)
                of = f" of {word!r}" if word else ""
                log.warning(
                    "drawing %s%s is passed over: %s; `inkling erase --drawing %s` removes it",
                    key_id,
                    of,
                    error,
                    key_id,
                )
            return None

    async def remove_unreadable(self, key_ids: Iterable[str]) -> int:
        """Remove those of the drawings whose records cannot be read; returns how many there were.

        What such a record says is unknown, so that every word's and hour's list is looked through.
        """
        names = list(key_ids)
        found = await self._pipe.all(("GET", keys.drawing_key(name)) for name in names)
        bad = [
            name
            for name, data in zip(names, found, strict=True)
            if data is not None and self._read(name, data, "") is None
        ]
        if not bad:
            return 0
        hours = await self._pipe.run("ZRANGE", keys.DRAWING_HOURS_KEY, 0, -1)
        commands: list[tuple[str | int | bytes, ...]] = [("ZREM", keys.HELD_DRAWINGS_KEY, *bad)]
        commands += [("SREM", keys.hour_drawings_key(int(hour)), *bad) for hour in hours]
        for word in await self.words():
            commands += [("ZREM", keys.word_drawings_key(word), *bad), ("ZREM", keys.shown_drawings_key(word), *bad)]
        await self._pipe.all(commands)
        return sum(await self._pipe.all(("DEL", keys.drawing_key(name)) for name in bad))

    async def remove(self, gone: Sequence[DrawingRecord], archived: bool = False) -> int:
        """Remove drawings from everywhere in Redis; returns how many were there. Writes no tombstones.

        `archived` ones stay in their player's set, so that the player can still have them erased.
        """
        commands: list[tuple[str | int | bytes, ...]] = []
        for kept in gone:
            commands += [
                ("ZREM", keys.word_drawings_key(kept.word), kept.key_id),
                ("ZREM", keys.shown_drawings_key(kept.word), kept.key_id),
                ("SREM", keys.hour_drawings_key(kept.at // HOUR_MS), kept.key_id),
                ("ZREM", keys.HELD_DRAWINGS_KEY, kept.key_id),
            ]
            if not archived:
                commands.append(("SREM", keys.player_drawings_key(kept.player), kept.key_id))
        await self._pipe.all(commands)
        return sum(await self._pipe.all(("DEL", keys.drawing_key(kept.key_id)) for kept in gone))

    async def judge(self, key_id: str, state: str, approved: int, ask: bool = False) -> DrawingRecord | None:
        """Set a drawing's moderation state, and how often strangers were let see it; returns it as it is now.

        `ask` puts it before the operator (as state held does); else it counts as looked at.
        """
        kept = await self.get(key_id)
        if kept is None:
            return None
        ask = ask or state == "held"
        kept = replace(kept, state=state, approved=approved, looked_at=not ask)
        if await self._pipe.run("SET", keys.drawing_key(key_id), encode_record(kept), "XX") is None:
            return None
        now = int(time.time() * 1000)
        await self._pipe.run(
            *(("ZADD", keys.HELD_DRAWINGS_KEY, "NX", now, key_id) if ask else ("ZREM", keys.HELD_DRAWINGS_KEY, key_id))
        )
        if approved and state == "ok":
            await self._pipe.run("ZADD", keys.shown_drawings_key(kept.word), kept.at, key_id)
            await self._pipe.run("SADD", keys.SHOWN_WORDS_KEY, kept.word)
        else:
            await self._pipe.run("ZREM", keys.shown_drawings_key(kept.word), key_id)
        return kept

    async def count(self) -> int:
        """How many drawings there are."""
        hours = await self._pipe.run("ZRANGE", keys.DRAWING_HOURS_KEY, 0, -1)
        return sum(await self._pipe.all(("SCARD", keys.hour_drawings_key(int(hour))) for hour in hours))

    async def words(self) -> tuple[str, ...]:
        """Words that have drawings, in order."""
        return tuple(sorted(word.decode() for word in await self._pipe.run("SMEMBERS", keys.DRAWING_WORDS_KEY)))

    async def count_of(self, word: str, since: float, until: float) -> int:
        """How many drawings of a word were made in [since, until] (ms, UTC)."""
        return int(await self._pipe.run("ZCOUNT", keys.word_drawings_key(word), since, until))

    async def of_word(self, word: str, since: float, until: float) -> AsyncIterator[DrawingRecord]:
        """Stream the drawings of a word, oldest first, a page at a time; `since` and `until` in ms, UTC.

        Drawings that arrive meanwhile may or may not be among them; none comes twice.
        """
        bad = 0
        async for page in self._pages(keys.word_drawings_key(word), since, until):
            found = await self._pipe.all(("GET", keys.drawing_key(key_id.decode())) for key_id in page)
            for key_id, data in zip(page, found, strict=True):
                if data is not None and (kept := self._read(key_id.decode(), data, word)) is not None:
                    yield kept
                elif data is not None:
                    bad += 1
        if bad:
            log.warning("%d drawings of %r cannot be read and were passed over", bad, word)

    async def newest(self, word: str) -> AsyncIterator[DrawingRecord]:
        """Stream the drawings of a word, newest first, a page at a time. Drawings that arrive meanwhile may come twice."""
        start = 0
        while page := await self._pipe.run(
            "ZREVRANGE", keys.word_drawings_key(word), start, start + RECORDS_PER_PAGE - 1
        ):
            for kept in await self.many(page, word):
                yield kept
            start += RECORDS_PER_PAGE

    async def _pages(self, key: str, since: float, until: float) -> AsyncIterator[list[bytes]]:
        reached, seen = since, set[bytes]()
        while True:
            page = await self._page(key, reached, until, RECORDS_PER_PAGE + len(seen))
            fresh = [key_id for key_id in page if key_id not in seen]
            if not fresh:
                return
            yield fresh
            reached = page[fresh[-1]]
            seen = {key_id for key_id, at in page.items() if at == reached}

    async def _page(self, key: str, since: float, until: float, limit: int) -> dict[bytes, float]:
        command = ("ZRANGEBYSCORE", key, since, until, "WITHSCORES", "LIMIT", 0, limit)
        flat = await self._pipe.run(*command)
        return dict(zip(flat[::2], map(float, flat[1::2]), strict=True))
