"""What people see of the collection: the gallery, one drawing, a player's own ones, and what waits for the operator."""

from __future__ import annotations

import asyncio
import io
import logging
import zipfile
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

from server.api_types import DrawingAbout, DrawingCard, DrawingWhole, Erased, GalleryWord, Held, OwnPage, Wall
from server.db import keys
from server.drawings.dataset import Dataset, ErasureResult
from server.drawings.export.file_names import word_file_name
from server.drawings.formats import ndjson
from server.drawings.record import DrawingRecord, hash_player
from server.game.commands import Segment
from server.game.downsample import thin_strokes
from server.game.events import GuessNote
from server.game.ids import PlayerId
from server.game.inkling import thresholds
from server.game.words.packs import display

log = logging.getLogger(__name__)

GALLERY_PAGE_SIZE = 36
MAX_RECORDS_SCANNED = 2000
"""Records looked through for one page of what the operator has not seen, rounded up to whole hours."""
STRIP_SIZE = 8
MAX_THUMBNAIL_POINTS = 400
APPROVALS_TO_STAY_VISIBLE = 2
"""Approved so often (the second time after a report), a drawing stays visible whoever reports it."""
MAX_CONCURRENT_PICTURES = 2
"""Pictures drawn at the same time; each takes up to half a second of one core."""


