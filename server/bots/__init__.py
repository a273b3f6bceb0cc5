"""`inkling bots`: real Socket.IO players that replay drawings; for tests, benchmarks and company."""

from __future__ import annotations

import argparse
import asyncio
import itertools
import json
import sys
import time
from pathlib import Path

import aiohttp
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from server.bots.player import Bot
from server.bots.replays import ReplayLibrary
from server.bots.session import RECONNECT_LIMIT_SECONDS
from server.bots.tally import BotTally
from server.runtime import event_loop

BOT_NAMES = ("Quill", "Nib", "Smudge", "Sepia", "Doodle", "Scribble", "Blot", "Sketch", "Fern", "Pip", "Otto", "Mira")
STORE_WAIT_SECONDS = 10.0
"""Bots wait for so long for the next change to be reported as stored, once all of them are connected."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of `inkling bots`."""
    parser.add_argument("--url", default="http://127.0.0.1:8000", help="address of the game, with its base path")
    parser.add_argument("--room", default="", help="join this room as guests instead of making rooms")
    parser.add_argument("--rooms", type=int, default=1, help="rooms to make")
    parser.add_argument("--players", type=int, default=4, help="bots a room")
    parser.add_argument("--seconds", type=float, default=60.0, help="how long to play")
    parser.add_argument(
        "--ink", type=Path, required=True, help="folder of drawings (ndjson, ndjson.gz; raw or simplified)"
    )
    parser.add_argument("--rate", type=float, default=10.0, help="ink messages a second while drawing")
    parser.add_argument("--mode", choices=["race"], default="race", help="rules to play by")
    parser.add_argument("--round-seconds", type=int, default=20, help="length of a round")
    parser.add_argument("--pack", default="", help="pack of words to play (default: the server's)")
    parser.add_argument("--keep", action="store_true", help="let their drawings be kept, as source `bot`")
    parser.add_argument("--hidden", action="store_true", help="hidden canvases instead of an open table")
    parser.add_argument("--nonstop", action="store_true", help="wipe a finished drawing and draw the next one")
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def run(arguments: argparse.Namespace) -> int:
    """Play; returns 0 if nothing went wrong and everything sent was stored (or came late after a lost connection), else 1."""
    if arguments.rooms < 1 or arguments.players < 1 or not 0 < arguments.rate <= 20:
        raise ValueError("--rooms and --players must be at least 1, --rate in 0..20")
    replays = ReplayLibrary(arguments.ink)
    tally = BotTally()
    seconds = event_loop.run_event_loop(_play_all_rooms(arguments, replays, tally))
    rooms = 1 if arguments.room else arguments.rooms
    report = tally.report(rooms * arguments.players, rooms, seconds)
    for error in tally.errors[:20]:
        print(error, file=sys.stderr)
    if arguments.json:
        print(json.dumps(report))
    else:
        Console().print(report)
    return 0 if not tally.errors and tally.chunks_acked + tally.chunks_late == tally.chunks_sent else 1


async def _play_all_rooms(arguments: argparse.Namespace, replays: ReplayLibrary, tally: BotTally) -> float:
    began = time.monotonic()
    bot_rooms = [
        _BotRoom(arguments, replays, tally, number) for number in range(1 if arguments.room else arguments.rooms)
    ]
    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        line = progress.add_task("bots are drawing")
        watching = asyncio.create_task(_show_progress(progress, line, tally))
        async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:
            await asyncio.gather(*(room.play(session, began + arguments.seconds) for room in bot_rooms))
        watching.cancel()
    return time.monotonic() - began


async def _show_progress(progress: Progress, line: object, tally: BotTally) -> None:
    while True:
        text = f"bots are drawing: {tally.chunks_sent} chunks, {tally.hits} hits, {len(tally.errors)} errors"
        progress.update(line, description=text)  # type: ignore[arg-type]
        await asyncio.sleep(0.5)


class _BotRoom:
    """One room and its bots; the first of them is the host."""

    def __init__(self, arguments: argparse.Namespace, replays: ReplayLibrary, tally: BotTally, number: int) -> None:
        sent: dict[tuple[int, int, int], float] = {}
        self._arguments, self._tally = arguments, tally
        self._url = arguments.url.rstrip("/")
        self._bots = [
            Bot(f"{name} {number + 1}", replays, tally, sent, arguments.rate, number * 1000 + index, arguments.nonstop)
            for index, name in enumerate(itertools.islice(itertools.cycle(BOT_NAMES), arguments.players))
        ]

    async def play(self, session: aiohttp.ClientSession, until: float) -> None:
        """Join, play game after game until the time is over, drain, leave."""
        try:
            code = self._arguments.room or await self._make(session)
            for bot in self._bots:
                await bot.join(session, self._url, code, self._arguments.keep)
            if not self._arguments.room:
                await self._configure(self._bots[0])
            while time.monotonic() < until:
                await self._go_on(self._bots[0])
                await asyncio.sleep(0.2)
        except (TimeoutError, RuntimeError, OSError, aiohttp.ClientError, _SetupRefused) as error:
            self._tally.errors.append(f"{type(error).__name__}: {error}")
        except Exception as error:
            self._tally.errors.append(f"unexpected {type(error).__name__}: {error}")
        finally:
            await self._drain()

    async def _make(self, session: aiohttp.ClientSession) -> str:
        async with session.post(self._url + "/api/rooms") as answer:
            body = await answer.json()
            if answer.status != 200 and answer.status != 201:
                raise _SetupRefused(str(body))
            return str(body["code"])

    async def _configure(self, host: Bot) -> None:
        answer = await host.command(
            "settings", rounds=20, seconds=self._arguments.round_seconds, seats=40,
            pack=self._arguments.pack or host.view["settings"]["pack"], open_table=not self._arguments.hidden, keep=True,
        )  # fmt: skip
        if not answer["ok"]:
            raise _SetupRefused(f"settings: {answer}")

    async def _go_on(self, host: Bot) -> None:
        phase = host.view["phase"]
        if phase == "lobby" and not self._arguments.room:
            await host.command("start")
        elif phase == "podium" and not self._arguments.room:
            await host.command("again")
        elif phase == "reveal":
            for bot in self._bots:
                await bot.command("ready", ready=True)
            while host.view["phase"] == "reveal":
                await asyncio.sleep(0.1)

    async def _drain(self) -> None:
        for bot in self._bots:
            await bot.stop_drawing()
        end = time.monotonic() + RECONNECT_LIMIT_SECONDS
        moved, acked = time.monotonic(), -1
        while not all(bot.drained for bot in self._bots) and time.monotonic() < min(end, moved + STORE_WAIT_SECONDS):
            if acked != self._tally.chunks_acked or any(bot.is_away for bot in self._bots):
                moved, acked = time.monotonic(), self._tally.chunks_acked
            await asyncio.sleep(0.05)
        for bot in self._bots:
            await bot.leave()


class _SetupRefused(Exception):
    """The server said no to something a bot needs."""
