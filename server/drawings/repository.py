"""All kept drawings: one record each, found again by time, by word and by player."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Iterable, Sequence

from msgspec.structs import replace

from server.db import keys
from server.db.pipeline import AutoPipeline
from server.drawings.record import DrawingRecord, decode_record, encode_record
from server.drawings.unreadable import UnreadableDrawings

RECORDS_PER_PAGE = 200
"""Drawings fetched at once while streaming."""
HOUR_MS = 3_600_000
"""Milliseconds in an hour."""

log = logging.getLogger(__name__)


class DrawingRepository:
    """Reads and writes kept drawings. Every write is idempotent and touches one key.

    A record that cannot be read costs itself: readers pass over it, and the log names it.
    """

    def __init__(self, pipe: AutoPipeline) -> None:
        self._pipe = pipe
        self.unreadable = UnreadableDrawings()

    async def put(self, record: DrawingRecord) -> bool:
        """Store a drawing, then list it; after a crash in between the same call completes it.

        One that is there already stays as it is. One that was erased does not come back: whoever erases writes the
        tombstone first and removes after, whoever puts looks for it last. Returns whether the drawing is new.
        Raises ValueError for one whose record would be too long.
        """
        fresh = await self._pipe.run("SET", keys.drawing_key(record.key_id), encode_record(record), "NX")
        if fresh is None:
            record = await self.get(record.key_id) or record
        key, hour = record.key_id, record.at // HOUR_MS
        commands: list[tuple[str | int | bytes, ...]] = [
            ("ZADD", keys.word_drawings_key(record.word), record.at, key),
            ("SADD", keys.hour_drawings_key(hour), key),
            ("ZADD", keys.DRAWING_HOURS_KEY, hour, hour),
            ("SADD", keys.DRAWING_WORDS_KEY, record.word),
            ("SISMEMBER", keys.ERASED_DRAWINGS_KEY, key),
            ("HGET", keys.ERASED_PLAYERS_KEY, record.player),
        ]
        if record.player:
            commands.insert(0, ("SADD", keys.player_drawings_key(record.player), key))
        *_, erased, since = await self._pipe.all(commands)
        if erased or (since is not None and record.at <= int(since)):
            await self.remove([record])
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
        return [record for record in read if record is not None]

    def _read(self, key_id: str, data: bytes, word: str) -> DrawingRecord | None:
        try:
            return decode_record(data)
        except ValueError as error:
            self.unreadable.add(key_id, f" of {word!r}" if word else "", error)
            return None

    async def remove_unreadable(self, key_ids: Iterable[str]) -> set[str]:
        """Remove those of the drawings whose records cannot be read; returns their key_ids.

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
            return set()
        hours = await self._pipe.run("ZRANGE", keys.DRAWING_HOURS_KEY, 0, -1)
        commands: list[tuple[str | int | bytes, ...]] = [("ZREM", keys.HELD_DRAWINGS_KEY, *bad)]
        commands += [("SREM", keys.hour_drawings_key(int(hour)), *bad) for hour in hours]
        for word in await self.words():
            commands += [("ZREM", keys.word_drawings_key(word), *bad), ("ZREM", keys.shown_drawings_key(word), *bad)]
        await self._pipe.all(commands)
        await self._pipe.all(("DEL", keys.drawing_key(name)) for name in bad)
        return set(bad)

    async def remove(self, gone: Sequence[DrawingRecord], archived: bool = False) -> int:
        """Remove drawings from everywhere in Redis; returns how many were there. Writes no tombstones.

        `archived` ones stay in their player's set, so that the player can still have them erased.
        """
        commands: list[tuple[str | int | bytes, ...]] = []
        for record in gone:
            commands += [
                ("ZREM", keys.word_drawings_key(record.word), record.key_id),
                ("ZREM", keys.shown_drawings_key(record.word), record.key_id),
                ("SREM", keys.hour_drawings_key(record.at // HOUR_MS), record.key_id),
                ("ZREM", keys.HELD_DRAWINGS_KEY, record.key_id),
            ]
            if not archived:
                commands.append(("SREM", keys.player_drawings_key(record.player), record.key_id))
        await self._pipe.all(commands)
        return sum(await self._pipe.all(("DEL", keys.drawing_key(record.key_id)) for record in gone))

    async def judge(self, key_id: str, state: str, approved: int, ask: bool = False) -> DrawingRecord | None:
        """Set a drawing's moderation state, and how often strangers were let see it; returns it as it is now.

        `ask` puts it before the operator (as state held does); else it counts as looked at.
        """
        record = await self.get(key_id)
        if record is None:
            return None
        ask = ask or state == "held"
        record = replace(record, state=state, approved=approved, looked_at=not ask)
        if await self._pipe.run("SET", keys.drawing_key(key_id), encode_record(record), "XX") is None:
            return None
        now = int(time.time() * 1000)
        await self._pipe.run(
            *(("ZADD", keys.HELD_DRAWINGS_KEY, "NX", now, key_id) if ask else ("ZREM", keys.HELD_DRAWINGS_KEY, key_id))
        )
        if approved and state == "ok":
            await self._pipe.run("ZADD", keys.shown_drawings_key(record.word), record.at, key_id)
            await self._pipe.run("SADD", keys.SHOWN_WORDS_KEY, record.word)
        else:
            await self._pipe.run("ZREM", keys.shown_drawings_key(record.word), key_id)
        return record

    # -- lists of key_ids --------------------------------------------------------------------------------

    async def shown_words(self) -> dict[str, int]:
        """Return the words of which strangers may see drawings, in order, with how many there are."""
        words = sorted(word.decode() for word in await self._pipe.run("SMEMBERS", keys.SHOWN_WORDS_KEY))
        counts = await self._pipe.all(("ZCARD", keys.shown_drawings_key(word)) for word in words)
        return {word: count for word, count in zip(words, counts, strict=True) if count}

    async def shown_of_word(self, word: str, skip: int, count: int) -> list[bytes]:
        """Return the key_ids of a word's shown drawings, newest first."""
        return list(await self._pipe.run("ZREVRANGE", keys.shown_drawings_key(word), skip, skip + count - 1))

    async def shown_of_some_words(self, count: int) -> list[bytes]:
        """Return the key_ids of the newest shown drawing of each of some words."""
        words = [word.decode() for word in await self._pipe.run("SRANDMEMBER", keys.SHOWN_WORDS_KEY, count)]
        newest = await asyncio.gather(*(self.shown_of_word(word, 0, 1) for word in words))
        return [key_id for key_ids in newest for key_id in key_ids]

    async def held(self, count: int) -> list[bytes]:
        """Return the key_ids of drawings that wait for the operator, the first reported first."""
        return list(await self._pipe.run("ZRANGE", keys.HELD_DRAWINGS_KEY, 0, count - 1))

    async def hours(self, before: int = 0) -> list[int]:
        """Return the hours since 1970 in which drawings were made, newest first; those before one, unless that is 0."""
        until = f"({before}" if before else "+inf"
        return [int(hour) for hour in await self._pipe.run("ZREVRANGEBYSCORE", keys.DRAWING_HOURS_KEY, until, "-inf")]

    async def of_hour(self, hour: int) -> list[bytes]:
        """Return the key_ids of the drawings of an hour, in order."""
        return sorted(await self._pipe.run("SMEMBERS", keys.hour_drawings_key(hour)))

    async def key_ids_of_player(self, player: str) -> list[bytes]:
        """Return the key_ids of a player's drawings, archived ones included, in order."""
        return sorted(await self._pipe.run("SMEMBERS", keys.player_drawings_key(player)))

    async def is_of_player(self, player: str, key_id: str) -> bool:
        """Whether a drawing, perhaps an archived one, is a player's."""
        return bool(await self._pipe.run("SISMEMBER", keys.player_drawings_key(player), key_id))

    async def has_all_of_player(self, player: str) -> bool:
        """Whether all drawings of a player are in Redis, and none is archived."""
        key_ids = await self.key_ids_of_player(player)
        return all(await self._pipe.all(("EXISTS", keys.drawing_key(key_id.decode())) for key_id in key_ids))

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
                if data is not None and (record := self._read(key_id.decode(), data, word)) is not None:
                    yield record
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
            for record in await self.many(page, word):
                yield record
            start += RECORDS_PER_PAGE

    async def _pages(self, key: str, since: float, until: float) -> AsyncIterator[list[bytes]]:
        last_at, seen = since, set[bytes]()
        while True:
            page = await self._page(key, last_at, until, RECORDS_PER_PAGE + len(seen))
            fresh = [key_id for key_id in page if key_id not in seen]
            if not fresh:
                return
            yield fresh
            last_at = page[fresh[-1]]
            seen = {key_id for key_id, at in page.items() if at == last_at}

    async def _page(self, key: str, since: float, until: float, limit: int) -> dict[bytes, float]:
        command = ("ZRANGEBYSCORE", key, since, until, "WITHSCORES", "LIMIT", 0, limit)
        flat = await self._pipe.run(*command)
        return dict(zip(flat[::2], map(float, flat[1::2]), strict=True))
