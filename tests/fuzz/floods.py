"""What others notice of a flood: the same attack on a web process and on a sink beside it, turn by turn."""

from __future__ import annotations

import asyncio
import statistics
import sys
import time
from typing import Any, TypeVar

import aiohttp

from server.runtime.parent_death import set_parent_death_signal
from tests.faults.drawer import Drawer
from tests.faults.ink import Page
from tests.faults.outcome import Outcome
from tests.faults.town import Process, Town, town, until
from tests.ports import free_port

PLAYERS = 8
SOCKETS = 10
"""Connections of an attack at a time."""
SECONDS = 7.0
"""How long each attack lasts."""
REST = 2.0
"""Seconds between two attacks."""
PAIRS = 5
SHARE, MS = 0.25, 25.0
"""The median difference of a pair in ack p99 that is allowed: as a share, and in ms."""
SHIPPED: dict[str, Any] = {
    "INKLING_OPENINGS_PER_MINUTE": "3000", "INKLING_PLAYERS_PER_MINUTE": "3000", "INKLING_SOCKETS_PER_ADDRESS": "5000",
}  # fmt: skip
"""The limits of the door as they are by default: those of the tests are far higher."""


class Timed(Drawer):
    """A player who draws at a fixed rate and notes how long each acknowledgement takes.

    The waits vary: an even pace of 100 ms keeps its place within the room's tick, and p99 would be that place.
    """

    def __init__(self, name: str, code: str, url: str, seed: int) -> None:
        super().__init__(name, code, lambda: url, seed)
        self.points = (1, 1)
        self.jitter = 0.5
        self.waited: list[float] = []
        self._sent: dict[tuple[int, int], float] = {}

    async def _send(self, page: Page) -> None:
        self._sent.setdefault((self.round, self._cursor + 1), time.monotonic())
        await super()._send(page)

    def _acknowledge(self, round_id: int, seq: int) -> None:
        for number in range(self.pages.setdefault(round_id, Page()).acked + 1, seq + 1):
            sent = self._sent.pop((round_id, number), None)
            if sent is not None:
                self.waited.append(time.monotonic() - sent)
        super()._acknowledge(round_id, seq)


T = TypeVar("T", bound=Timed)


async def floods(kind: str, pairs: int = PAIRS, seconds: float = SECONDS) -> Outcome:
    """Attack in turns; judge the median of the pairs."""
    sink = free_port()
    async with town(webs=1, seed=2, DREAMS="nothing", **SHIPPED) as made:
        beside = Process(["-m", "tests.fuzz.sink", str(sink)], made.servers.folder / "sink.log")
        beside.start()
        try:
            crowd = await play(made, pairs * 2 * (seconds + REST), Timed)
            found: list[tuple[float, float]] = []
            said = ""
            for _ in range(pairs):
                quiet, _ = await _p99(crowd, kind, sink, seconds)
                loud, said = await _p99(crowd, kind, made.webs[0].port, seconds)
                found.append((quiet, loud))
        finally:
            beside.kill()
        lost = sum(one.connections - 1 for one in crowd)
        traces = made.webs[0].log.count("Traceback")
    share = statistics.median(loud / quiet - 1 for quiet, loud in found)
    ms = statistics.median((loud - quiet) * 1000 for quiet, loud in found)
    figures = ", ".join(f"{quiet * 1000:.0f} → {loud * 1000:.0f}" for quiet, loud in found)
    text = f"ack p99 in ms beside the sink → under attack: {figures}; median {share:+.0%} (≤ {SHARE:.0%}), {ms:+.0f} ms (≤ {MS:.0f}); "
    text += f"{said}; {lost} players lost their line, {traces} tracebacks"
    ok = share <= SHARE and ms <= MS and not lost and not traces
    return Outcome(kind, f"flood of {kind} over {SOCKETS} sockets", pairs, text, ok)


async def play(made: Town, seconds: float, kind: type[T]) -> list[T]:
    """Fill a room with players who draw until the end."""
    url = made.webs[0].url
    async with aiohttp.ClientSession() as session, session.post(url + "/api/rooms") as answer:
        code = (await answer.json())["code"]
    crowd = [kind(f"T{seat}", code, url, seat) for seat in range(PLAYERS)]
    for one in crowd:
        one.start()
        await asyncio.wait_for(one.joined.wait(), 60)
    length = min(300, int(seconds) + 60)
    await crowd[0].command("settings", rounds=1, seconds=length, seats=40, pack="easy", open_table=False, keep=False)
    await crowd[0].command("start")
    made.rooms.append(list(crowd))
    await until(lambda: all(one.waited for one in crowd), 60)
    return crowd


async def _p99(crowd: list[Timed], kind: str, port: int, seconds: float) -> tuple[float, str]:
    """Attack a port; returns the 99th percentile of all acks meanwhile (s), and what was attacked with."""
    await asyncio.sleep(REST)
    for one in crowd:
        one.waited.clear()
    words = ["-m", "tests.fuzz.attack", kind, str(port), str(seconds), str(SOCKETS)]
    process = await asyncio.create_subprocess_exec(
        sys.executable, *words, stdout=asyncio.subprocess.PIPE, preexec_fn=set_parent_death_signal
    )
    said, _ = await process.communicate()
    opened, megabytes = said.decode().split()
    waited = sorted(value for one in crowd for value in one.waited)
    # What is still waiting counts, or a server that stands still would look well.
    waited += [time.monotonic() - since for one in crowd for since in one._sent.values()]
    return sorted(waited)[int(0.99 * len(waited))], f"last {opened} connections and {megabytes} MB"
