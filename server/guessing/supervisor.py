"""Keeps one guesser process at work with the champion, and changes the model while people play.

A new champion is loaded, warmed and checked by a process of its own. Then it serves on trial. The one before it rests beside it,
still loaded. If the new one fails, slows down or dies, the old one goes on within milliseconds and the registry is rolled
back. After the trial the old process ends.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import signal
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from model.registry.versions import ModelRegistry
from model.retraining.memory_check import available_memory_bytes
from server.runtime.background_tasks import log_task_failure
from server.runtime.parent_death import ParentDeathPipe
from server.runtime.supervisor import PIPE, Child

log = logging.getLogger("inkling.guesser")

CHAMPION_POLL_SECONDS = 0.5
"""Seconds between two looks for a new champion."""
TRIAL_SECONDS = 30.0
"""Seconds that a new champion serves on trial."""
GUESSER_READY_TIMEOUT_SECONDS = 180.0
"""A process that is not ready by then is given up."""
MAX_TRIAL_BATCH_SECONDS = 0.35
"""Seconds that a batch may take on trial, however short the ones before it were."""
MAX_TRIAL_SLOWDOWN_FACTOR = 6.0
"""How many times as long as before a batch may take on trial."""
GUESSER_STOP_TIMEOUT_SECONDS = 4.0
"""Seconds that a guesser may take to end when it is asked to."""
DEATHS_BEFORE_WITHDRAWAL = 3
"""A champion that dies so often in a row, each time soon after its start, is withdrawn."""
EARLY_DEATH_SECONDS = 20.0
"""A process that lived shorter died soon after its start."""
KILLED_RESTART_PAUSE_SECONDS = 2.0
"""Seconds before a process that was killed at its start is started again; twice as many each time."""
GUESSER_MEMORY_BYTES = 950 * 1000**2
"""Bytes that a guesser takes at its start, at most (0.95 GB of resident memory, measured with the shipped champion)."""

GuesserCommandLine = Callable[[Path], Sequence[str]]


class GuesserProcess:
    """One guesser process, as its supervisor sees it."""

    def __init__(self, folder: Path, child: Child) -> None:
        self.folder = folder
        self.version = ""
        self.trouble = ""
        self.ready = asyncio.Event()
        """Ready to serve, or gone."""
        self.news = asyncio.Event()
        self.batch_seconds = 0.0
        self.killed = False
        """Whether somebody else ended it, as the kernel does where memory is short: that says nothing about its model."""
        self._child = child
        self._reading = asyncio.create_task(self._read(), name="guesser reports")

    @classmethod
    async def start(
        cls, command: Sequence[str], folder: Path, environment: dict[str, str], parent_death: ParentDeathPipe
    ) -> GuesserProcess:
        """Start a process for the model in `folder`."""
        name = f"guesser with {folder.name}"
        return cls(folder, await Child.start(name, command, environment, parent_death, stdin=PIPE, stdout=PIPE))

    @property
    def pid(self) -> int:
        """Its process."""
        return self._child.pid

    @property
    def alive(self) -> bool:
        """Whether the process runs."""
        return self._child.is_running() and not self._reading.done()

    def serve(self, tried: float | None = None) -> None:
        """Let it take requests; `tried`: seconds that a batch may take while it is on trial."""
        self._command({"do": "serve", "tried": tried})

    def rest(self) -> None:
        """Let it stay loaded without taking requests."""
        self._command({"do": "rest"})

    async def end(self) -> None:
        """Let it finish its batch and go; kill it if it does not."""
        if self.ready.is_set():
            await self._child.stop(partial(self._command, {"do": "end"}), GUESSER_STOP_TIMEOUT_SECONDS)
        else:
            # It is still loading, and listens to nobody.
            self._child.kill()
        await self._reading

    def _command(self, command: dict[str, Any]) -> None:
        pipe = self._child.process.stdin
        assert pipe is not None
        with contextlib.suppress(ConnectionError, RuntimeError):
            pipe.write(json.dumps(command).encode() + b"\n")

    async def _read(self) -> None:
        pipe = self._child.process.stdout
        assert pipe is not None
        async for line in pipe:
            with contextlib.suppress(ValueError, TypeError):
                self._note(json.loads(line))
        code = await self._child.wait()
        self.killed = not self.trouble and code == -signal.SIGKILL
        self.trouble = self.trouble or (_explain_kill() if self.killed else f"its process ended with code {code}")
        self.ready.set()
        self.news.set()

    def _note(self, report: dict[str, Any]) -> None:
        if "ready" in report:
            self.version = str(report["ready"])
            self.ready.set()
        if report.get("batches"):
            self.batch_seconds = float(report["seconds"]) / int(report["batches"])
        if report.get("trouble"):
            self.trouble = str(report["trouble"])
            self.news.set()


class ModelSupervisor:
    """Keeps the registry's champion at work until `stop`."""

    def __init__(
        self,
        registry: ModelRegistry,
        command: GuesserCommandLine,
        environment: dict[str, str],
        trial: float = TRIAL_SECONDS,
    ) -> None:
        self.stop = asyncio.Event()
        self._registry, self._command, self._environment, self._trial = registry, command, environment, trial
        self._parent_death_pipe = ParentDeathPipe()
        self._now: GuesserProcess | None = None
        self._watching: set[asyncio.Task[None]] = set()
        self._early_deaths: list[GuesserProcess] = []
        """What died soon, one after the other."""
        self._recent_kills: list[GuesserProcess] = []
        """What was killed before it was ready, one after the other."""

    @property
    def pid(self) -> int | None:
        """The process that guesses now."""
        return self._now.pid if self._now is not None and self._now.alive else None

    async def run(self) -> None:
        """Work until told to stop; then every process ends."""
        try:
            while not self.stop.is_set():
                champion = self._registry.champion()
                if self._now is None or not self._now.alive:
                    await self._start_champion(champion)
                elif champion != self._now.folder:
                    await self._change(self._now, champion)
                await self._pause(CHAMPION_POLL_SECONDS)
        finally:
            if self._now is not None:
                await self._now.end()
            self._parent_death_pipe.close()

    async def _start_champion(self, champion: Path) -> None:
        """Put the champion to work when nobody works: at the start, or after a death."""
        fresh = await self._ready(champion)
        if fresh is not None and not fresh.trouble:
            self._now, self._recent_kills = fresh, []
            fresh.serve()
            log.info("ready to guess with model %s", fresh.version)
            self._look_after(fresh)
        elif fresh is not None and (await self._pause_if_killed(fresh) or not self._withdraw(champion, fresh.trouble)):
            await self._pause(2.0)

    async def _change(self, old: GuesserProcess, champion: Path) -> None:
        """Let the new champion take over from the old one, on trial."""
        log.info("loading model %s while model %s goes on guessing", champion.name, old.version)
        fresh = await self._ready(champion)
        if fresh is None:
            return
        if not fresh.trouble:
            fresh.serve(max(MAX_TRIAL_BATCH_SECONDS, MAX_TRIAL_SLOWDOWN_FACTOR * old.batch_seconds))
            old.rest()
            log.info("model %s guesses now, on trial", fresh.version)
            await self._watch(fresh)
        if self.stop.is_set():
            await asyncio.gather(fresh.end())
        elif fresh.trouble:
            old.serve()
            await fresh.end()
            if not await self._pause_if_killed(fresh):
                self._withdraw(champion, fresh.trouble)
        else:
            self._now, self._recent_kills = fresh, []
            fresh.serve()
            await old.end()
            log.info("model %s has passed its trial", fresh.version)
            self._look_after(fresh)

    async def _ready(self, champion: Path) -> GuesserProcess | None:
        """Start a process and wait until it is ready or in trouble; None when told to stop."""
        fresh = await GuesserProcess.start(
            self._command(champion), champion, self._environment, self._parent_death_pipe
        )
        waiting = {asyncio.create_task(fresh.ready.wait()), asyncio.create_task(self.stop.wait())}
        await asyncio.wait(waiting, timeout=GUESSER_READY_TIMEOUT_SECONDS, return_when=asyncio.FIRST_COMPLETED)
        for task in waiting:
            task.cancel()
        if self.stop.is_set():
            await fresh.end()
            return None
        if not fresh.ready.is_set():
            fresh.trouble = f"it was not ready after {GUESSER_READY_TIMEOUT_SECONDS:.0f} s"
            await fresh.end()
        return fresh

    async def _watch(self, fresh: GuesserProcess) -> None:
        waiting = {asyncio.create_task(fresh.news.wait()), asyncio.create_task(self.stop.wait())}
        await asyncio.wait(waiting, timeout=self._trial, return_when=asyncio.FIRST_COMPLETED)
        for task in waiting:
            task.cancel()

    def _look_after(self, worker: GuesserProcess) -> None:
        task = asyncio.create_task(self._note_death(worker), name="guesser watched")
        self._watching.add(task)
        task.add_done_callback(self._watching.discard)
        task.add_done_callback(log_task_failure)

    async def _note_death(self, worker: GuesserProcess) -> None:
        """Note when a guesser dies; one champion that dies again and again is withdrawn."""
        began = asyncio.get_running_loop().time()
        await worker.news.wait()
        if self.stop.is_set() or worker is not self._now:
            return
        log.warning("guesser process of model %s ended: %s", worker.version, worker.trouble)
        lived = asyncio.get_running_loop().time() - began
        self._early_deaths = [*self._early_deaths, worker] if lived < EARLY_DEATH_SECONDS else []
        if len(self._early_deaths) >= DEATHS_BEFORE_WITHDRAWAL:
            killed = all(one.killed for one in self._early_deaths)
            self._early_deaths = []
            self._withdraw(worker.folder, worker.trouble, bar=not killed)

    async def _pause_if_killed(self, fresh: GuesserProcess) -> bool:
        """Say whether a process was killed rather than failed, and not so often that its model takes too much here.

        Waits before the next one is started: what needs the memory now may be done with it soon.
        """
        if not fresh.killed:
            return False
        if not self._recent_kills or self._recent_kills[-1].folder == fresh.folder:
            self._recent_kills.append(fresh)
        else:
            self._recent_kills = [fresh]
        if len(self._recent_kills) >= DEATHS_BEFORE_WITHDRAWAL:
            self._withdraw(fresh.folder, f"{fresh.trouble}, {DEATHS_BEFORE_WITHDRAWAL} times in a row", bar=False)
            self._recent_kills = []
        else:
            log.warning("guesser process of model %s did not start: %s", fresh.folder.name, fresh.trouble)
        await self._pause(KILLED_RESTART_PAUSE_SECONDS * 2 ** len(self._recent_kills))
        return True

    def _withdraw(self, champion: Path, why: str, bar: bool = True) -> bool:
        """Roll the registry back; False if nothing came before this champion. It may be promoted again unless it is barred."""
        log.error("model %s is withdrawn: %s", champion.name, why)
        try:
            version = self._registry.version_of(champion)
            service = self._registry.roll_back(f"withdrawn by a guesser: {why}", failed=version, bar=bar)
        except (ValueError, OSError) as error:
            log.error("cannot roll back from model %s: %s", champion.name, error)
            return False
        log.info("rolled back to model %s", service.champion)
        return True

    async def _pause(self, seconds: float) -> None:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self.stop.wait(), seconds)


def _explain_kill() -> str:
    """Describe what is known of a kill that nobody here ordered."""
    free = available_memory_bytes()
    there = "" if free is None else f", {free / 1e9:.1f} GB are free"
    return f"its process was killed; is memory short? A guesser takes {GUESSER_MEMORY_BYTES / 1e9:.2f} GB{there}"