class Gallery:
    """Answers are plain records for JSON; who may ask is settled before."""

    def __init__(self, dataset: Dataset, erased: Callable[[], Awaitable[object]]) -> None:
        """`erased` is called after drawings were erased, for what else holds copies of them."""
        self._dataset, self._pipe, self._collection = dataset, dataset.pipe, dataset.collection
        self._erased = erased
        self._drawing = asyncio.Semaphore(MAX_CONCURRENT_PICTURES)

    async def words(self) -> list[GalleryWord]:
        """List the words of which strangers may see drawings, with how many there are."""
        words = sorted(word.decode() for word in await self._pipe.run("SMEMBERS", keys.SHOWN_WORDS_KEY))
        counts = await self._pipe.all(("ZCARD", keys.shown_drawings_key(word)) for word in words)
        return [
            {"word": word, "display": display(word), "count": count}
            for word, count in zip(words, counts, strict=True)
            if count
        ]

    async def of_word(self, word: str, skip: int) -> Wall:
        """Return a page of a word's shown drawings, newest first, and how many to skip for the next (0: none)."""
        names = await self._pipe.run("ZREVRANGE", keys.shown_drawings_key(word), skip, skip + GALLERY_PAGE_SIZE)
        page = [
            drawing_card(kept) for kept in await self._collection.many(names[:GALLERY_PAGE_SIZE]) if is_visible(kept)
        ]
        return {
            "word": word,
            "display": display(word),
            "drawings": page,
            "next": skip + GALLERY_PAGE_SIZE if len(names) > GALLERY_PAGE_SIZE else 0,
        }

    async def strip(self) -> list[DrawingCard]:
        """Return the newest shown drawing of some words, for the first page."""
        words = [word.decode() for word in await self._pipe.run("SRANDMEMBER", keys.SHOWN_WORDS_KEY, STRIP_SIZE)]
        newest = await self._pipe.all(("ZREVRANGE", keys.shown_drawings_key(word), 0, 0) for word in words)
        return [
            drawing_card(kept)
            for kept in await self._collection.many(name for names in newest for name in names)
            if is_visible(kept)
        ]

    async def one(self, key_id: str, owner: str | None, operator: bool) -> DrawingWhole | None:
        """Return one drawing with what the machine thought at each moment; None if this visitor may not see it."""
        kept = await self._seen(key_id, owner, operator)
        return None if kept is None else drawing_with_guesses(kept)

    async def picture(self, key_id: str, kind: str) -> bytes | None:
        """Draw one that everybody may see, as png, svg or gif; None if there is none."""
        kept = await self._seen(key_id, None, operator=False)
        if kept is None:
            return None
        async with self._drawing:
            return await asyncio.to_thread(_render_picture, kept, kind)

    async def report(self, key_id: str) -> bool:
        """Put a shown drawing before the operator, out of sight unless it was found good before; False if there is none."""
        kept = await self._seen(key_id, None, operator=False)
        if kept is None:
            return False
        firm = kept.approved >= APPROVALS_TO_STAY_VISIBLE
        await self._collection.judge(key_id, "ok" if firm else "held", kept.approved, ask=True)
        await self._pipe.written()
        return True

    # -- the operator ----------------------------------------------------------------------------------

    async def held(self, before: int) -> Held:
        """Return what waits for the operator, oldest first, and players' drawings not judged yet, newest first.

        `before` is an hour: only older hours are looked at for the latter; `next` continues there (0: that was all).
        """
        waiting = await self._collection.many(
            await self._pipe.run("ZRANGE", keys.HELD_DRAWINGS_KEY, 0, GALLERY_PAGE_SIZE - 1)
        )
        fresh: list[DrawingRecord] = []
        hours = await self._pipe.run(
            "ZREVRANGEBYSCORE", keys.DRAWING_HOURS_KEY, f"({before}" if before else "+inf", "-inf"
        )
        reached = looked = 0
        for hour in hours:
            names = sorted(await self._pipe.run("SMEMBERS", keys.hour_drawings_key(int(hour))))
            looked += len(names)
            for at in range(0, len(names), GALLERY_PAGE_SIZE):
                some = await self._collection.many(names[at : at + GALLERY_PAGE_SIZE])
                fresh += [
                    kept for kept in some if kept.source == "player" and kept.state == "ok" and not kept.looked_at
                ]
                if len(fresh) >= GALLERY_PAGE_SIZE:
                    break
            reached = int(hour)
            if len(fresh) >= GALLERY_PAGE_SIZE or looked >= MAX_RECORDS_SCANNED:
                break
        more = bool(hours) and reached != int(hours[-1])
        fresh.sort(key=lambda kept: -kept.at)
        return {
            "held": [drawing_card(kept) for kept in waiting],
            "fresh": [drawing_card(kept) for kept in fresh[:GALLERY_PAGE_SIZE]],
            "next": reached if more else 0,
        }

    async def judge(self, key_id: str, verdict: str) -> bool:
        """Carry out the operator's verdict: show, keep (do not show) or remove; False if there is no such drawing."""
        kept = await self._collection.get(key_id)
        if kept is None:
            return False
        approved = kept.approved + 1 if verdict == "show" else 0
        await self._collection.judge(key_id, "removed" if verdict == "remove" else "ok", approved)
        await self._pipe.written()
        return True

    # -- one's own ---------------------------------------------------------------------------------------

    async def own(self, owner: str, skip: int) -> OwnPage:
        """Return a page of a player's drawings, newest first, how many there are, and how many of them are archived."""
        archived = {kept.key_id: kept for kept in await self._dataset.of_player(owner)}
        order = [(-kept.at, key_id) for key_id, kept in archived.items()]
        async for some in self._own(owner):
            order += [(-kept.at, kept.key_id) for kept in some if kept.key_id not in archived]
        order.sort()
        wanted = [key_id for _, key_id in order[skip : skip + GALLERY_PAGE_SIZE]]
        there = {kept.key_id: kept for kept in await self._collection.many(key_id.encode() for key_id in wanted)}
        page = [kept for key_id in wanted if (kept := there.get(key_id) or archived.get(key_id)) is not None]
        return {
            "count": len(order),
            "archived": len(archived),
            "drawings": [drawing_card(kept) for kept in page],
            "next": skip + GALLERY_PAGE_SIZE if len(order) > skip + GALLERY_PAGE_SIZE else 0,
        }

    async def forget(self, owner: str, key_id: str) -> Erased | None:
        """Erase one of a player's drawings; None if it is none of theirs."""
        if not await self._pipe.run("SISMEMBER", keys.player_drawings_key(owner), key_id):
            return None
        return await self._after_erasure(await self._dataset.erase_drawing(owner, key_id))

    async def forget_all(self, owner: str) -> Erased:
        """Erase all of a player's drawings; tells how many there were, and whether some still lie in an archive."""
        return await self._after_erasure(await self._dataset.erase_player(owner))

    async def _after_erasure(self, erased: ErasureResult) -> Erased:
        if erased.left:
            log.warning("erased drawings may still lie in archives, until `inkling erase --pending`: %s", erased.left)
        await self._erased()
        await self._pipe.written()
        return {"erased": erased.drawings, "left": bool(erased.left)}

    async def zipped(self, owner: str) -> AsyncIterator[bytes]:
        """Stream a zip of a player's drawings: one ndjson with provenance, and a PNG each."""
        pipe = _ZipBuffer()
        with zipfile.ZipFile(pipe, "w", zipfile.ZIP_STORED) as archive:
            with archive.open(zipfile.ZipInfo("drawings.ndjson", ZIP_EPOCH), "w", force_zip64=True) as file:
                async for some in self._every(owner):
                    for kept in some:
                        file.write(ndjson.encode_raw_line(kept, ndjson.build_provenance(kept, lambda _: "me")))
                    yield pipe.taken()
            async for some in self._every(owner):
                for kept in some:
                    async with self._drawing:
                        data = await asyncio.to_thread(_render_picture, kept, "png")
                    archive.writestr(zipfile.ZipInfo(f"{word_file_name(kept.word)}-{kept.key_id}.png", ZIP_EPOCH), data)
                    yield pipe.taken()
        yield pipe.taken()

    async def _every(self, owner: str) -> AsyncIterator[list[DrawingRecord]]:
        """Stream all of a player's drawings, those in Redis and archived ones."""
        async for some in self._own(owner):
            yield some
        archived = await self._dataset.of_player(owner)
        for at in range(0, len(archived), GALLERY_PAGE_SIZE):
            yield archived[at : at + GALLERY_PAGE_SIZE]

    async def _own(self, owner: str) -> AsyncIterator[list[DrawingRecord]]:
        """Stream a player's drawings in Redis."""
        names = sorted(await self._pipe.run("SMEMBERS", keys.player_drawings_key(owner)))
        for at in range(0, len(names), GALLERY_PAGE_SIZE):
            yield await self._collection.many(names[at : at + GALLERY_PAGE_SIZE])

    async def _seen(self, key_id: str, owner: str | None, operator: bool) -> DrawingRecord | None:
        kept = await self._collection.get(key_id)
        if (
            kept is None
            and owner is not None
            and await self._pipe.run("SISMEMBER", keys.player_drawings_key(owner), key_id)
        ):
            kept = next((one for one in await self._dataset.of_player(owner) if one.key_id == key_id), None)
        if kept is None or not (is_visible(kept) or operator or (owner is not None and kept.player == owner)):
            return None
        return kept


