"""`inkling scores`: prints the boards."""

from __future__ import annotations

import argparse
import asyncio
import json
import sys

from rich.console import Console
from rich.table import Table

from server.api_types import ScoreLine
from server.db.pipeline import AutoPipeline
from server.db.private.binary import NoRedis
from server.db.private.locate import add_data_dir_argument, locate_redis
from server.drawings.formats.ndjson import format_timestamp
from server.game.ids import ROOM_CODE_ALPHABET, ROOM_CODE_LENGTH
from server.persistence.leaderboards import RedisLeaderboards
from server.persistence.outbox_relay import OutboxRelay
from server.rooms.ports import StoreUnavailable


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of `inkling scores`."""
    parser.add_argument("--room", type=parse_code_argument, metavar="CODE", help="the evening of one room")
    parser.add_argument("--board", choices=("all", "day"), default="all", help="all time, or today (UTC)")
    parser.add_argument("--pack", default="easy", metavar="P", help="pack of the board (default: easy)")
    parser.add_argument("--limit", type=parse_line_count, default=20, metavar="N", help="lines (default: 20)")
    parser.add_argument("--json", action="store_true", help="one JSON object a line on stdout")
    add_data_dir_argument(parser)


def parse_line_count(text: str) -> int:
    """Read a number of lines, 1 or more."""
    if not text.isdecimal() or not 1 <= int(text) <= 1000:
        raise argparse.ArgumentTypeError(f"{text!r} is no number from 1 to 1000")
    return int(text)


def parse_code_argument(text: str) -> str:
    """Read a room code in any case."""
    code = text.upper()
    if len(code) != ROOM_CODE_LENGTH or not set(code) <= set(ROOM_CODE_ALPHABET):
        raise argparse.ArgumentTypeError(f"{text!r} is no room code; it has {ROOM_CODE_LENGTH} letters and digits")
    return code


def run(arguments: argparse.Namespace) -> int:
    """Print; returns 0, or 1 when Redis is not to be had or the room is unknown."""
    try:
        with locate_redis(arguments.data_dir) as url:
            lines = asyncio.run(_read_board(url, arguments))
    except (NoRedis, StoreUnavailable) as error:
        print(f"No scores: {error}", file=sys.stderr)
        return 1
    if lines is None:
        print(f"There is no room {arguments.room}, and none of its games was kept.", file=sys.stderr)
        return 1
    _print_board(arguments, lines)
    return 0


async def _read_board(url: str, arguments: argparse.Namespace) -> list[ScoreLine] | None:
    pipe = AutoPipeline(url)
    try:
        if arguments.room:
            await OutboxRelay(pipe).move(arguments.room)
            return await RedisLeaderboards(pipe).evening(arguments.room)
        await OutboxRelay(pipe).sweep()
        return await RedisLeaderboards(pipe).top(arguments.board, arguments.pack, arguments.limit)
    finally:
        await pipe.close()


def _print_board(arguments: argparse.Namespace, lines: list[ScoreLine]) -> None:
    if arguments.json:
        about = {"room": arguments.room} if arguments.room else {"board": arguments.board, "pack": arguments.pack}
        for line in lines:
            print(json.dumps({**about, **_line_record(line, arguments.room is not None)}, ensure_ascii=False))
        return
    title = f"room {arguments.room}, tonight" if arguments.room else f"{arguments.pack}, {_board_span(arguments.board)}"
    if not lines:
        print(f"{title}: no finished game yet")
        return
    table = Table(title=title)
    names = (
        ("place", "name", "score", "hits", "games", "wins")
        if arguments.room
        else ("place", "name", "score", "hits", "at")
    )
    for name in names:
        table.add_column(name, justify="left" if name in ("name", "at") else "right")
    for line in lines:
        record = _line_record(line, arguments.room is not None)
        table.add_row(*(str(record[name]) for name in names))
    Console().print(table)


def _line_record(line: ScoreLine, evening: bool) -> dict[str, str | int]:
    record: dict[str, str | int] = {
        "place": line.place, "name": line.name, "score": line.score, "hits": line.hits,
        "at": format_timestamp(line.at),
    }  # fmt: skip
    if evening:
        record |= {"games": line.games, "wins": line.wins}
    return record


def _board_span(board: str) -> str:
    return "all time" if board == "all" else "today (UTC)"
