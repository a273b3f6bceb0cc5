"""Wall clocks that jump and differ, and long runs: F13, F14."""

from __future__ import annotations

import asyncio
import itertools
import os
import shutil
import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.faults.clients import connections
from tests.faults.outcome import Outcome, Times, finished, outcome
from tests.faults.town import ROOT, Town, town, until

LIAR = """
import os, time
_truth, _file = time.time, os.environ["CLOCK_FILE"]
def _lie():
    try:
        return _truth() + float(open(_file).read())
    except (OSError, ValueError):
        return _truth()
time.time = _lie
"""


LOAD = 0.7
"""The share of the machine's processor time that a town with a load uses, its clients included."""
SETTLE_SECONDS, LOOK_SECONDS = 10.0, 30.0
"""A load is measured after so long, for so long: a few rounds."""
MOST_CLIENTS = 0.75
"""The clients are one process; beyond this share of a core they would not keep up."""
SOAK_SECONDS = 1800
"""From so long on there is a load, and memory is judged."""


@contextmanager
def _clock() -> Iterator[tuple[Path, str]]:
    """A folder for files that say how far a clock is off (s), and the PYTHONPATH of processes that believe them."""
    folder = Path(tempfile.mkdtemp(prefix="ink-clock-"))
    (folder / "sitecustomize.py").write_text(LIAR)
    try:
        yield folder, os.pathsep.join([str(folder), str(ROOT)])
    finally:
        shutil.rmtree(folder, ignore_errors=True)


async def f13(seconds: float, name: str = "F13") -> Outcome:
    """The wall clock jumps an hour either way; and a soak, in which memory is judged after the first third."""
    with _clock() as (folder, path):
        async with town(webs=2, seed=13, CLOCK_FILE=str(folder / "shift"), PYTHONPATH=path) as made:
            for _ in range(3):
                await made.open_room(4)
            if seconds >= SOAK_SECONDS:
                await _fill(made)
            used = Usage(made)
            began, rounds = time.monotonic(), made.players[0].round
            memory: list[tuple[float, list[float]]] = []
            jumps = 0
            while time.monotonic() - began < seconds:
                (folder / "shift").write_text(str(made.chance.choice([0, 3600, -3600])))
                jumps += 1
                await asyncio.sleep(min(5.0, seconds / 4))
                # Pages of program files come when code first runs, perhaps late: that is no growth.
                memory.append((time.monotonic() - began, [web.resident("RssAnon") for web in made.webs]))
            load = used.told()
            played = made.players[0].round - rounds
            slope, quarters = max(
                _growth([(at, values[web]) for at, values in memory]) for web in range(len(made.webs))
            )
            cuts = sum(one.connections for one in made.players) - len(made.players)
            sids = sum(connections(web) for web in made.webs)
            verdict = await finished(made)
            ok = not cuts and sids == len(made.players) and (seconds < SOAK_SECONDS or slope < 1)
            return outcome(name, f"wall clock ± 1 h while playing for {seconds:g} s", jumps, verdict, also=(
                f"{played} rounds a room, {cuts} connections lost, {sids} connections for {len(made.players)} players, {load}, "
                f"memory {slope:+.1f} MiB/h ({quarters} MiB in each quarter)" if seconds >= 600 else ""), ok=ok)  # fmt: skip


async def f14(times: int) -> Outcome:
    """Everybody reconnects, to either of two web processes whose clocks differ and jump."""
    resumed = Times("all back", 5.0, share=1)
    with _clock() as (folder, path):
        async with town(webs=0, seed=14) as made:
            for name in ("one", "other"):
                await made.add_web(CLOCK_FILE=str(folder / name), PYTHONPATH=path)
            await made.open_room(4)
            await made.open_room(4)
            await made.begun()
            for _ in range(times):
                for name in ("one", "other"):
                    (folder / name).write_text(str(made.chance.choice([0, 2, -2, 3600, -3600, 86400 * 365])))
                at = time.monotonic()
                for one in made.players:
                    one.cut()
                await until(lambda: all(one.joined.is_set() and one.joined_at > at for one in made.players), 30)  # noqa: B023
                resumed.add(time.monotonic() - at)
            return outcome(
                "F14", "reconnects while the clocks of two web processes differ and jump", times * len(made.players),
                await finished(made), resumed,
            )  # fmt: skip


class Usage:
    """What a town, its clients and its web processes have used of the processors since this was made."""

    def __init__(self, made: Town) -> None:
        self._made, self._before, self._began = made, self._now(made), time.monotonic()

    @staticmethod
    def _now(made: Town) -> list[float]:
        return [made.cpu(), time.process_time(), *(web.cpu() for web in made.webs)]

    def shares(self) -> list[float]:
        """Return cores: of the whole town, of its clients, then of each web process."""
        passed = time.monotonic() - self._began
        return [(now - before) / passed for now, before in zip(self._now(self._made), self._before, strict=True)]

    def told(self) -> str:
        town, clients, *webs = self.shares()
        return (
            f"{town:.2f} of {os.cpu_count()} cores used: "
            f"{' and '.join(f'{web:.2f}' for web in webs)} by web processes, {clients:.2f} by clients"
        )


async def _fill(made: Town) -> None:
    """Open rooms until the town uses its share of the machine, ever fewer at a time."""
    wanted = LOAD * (os.cpu_count() or 1)
    while True:
        # To join costs more than to play.
        await asyncio.sleep(SETTLE_SECONDS)
        used = Usage(made)
        await asyncio.sleep(LOOK_SECONDS)
        load, clients, *_ = used.shares()
        if load > 0.97 * wanted or clients > MOST_CLIENTS:
            return
        # A room costs less the more there are: this does not overshoot.
        for _ in range(max(1, round(len(made.rooms) * min(4.0, wanted / load - 1) * 0.8))):
            await made.open_room(4)


def _growth(memory: list[tuple[float, float]]) -> tuple[float, str]:
    """Return what a process grows by in MiB an hour after the first third, and in each quarter of the time."""
    whole, count = memory[-1][0], len(memory)
    settled = [one for one in memory if one[0] > whole / 3] or memory
    slope = _slope(settled)
    ends = [memory[0][1], *(memory[count * quarter // 4 - 1][1] for quarter in range(1, 5))]
    return slope, ", ".join(f"{after - before:+.1f}" for before, after in itertools.pairwise(ends))


def _slope(points: list[tuple[float, float]]) -> float:
    """Return MiB an hour, least squares."""
    if len(points) < 2:
        return 0.0
    return statistics.linear_regression([at for at, _ in points], [value for _, value in points]).slope * 3600