ZIP_EPOCH = (1980, 1, 1, 0, 0, 0)


class _ZipBuffer(io.RawIOBase):
    """Where a zip is written to and taken from, piece by piece."""

    def __init__(self) -> None:
        super().__init__()
        self._parts: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self._parts.append(bytes(data))
        return len(data)

    def taken(self) -> bytes:
        """Return what was written since the last time."""
        data = b"".join(self._parts)
        self._parts = []
        return data


def owner_of_player(player: PlayerId) -> str:
    """Return what the collection knows a player by."""
    return hash_player(player)


def is_visible(kept: DrawingRecord) -> bool:
    """Say whether strangers may see a drawing."""
    return kept.state == "ok" and kept.approved > 0


def drawing_card(kept: DrawingRecord) -> DrawingCard:
    """Describe a drawing for a list: thinned, on our canvas."""
    return {**_drawing_about(kept), "strokes": thin_strokes(_on_canvas(kept), MAX_THUMBNAIL_POINTS)}


def drawing_with_guesses(kept: DrawingRecord) -> DrawingWhole:
    """Describe a drawing for its own page."""
    return {
        **_drawing_about(kept),
        "strokes": _on_canvas(kept),
        "first_point_at": kept.first_point_at,
        "licence": kept.licence,
        "thoughts": [
            {"at": note.at, "words": [(display(word), p) for word, p in note.guesses], "idea": _has_idea(note)}
            for note in kept.guesses
        ],
    }


def _has_idea(note: GuessNote) -> bool:
    return (
        note.doubt < thresholds.NO_IDEA_DOUBT
        and bool(note.guesses)
        and note.guesses[0][1] >= thresholds.MIN_IDEA_PROBABILITY
    )


def _drawing_about(kept: DrawingRecord) -> DrawingAbout:
    return {
        "id": kept.key_id,
        "word": kept.word,
        "display": display(kept.word),
        "at": kept.at,
        "recognized": bool(kept.recognized),
        "hit_at": kept.hit_at,
        "state": kept.state,
        "shown": is_visible(kept),
    }


def _on_canvas(kept: DrawingRecord) -> tuple[Segment, ...]:
    """Return strokes on our canvas, with times: imports have other units, and perhaps no times."""
    if kept.source != "import":
        return kept.strokes
    low = min(min(min(x), min(y)) for x, y, _ in kept.strokes)
    high = max(max(max(x), max(y)) for x, y, _ in kept.strokes)
    scale = 4095 / max(high - low, 1)
    untimed, now, strokes = not any(t[-1] for _, _, t in kept.strokes), 0, []
    for x, y, t in kept.strokes:
        fitted = [tuple(round((value - low) * scale) for value in axis) for axis in (x, y)]
        strokes.append((fitted[0], fitted[1], tuple(range(now, now + 40 * len(x), 40)) if untimed else t))
        now += 40 * len(x)
    return tuple(strokes)


def _render_picture(kept: DrawingRecord, kind: str) -> bytes:
    from server.drawings.formats import images

    return {"png": images.draw_png, "svg": images.draw_svg, "gif": images.draw_gif}[kind](kept)
