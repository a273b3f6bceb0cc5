"""Child processes: started, watched, started again when they die, ended politely and then by force."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from server.runtime.parent_death import ParentDeathPipe

log = logging.getLogger(__name__)

CHILD_STOP_SECONDS = 6.0
"""Seconds a child may take to end after SIGTERM."""
MIN_CHILD_RESTART_PAUSE_SECONDS, MAX_CHILD_RESTART_PAUSE_SECONDS = 0.2, 5.0
"""Seconds until a child that died is started again; twice as long each time."""
CHILD_BACKOFF_RESET_SECONDS = 10.0
"""Seconds after which a child that dies does so for a new reason: it is started again soon."""
EXIT_BAD_SETTINGS = 2
"""How a process ends that cannot work as it is set up."""
PIPE = asyncio.subprocess.PIPE
DEVNULL = asyncio.subprocess.DEVNULL


class Child:
    """One process that this one has started."""

    def __init__(self, name: str, process: asyncio.subprocess.Process) -> None:
        self.name = name
        """What the log calls it."""
        self.process = process

    @classmethod
    async def start(
        cls,
        name: str,
        command: Sequence[str],
        environment: Mapping[str, str],
        parent_death: ParentDeathPipe | None = None,
        stdin: int | None = None,
        stdout: int | None = None,
        stderr: int | None = None,
        niceness: int = 0,
        first_to_go: bool = False,
    ) -> Child:
        """Start a command in a session of its own, so that Ctrl-C reaches it through its parent only.

        With `parent_death` it ends with this process. `niceness` is how far it steps back for others (0..19). The one that is
        `first_to_go` is killed by the kernel before all others when memory is short.
        """
        where = {} if parent_death is None else parent_death.environment
        process = await asyncio.create_subprocess_exec(
            *command, env={**environment, **where}, pass_fds=() if parent_death is None else parent_death.descriptors,
            stdin=stdin, stdout=stdout, stderr=stderr, start_new_session=True,
        )  # fmt: skip
        with suppress(OSError):
            if niceness:
                os.setpriority(os.PRIO_PROCESS, process.pid, niceness)
            if first_to_go:
                Path(f"/proc/{process.pid}/oom_score_adj").write_text("1000")
        return cls(name, process)

    @property
    def pid(self) -> int:
        """Its process id."""
        return self.process.pid

    def is_running(self) -> bool:
        """Whether it has not ended yet."""
        return self.process.returncode is None

    async def wait(self) -> int:
        """Return the code it ends with; minus the signal's number if a signal ended it."""
        return await self.process.wait()

    async def output(self) -> tuple[bytes, bytes]:
        """Return all that it writes to the pipes of its stdout and stderr, once it has ended."""
        out, err = await self.process.communicate()
        return out or b"", err or b""

    def terminate(self) -> None:
        """Ask it to end, and what it has started in its session."""
        self._signal(signal.SIGTERM)

    def kill(self) -> None:
        """End it by force, and what it has started in its session."""
        self._signal(signal.SIGKILL)

    async def stop(self, ask: Callable[[], None] | None = None, seconds: float = CHILD_STOP_SECONDS) -> int:
        """Ask it to end, with SIGTERM unless `ask` does it, and kill it if it has not after `seconds`; returns its code."""
        (ask or self.terminate)()
        with suppress(TimeoutError):
            return await asyncio.wait_for(self.wait(), seconds)
        log.warning("%s (process %d) did not end within %.1f s: killed", self.name, self.pid, seconds)
        self.kill()
        return await self.wait()

    def _signal(self, number: signal.Signals) -> None:
        if self.is_running():
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(self.pid, number)


async def keep_running(
    name: str, environment: Mapping[str, str], parent_death: ParentDeathPipe, stop: asyncio.Event
) -> bool:
    """Run `inkling NAME` and start it again whenever it dies, until `stop`.

    One that refuses its settings would do so again: false, and all of them stop.
    """
    pause = MIN_CHILD_RESTART_PAUSE_SECONDS
    while not stop.is_set():
        child = await Child.start(name, [sys.executable, "-m", "server", *name.split()], environment, parent_death)
        started = asyncio.get_running_loop().time()
        if not await _ends_before(child, stop):
            await child.stop()
            return True
        code = await child.wait()
        if code == EXIT_BAD_SETTINGS:
            log.error("inkling %s cannot work as it is set up, see above; ending", name)
            stop.set()
            return False
        lived = asyncio.get_running_loop().time() - started
        pause = MIN_CHILD_RESTART_PAUSE_SECONDS if lived > CHILD_BACKOFF_RESET_SECONDS else pause
        log.warning("inkling %s ended with code %d; it is started again in %.1f s", name, code, pause)
        with suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), pause)
        pause = min(2 * pause, MAX_CHILD_RESTART_PAUSE_SECONDS)
    return True


async def _ends_before(child: Child, stop: asyncio.Event) -> bool:
    """Wait for either; says whether the child ended by itself."""
    tasks = {asyncio.create_task(child.wait()), asyncio.create_task(stop.wait())}
    await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    for task in tasks:
        task.cancel()
    return not stop.is_set()
