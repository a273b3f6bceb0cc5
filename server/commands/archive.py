"""`inkling archive`: moves old drawings from Redis to parquet files, where they stay exportable and erasable."""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from pathlib import Path

from rich.console import Console

from server.commands.time_argument import parse_time_argument
from server.db import keys
from server.db.private.binary import NoRedis
from server.db.private.locate import add_data_dir_argument, locate_redis
from server.drawings.dataset import open_dataset
from server.drawings.export.file_names import word_file_name
from server.drawings.folders import tombstone_file
from server.drawings.repository import DrawingRepository
from server.rooms.ports import StoreUnavailable


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of `inkling archive`."""
    parser.add_argument(
        "--before", required=True, type=parse_time_argument, metavar="T", help="move what was made before T (UTC)"
    )
    parser.add_argument("--out", required=True, type=Path, metavar="DIR", help="folder of the archive; it is added to")
    parser.add_argument("--json", action="store_true", help="one JSON object a line on stdout")
    add_data_dir_argument(parser)


def run(arguments: argparse.Namespace) -> int:
    """Archive; returns 0, or 1 when Redis is not to be had or the folder cannot be written."""
    try:
        with locate_redis(arguments.data_dir) as url:
            told = asyncio.run(_archive(url, arguments))
    except (NoRedis, StoreUnavailable, OSError) as error:
        print(f"Archiving failed: {error}. What is not archived is still in Redis.", file=sys.stderr)
        return 1
    if arguments.json:
        print(json.dumps(told, ensure_ascii=False))
    else:
        print(f"{told['archived']:>8}  drawings moved to {told['folder']}; {told['left']} are left in Redis")
    return 0


async def _archive(url: str, arguments: argparse.Namespace) -> dict[str, object]:
    from server.drawings import archive_files

    folder = arguments.out.expanduser().resolve()
    async with open_dataset(url, tombstone_file(arguments.data_dir)) as dataset:
        if await dataset.archives.awaited(folder):
            raise OSError(f"{folder} is an archive that is not there now; bring it back, or choose another folder")
        folder.mkdir(parents=True, exist_ok=True)
        # The folder belongs to the collection before anything leaves Redis for it.
        await dataset.pipe.run("SADD", keys.ARCHIVE_FOLDERS_KEY, str(folder))
        moved = 0
        with Console(stderr=True).status("archiving…"), archive_files.lock_archive(folder):
            for word in await dataset.collection.words():
                moved += await _archive_word(dataset.collection, folder, word, arguments.before)
        await dataset.archives.compact()
        return {"archived": moved, "folder": str(folder), "left": await dataset.collection.count()}


async def _archive_word(collection: DrawingRepository, folder: Path, word: str, before: float) -> int:
    """Move one word's drawings: a file that is complete and on disk first, then out of Redis."""
    from server.drawings import archive_files

    place = folder / word_file_name(word)
    part: Path | None = None
    sheet, count = None, 0
    try:
        async for kept in collection.of_word(word, float("-inf"), before):
            # What waits for the operator stays where the operator finds it.
            if kept.at >= before or kept.state == "held":
                continue
            if sheet is None:
                place.mkdir(exist_ok=True)
                numbers = [int(path.stem) for path in place.glob("*.parquet") if path.stem.isdecimal()]
                part = place / f"{max(numbers, default=0) + 1:05d}.part"
                sheet = archive_files.open_archive_file(part)
            sheet.add([kept])
            count += 1
        if sheet is None or part is None:
            return 0
        sheet.close()
    except BaseException:
        if sheet is not None and part is not None:
            sheet.abandon()
            part.unlink(missing_ok=True)
        raise
    archive_files.fsync_path(part)
    file = part.with_suffix(".parquet")
    part.replace(file)
    archive_files.fsync_path(place)
    for page in archive_files.read_archived_records(file):
        await collection.remove(page, archived=True)
    return count
