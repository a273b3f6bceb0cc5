"""A place to measure in: Redis, guesser and web process on loopback, each with its processor time and memory."""

from __future__ import annotations

import asyncio
import json
import os
import random
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import aiohttp
from redis import Redis as SyncRedis

from server.game.words.packs import BUILT_IN_PACKS
from server.runtime.parent_death import set_parent_death_signal
from tests.ports import free_port
from tests.redis_server import RedisServer

ROOT = Path(__file__).resolve().parents[1]
TICKS = os.sysconf("SC_CLK_TCK")
ROOMY = {
    "INKLING_ROOMS_PER_MINUTE": "100000", "INKLING_SOCKETS_PER_ADDRESS": "100000", "INKLING_WRONG_CODES": "100000",
    "INKLING_HTTP_PER_ADDRESS": "10000", "INKLING_OPENINGS_PER_MINUTE": "1000000", "INKLING_PLAYERS_PER_MINUTE": "1000000", "INKLING_LOG_LEVEL": "warning",
}  # fmt: skip
"""Limits that one address with many players would reach."""


class Process:
    """A child with its figures; it dies with its parent."""

    def __init__(self, command: Sequence[str], environment: dict[str, str] | None = None) -> None:
        self.began = time.monotonic()
        self.child = subprocess.Popen(
            command, cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT), **ROOMY, **(environment or {})},
            stdout=subprocess.DEVNULL, stderr=sys.stderr if os.environ.get("BENCH_LOUD") else subprocess.DEVNULL,
            preexec_fn=set_parent_death_signal,
        )  # fmt: skip

    def cpu(self) -> float:
        """Seconds of processor time so far, user and system, of the process and its children."""
        return sum(map(_cpu, self.family()))

    def resident(self) -> float:
        """MiB of memory, of the process and its children."""
        return sum(map(resident, self.family()))

    def family(self) -> list[int]:
        """The process and all its children."""
        found = [self.child.pid]
        for pid in found:
            for task in Path(f"/proc/{pid}/task").glob("*/children"):
                found += map(int, task.read_text().split())
        return found

    def stop(self) -> None:
        """End it and its children: politely, then not."""
        family = self.family() if self.child.poll() is None else []
        if family:
            self.child.terminate()
            try:
                self.child.wait(8)
            except subprocess.TimeoutExpired:
                self.child.kill()
                self.child.wait()
        for pid in family[1:]:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)


def run(command: Sequence[str]) -> str:
    """Run to the end; returns what was printed."""
    made = subprocess.run(
        command, cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True, check=False,
        preexec_fn=set_parent_death_signal,
    )  # fmt: skip
    if made.returncode:
        raise RuntimeError(made.stderr[-2000:])
    return made.stdout


