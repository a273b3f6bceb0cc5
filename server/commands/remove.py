"""`inkling remove`: takes drawings that a filter names out of the collection, for good: an import that should not have come, say."""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from typing import Any

from server.commands.time_argument import parse_time_argument
from server.db.private.binary import NoRedis
from server.db.private.locate import add_data_dir_argument, locate_redis
from server.drawings.dataset import Dataset, open_dataset
from server.drawings.export.folder.erased import withdraw_erased_from_all
from server.drawings.filter import DRAWING_SOURCES, DrawingFilter
from server.drawings.folders import exports_folder, tombstone_file
from server.drawings.record import MODERATION_STATES
from server.rooms.ports import StoreUnavailable
from server.text import tidy_text


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of `inkling remove`."""
    parser.add_argument(
        "--source", required=True, choices=DRAWING_SOURCES, help="whose drawings; `any` needs another filter"
    )
    parser.add_argument("--word", action="append", metavar="W", help="only this word; may be repeated")
    parser.add_argument("--licence", metavar="TEXT", help="only drawings with exactly this licence")
    parser.add_argument(
        "--since",
        type=parse_time_argument,
        metavar="T",
        help="came in at T (UTC) or later: 2026-11-21[T03:00] (what an earlier version imported: drawn at T or later)",
    )
    parser.add_argument("--until", type=parse_time_argument, metavar="T", help="came in before T")
    parser.add_argument(
        "--yes", action="store_true", help="remove; without it the command only says what it would remove"
    )
    parser.add_argument("--json", action="store_true", help="one JSON object a line on stdout")
    add_data_dir_argument(parser)


def run(arguments: argparse.Namespace) -> int:
    """Say what would be removed, or remove it; returns 0, or 1 when something could not be reached or nothing was found."""
    wanted = DrawingFilter(
        words=None if not arguments.word else tuple(sorted(set(map(tidy_text, arguments.word)))),
        since=arguments.since,
        until=arguments.until,
        source=arguments.source,
        licence=arguments.licence,
        states=MODERATION_STATES,
        dated=arguments.since is not None or arguments.until is not None,
        by_arrival=True,
    )
    if wanted == DrawingFilter(source="any", states=MODERATION_STATES, by_arrival=True):
        raise ValueError("--source any needs --word, --licence, --since or --until beside it")
    try:
        with locate_redis(arguments.data_dir) as url:
            return asyncio.run(_remove(url, wanted, arguments))
    except (NoRedis, StoreUnavailable, OSError) as error:
        print(f"Removing failed: {error}. Run the same command again to complete it.", file=sys.stderr)
        return 1


async def _remove(url: str, wanted: DrawingFilter, arguments: argparse.Namespace) -> int:
    total, unwritten = 0, set[str]()
    async with open_dataset(url, tombstone_file(arguments.data_dir)) as dataset:
        for word in await dataset.words(wanted):
            if arguments.yes:
                erased = await dataset.erase_word(word, wanted)
                count, unwritten = erased.drawings, unwritten | set(erased.left)
            else:
                count = await _count_wanted(dataset, word, wanted)
            if count:
                _print_record(arguments, {"word": word, "drawings": count}, f"{count:>8}  {word}")
            total += count
        away = await dataset.archives.out_of_reach()
        if away and arguments.yes:
            await dataset.archives.remove_later(wanted, list(away))
        exports = (
            await withdraw_erased_from_all(exports_folder(arguments.data_dir), dataset.tombstones)
            if arguments.yes
            else 0
        )
    unread = {f"{place}: {why}" for place, why in away.items()}
    left = sorted((unwritten - away.keys()) | unread)
    result = {"drawings": total, "removed": arguments.yes, "exports": exports, "archives_left": left}
    after = "drawings removed for good" if arguments.yes else "drawings would be removed for good; --yes removes them"
    _print_record(arguments, result, f"{total:>8}  {after}")
    then = (
        "is not counted"
        if not arguments.yes
        else "goes when that can be read: `inkling erase --pending` rewrites it then"
    )
    for one in left:
        print(f"An archive is out of reach, and what the filter names in it {then}: {one}", file=sys.stderr)
    return 1 if left or not total else 0


async def _count_wanted(dataset: Dataset, word: str, wanted: DrawingFilter) -> int:
    count = 0
    async for _ in dataset.of_word(word, wanted):
        count += 1
    return count


def _print_record(arguments: argparse.Namespace, record: dict[str, Any], text: str) -> None:
    print(json.dumps(record, ensure_ascii=False) if arguments.json else text)
