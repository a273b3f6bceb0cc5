"""Real processes on loopback: Redis, web processes, a guesser, and rooms full of players."""

from __future__ import annotations

import asyncio
import os
import random
import re
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import cached_property
from pathlib import Path
from typing import Any, Protocol

import aiohttp
import redis

from server.db import keys
from server.runtime.parent_death import set_parent_death_signal
from tests.faults.drawer import Drawer
from tests.ports import free_port
from tests.redis_server import RedisServer

ROOT = Path(__file__).resolve().parents[2]
ROOMY = {
    "INKLING_HOST": "127.0.0.1",
    "INKLING_ROOMS_PER_MINUTE": "10000", "INKLING_SOCKETS_PER_ADDRESS": "10000", "INKLING_WRONG_CODES": "10000",
    "INKLING_HTTP_PER_ADDRESS": "10000", "INKLING_OPENINGS_PER_MINUTE": "1000000", "INKLING_PLAYERS_PER_MINUTE": "1000000",
}  # fmt: skip


class Process:
    """One process of ours, ended by its number."""

    def __init__(self, words: list[str], log: Path, **environment: str) -> None:
        self._words, self._log, self._environment = words, log, environment
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        environment = {**os.environ, "PYTHONPATH": str(ROOT), **ROOMY, **self._environment}
        with self._log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, *self._words], cwd=ROOT, env=environment, stdout=log, stderr=log,
                preexec_fn=set_parent_death_signal,
            )  # fmt: skip

    def send(self, sign: signal.Signals) -> None:
        assert self.process is not None
        self.process.send_signal(sign)

    def kill(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.kill()
            self.process.wait()

    async def ended(self, seconds: float = 60) -> int:
        assert self.process is not None
        async with asyncio.timeout(seconds):
            while self.process.poll() is None:
                await asyncio.sleep(0.01)
        return int(self.process.returncode)

    def cpu(self) -> float:
        """Return the seconds of processor time used so far."""
        assert self.process is not None
        return cpu_seconds(self.process.pid)

    def resident(self, kind: str = "VmRSS") -> float:
        """Return the resident memory in MiB; `RssAnon` is the process's own, without pages of program files."""
        assert self.process is not None
        lines = Path(f"/proc/{self.process.pid}/status").read_text().splitlines()
        return int(next(line for line in lines if line.startswith(kind)).split()[1]) / 1024

    def descriptors(self) -> int:
        """Return how many file descriptors are open."""
        assert self.process is not None
        return len(list(Path(f"/proc/{self.process.pid}/fd").iterdir()))

    @property
    def log(self) -> str:
        return self._log.read_text(errors="replace") if self._log.exists() else ""


def cpu_seconds(pid: int) -> float:
    """Return the processor time of a process, user and system."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


class Web(Process):
    """One web process."""

    def __init__(self, number: int, redis_url: str, folder: Path, **environment: str) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        log = folder / f"web-{number}.log"
        super().__init__(
            ["-m", "server", "web"], log, REDIS_URL=redis_url, PORT=str(self.port), **environment
        )  # fmt: skip

    @property
    def name(self) -> str:
        """What the process calls itself in Redis, since its last start."""
        names: list[str] = re.findall(r"this is web process (\w+)", self.log)
        return names[-1]

    async def ready(self, seconds: float = 120) -> None:
        async with asyncio.timeout(seconds):
            while not await answers(self.url):
                await asyncio.sleep(0.05)


async def answers(url: str) -> bool:
    """Whether people can be served: /healthz answers also while a process waits for Redis."""
    try:
        async with aiohttp.ClientSession() as session, session.get(url + "/api/info") as answer:
            return answer.status == 200
    except (OSError, aiohttp.ClientError):
        return False


class Servers(Protocol):
    """Where the town's data are."""

    url: str
    folder: Path

    def close(self) -> None:
        """End them, and remove the folder."""


class Town:
    """Redis, web processes and rooms; clients are sent to any living web process."""

    def __init__(self, server: Servers, seed: int, **environment: str) -> None:
        self.servers, self.redis_url, self.chance = server, server.url, random.Random(seed)
        self.webs: list[Web] = []
        self.rooms: list[list[Drawer]] = []
        self.lone: list[Drawer] = []
        """Players outside of what is judged in the end."""
        self.guesser: Process | None = None
        self._environment = environment
        self._hosts: list[asyncio.Task[None]] = []

    @cached_property
    def redis(self) -> Any:
        return redis.Redis.from_url(self.redis_url)

    async def build(self, webs: int, guesser: bool = True) -> None:
        for _ in range(webs):
            await self.add_web()
        if guesser:
            self.guesser = Process(
                ["-m", "tests.faults.guesser"],
                self.servers.folder / "guesser.log",
                REDIS_URL=self.redis_url,
                **self._environment,
            )
            self.guesser.start()

    async def add_web(self, **environment: str) -> Web:
        web = Web(len(self.webs), self.redis_url, self.servers.folder, **self._environment, **environment)
        web.start()
        await web.ready()
        self.webs.append(web)
        return web

    def anywhere(self) -> str:
        """Choose a web process as a proxy does that notices which ones live."""
        living = [web for web in self.webs if web.process is not None and web.process.poll() is None]
        return self.chance.choice(living).url

    async def open_room(
        self, players: int, seconds: int = 10, where: Callable[[], str] | None = None, rounds: int = 2
    ) -> list[Drawer]:
        """Make a room whose players draw game after game at an open table."""
        async with aiohttp.ClientSession() as session, session.post(self.anywhere() + "/api/rooms") as answer:
            code = (await answer.json())["code"]
        number = len(self.rooms)
        crowd = [
            Drawer(f"P{number}-{seat}", code, where or self.anywhere, self.chance.randrange(2**32))
            for seat in range(players)
        ]
        for drawer in crowd:
            drawer.start()
            await asyncio.wait_for(drawer.joined.wait(), 60)
        await crowd[0].command(
            "settings", rounds=rounds, seconds=seconds, seats=40, pack="easy", open_table=True, keep=True
        )
        self.rooms.append(crowd)
        self._hosts.append(asyncio.create_task(_host(crowd)))
        return crowd

    def owner(self, code: str) -> Web | None:
        """Return the web process that owns a room."""
        name = (self.redis.hget(keys.room_head_key(code), "owner") or b"").decode()
        return next((web for web in self.webs if web.name == name), None)

    @property
    def players(self) -> list[Drawer]:
        return [drawer for crowd in self.rooms for drawer in crowd]

    def cpu(self) -> float:
        """Return the seconds of processor time that the whole town has used so far, its clients included."""
        redis = self.redis.info("cpu")
        guesser = self.guesser.cpu() if self.guesser else 0.0
        servers = float(redis["used_cpu_user"] + redis["used_cpu_sys"]) + guesser
        return time.process_time() + servers + sum(web.cpu() for web in self.webs)

    async def finish(self, seconds: float = 90) -> None:
        """Let everybody lift the pen, have everything stored, and see the same."""
        for drawer in self.players:
            drawer.drawing = False
        for host in self._hosts:
            host.cancel()
        await asyncio.gather(*self._hosts, return_exceptions=True)
        try:
            await until(lambda: not self.unsettled(), seconds)
        except TimeoutError:
            raise AssertionError(f"still not stored: {self.unsettled()}") from None

    async def close_rounds(self, seconds: float = 90) -> None:
        """Let everybody be done with a round in which there was ink, so that its drawings are kept."""
        inked = [one for crowd in self.rooms if any(one.page.acked for one in crowd) for one in crowd]
        busy = [one for one in inked if one.view["phase"] == "drawing"]
        await asyncio.gather(*(one.command("done", round=one.round) for one in busy))
        await until(lambda: all(one.view["phase"] not in ("drawing", "closing") for one in inked), seconds)

    async def begun(self, seconds: float = 90) -> None:
        """Wait until everybody has stored ink."""
        await until(lambda: all(one.page.acked for one in self.players), seconds)

    def unsettled(self) -> list[str]:
        """Describe the players whose ink is not all stored, or who are not back."""
        waiting = [one for one in self.players if not one.settled and one.view["phase"] == "drawing"]
        return [
            f"{one.name} in {one.code}: {one.page.acked} of {len(one.page.chunks)}, joined {one.joined.is_set()}, "
            f"saving {one.saving}, {one.refusals}"
            for one in waiting
        ]

    async def close(self) -> None:
        for host in self._hosts:
            host.cancel()
        await asyncio.gather(*(drawer.stop() for drawer in [*self.players, *self.lone]))
        for process in [*self.webs, *([self.guesser] if self.guesser else [])]:
            process.kill()
        if "redis" in self.__dict__:
            self.redis.close()
        self.servers.close()


async def _host(crowd: list[Drawer]) -> None:
    """Keep a game going."""
    while True:
        phase = crowd[0].view["phase"]
        if phase == "lobby":
            await crowd[0].command("start")
        elif phase == "podium":
            await crowd[0].command("again")
        elif phase == "reveal":
            await asyncio.gather(*(drawer.command("ready", ready=True) for drawer in crowd))
        await asyncio.sleep(0.1)


async def until(true: Callable[[], bool], seconds: float = 60) -> float:
    """Wait for something; returns how long (s) it took. Raises TimeoutError."""
    began = time.monotonic()
    async with asyncio.timeout(seconds):
        while not true():
            await asyncio.sleep(0.01)
    return time.monotonic() - began


@asynccontextmanager
async def town(
    webs: int = 2, guesser: bool = True, seed: int = 1, data: Path | None = None, **environment: str
) -> AsyncIterator[Town]:
    server = RedisServer(data=data)
    server.start()
    made = Town(server, seed, **environment)
    try:
        await made.build(webs, guesser)
        yield made
    finally:
        await made.close()
