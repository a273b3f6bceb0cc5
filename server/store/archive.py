"""Drawings that were moved out of Redis: parquet files in folders that still belong to the collection."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from urllib.parse import unquote

from server.store import keys
from server.store.formats.lines import safe_name
from server.store.graves import Graves
from server.store.kept import Kept
from server.store.paging import pages
from server.store.pipe import Pipe

TOGETHER = 500


class Archives:
    """All archive folders that belong to the collection: `<word>/<number>.parquet` in each."""

    def __init__(self, pipe: Pipe, graves: Graves) -> None:
        self._pipe, self._graves = pipe, graves

    async def folders(self) -> list[Path]:
        """Return the folders, also those that are not there now."""
        return sorted(Path(name.decode()) for name in await self._pipe.run("SMEMBERS", keys.ARCHIVES))

    async def missing(self) -> list[str]:
        """Return the folders that cannot be read now."""
        return [str(folder) for folder in await self.folders() if not folder.is_dir()]

    async def words(self) -> set[str]:
        """Return the words that have archived drawings."""
        found = [path for folder in await self.folders() if folder.is_dir() for path in folder.iterdir()]
        return {unquote(path.name) for path in found if path.is_dir()}

    async def of_word(self, word: str) -> AsyncIterator[Kept]:
        """Stream a word's archived drawings: none that was erased, is in Redis (still, or again), or came before."""
        seen: set[int] = set()
        files = await self._files(word)
        for file in files:
            for page in pages_of(file):
                names = [(kept.key_id, kept.at, kept.player) for kept in page]
                gone = await self._graves.covers(names)
                there = await self._pipe.all(("EXISTS", keys.drawing(kept.key_id)) for kept in page)
                for kept, erased, alive in zip(page, gone, there, strict=True):
                    if not erased and not alive and kept.key not in seen:
                        if len(files) > 1:
                            seen.add(kept.key)
                        yield kept

    async def names(self) -> AsyncIterator[str]:
        """Stream the key_ids of everything that is archived."""
        from server.store.formats.table import archived_names

        for word in sorted(await self.words()):
            for file in await self._files(word):
                for key_id, _, _ in archived_names(file):
                    yield key_id

    async def compact(self) -> int:
        """Rewrite the files that hold erased drawings, without them; returns how many there were."""
        from server.store.formats.table import archived_names

        gone = 0
        for word in sorted(await self.words()):
            for file in await self._files(word):
                erased = 0
                for names in pages(archived_names(file), TOGETHER):
                    erased += sum(await self._graves.covers(names))
                if erased:
                    await self._rewrite(file)
                gone += erased
        return gone

    async def _rewrite(self, file: Path) -> None:
        from server.store.formats.table import archive_file

        part = file.with_suffix(".part")
        sheet, kept_any = archive_file(part), False
        try:
            for page in pages_of(file):
                gone = await self._graves.covers([(kept.key_id, kept.at, kept.player) for kept in page])
                for kept, erased in zip(page, gone, strict=True):
                    if not erased:
                        sheet.add([kept])
                        kept_any = True
            sheet.close()
        except BaseException:
            part.unlink(missing_ok=True)
            raise
        if kept_any:
            part.replace(file)
        else:
            part.unlink()
            file.unlink()

    async def _files(self, word: str) -> list[Path]:
        return [
            path for folder in await self.folders() for path in sorted((folder / safe_name(word)).glob("*.parquet"))
        ]


def pages_of(file: Path) -> Iterator[list[Kept]]:
    """Stream a file of an archive in pages."""
    from server.store.formats.table import archived

    yield from pages(archived(file), TOGETHER)
