"""Runs faults side by side, each in a process of its own: most of their time is waiting."""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import AsyncIterator, Iterable
from dataclasses import replace

from server.runtime.parent_death import set_parent_death_signal
from tests.faults.outcome import Outcome

LANES = 4
ALONE = ("F4", "F9", "F10", "F11", "F12", "F17")
"""These measure how soon processes are back, or what many clients cost: nothing runs beside them."""
FULL_MINUTES = {
    "F1": 12, "F2": 4, "F3": 7, "F4": 2.5, "F5": 1.5, "F6": 0.2, "F7": 0.6, "F8": 2, "F9": 0.6, "F10": 0.3, "F11": 1, "F12": 0.5,
    "F13": 10.2, "F14": 1, "F15": 4, "F16": 3, "F17": 5, "soak": 67,
}  # fmt: skip
"""How long each takes in full, on two cores."""
SHORT_SECONDS, FULL_SECONDS = 180, 2 * 3600


def minutes(names: Iterable[str]) -> float:
    """Estimate how long all of them take in full."""
    beside = [FULL_MINUTES[name] for name in names if name not in ALONE]
    lanes = [0.0] * LANES
    for each in beside:
        lanes[lanes.index(min(lanes))] += each
    return max(lanes) + sum(FULL_MINUTES[name] for name in names if name in ALONE)


async def outcomes(names: Iterable[str], short: bool) -> AsyncIterator[Outcome]:
    """Yield the outcome of each fault as it ends."""
    wanted, lanes = list(names), asyncio.Semaphore(LANES)

    async def wait_for_lane(name: str) -> Outcome:
        async with lanes:
            return await judge(name, short)

    # Tasks wait for a lane in the order of the table.
    tasks = [asyncio.create_task(wait_for_lane(name)) for name in wanted if name not in ALONE]
    try:
        for found in asyncio.as_completed(tasks):
            yield await found
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    for name in wanted:
        if name in ALONE:
            yield await judge(name, short)


async def judge(name: str, short: bool) -> Outcome:
    """Do one fault in a process of its own; one that breaks off has failed."""
    words = ["-m", "tests.faults", "--json", name, *(["--short"] if short else [])]
    began = time.monotonic()
    process = await asyncio.create_subprocess_exec(
        sys.executable, *words, stdout=asyncio.subprocess.PIPE, preexec_fn=set_parent_death_signal
    )
    try:
        async with asyncio.timeout(SHORT_SECONDS if short else FULL_SECONDS):
            said, _ = await process.communicate()
        return replace(Outcome(**json.loads(said.splitlines()[-1])), seconds=time.monotonic() - began)
    except (TimeoutError, IndexError, ValueError) as error:
        return Outcome(name, "", 0, f"broke off: {type(error).__name__}", False)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
