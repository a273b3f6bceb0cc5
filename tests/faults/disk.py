"""A disk that is really full, and what is killed or ended then: F17."""

from __future__ import annotations

import asyncio
import signal
import tempfile
import time
from functools import partial
from pathlib import Path

from tests.disk import CannotMount, SmallDisk, mounted
from tests.faults.checker import Verdict
from tests.faults.machine import PlayTown
from tests.faults.outcome import Outcome, Times, back, finished, outcome, plays_on
from tests.faults.town import Town, town, until
from tests.redis_server import RedisServer

NAME = "disk full (tmpfs), then kill -9 of Redis, or Ctrl-C of `inkling play`"
MEGABYTES = 96


async def f17(kills: int, stops: int) -> Outcome:
    """A disk that is full: Redis is killed then, or all of `inkling play` is asked to end."""
    again = Times("back when there is room", 20.0, share=1)
    try:
        verdicts = [await _killed(kills, again), await _stopped(stops, again)]
    except CannotMount as reason:
        return Outcome("F17", NAME, 0, f"left out: {reason}", True, skipped=str(reason))
    verdict = verdicts[0]
    for other in verdicts[1:]:
        verdict = verdict + other
    return outcome("F17", NAME, kills + stops, verdict, again)


async def _killed(times: int, again: Times) -> Verdict:
    with mounted(MEGABYTES) as disk:
        async with town(webs=2, seed=17, data=disk.folder) as made:
            server = made.servers
            assert isinstance(server, RedisServer)
            for _ in range(2):
                await made.open_room(4)
            await made.begun()
            for number in range(times):
                await _fill(made, disk, patient=number % 2 == 0)
                server.kill()
                disk.clear()
                server.start()
                at = time.monotonic()
                await until(partial(plays_on, made, at), 60)
                again.add(time.monotonic() - at)
            return await finished(made)


async def _stopped(times: int, again: Times) -> Verdict:
    with mounted(MEGABYTES) as disk, tempfile.TemporaryDirectory(prefix="ink-play-") as folder:
        made = PlayTown(Path(folder), disk.folder / "data")
        try:
            await made.up()
            crowd = await made.open_room(4)
            await made.begun()
            promises = 0
            for number in range(times):
                await _fill(made, disk, patient=number % 2 == 0)
                said = len(made.play.log)
                made.play.send(signal.SIGINT)
                await made.play.ended()
                promises += "Everything is saved" in made.play.log[said:]
                disk.clear()
                at = time.monotonic()
                await made.up()
                await until(partial(back, crowd, at), 60)
                again.add(time.monotonic() - at)
            verdict = await finished(made)
            if promises:
                verdict.problems.append(f"{promises} times everything was said to be saved on a full disk")
            return verdict
        finally:
            await made.end()


async def _fill(made: Town, disk: SmallDisk, patient: bool) -> None:
    """Fill the disk; return when everybody has been told, or at a moment in which perhaps nobody knows yet."""
    await until(lambda: all(one.view["phase"] == "drawing" and one.page.acked for one in made.players), 90)
    await asyncio.sleep(made.chance.uniform(0.2, 1.0))
    disk.fill()
    if patient:
        await until(lambda: not any(one.saving and one.joined.is_set() for one in made.players), 30)
        await asyncio.sleep(0.5)
    else:
        await asyncio.sleep(made.chance.uniform(0.05, 0.3))
