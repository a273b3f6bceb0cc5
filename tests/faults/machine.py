"""The whole `inkling play` killed at once: F4."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import time
from functools import partial
from pathlib import Path

from tests.faults.outcome import Outcome, Times, back, finished, outcome
from tests.faults.town import Process, Town, until
from tests.ports import free_port


class PlayTown(Town):
    """`inkling play` with all its children on a data folder."""

    def __init__(self, folder: Path, data: Path | None = None) -> None:
        self.data, self.port = data or folder / "data", free_port()
        words = ["-m", "server", "play", "--port", str(self.port), "--data-dir", str(self.data)]
        super().__init__(_NoServer(folder), 4)
        self.play = Process(words, folder / "play.log", REDIS_URL="", INKLING_GUESSER_THREADS="1")

    async def up(self) -> float:
        """Start; returns after how long the page answers."""
        from tests.faults.town import answers

        began = time.monotonic()
        self.play.start()
        while not await answers(self.anywhere()):
            await asyncio.sleep(0.02)
        self.redis_url = "unix://" + (self.data / "redis" / "socket").read_text()
        return time.monotonic() - began

    def anywhere(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def child(self, name: str) -> int:
        """Return the number of the process that `play` runs as `name`."""
        assert self.play.process is not None
        own = self.play.process.pid
        return next(
            pid for pid, (parent, words) in _processes().items() if parent == own and words.split("\0")[3:4] == [name]
        )

    async def end(self) -> None:
        """End all of it, and remove the data."""
        for drawer in self.players:
            await drawer.stop()
        self.kill_all()
        await self.close()

    def kill_all(self) -> None:
        """kill -9 of everything that `play` started: by number, found through parents and data folder."""
        assert self.play.process is not None
        doomed = {self.play.process.pid}
        table = _processes()
        grown = True
        while grown:
            more = {pid for pid, (parent, words) in table.items() if parent in doomed or str(self.data) in words}
            grown = not more <= doomed
            doomed |= more
        for pid in sorted(doomed):
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue
        self.play.process.wait()


class _NoServer:
    def __init__(self, folder: Path) -> None:
        self.folder, self.url = folder, ""

    def close(self) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)


def _processes() -> dict[int, tuple[int, str]]:
    """Return parent and command line of every process."""
    found: dict[int, tuple[int, str]] = {}
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            words = (entry / "cmdline").read_bytes().decode(errors="replace")
            found[int(entry.name)] = (int((entry / "stat").read_text().rsplit(")", 1)[1].split()[1]), words)
        except OSError:
            continue
    return found


async def f4(kills: int) -> Outcome:
    """kill -9 of the whole `inkling play`."""
    again = Times("all back after the restart", 5.0, share=1)
    folder = Path(f"/tmp/ink-play-{os.getpid()}")
    folder.mkdir()
    made = PlayTown(folder)
    try:
        await made.up()
        crowd = await made.open_room(4)
        await made.begun()
        for number in range(kills):
            await asyncio.sleep(made.chance.uniform(0.5, 3.0))
            if number % 3 == 2:
                made.play.kill()
            else:
                made.kill_all()
            at = time.monotonic()
            await made.up()
            await until(partial(back, crowd, at), 60)
            again.add(time.monotonic() - at)
        verdict = await finished(made)
        return outcome("F4", "kill -9 of the whole `inkling play`, restart", kills, verdict, again)
    finally:
        await made.end()
