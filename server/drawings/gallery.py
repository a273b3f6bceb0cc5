"""What people see of the collection: the gallery, one drawing, a player's own ones, and what waits for the operator."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable

from server.api_types import (
    DrawingCard,
    DrawingDetails,
    Erased,
    GalleryPage,
    GalleryWord,
    HeldDrawings,
    OwnDrawingsPage,
)
from server.drawings.cards import drawing_card, drawing_with_guesses, is_visible
from server.drawings.dataset import Dataset, ErasureResult
from server.drawings.paging import split_into_pages
from server.drawings.player_zip import stream_player_zip
from server.drawings.record import DrawingRecord, hash_player
from server.game.ids import PlayerId
from server.game.words.packs import display

log = logging.getLogger(__name__)

GALLERY_PAGE_SIZE = 36
"""Drawings of a page."""
MAX_RECORDS_SCANNED = 2000
"""Records looked through for one page of what the operator has not seen, rounded up to whole hours."""
STRIP_SIZE = 8
"""Drawings on the first page."""
APPROVALS_TO_STAY_VISIBLE = 2
"""Approvals from which on a drawing stays visible whoever reports it; the second one comes after a report."""
MAX_CONCURRENT_PICTURES = 2
"""Pictures drawn at the same time; each takes up to half a second of one core."""


class Gallery:
    """Answers are plain records for JSON; who may ask is settled before."""

    def __init__(self, dataset: Dataset, after_erasure: Callable[[], Awaitable[object]]) -> None:
        """`after_erasure` is called after drawings were erased, for what else holds copies of them."""
        self._dataset = dataset
        self._after_erasure = after_erasure
        self._rendering = asyncio.Semaphore(MAX_CONCURRENT_PICTURES)

    # -- everybody ---------------------------------------------------------------------------------------

    async def words(self) -> list[GalleryWord]:
        """List the words of which strangers may see drawings, with how many there are."""
        counts = await (await self._dataset.live()).shown_words()
        return [{"word": word, "display": display(word), "count": count} for word, count in counts.items()]

    async def of_word(self, word: str, skip: int) -> GalleryPage:
        """Return a page of a word's shown drawings, newest first, and how many to skip for the next (0: none)."""
        live = await self._dataset.live()
        key_ids = await live.shown_of_word(word, skip, GALLERY_PAGE_SIZE + 1)
        page = [drawing_card(record) for record in await live.many(key_ids[:GALLERY_PAGE_SIZE]) if is_visible(record)]
        return {
            "word": word,
            "display": display(word),
            "drawings": page,
            "next": skip + GALLERY_PAGE_SIZE if len(key_ids) > GALLERY_PAGE_SIZE else 0,
        }

    async def strip(self) -> list[DrawingCard]:
        """Return the newest shown drawing of some words, for the first page."""
        live = await self._dataset.live()
        key_ids = await live.shown_of_some_words(STRIP_SIZE)
        return [drawing_card(record) for record in await live.many(key_ids) if is_visible(record)]

    async def one(self, key_id: str, owner: str | None, operator: bool) -> DrawingDetails | None:
        """Return one drawing with what the network guessed; None if this visitor may not see it."""
        record = await self._find(key_id, owner, operator)
        return None if record is None else drawing_with_guesses(record)

    async def picture(self, key_id: str, kind: str) -> bytes | None:
        """Draw one that everybody may see, as png, svg or gif; None if there is none."""
        record = await self._find(key_id, None, operator=False)
        return None if record is None else await self._render(record, kind)

    async def report(self, key_id: str) -> bool:
        """Put a shown drawing before the operator, out of sight unless it was found good before; False if there is none."""
        record = await self._find(key_id, None, operator=False)
        if record is None:
            return False
        state = "ok" if record.approved >= APPROVALS_TO_STAY_VISIBLE else "held"
        await (await self._dataset.live()).judge(key_id, state, record.approved, ask=True)
        await self._dataset.pipe.written()
        return True

    # -- the operator ------------------------------------------------------------------------------------

    async def held(self, before: int) -> HeldDrawings:
        """Return what waits for the operator, oldest first, and players' drawings not judged yet, newest first.

        `before` is an hour: only older hours are looked at for the latter; `next` continues there (0: that was all).
        """
        live = await self._dataset.live()
        waiting = await live.many(await live.held(GALLERY_PAGE_SIZE))
        fresh: list[DrawingRecord] = []
        hours = await live.hours(before)
        last_hour = scanned = 0
        for hour in hours:
            key_ids = await live.of_hour(hour)
            scanned += len(key_ids)
            for page in split_into_pages(key_ids, GALLERY_PAGE_SIZE):
                fresh += [record for record in await live.many(page) if _is_unjudged(record)]
                if len(fresh) >= GALLERY_PAGE_SIZE:
                    break
            last_hour = hour
            if len(fresh) >= GALLERY_PAGE_SIZE or scanned >= MAX_RECORDS_SCANNED:
                break
        fresh.sort(key=lambda record: -record.at)
        return {
            "held": [drawing_card(record) for record in waiting],
            "fresh": [drawing_card(record) for record in fresh[:GALLERY_PAGE_SIZE]],
            "next": last_hour if hours and last_hour != hours[-1] else 0,
        }

    async def judge(self, key_id: str, verdict: str) -> bool:
        """Carry out the operator's verdict: show, keep (do not show) or remove; False if there is no such drawing."""
        live = await self._dataset.live()
        record = await live.get(key_id)
        if record is None:
            return False
        approved = record.approved + 1 if verdict == "show" else 0
        await live.judge(key_id, "removed" if verdict == "remove" else "ok", approved)
        await self._dataset.pipe.written()
        return True

    # -- one's own ---------------------------------------------------------------------------------------

    async def own(self, owner: str, skip: int) -> OwnDrawingsPage:
        """Return a page of a player's drawings, newest first, how many there are, and how many of them are archived."""
        archived = {record.key_id: record for record in await self._dataset.archived_of_player(owner)}
        newest_first = [(-record.at, key_id) for key_id, record in archived.items()]
        async for page in self._live_of_player(owner):
            newest_first += [(-record.at, record.key_id) for record in page if record.key_id not in archived]
        newest_first.sort()
        key_ids = [key_id for _, key_id in newest_first[skip : skip + GALLERY_PAGE_SIZE]]
        live = await self._dataset.live()
        found = archived | {record.key_id: record for record in await live.many(key_id.encode() for key_id in key_ids)}
        return {
            "count": len(newest_first),
            "archived": len(archived),
            "drawings": [drawing_card(found[key_id]) for key_id in key_ids if key_id in found],
            "next": skip + GALLERY_PAGE_SIZE if len(newest_first) > skip + GALLERY_PAGE_SIZE else 0,
        }

    async def forget(self, owner: str, key_id: str) -> Erased | None:
        """Erase one of a player's drawings; None if it is none of theirs."""
        if not await (await self._dataset.live()).is_of_player(owner, key_id):
            return None
        return await self._finish_erasure(await self._dataset.erase_drawing(owner, key_id))

    async def forget_all(self, owner: str) -> Erased:
        """Erase all of a player's drawings; tells how many there were, and whether some still lie in an archive."""
        return await self._finish_erasure(await self._dataset.erase_player(owner))

    async def _finish_erasure(self, result: ErasureResult) -> Erased:
        if result.left:
            log.warning("erased drawings may still lie in archives, until `inkling erase --pending`: %s", result.left)
        await self._after_erasure()
        await self._dataset.pipe.written()
        return {"erased": result.drawings, "left": bool(result.left)}

    def zipped(self, owner: str) -> AsyncIterator[bytes]:
        """Stream a zip of a player's drawings: one ndjson with provenance, and a PNG each."""
        return stream_player_zip(lambda: self._all_of_player(owner), lambda record: self._render(record, "png"))

    async def _all_of_player(self, owner: str) -> AsyncIterator[list[DrawingRecord]]:
        """Stream all of a player's drawings, those in Redis and archived ones."""
        async for page in self._live_of_player(owner):
            yield page
        for page in split_into_pages(await self._dataset.archived_of_player(owner), GALLERY_PAGE_SIZE):
            yield page

    async def _live_of_player(self, owner: str) -> AsyncIterator[list[DrawingRecord]]:
        """Stream a player's drawings in Redis."""
        live = await self._dataset.live()
        for key_ids in split_into_pages(await live.key_ids_of_player(owner), GALLERY_PAGE_SIZE):
            yield await live.many(key_ids)

    async def _find(self, key_id: str, owner: str | None, operator: bool) -> DrawingRecord | None:
        """Return a drawing if this visitor may see it."""
        live = await self._dataset.live()
        record = await live.get(key_id)
        if record is None and owner is not None and await live.is_of_player(owner, key_id):
            archived = await self._dataset.archived_of_player(owner)
            record = next((one for one in archived if one.key_id == key_id), None)
        if record is None or not (is_visible(record) or operator or (owner is not None and record.player == owner)):
            return None
        return record

    async def _render(self, record: DrawingRecord, kind: str) -> bytes:
        async with self._rendering:
            return await asyncio.to_thread(_render_picture, record, kind)


def owner_of_player(player: PlayerId) -> str:
    """Return what the collection knows a player by."""
    return hash_player(player)


def _is_unjudged(record: DrawingRecord) -> bool:
    return record.source == "player" and record.state == "ok" and not record.looked_at


def _render_picture(record: DrawingRecord, kind: str) -> bytes:
    from server.drawings.formats import images

    return {"png": images.draw_png, "svg": images.draw_svg, "gif": images.draw_gif}[kind](record)
