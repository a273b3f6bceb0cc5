"""Wall clocks that jump, and long runs: F13."""

from __future__ import annotations

import asyncio
import itertools
import os
import shutil
import statistics
import time
from pathlib import Path

from tests.faults.clients import connections
from tests.faults.outcome import Outcome, finished, outcome
from tests.faults.town import town

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


async def f13(seconds: float, name: str = "F13") -> Outcome:
    """The wall clock jumps an hour either way; and a soak, in which memory is judged after the first third."""
    folder = Path(f"/tmp/ink-clock-{os.getpid()}")
    folder.mkdir()
    (folder / "sitecustomize.py").write_text(LIAR)
    try:
        from tests.faults import town as towns

        path = os.pathsep.join([str(folder), str(towns.ROOT)])
        async with town(webs=2, seed=13, CLOCK_FILE=str(folder / "shift"), PYTHONPATH=path) as made:
            for _ in range(3):
                await made.open_room(4)
            began, rounds = time.monotonic(), made.players[0].round
            memory: list[tuple[float, list[float]]] = []
            jumps = 0
            while time.monotonic() - began < seconds:
                (folder / "shift").write_text(str(made.chance.choice([0, 3600, -3600])))
                jumps += 1
                await asyncio.sleep(min(5.0, seconds / 4))
                # Pages of program files come when code first runs, perhaps late: that is no growth.
                memory.append((time.monotonic() - began, [web.resident("RssAnon") for web in made.webs]))
            played = made.players[0].round - rounds
            slope, quarters = max(
                _growth([(at, values[web]) for at, values in memory]) for web in range(len(made.webs))
            )
            cuts = sum(one.connections for one in made.players) - len(made.players)
            sids = sum(connections(web) for web in made.webs)
            verdict = await finished(made)
            ok = not cuts and sids == len(made.players) and (seconds < 1800 or slope < 1)
            return outcome(name, f"wall clock ± 1 h while playing for {seconds:g} s", jumps, verdict, also=(
                f"{played} rounds, {cuts} connections lost, {sids} connections for {len(made.players)} players, "
                f"memory {slope:+.1f} MiB/h ({quarters} MiB in each quarter)" if seconds >= 600 else ""), ok=ok)  # fmt: skip
    finally:
        shutil.rmtree(folder, ignore_errors=True)


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
