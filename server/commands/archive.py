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
from server.drawings.file_names import word_file_name
from server.drawings.folders import tombstone_file
from server.drawings.repository import DrawingRepository
from server.drawings.unreadable import UnreadableDrawings
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
            result = asyncio.run(_archive(url, arguments))
    except (NoRedis, StoreUnavailable, OSError) as error:
        print(f"Archiving failed: {error}. What is not archived is still in Redis.", file=sys.stderr)
        return 1
    if arguments.json:
        print(json.dumps(result, ensure_ascii=False))
    else:
        print(f"{result['archived']:>8}  drawings moved to {result['folder']}; {result['left']} are left in Redis")
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
        moved, live = 0, await dataset.live()
        with Console(stderr=True).status("archiving…"), archive_files.lock_archive(folder):
            for word in await live.words():
                moved += await _archive_word(live, folder, word, arguments.before)
        await dataset.archives.compact()
        return {"archived": moved, "folder": str(folder), "left": await live.count()}


async def _archive_word(live: DrawingRepository, folder: Path, word: str, before: float) -> int:
    """Move one word's drawings: first into a file that is complete and on the disk, then out of Redis. Returns how many."""
    from server.drawings import archive_files

    file = await _write_archive_file(live, folder / word_file_name(word), word, before)
    if file is None:
        return 0
    moved, unreadable = 0, UnreadableDrawings()
    for page in archive_files.read_archived_records(file, unreadable):
        await live.remove(page, archived=True)
        moved += len(page)
    return moved


async def _write_archive_file(live: DrawingRepository, folder: Path, word: str, before: float) -> Path | None:
    """Write a word's drawings made before a moment (ms, UTC) into a new file; None if there are none. Raises OSError."""
    from server.drawings import archive_files

    part: Path | None = None
    writer = None
    try:
        async for record in live.of_word(word, float("-inf"), before):
            # What waits for the operator stays where the operator finds it.
            if record.at >= before or record.state == "held":
                continue
            if writer is None:
                folder.mkdir(exist_ok=True)
                numbers = [int(path.stem) for path in folder.glob("*.parquet") if path.stem.isdecimal()]
                part = folder / f"{max(numbers, default=0) + 1:05d}.part"
                writer = archive_files.open_archive_file(part)
            writer.add([record])
        if writer is None or part is None:
            return None
        writer.close()
    except BaseException:
        if writer is not None and part is not None:
            writer.abandon()
            part.unlink(missing_ok=True)
        raise
    archive_files.fsync_path(part)
    file = part.with_suffix(".parquet")
    part.replace(file)
    archive_files.fsync_path(folder)
    return file
