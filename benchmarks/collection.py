"""A million drawings through the whole loop: `python -m benchmarks.collection --count 1000000`.

A web process with a Redis of its own collects COUNT drawings from the outboxes of rooms (real ones of INKLING_DATA, each repetition
moved about by a few units), exports them over HTTP in each of --formats (pictures: --pictures words only), is interrupted
once, resumes to the same checksums, and erases players. Its resident memory is read all the while. One JSON object a line; it ends
with 1 if a line does not hold.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any

import aiohttp
import numpy as np

from benchmarks.store import lines, played
from server.access.tokens import TokenSigner
from server.db import keys
from server.db.pipeline import AutoPipeline, Value
from server.db.private.private_redis import private_redis
from server.drawings import formats
from server.drawings.repository import DrawingRepository
from server.game.events import DrawingFinished
from server.game.ids import PlayerId, RoundId
from server.persistence.room_outbox import encode_outbox_entry
from server.rooms.ports import RoundClosing, StoreUnavailable

ROOM = 24
"""Drawings a room leaves: six rounds of four players."""
WAVE = 2000
"""Rooms that leave theirs together; the next ones do while these are being moved."""
BASE = 2000
"""Different drawings that are repeated."""
NOISE = 4
PICTURES = ("png", "svg", "gif", "imagefolder")
FORMATS = tuple(name for name in formats.EXPORT_FORMATS if name not in PICTURES)
FLAT_MIB = 48.0
"""What a web process may have grown by, however many drawings there are."""
ERASED = 20
RESUMES = 20
"""How often an export that Redis kept waiting for too long goes on."""
PORT = 8199


class Patient(AutoPipeline):
    """Asks again: beside other work a Redis under load may take longer than a player would wait. All that is sent may be repeated."""

    async def run(self, *command: Value) -> Any:
        while True:
            with suppress(StoreUnavailable):
                return await super().run(*command)
            await asyncio.sleep(1)

    async def all(self, commands: Iterable[tuple[Value, ...]]) -> list[Any]:
        commands = list(commands)
        while True:
            with suppress(StoreUnavailable):
                return await super().all(commands)
            await asyncio.sleep(1)


class Run:
    """The pieces of one run and what was found."""

    def __init__(
        self, url: str, pipe: AutoPipeline, http: aiohttp.ClientSession, web: asyncio.subprocess.Process
    ) -> None:
        self.url, self.pipe, self.http, self.web = url, pipe, http, web
        self.collection = DrawingRepository(pipe)
        self.failed = False
        self.peak = self.base = 0.0

    def memory(self) -> float:
        """MiB of the web process now; notes the most it ever had."""
        text = Path(f"/proc/{self.web.pid}/status").read_text()
        now = int(text.split("VmRSS:")[1].split()[0]) / 1024
        self.peak = max(self.peak, now)
        return now

    def say(self, name: str, value: float, unit: str, note: str, holds: bool | None = None) -> None:
        """Print one line."""
        self.failed |= holds is False
        print(
            json.dumps({"name": name, "value": round(value, 2), "unit": unit, "note": note, "holds": holds}), flush=True
        )

    async def ask(self, path: str, method: str = "GET", token: str = "operator", **options: Any) -> Any:
        """Ask the web process."""
        headers = {"Authorization": f"Bearer {token}"}
        async with self.http.request(method, f"http://127.0.0.1:{PORT}{path}", headers=headers, **options) as answer:
            body = await answer.json()
            if answer.status >= 400:
                raise RuntimeError(f"{path}: {answer.status} {body}")
            return body


def noisy(base: list[DrawingFinished], number: int, random: np.random.Generator) -> DrawingFinished:
    """Return a real drawing, a little elsewhere and a little different, by a player of six drawings."""
    one = base[number % len(base)]
    shift = random.integers(-NOISE, NOISE + 1, 2)
    strokes = tuple(
        (
            tuple(np.clip(np.asarray(x) + shift[0] + random.integers(-1, 2, len(x)), 0, 4095).tolist()),
            tuple(np.clip(np.asarray(y) + shift[1] + random.integers(-1, 2, len(y)), 0, 4095).tolist()),
            t,
        )
        for x, y, t in one.strokes
    )
    return replace(one, strokes=strokes, player=player(number // 6), round=RoundId(number % ROOM))


def player(number: int) -> PlayerId:
    return PlayerId(f"{number:032x}")


async def collect(run: Run, base: list[DrawingFinished], count: int) -> None:
    """Leave drawings in outboxes, wave by wave, and wait until the web process has moved them."""
    random, began, done = np.random.default_rng(1), time.perf_counter(), 0
    waiting: list[str] = []
    while done < count:
        codes, until = list[str](), min(count, done + WAVE * ROOM)
        while done < until:
            some = tuple(noisy(base, n, random) for n in range(done, min(until, done + ROOM)))
            code, at = f"R{done:09d}", int(time.time() * 1000)
            await run.pipe.run(
                "HSET", keys.room_outbox_key(code), "b:1", encode_outbox_entry(code, RoundClosing(some), at, keep=True)
            )
            await run.pipe.run("ZADD", keys.ROOMS_KEY, at, code)
            codes.append(code)
            done += len(some)
            run.memory()
        await moved(run, waiting)
        waiting = codes
    await moved(run, waiting)
    seconds = time.perf_counter() - began
    there = await run.collection.count()
    used = (await run.pipe.run("INFO", "memory"))["used_memory"]
    run.say("collect.drawings", there, "drawings", f"{there / seconds:.0f}/s, outbox to collection", there == count)
    run.say("collect.redis", used / max(1, there), "B/drawing", "all of Redis' used_memory")


async def moved(run: Run, codes: list[str]) -> None:
    """Wait until the outboxes of some rooms are empty."""
    while any(await run.pipe.all(("EXISTS", keys.room_outbox_key(code)) for code in codes)):
        run.memory()
        await asyncio.sleep(1)
    for code in codes:
        await run.pipe.run("ZREM", keys.ROOMS_KEY, code)
    if codes and run.base == 0:
        run.base = run.memory()


async def finished(run: Run, name: str) -> dict[str, Any]:
    """Wait for an export."""
    while True:
        state: dict[str, Any] = await run.ask(f"/api/exports/{name}")
        run.memory()
        if state["state"] not in ("waiting", "running"):
            return state
        await asyncio.sleep(0.2)


async def export(run: Run, format: str, count: int, words: list[str] | None) -> dict[str, str]:
    """Export in one format; returns the checksums."""
    began = time.perf_counter()
    order = {"format": format} if words is None else {"format": format, "words": words}
    name = (await run.ask("/api/exports", "POST", json=order))["id"]
    state, resumed = await finished(run, name), 0
    while state["state"] == "failed" and resumed < RESUMES:
        resumed += 1
        await run.ask(f"/api/exports/{name}/resume", "POST")
        state = await finished(run, name)
    seconds = time.perf_counter() - began
    note = f"{seconds:.0f} s, {state['drawings'] / seconds:.0f}/s, {sum(f['bytes'] for f in state['files']) / 2**20:.0f} MiB"
    note += f", resumed {resumed} times" if resumed else ""
    holds = state["state"] == "done" and (words is not None or state["drawings"] == count)
    run.say(f"export.{format}", state["drawings"], "drawings", note + state.get("error", ""), holds)
    await run.ask(f"/api/exports/{name}", "DELETE")
    return {file["file"]: file["sha256"] for file in state["files"] if "sha256" in file}


async def interrupt(run: Run, folder: Path, whole: dict[str, str]) -> None:
    """Kill an export twice in the middle (kill -9) and resume it: the checksums are those of one that was left alone."""
    out = folder / "cut"
    command = [sys.executable, "-m", "server", "export", "--format", "bin", "--out", str(out), "--resume"]
    kills = 0
    for part in (0.2, 0.6):
        process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.DEVNULL)
        while process.returncode is None and len(list(out.glob("*.bin"))) < part * len(whole):
            await asyncio.sleep(0.02)
        if process.returncode is None:
            process.kill()
            kills += 1
        await process.wait()
    for _ in range(RESUMES):
        process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.DEVNULL)
        if await process.wait() == 0:
            break
    again = {file["file"]: file["sha256"] for file in json.loads((out / "manifest.json").read_text())["files"]}
    run.say(
        "export.resumed", kills, "kills", f"{len(again)} files, checksums as in one go", again == whole and kills == 2
    )


async def erase(run: Run, count: int, tokens: TokenSigner) -> None:
    """Erase players over HTTP."""
    began, gone = time.perf_counter(), 0
    players = list(range(0, count // 6, max(1, count // 6 // ERASED)))[:ERASED]
    for number in players:
        gone += (await run.ask("/api/mine", "DELETE", token=tokens.player(player(number))))["erased"]
        run.memory()
    seconds = (time.perf_counter() - began) / len(players)
    left = await run.collection.count()
    run.say("erase.player", seconds * 1000, "ms", f"{len(players)} players, {gone} drawings, {left} left",
            gone == 6 * len(players) and left == count - gone)  # fmt: skip


@asynccontextmanager
async def stage(folder: Path) -> AsyncIterator[Run]:
    """Start Redis and a web process."""
    async with private_redis(folder) as url, aiohttp.ClientSession() as http:
        os.environ.update(
            REDIS_URL=url, PORT=str(PORT), INKLING_HOST="127.0.0.1", INKLING_SECRET="a key of the benchmark", INKLING_ADMIN_TOKEN="operator",
            INKLING_ERASED=str(folder / "erased"), INKLING_EXPORTS=str(folder / "exports"), INKLING_LOG_LEVEL="warning",
        )  # fmt: skip
        pipe = Patient(url)
        web = await asyncio.create_subprocess_exec(sys.executable, "-m", "server", "web")
        try:
            async with asyncio.timeout(60):
                while True:
                    try:
                        async with http.get(f"http://127.0.0.1:{PORT}/healthz"):
                            break
                    except aiohttp.ClientError:
                        await asyncio.sleep(0.1)
            yield Run(url, pipe, http, web)
        finally:
            web.terminate()
            await web.wait()
            await pipe.close()


async def main(arguments: argparse.Namespace, data: Path) -> bool:
    base = [played(n, record) for n, (_, record) in enumerate(islice(lines(data, 0), 0, None, 4)) if n < BASE]
    with tempfile.TemporaryDirectory(prefix="ink-", dir=arguments.folder) as name:
        async with stage(Path(name)) as run:
            await collect(run, base, arguments.count)
            sums: dict[str, dict[str, str]] = {}
            for format in arguments.formats:
                sums[format] = await export(run, format, arguments.count, None)
            words = sorted({one.word for one in base})[: arguments.pictures]
            for format in PICTURES if words else ():
                await export(run, format, arguments.count, words)
            if "bin" in sums:
                await interrupt(run, Path(name), sums["bin"])
            await erase(run, arguments.count, TokenSigner(["a key of the benchmark"]))
            grown = run.peak - run.base
            run.say("web.memory", run.peak, "MiB", f"{run.base:.0f} MiB after the first {WAVE * ROOM} drawings, grown by {grown:.0f} since",
                    grown <= FLAT_MIB)  # fmt: skip
            return not run.failed


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=20_000, help="drawings (default: %(default)s)")
    parser.add_argument("--formats", nargs="*", default=list(FORMATS), choices=FORMATS)
    parser.add_argument("--pictures", type=int, default=1, help="words of which PNG, SVG, GIF and ImageFolder are made")
    parser.add_argument("--folder", type=Path, default=None, help="where to put it all (1 million: 6 GB)")
    given = parser.parse_args()
    if not os.environ.get("INKLING_DATA"):
        parser.error("INKLING_DATA is not set: a folder with quickdraw/raw")
    sys.exit(not asyncio.run(main(given, Path(os.environ["INKLING_DATA"]) / "quickdraw" / "raw")))
