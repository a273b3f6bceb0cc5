"""Drawings that were moved out of Redis: parquet files in folders that still belong to the collection."""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import AsyncIterator, Callable, Collection, Iterator, Sequence
from pathlib import Path
from typing import TypeVar

import msgspec

from server.db import keys
from server.db.pipeline import AutoPipeline
from server.drawings.filter import DrawingFilter
from server.drawings.record import DrawingRecord
from server.drawings.tombstones import Tombstones
from server.drawings.unreadable import UnreadableDrawings

T = TypeVar("T")

FILE_LIST_TTL_SECONDS = 1.0
"""How long a list of the files is good: an export asks for it with every word."""


class PendingRemoval(msgspec.Struct):
    """What was removed by a filter while some archives could not be read: it goes when they are back."""

    wanted: DrawingFilter
    places: list[str]
    """Folders and files."""


class Archives:
    """All archive folders that belong to the collection: `<name>/<number>.parquet` in each, a file of one word."""

    def __init__(self, pipe: AutoPipeline, tombstones: Tombstones) -> None:
        self._pipe, self._tombstones = pipe, tombstones
        self._known: dict[Path, tuple[tuple[int, int], tuple[str, int]]] = {}
        """Which word a file holds and how many drawings, as long as it has the same time and length."""
        self._listed: tuple[float, list[tuple[str, Path]]] = float("-inf"), []
        """When the folders were looked through, and what was found."""
        self.damaged: dict[Path, str] = {}
        """Files that could not be read, and why."""
        self._unreadable = UnreadableDrawings()
        self._tried: dict[tuple[str, str], list[tuple[Path, int, int]]] = {}
        """For a removal and a place, what lay there when it was seen to in vain."""

    async def folders(self) -> list[Path]:
        """Return the folders, also those that are not there now."""
        return sorted(Path(name.decode()) for name in await self._pipe.run("SMEMBERS", keys.ARCHIVE_FOLDERS_KEY))

    async def missing(self) -> list[str]:
        """Return the folders that are not there now, or hold nothing: where a disk is to be mounted lies an empty one."""
        return [str(folder) for folder in await self.folders() if not _exists_with_content(folder)]

    async def out_of_reach(self) -> dict[str, str]:
        """Return what cannot be read now, folders and files, and why."""
        away = dict.fromkeys(await self.missing(), "it is not there now")
        return away | {str(file): why for file, why in self.damaged.items()}

    async def remove_later(self, wanted: DrawingFilter, places: Sequence[str]) -> None:
        """Write tombstones for what a filter wants in some places, once they can be read: before anybody else reads them.

        Raises StoreUnavailable, OSError.
        """
        await self._tombstones.wait_for_archives(
            secrets.token_hex(8), msgspec.json.encode(PendingRemoval(wanted, list(places)))
        )

    async def awaited(self, folder: Path) -> bool:
        """Say whether a folder that is not there now is waited for, to remove something from it."""
        waiting = (await self._tombstones.waiting()).values()
        return not _exists_with_content(folder) and any(
            str(folder) in msgspec.json.decode(data, type=PendingRemoval).places for data in waiting
        )

    async def words(self) -> set[str]:
        """Return the words that have archived drawings."""
        return {word for word, _ in await self._files()}

    async def count(self) -> int:
        """Return how many drawings the files hold, erased ones that are still there, too."""
        return sum(self._known[path][1][1] for _, path in await self._files())

    async def count_of(self, word: str) -> int:
        """Return how many drawings of a word the files hold, erased ones that are still there, too."""
        return sum(self._known[path][1][1] for found, path in await self._files() if found == word)

    async def of_word(self, word: str) -> AsyncIterator[DrawingRecord]:
        """Stream a word's archived drawings: none that was erased, is in Redis (still, or again), or came before."""
        from server.drawings import archive_files

        seen: set[int] = set()
        files = [path for found, path in await self._files() if found == word]
        for file in files:
            async for page in self._pages(file, archive_files.read_archived_records(file, self._unreadable)):
                for record in await self._without_erased_or_in_redis(page):
                    if record.key not in seen:
                        if len(files) > 1:
                            seen.add(record.key)
                        yield record

    async def newest(self, word: str, after: Callable[[], float]) -> AsyncIterator[DrawingRecord]:
        """Stream a word's archived drawings that may be newer than `after()` (ms, UTC), in no order; some may come twice."""
        from server.drawings import archive_files

        for found, file in await self._files():
            if found == word:
                async for page in self._pages(file, archive_files.read_newest_first(file, after(), self._unreadable)):
                    for record in await self._without_erased_or_in_redis(page):
                        yield record

    async def of_player(self, player: str) -> list[DrawingRecord]:
        """Return a player's archived drawings, as `of_word` would."""
        from server.drawings import archive_files

        found: dict[int, DrawingRecord] = {}
        for _, file in await self._files():
            try:
                page = await asyncio.to_thread(archive_files.read_player_records, file, player, self._unreadable)
            except FileNotFoundError:
                continue  # all that was in it has been erased since
            except archive_files.READ_ERRORS as error:
                self.damaged[file] = str(error)
                continue
            found |= {record.key: record for record in await self._without_erased_or_in_redis(page)}
        return list(found.values())

    async def all_keys(self) -> AsyncIterator[list[tuple[str, int, str]]]:
        """Stream key_id, time and player's hash of everything that is archived."""
        from server.drawings import archive_files

        for _, file in await self._files():
            async for page in self._pages(file, archive_files.read_archived_keys(file)):
                yield page

    async def erase(self, key_ids: Collection[str], player: str = "", until: int = 0) -> tuple[int, list[str]]:
        """Rewrite the files that hold some drawings, or a player's until a moment (ms, UTC), without them.

        Returns how many went, and the folders and files that could not be rewritten now.
        """
        self._listed = float("-inf"), []
        gone, left = 0, await self.missing()
        for folder in await self.folders() if key_ids or player else ():
            if folder.is_dir():
                try:
                    count, problems = await asyncio.to_thread(_erase_in_folder, folder, key_ids, player, until)
                except OSError as error:
                    left.append(f"{folder}: {error}")
                else:
                    gone, left = gone + count, left + problems
        return gone, left

    async def compact(self) -> tuple[int, list[str]]:
        """Rewrite the files that hold drawings with tombstones, as `erase` does."""
        gone = set[str]()
        async for page in self.all_keys():
            covered = await self._tombstones.covers(page)
            gone |= {key_id for (key_id, _, _), erased in zip(page, covered, strict=True) if erased}
        count, left = await self.erase(gone)
        return count, left + [f"{file}: {why}" for file, why in self.damaged.items()]

    async def _without_erased_or_in_redis(self, page: Sequence[DrawingRecord]) -> list[DrawingRecord]:
        """Leave out what was erased, and what is in Redis."""
        gone = await self._tombstones.covers([(record.key_id, record.at, record.player) for record in page])
        there = await self._pipe.all(("EXISTS", keys.drawing_key(record.key_id)) for record in page)
        return [record for record, erased, alive in zip(page, gone, there, strict=True) if not erased and not alive]

    async def _pages(self, file: Path, pages: Iterator[T]) -> AsyncIterator[T]:
        """Read on; a file that is damaged ends where it is."""
        from server.drawings import archive_files

        while True:
            try:
                page = next(pages, None)
            except FileNotFoundError:
                return  # all that was in it has been erased since
            except archive_files.READ_ERRORS as error:
                self.damaged[file] = str(error)
                return
            if page is None:
                return
            yield page

    async def _files(self) -> list[tuple[str, Path]]:
        """List the files with their words, in order."""
        if time.monotonic() - self._listed[0] > FILE_LIST_TTL_SECONDS:
            folders = await self.folders()
            await self._catch_up()
            found = await asyncio.to_thread(self._look, folders) if folders else []
            self._listed = time.monotonic(), found
        return self._listed[1]

    async def _catch_up(self) -> None:
        """See to removals that waited for archives, before anybody reads them."""
        for name, data in (await self._tombstones.waiting()).items():
            removal = msgspec.json.decode(data, type=PendingRemoval)
            left = [
                place
                for place in removal.places
                if not await self._carry_out_removal(name, removal.wanted, Path(place))
            ]
            if not left:
                await self._tombstones.settle(name)
            elif left != removal.places:
                await self._tombstones.wait_for_archives(
                    name, msgspec.json.encode(PendingRemoval(removal.wanted, left))
                )

    async def _carry_out_removal(self, name: str, wanted: DrawingFilter, place: Path) -> bool:
        """Write tombstones for what a filter wants in a folder or file; returns whether all of it could be read."""
        from server.drawings import archive_files

        if not _exists_with_content(place):
            return False
        files = sorted(place.glob("*/*.parquet")) if place.is_dir() else [place]
        state = [(file, stat.st_mtime_ns, stat.st_size) for file in files for stat in [file.stat()]]
        if self._tried.get((name, str(place))) == state:
            return False
        for file in files:
            self.damaged.pop(file, None)
            async for page in self._pages(file, archive_files.read_archived_records(file, self._unreadable)):
                # What has come in again since is meant to be there.
                there = await self._pipe.all(("EXISTS", keys.drawing_key(record.key_id)) for record in page)
                named = [
                    record for record, alive in zip(page, there, strict=True) if wanted.wants(record) and not alive
                ]
                await self._tombstones.bury_archived([(record.player, record.key_id) for record in named])
        self._tried[name, str(place)] = state
        return not any(file in self.damaged for file in files)

    def _look(self, folders: list[Path]) -> list[tuple[str, Path]]:
        from server.drawings import archive_files

        found: list[tuple[str, Path]] = []
        for path in (path for folder in folders for path in sorted(folder.glob("*/*.parquet"))):
            try:
                stat = path.stat()
                state = stat.st_mtime_ns, stat.st_size
                known = self._known.get(path)
                if known is None or known[0] != state:
                    self._known[path] = known = state, archive_files.read_word_and_count(path)
                    self.damaged.pop(path, None)
            except archive_files.READ_ERRORS as error:
                self.damaged[path] = str(error)
                continue
            if known[1][1]:
                found.append((known[1][0], path))
        return found


def _exists_with_content(place: Path) -> bool:
    """Say whether a file is there, or a folder with something in it."""
    return place.is_file() or (place.is_dir() and any(place.iterdir()))


def _erase_in_folder(folder: Path, key_ids: Collection[str], player: str, until: int) -> tuple[int, list[str]]:
    """Rewrite one folder's files; returns how many drawings went, and which files could not be rewritten. Raises OSError."""
    from server.drawings import archive_files

    gone, problems = 0, list[str]()
    with archive_files.lock_archive(folder):
        for path in sorted(folder.glob("*/*.parquet")):
            try:
                count = archive_files.count_rows_to_remove(path, key_ids, player, until)
                if count:
                    archive_files.rewrite_without(path, key_ids, player, until)
                gone += count
            except archive_files.READ_ERRORS as error:
                problems.append(f"{path}: {error}")
    return gone, problems
