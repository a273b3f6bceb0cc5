"""`inkling scores`: prints the boards."""

from __future__ import annotations

import argparse
import asyncio
import json
import sys

from rich.console import Console
from rich.table import Table

from server.api_types import ScoreLine
from server.db.pipeline import Pipe
from server.db.private.binary import NoRedis
from server.db.private.locate import add_data_dir, reached_redis
from server.drawings.formats.ndjson import timestamp_of
from server.game.ids import CODE_ALPHABET, CODE_LENGTH
from server.persistence.leaderboards import Boards
from server.persistence.outbox_relay import Mover
from server.rooms.ports import StoreAway


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of `inkling scores`."""
    parser.add_argument("--room", type=room_code, metavar="CODE", help="the evening of one room")
    parser.add_argument("--board", choices=("all", "day"), default="all", help="all time, or today (UTC)")
    parser.add_argument("--pack", default="easy", metavar="P", help="pack of the board (default: easy)")
    parser.add_argument("--limit", type=count, default=20, metavar="N", help="lines (default: 20)")
    parser.add_argument("--json", action="store_true", help="one JSON object a line on stdout")
    add_data_dir(parser)


def count(text: str) -> int:
    """Read a number of lines, 1 or more."""
    if not text.isdecimal() or not 1 <= int(text) <= 1000:
        raise argparse.ArgumentTypeError(f"{text!r} is no number from 1 to 1000")
    return int(text)


def room_code(text: str) -> str:
    """Read a room code in any case."""
    code = text.upper()
    if len(code) != CODE_LENGTH or not set(code) <= set(CODE_ALPHABET):
        raise argparse.ArgumentTypeError(f"{text!r} is no room code; it has {CODE_LENGTH} letters and digits")
    return code


def run(arguments: argparse.Namespace) -> int:
    """Print; returns 0, or 1 when Redis is not to be had or the room is unknown."""
    try:
        with reached_redis(arguments.data_dir) as url:
            lines = asyncio.run(_read(url, arguments))
    except (NoRedis, StoreAway) as error:
        print(f"No scores: {error}", file=sys.stderr)
        return 1
    if lines is None:
        print(f"There is no room {arguments.room}, and none of its games was kept.", file=sys.stderr)
        return 1
    _print(arguments, lines)
    return 0


async def _read(url: str, arguments: argparse.Namespace) -> list[ScoreLine] | None:
    pipe = Pipe(url)
    try:
        if arguments.room:
            await Mover(pipe).move(arguments.room)
            return await Boards(pipe).evening(arguments.room)
        await Mover(pipe).sweep()
        return await Boards(pipe).top(arguments.board, arguments.pack, arguments.limit)
    finally:
        await pipe.close()


def _print(arguments: argparse.Namespace, lines: list[ScoreLine]) -> None:
    if arguments.json:
        about = {"room": arguments.room} if arguments.room else {"board": arguments.board, "pack": arguments.pack}
        for line in lines:
            print(json.dumps({**about, **_record(line, arguments.room is not None)}, ensure_ascii=False))
        return
    title = f"room {arguments.room}, tonight" if arguments.room else f"{arguments.pack}, {_span(arguments.board)}"
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
        record = _record(line, arguments.room is not None)
        table.add_row(*(str(record[name]) for name in names))
    Console().print(table)


def _record(line: ScoreLine, evening: bool) -> dict[str, str | int]:
    record: dict[str, str | int] = {
        "place": line.place, "name": line.name, "score": line.score, "hits": line.hits,
        "at": timestamp_of(line.at),
    }  # fmt: skip
    if evening:
        record |= {"games": line.games, "wins": line.wins}
    return record


def _span(board: str) -> str:
    return "all time" if board == "all" else "today (UTC)"
