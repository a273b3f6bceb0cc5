"""The guesser through its queue, against other ways to ask the same network: guesses a second, and p99.

Every contender gets the same ink, one at a time from so many askers, each of whom waits for its answer.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import time
from typing import Any

import aiohttp
import redis

from benchmarks import place, rivals
from benchmarks.inks import inks
from benchmarks.line import line
from model.ink.strokes import Ink
from server.bots.tally import latency_percentiles
from server.db import keys
from server.game.ink.canvas import Stroke
from server.game.words.packs import BUILT_IN_PACKS
from server.guessing import messages
from server.guessing.client.guess_client import MIN_GUESS_SEND_INTERVAL_SECONDS
from server.rooms.ink_buffer import InkBuffer
from tests.redis_server import RedisServer

SECONDS = 8.0
WARM = 1.5
BARE_SECONDS = 12.0
ASKERS = 128
WEB = "0123456789abcdef"
SHORTEST = 0.002
"""Seconds; a wait below a millisecond is for ever to Redis."""


def packed(ink: Ink) -> bytes:
    """Pack ink as a web process does."""
    return bytes(InkBuffer().follow([Stroke.of((x.tolist(), y.tolist(), t.tolist())) for x, y, t in ink]))


class Queue:
    """Asks as web processes do, through Redis; answers are counted, and how long they took."""

    def __init__(self, url: str, drawings: list[Ink]) -> None:
        self._redis = redis.Redis.from_url(url)
        self._inks = [packed(ink) for ink in drawings]
        self._mask = messages.pack_word_mask(BUILT_IN_PACKS["easy"].words)
        self._next = 0
        self._left: dict[int, float] = {}
        self.late: list[float] = []
        self.heard_of: set[str] = set()
        """Guessers that answered so far."""
        self.stages: dict[str, list[float]] = {"queue": [], "raster": [], "network": [], "size": []}

    def ask(self, count: int) -> None:
        """Push so many requests."""
        now, asks = time.time(), []
        for _ in range(count):
            self._next += 1
            self._left[self._next] = time.perf_counter()
            ink = self._inks[self._next % len(self._inks)]
            asks.append(
                messages.encode_guess_message(messages.GuessRequestMessage(WEB, self._next, ink, self._mask, now, 1))
            )
        if asks:
            self._redis.rpush(keys.GUESS_QUEUE_KEY, *asks)

    def hear(self, seconds: float) -> int:
        """Take answers in for at most so long; returns how many came with the first message."""
        popped: Any = self._redis.blpop([keys.guess_replies_key(WEB)], max(seconds, SHORTEST))
        if popped is None:
            return 0
        now, heard = time.perf_counter(), messages.decode_guess_reply(popped[1])
        self.heard_of.add(heard.guesser)
        self.late += [(now - self._left.pop(told.id)) * 1000 for told in heard.answers]
        self.stages["queue"] += [told.waited * 1000 for told in heard.answers]
        self.stages["raster"].append(heard.raster * 1000)
        self.stages["network"].append(heard.network * 1000)
        self.stages["size"].append(heard.size)
        return len(heard.answers)

    def closed(self, askers: int, seconds: float) -> tuple[float, dict[str, float | None]]:
        """Let so many askers ask as fast as they are answered: guesses a second, percentiles in ms."""
        self._clear()
        self.ask(askers)
        until, count, began = time.perf_counter() + WARM, 0, 0.0
        measuring = False
        while time.perf_counter() < until:
            came = self.hear(0.5)
            self.ask(came)
            count += came
            if not measuring and time.perf_counter() >= until:
                measuring, began, count = True, time.perf_counter(), 0
                until = began + seconds
                self.late.clear()
        rate = count / (time.perf_counter() - began)
        late = latency_percentiles(self.late)
        while self._left and self.hear(1.0):
            pass
        return rate, late

    def paced(self, rate: float, seconds: float) -> dict[str, float | None]:
        """Ask at a rate, in one push a breath, as a paced web process does; returns percentiles in ms."""
        self._clear()
        began = beat = time.perf_counter()
        asked = 0
        while (now := time.perf_counter()) < began + seconds:
            if now >= beat:
                due = int((now - began) * rate)
                self.ask(due - asked)
                asked, beat = due, beat + MIN_GUESS_SEND_INTERVAL_SECONDS
            else:
                self.hear(beat - now)
        late = latency_percentiles(self.late)
        while self._left and self.hear(1.0):
            pass
        return late

    def _clear(self) -> None:
        self._left.clear()
        self.late.clear()
        for values in self.stages.values():
            values.clear()


def ours(drawings: list[Ink], seconds: float = SECONDS, guessers: int = 1, threads: int = 1) -> dict[str, Any]:
    """Measure one guesser, or several, through Redis; paced for as long again, if it is one."""
    server = RedisServer("--appendfsync", "everysec")
    server.start()
    environment = {"REDIS_URL": server.url, "INKLING_GUESSER_THREADS": str(threads)}
    serving = [place.Process([sys.executable, "-m", "server", "guesser"], environment) for _ in range(guessers)]
    try:
        with redis.Redis.from_url(server.url) as client:
            while not client.exists(keys.GUESSER_HEARTBEAT_KEY):
                time.sleep(0.05)
        queue = Queue(server.url, drawings)
        while len(queue.heard_of) < guessers:
            queue.closed(ASKERS, 0.1)
        start = sum(one.cpu() for one in serving)
        rate, late = queue.closed(ASKERS, seconds)
        used = sum(one.cpu() for one in serving) - start
        sizes = sum(queue.stages["size"]) / max(1, len(queue.stages["size"]))
        paced = queue.paced(0.8 * rate, seconds if guessers == 1 else 1.0)
        return {"rate": rate, **late, "paced": paced, "size": sizes, "cpu_us": used * 1e6 / (rate * (seconds + WARM))}
    finally:
        for one in serving:
            one.stop()
        server.close()


def bare() -> dict[str, Any]:
    """Measure the bare loop; returns its best batch size."""
    out = place.run([sys.executable, "-m", "benchmarks.servers.bare", str(BARE_SECONDS)])
    found = json.loads(out.splitlines()[-1])
    size = max(found, key=lambda one: found[one]["rate"])
    return {"size": int(size), **found[size]}


async def served(module: str, words: list[str], drawings: list[Ink], askers: int) -> dict[str, Any]:
    """Measure a server that is asked over HTTP."""
    port = place.free_port()
    environment = {"PYTHONPATH": str(place.ROOT), "TF_CPP_MIN_LOG_LEVEL": "3"}
    server = place.Process([rivals.python(), "-m", module, str(port), *words], environment)
    bodies = [json.dumps({"strokes": [[x.tolist(), y.tolist()] for x, y, _ in ink]}).encode() for ink in drawings]
    late: list[float] = []
    try:
        await place.answers(f"http://127.0.0.1:{port}/" + ("health" if "litserve" in module else ""), 90)
        async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:
            began = time.perf_counter()

            async def ask(number: int) -> None:
                place_in_line = number
                while (now := time.perf_counter()) < began + WARM + SECONDS:
                    body = bodies[place_in_line % len(bodies)]
                    place_in_line += askers
                    headers = {"Content-Type": "application/json"}
                    async with session.post(f"http://127.0.0.1:{port}/guess", data=body, headers=headers) as answer:
                        await answer.read()
                        if answer.status != 200:
                            raise RuntimeError(f"{module} answers {answer.status}")
                    if now > began + WARM:
                        late.append((time.perf_counter() - now) * 1000)

            await asyncio.gather(*(ask(number) for number in range(askers)))
            spent = time.perf_counter() - began - WARM
    finally:
        server.stop()
    return {"rate": len(late) / spent, **latency_percentiles(late)}


async def measure() -> list[dict[str, Any]]:
    """Measure all; the bare loop before and after ours."""
    drawings, kind = inks(512)
    first = bare()
    mine = await asyncio.to_thread(ours, drawings, SECONDS, 1, 2)
    alone = await asyncio.to_thread(ours, drawings, SECONDS / 2)
    two = await asyncio.to_thread(ours, drawings, SECONDS / 2, 2)
    second = bare()
    loop = {name: (first[name] + second[name]) / 2 for name in ("rate", "cpu_us")} | {"size": second["size"]}
    http = {
        "flask-predict": await served("benchmarks.servers.flask_server", ["predict"], drawings, 8),
        "call-per-request": await served("benchmarks.servers.flask_server", ["call"], drawings, 8),
        "litserve": await served("benchmarks.servers.litserve_server", [], drawings, ASKERS),
    }
    note = f"{ASKERS} askers, {kind}; mean batch {mine['size']:.0f}, {mine['cpu_us']:.0f} µs of processor time a guess"
    lines = [line("guesser.throughput", mine["rate"], "guesses/s", "bare-batched", mine["rate"] / loop["rate"],
                  f"theirs {loop['rate']:.0f}/s at batch {loop['size']}; {note}"),
             line("guesser.throughput_of_one_thread", alone["rate"], "guesses/s", "bare-batched", alone["rate"] / loop["rate"],
                  f"draws and runs the network in turn, as the bare loop does; mean batch {alone['size']:.0f}, "
                  f"{alone['cpu_us']:.0f} µs of processor time a guess, theirs {loop['cpu_us']:.0f}"),
             line("guesser.throughput_of_two", two["rate"], "guesses/s", "bare-batched", two["rate"] / loop["rate"],
                  f"two guessers with one thread each at the same queue; {two['cpu_us']:.0f} µs of processor time a guess")]  # fmt: skip
    for name, theirs in http.items():
        lines.append(line("guesser.throughput", mine["rate"], "guesses/s", name, mine["rate"] / theirs["rate"],
                          f"theirs {theirs['rate']:.0f}/s over HTTP; {note}"))  # fmt: skip
    for name, theirs in http.items():
        lines.append(line("guesser.p99_ms", mine["p99"], "ms", name, mine["p99"] / theirs["p99"],
                          f"asked as fast as it answers, {ASKERS} askers ({8 if name != 'litserve' else ASKERS} for theirs: "
                          f"p50 {theirs['p50']}, p99 {theirs['p99']} ms); ours p50 {mine['p50']} ms"))  # fmt: skip
    paced = mine["paced"]
    lines.append(line("guesser.p99_ms_paced", paced["p99"], "ms", note=f"at 80 % of the rate above, one push every {MIN_GUESS_SEND_INTERVAL_SECONDS * 1000:.0f} ms, as a web process paces it; p50 {paced['p50']} ms"))  # fmt: skip
    return lines


if __name__ == "__main__":
    os.environ.setdefault("INKLING_GUESSER_THREADS", "2")
    for one in asyncio.run(measure()):
        print(json.dumps(one, ensure_ascii=False), flush=True)