def _cpu(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def resident(pid: int) -> float:
    """MiB of memory of a process."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith("VmRSS")).split()[1]) / 1024


def value(figures: str, name: str) -> float:
    """Read one figure of /metrics; 0 where it is missing."""
    found = re.search(rf"^{re.escape(name)} (\S+)", figures, re.MULTILINE)
    return float(found[1]) if found else 0.0


async def answers(url: str, patience: float = 60.0) -> float:
    """Wait until an address answers with 200; returns the seconds that took."""
    began = time.monotonic()
    async with aiohttp.ClientSession() as session:
        while time.monotonic() - began < patience:
            try:
                async with session.get(url) as answer:
                    if answer.status == 200:
                        return time.monotonic() - began
            except (OSError, aiohttp.ClientError):
                pass
            await asyncio.sleep(0.02)
    raise TimeoutError(f"{url} does not answer")


class Inkling:
    """The three processes of one machine."""

    def __init__(self, redis: RedisServer, guesser: Process | None, web: Process, port: int) -> None:
        self.redis, self.guesser, self.web, self.port = redis, guesser, web, port
        self.url = f"http://127.0.0.1:{port}"

    def cpu(self) -> dict[str, float]:
        """Processor seconds so far of each process."""
        redis_pid = self.redis._process.pid if self.redis._process is not None else 0
        guesser = self.guesser.cpu() if self.guesser is not None else 0.0
        return {"web": self.web.cpu(), "guesser": guesser, "redis": _cpu(redis_pid)}

    def memory(self) -> dict[str, float]:
        """MiB of each process."""
        redis_pid = self.redis._process.pid if self.redis._process is not None else 0
        guesser = self.guesser.resident() if self.guesser is not None else 0.0
        return {"web": self.web.resident(), "guesser": guesser, "redis": resident(redis_pid)}

    def commands(self) -> float:
        """Commands that Redis has processed."""
        with SyncRedis.from_url(self.redis.url) as client:
            return float(client.info("stats")["total_commands_processed"])

    async def drawing(self, players: int, patience: float = 60.0) -> None:
        """Wait until so many bots draw: joined, counted down, and a few messages each."""
        async with asyncio.timeout(patience):
            while value(await self.figures(), "inkling_messages_total") < 8 * players:
                await asyncio.sleep(0.25)

    async def figures(self) -> str:
        """The text of /metrics."""
        async with aiohttp.ClientSession() as session, session.get(self.url + "/metrics") as answer:
            return await answer.text()


@asynccontextmanager
async def inkling(guesses: bool = True, **environment: str) -> AsyncIterator[Inkling]:
    """Run Inkling as `inkling play` does, on a Redis of its own."""
    redis = RedisServer("--appendfsync", "everysec")
    redis.start()
    children: list[Process] = []
    port = free_port()
    env = {"REDIS_URL": redis.url, "PORT": str(port), "INKLING_HOST": "127.0.0.1", "INKLING_ALONE": "on", **environment}
    try:
        guesser = None
        if guesses:
            guesser = Process([sys.executable, "-m", "server", "guesser"], env)
            children.append(guesser)
        web = Process([sys.executable, "-m", "server", "web"], env)
        children.append(web)
        made = Inkling(redis, guesser, web, port)
        await answers(made.url + ("/readyz" if guesses else "/healthz"))
        yield made
    finally:
        for child in reversed(children):
            child.stop()
        redis.close()


async def bots(url: str, ink: Path, rooms: int, players: int, seconds: float, *more: str) -> dict[str, Any]:
    """Run `inkling bots`; returns what it prints and `cpu_s`, its own processor time."""
    words = ["--url", url, "--rooms", str(rooms), "--players", str(players), "--seconds", str(seconds)]
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "server", "bots", *words, "--ink", str(ink), "--json", *more,
        cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)}, stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE, preexec_fn=set_parent_death_signal,
    )  # fmt: skip
    said = asyncio.create_task(child.communicate())
    used = 0.0
    while not said.done():
        try:
            used = _cpu(child.pid)
        except OSError:
            break
        await asyncio.sleep(0.1)
    out, err = await said
    if not out:
        raise RuntimeError("the bots did not play: " + err.decode()[-2000:])
    report: dict[str, Any] = json.loads(out)
    return {**report, "cpu_s": round(used, 2), "said": err.decode().splitlines()[-3:] if report["errors"] else []}


def waves(folder: Path, points: int = 6, seconds: int = 30) -> Path:
    """Make drawings that give one message of `points` points every 100 ms, for every word of the default pack."""
    folder.mkdir(exist_ok=True)
    chance = random.Random(1)
    for word in BUILT_IN_PACKS["easy"].words:
        strokes = []
        for second in range(seconds):
            count = 10 * points
            x = [int(400 + 3000 * n / count + chance.uniform(-40, 40)) for n in range(count)]
            y = [int(2000 + chance.uniform(-1700, 1700) + 20 * n) % 4096 for n in range(count)]
            strokes.append([x, y, [second * 1000 + n * 1000 // count for n in range(count)]])
        record = {"word": word, "key_id": word, "drawing": strokes}
        (folder / f"{word}.ndjson").write_text(json.dumps(record) + "\n")
    return folder


def real_ink(folder: Path) -> tuple[Path, str]:
    """Return where real raw drawings are (INKLING_DATA), else made ones, and which it is."""
    data = os.environ.get("INKLING_DATA")
    # Absolute, for links are read from where they stand.
    raw = Path(data).resolve() / "quickdraw" / "raw" if data else None
    if raw is None or not raw.is_dir():
        return waves(folder), "made drawings"
    for word in BUILT_IN_PACKS["easy"].words:
        for path in raw.glob(f"{word}.ndjson*"):
            (folder / path.name).symlink_to(path)
    return folder, "real raw drawings"


@asynccontextmanager
async def scratch() -> AsyncIterator[Path]:
    """A folder that is gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        yield Path(name)
