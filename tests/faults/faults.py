"""The fault tests of RELIABILITY.md: what is done, how often, and what must hold. Every process is a real one."""

from __future__ import annotations

import asyncio
import json
import os
import random
import re
import shutil
import signal
import socket
import statistics
import subprocess
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import redis

from server.rooms.ports import Closing, StoreAway
from server.store import keys
from server.store.binary import find_server
from server.store.keeper import die_with_parent
from server.store.log import RedisLog
from server.store.pipe import Pipe
from tests.faults.checker import Verdict, check
from tests.faults.drawer import Drawer
from tests.faults.lines import Ends, line
from tests.faults.town import Process, Town, Web, free_port, town, until
from tests.redis_server import RedisServer


@dataclass
class Outcome:
    """One line of the table."""

    id: str
    fault: str
    count: int
    found: str
    ok: bool


@dataclass
class Times:
    """Seconds that something took, with a bound."""

    name: str
    bound: float
    values: list[float] = field(default_factory=list)
    share: float = 0.99

    def add(self, value: float) -> None:
        self.values.append(value)

    @property
    def reached(self) -> float:
        ordered = sorted(self.values)
        return ordered[min(len(ordered) - 1, int(self.share * len(ordered)))] if ordered else 0.0

    @property
    def ok(self) -> bool:
        return self.reached <= self.bound

    def __str__(self) -> str:
        median = statistics.median(self.values) if self.values else 0.0
        top = f"p{self.share * 100:g}" if self.share < 1 else "most"
        return f"{self.name} {median:.2f} s, {top} {self.reached:.2f} (≤ {self.bound:g})"


def outcome(
    id: str, fault: str, count: int, verdict: Verdict, *times: Times, also: str = "", ok: bool = True
) -> Outcome:
    found = "; ".join([str(verdict), *map(str, times), *([also] if also else [])])
    return Outcome(id, fault, count, found, verdict.ok and ok and all(one.ok for one in times))


def back(drawers: list[Drawer], since: float) -> bool:
    """Whether everybody sits and has heard something since."""
    return all(one.joined.is_set() and one.heard_at > since and one.saving for one in drawers)


def writes(drawers: list[Drawer], since: float) -> bool:
    """Whether everybody who may draw has had ink stored since."""
    return all(one.view.get("phase") != "drawing" or one.stored_at > since for one in drawers)


async def finished(made: Town, canvases: bool = True) -> Verdict:
    await made.finish()
    return await check(made, canvases)


# -- F1, F2, F5, F11: web processes and guessers -------------------------------------------------------------


async def f1(kills: int) -> Outcome:
    """kill -9 of the room's owner."""
    takeover, resumed = Times("takeover", 6.0), Times("all back", 10.0, share=1)
    async with town(webs=3, seed=1) as made:
        crowd = await made.open_room(8)
        for _ in range(kills):
            await asyncio.sleep(made.chance.uniform(0.3, 2.5))
            owner = made.owner(crowd[0].code)
            assert owner is not None
            name, at = owner.name, time.monotonic()
            owner.kill()
            takeover.add(await until(partial(_owned_by_another, made, crowd[0].code, name), 20))
            await until(partial(back, crowd, at), 20)
            resumed.add(time.monotonic() - at)
            owner.start()
            await owner.ready()
        return outcome(
            "F1", "kill -9 of the room's owner, 8 players drawing", kills, await finished(made), takeover, resumed
        )


def _owned_by_another(made: Town, code: str, name: str) -> bool:
    owner = (made.redis.hget(keys.head(code), "owner") or b"").decode()
    return owner not in ("", name)


async def f2(kills: int) -> Outcome:
    """kill -9 of another web process, and of the guesser."""
    resumed, again = Times("all back", 10.0, share=1), Times("guesses again after", 2.0)
    cuts = 0
    async with town(webs=3, seed=2) as made:
        crowd = await made.open_room(8)
        for _ in range(kills):
            await asyncio.sleep(made.chance.uniform(0.2, 1.0))
            owner = made.owner(crowd[0].code)
            other = made.chance.choice([web for web in made.webs if web is not owner])
            at = time.monotonic()
            other.kill()
            await until(partial(back, crowd, at), 20)
            resumed.add(time.monotonic() - at)
            other.start()
            await other.ready()
        for _ in range(kills):
            await until(lambda: crowd[0].view["phase"] == "drawing", 60)
            await asyncio.sleep(made.chance.uniform(0.1, 0.6))
            before = [one.connections for one in crowd]
            assert made.guesser is not None
            made.guesser.kill()
            await asyncio.sleep(made.chance.uniform(0.0, 0.8))
            heard = len(made.guesser.log)
            made.guesser.start()
            await until(partial(_said, made.guesser, heard), 20)
            at, guesses = time.monotonic(), sum(one.guesses for one in crowd)
            while crowd[0].view["phase"] == "drawing" and sum(one.guesses for one in crowd) == guesses:
                await asyncio.sleep(0.01)
            if crowd[0].view["phase"] == "drawing":
                again.add(time.monotonic() - at)
            cuts += sum(one.connections for one in crowd) - sum(before)
        verdict = await finished(made)
        return outcome("F2", "kill -9 of another web process; of the guesser", 2 * kills, verdict, resumed, again,
                       also=f"{cuts} disconnected by a dead guesser", ok=not cuts)  # fmt: skip


def _said(process: Process, before: int) -> bool:
    return "ready" in process.log[before:]


async def f5(stops: int) -> Outcome:
    """SIGSTOP of the owner for twice the lease."""
    fenced = rooms = 0
    async with town(webs=2, seed=5) as made:
        for _ in range(3):
            await made.open_room(4)
        for _ in range(stops):
            await asyncio.sleep(1)
            owner = made.owner(made.rooms[0][0].code)
            assert owner is not None
            name, said = owner.name, len(owner.log)
            owned = [crowd[0].code for crowd in made.rooms if made.owner(crowd[0].code) is owner]
            owner.send(signal.SIGSTOP)
            stopped = time.monotonic()
            await until(lambda: all(_owned_by_another(made, code, name) for code in owned), 20)  # noqa: B023
            await asyncio.sleep(max(0.0, 10 - (time.monotonic() - stopped)))
            at = time.monotonic()
            owner.send(signal.SIGCONT)
            await until(partial(back, made.players, at), 20)
            await asyncio.sleep(0.5)
            rooms += len(owned)
            fenced += sum(f"room {code} is owned elsewhere: Fenced" in owner.log[said:] for code in owned)
        verdict = await finished(made)
        return outcome("F5", "SIGSTOP of the owner for 10 s, SIGCONT", stops, verdict,
                       also=f"{fenced} of {rooms} rooms fenced", ok=fenced == rooms)  # fmt: skip


async def f11(restarts: int) -> Outcome:
    """SIGTERM rolling restart of four web processes."""
    pause = Times("longest pause of a room", 2.0, share=1)
    async with town(webs=4, seed=11) as made:
        for _ in range(3):
            await made.open_room(4, seconds=60)
        await until(lambda: all(one.view["phase"] == "drawing" for one in made.players), 20)
        watching = asyncio.create_task(_watch_pauses(made, pause))
        for _ in range(restarts):
            for web in made.webs:
                await asyncio.sleep(0.5)
                web.send(signal.SIGTERM)
                await web.ended()
                web.start()
                await web.ready()
        watching.cancel()
        return outcome("F11", "SIGTERM rolling restart of 4 web processes", 4 * restarts, await finished(made), pause)


async def _watch_pauses(made: Town, pause: Times) -> None:
    """Note the longest time between two stored changes of each room, while it draws."""
    last = {crowd[0].code: time.monotonic() for crowd in made.rooms}
    while True:
        await asyncio.sleep(0.01)
        for crowd in made.rooms:
            newest = max(one.stored_at for one in crowd)
            code = crowd[0].code
            if crowd[0].view["phase"] != "drawing":
                last[code] = time.monotonic()
            elif newest > last[code]:
                pause.add(newest - last[code])
                last[code] = newest


# -- F3, F6, F7, F12: Redis ----------------------------------------------------------------------------------


async def f3(kills: int, downs: tuple[float, ...] = (0.2, 5, 30)) -> Outcome:
    """kill -9 of Redis."""
    again = Times("back after Redis answers", 2.0, share=1)
    async with town(webs=2, seed=3) as made:
        for _ in range(2):
            await made.open_room(4)
        for number in range(kills):
            await asyncio.sleep(made.chance.uniform(0.5, 2.5))
            made.redis_server.kill()
            await asyncio.sleep(downs[number % len(downs)])
            made.redis_server.start()
            at = time.monotonic()
            await until(partial(_plays_on, made, at), 20)
            again.add(time.monotonic() - at)
        shown = " / ".join(f"{down:g}" for down in downs)
        return outcome("F3", f"kill -9 of Redis, down {shown} s", kills, await finished(made), again)


def _plays_on(made: Town, since: float) -> bool:
    return back(made.players, since) and writes(made.players, since)


async def f6(times: int) -> Outcome:
    """A reply dropped after execution."""
    server = RedisServer()
    server.start()
    expected: dict[str, list[bytes]] = {}
    wrong = 0
    try:
        async with line(partial(asyncio.open_unix_connection, f"{server.folder}/s")) as way:
            pipe = Pipe(f"redis://127.0.0.1:{way.port}")
            log = RedisLog(pipe, "me")
            chance, number = random.Random(6), 0
            while way.swallowed < times:
                code = f"R{number // 50:05d}"
                if code not in expected:
                    way.swallow = 1
                    assert await _insist(partial(log.create, code, b"start")) == 1
                    expected[code] = []
                entries = [b"%d-%d" % (number, at) for at in range(chance.randint(1, 4))]
                way.swallow = 1
                await _insist(partial(log.append, code, 1, len(expected[code]), entries))
                expected[code] += entries
                if chance.random() < 0.1:
                    way.swallow = 1
                    await _insist(partial(log.save, code, 1, len(expected[code]), b"s%d" % number, Closing()))
                number += 1
            await pipe.close()
        direct = Pipe(server.url)
        for code, entries in expected.items():
            found = await RedisLog(direct, "me").adopt(code)
            assert found is not None
            last = found.snapshot_offset + len(found.tail)
            wrong += last != len(entries) or list(found.tail) != entries[found.snapshot_offset :]
        await direct.close()
    finally:
        server.close()
    return Outcome(
        "F6", "reply dropped after execution", times, f"{wrong} rooms with more or less than one effect each", not wrong
    )


async def _insist(write: Callable[[], Awaitable[Any]]) -> Any:
    while True:
        try:
            return await write()
        except StoreAway:
            await asyncio.sleep(0)


class _Pair:
    """Two Redis servers, one the other's replica, behind one address."""

    def __init__(self) -> None:
        self.ports = [free_port(), free_port()]
        self.folders = [Path(f"/tmp/ink-pair-{os.getpid()}-{port}") for port in self.ports]
        self.processes: list[subprocess.Popen[bytes] | None] = [None, None]
        self.primary = 0

    def client(self, number: int) -> Any:
        return redis.Redis(port=self.ports[number], socket_timeout=2)

    def start(self, number: int, *options: str) -> None:
        self.folders[number].mkdir(exist_ok=True)
        words = [str(find_server().path), "--port", str(self.ports[number]), "--bind", "127.0.0.1", "--save", "", "--appendonly",
                 "no", "--repl-diskless-sync", "yes", "--repl-diskless-sync-delay", "0", *options]  # fmt: skip
        self.processes[number] = subprocess.Popen(
            words, cwd=self.folders[number], stdout=subprocess.DEVNULL, preexec_fn=die_with_parent
        )

    async def link(self) -> None:
        """Make the other one a replica of the primary and wait until it is one."""
        other = 1 - self.primary
        self.start(other, "--replicaof", "127.0.0.1", str(self.ports[self.primary]))
        await until(partial(self._linked, other), 20)

    def _linked(self, number: int) -> bool:
        try:
            return bool(self.client(number).info("replication").get("master_link_status") == "up")
        except redis.RedisError:
            return False

    async def dial(self) -> Ends:
        return await asyncio.open_connection("127.0.0.1", self.ports[self.primary])

    def promote(self) -> None:
        """Kill the primary and have the replica take over."""
        process = self.processes[self.primary]
        assert process is not None
        process.kill()
        process.wait()
        self.primary = 1 - self.primary
        self.client(self.primary).replicaof("NO", "ONE")

    def close(self) -> None:
        for process in self.processes:
            if process is not None and process.poll() is None:
                process.kill()
                process.wait()
        for folder in self.folders:
            shutil.rmtree(folder, ignore_errors=True)


async def f7(times: int) -> Outcome:
    """A replica promoted under load, with and without waiting for it."""
    lost = {0: 0, 1: 0}
    acked = {0: 0, 1: 0}
    for replicas in lost:
        for _ in range(times):
            answered, missing = await _fail_over(replicas)
            acked[replicas] += answered
            lost[replicas] += missing
    found = "; ".join(f"INKLING_REPLICAS={one}: {lost[one]} of {acked[one]} acked entries lost" for one in lost)
    return Outcome("F7", "replica promoted under load", 2 * times, found, not lost[1])


async def _fail_over(replicas: int) -> tuple[int, int]:
    """Write to eight logs while the primary dies; returns how many entries were acked, and how many are missing."""
    pair = _Pair()
    try:
        pair.start(0)
        await until(lambda: _pings(pair.client(0)), 10)
        await pair.link()
        async with line(pair.dial) as way:
            pipe = Pipe(f"redis://127.0.0.1:{way.port}", replicas)
            log = RedisLog(pipe, "me")
            codes = [f"R{number:05d}" for number in range(8)]
            for code in codes:
                await _insist(partial(log.create, code, b"start"))
            answered = dict.fromkeys(codes, 0)

            async def write(code: str) -> None:
                try:
                    while True:
                        await log.append(code, 1, answered[code], [b"%d" % answered[code]])
                        answered[code] += 1
                except StoreAway:
                    return

            writers = [asyncio.create_task(write(code)) for code in codes]
            await asyncio.sleep(random.uniform(0.05, 0.3))
            pair.promote()
            way.cut()
            await asyncio.gather(*writers)
            missing = 0
            direct = Pipe(f"redis://127.0.0.1:{pair.ports[pair.primary]}")
            for code in codes:
                found = await RedisLog(direct, "me").adopt(code)
                stored = 0 if found is None else len(found.tail)
                missing += max(0, answered[code] - stored)
            await direct.close()
            await pipe.close()
            return sum(answered.values()), missing
    finally:
        pair.close()


def _pings(client: Any) -> bool:
    try:
        return bool(client.ping())
    except redis.RedisError:
        return False


async def f12(times: int) -> Outcome:
    """Redis full, refusing, forgetful, or hanging up."""
    deaf = Times("deaf after a hang-up", 2.0, share=1)
    again = Times("back", 2.0, share=1)
    false = 0
    async with town(webs=2, seed=12) as made:
        for _ in range(2):
            await made.open_room(4)
        for number in range(times):
            await until(lambda: all(one.view["phase"] == "drawing" for one in made.players), 40)
            kind = ("maxmemory", "replicas", "flush", "hang up")[number % 4]
            client = made.redis
            if kind in ("maxmemory", "replicas"):
                name, bad, good = {"maxmemory": ("maxmemory", 1, 0), "replicas": ("min-replicas-to-write", 9, 0)}[kind]
                client.config_set(name, bad)
                await until(lambda: not any(one.saving for one in made.players), 5)
                stored = {one.name: one.page.acked for one in made.players}
                await asyncio.sleep(0.5)
                false += sum(
                    one.page.acked != stored[one.name] for one in made.players if one.view["phase"] == "drawing"
                )
                client.config_set(name, good)
                at = time.monotonic()
                await until(partial(_plays_on, made, at), 20)
                again.add(time.monotonic() - at)
            else:
                at = time.monotonic()
                if kind == "flush":
                    client.script_flush()
                else:
                    client.execute_command("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")
                await until(partial(_plays_on, made, at), 20)
                deaf.add(time.monotonic() - at)
        verdict = await finished(made)
        return outcome("F12", "maxmemory, refused writes, SCRIPT FLUSH, connections killed", times, verdict, deaf, again,
                       also=f"{false} false acks", ok=not false)  # fmt: skip


# -- F4: the whole machine -----------------------------------------------------------------------------------


class PlayTown(Town):
    """`inkling play` with all its children on a data folder."""

    def __init__(self, folder: Path) -> None:
        self.data, self.port = folder / "data", free_port()
        words = ["-m", "server", "play", "--port", str(self.port), "--data-dir", str(self.data)]
        super().__init__(_NoServer(folder), 4)  # type: ignore[arg-type]
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
        for number in range(kills):
            await asyncio.sleep(made.chance.uniform(0.5, 3.0))
            if number % 3 == 2:
                made.play.kill()
            else:
                made.kill_all()
            at = time.monotonic()
            await made.up()
            await until(partial(back, crowd, at), 30)
            again.add(time.monotonic() - at)
        verdict = await finished(made)
        return outcome("F4", "kill -9 of the whole `inkling play`, restart", kills, verdict, again)
    finally:
        for drawer in made.players:
            await drawer.stop()
        made.kill_all()
        await made.close()


# -- F8, F9, F10: clients ------------------------------------------------------------------------------------


async def f8(offline: float, times: int = 1) -> Outcome:
    """The client's network: reset, half-open, slow, thin, away."""
    refusals: dict[str, int] = {}
    async with town(webs=2, seed=8) as made:
        target = made.webs[1]
        async with line(partial(asyncio.open_connection, "127.0.0.1", target.port)) as way:
            crowd = await made.open_room(3, seconds=int(offline) * 2 + 40, rounds=1)
            far = Drawer("far", crowd[0].code, lambda: f"http://127.0.0.1:{way.port}", 8)
            far.start()
            crowd.append(far)
            for one in crowd:
                one.points = (1, 1)
            await until(lambda: all(one.view.get("phase") == "drawing" for one in crowd), 20)
            for _ in range(times):
                await asyncio.sleep(1)
                way.cut()
                await asyncio.sleep(1)
                way.delay = 0.15
                await asyncio.sleep(2)
                way.delay, way.bytes_per_second = 0.0, 8_000
                await asyncio.sleep(2)
                way.bytes_per_second = 0.0
                way.open = False
                await asyncio.sleep(min(offline, 4))
                way.open = True
                way.cut()
                await asyncio.sleep(1)
            way.refusing = True
            way.cut()
            await asyncio.sleep(offline)
            way.refusing = False
            began, waiting = time.monotonic(), len(far.page.chunks) - far.page.acked
            far.drawing = False
            await until(lambda: far.settled, 60)
            took = time.monotonic() - began
            refusals = far.refusals
            verdict = await finished(made)
        flooded = refusals.get("slow_down", 0) + refusals.get("ended flood", 0)
        return outcome("F8", f"network of a client: reset, 300 ms, 64 kbit/s, half-open, {offline:g} s offline", 4 * times + 1,
                       verdict, also=f"{waiting} changes sent again in {took:.1f} s, {flooded} of them refused as flooding",
                       ok=not flooded)  # fmt: skip


async def f9(deaf: int) -> Outcome:
    """Clients that stop reading."""
    async with town(webs=1, seed=9, guesser=False) as made:
        web = made.webs[0]
        crowd = await made.open_room(4, seconds=300)
        rooms = [crowd[0].code]
        while len(rooms) * 30 < deaf:
            rooms.append((await made.open_room(4, seconds=300))[0].code)
        for one in made.players:
            one.points = (40, 60)
        await until(lambda: all(len(one.page.chunks) > 60 for one in made.players), 40)
        before = await _acks(crowd, 3.0)
        memory = web.resident()
        sockets = [await _deaf(web, rooms[n // 30], n) for n in range(deaf)]
        during = asyncio.create_task(_acks(crowd, 6.0))
        began = time.monotonic()
        while connections(web) > len(made.players) and time.monotonic() - began < 60:
            for _, writer in sockets:
                writer.write(_masked('42["resync",{"id":1}]'))
            await asyncio.sleep(0.25)
        took = time.monotonic() - began
        grown = web.resident() - memory
        after = await during
        for _, writer in sockets:
            writer.transport.abort()
        verdict = await finished(made, canvases=False)
        ok = grown <= 50 and took <= 8
        return outcome("F9", "clients that stop reading", deaf, verdict,
                       also=f"all cut after {took:.1f} s (≤ 8); memory +{grown:.0f} MiB (≤ 50); "
                       f"p99 of the others' acks {before * 1000:.0f} → {after * 1000:.0f} ms", ok=ok)  # fmt: skip


async def _acks(crowd: list[Drawer], seconds: float) -> float:
    """Return the 99th percentile of the time between two acks of a player."""
    gaps: list[float] = []
    last = {one.name: one.stored_at for one in crowd}
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        await asyncio.sleep(0.005)
        for one in crowd:
            if one.stored_at > last[one.name]:
                gaps += [one.stored_at - last[one.name]] if last[one.name] else []
                last[one.name] = one.stored_at
    return sorted(gaps)[int(0.99 * len(gaps))] if gaps else float("inf")


def _masked(text: str) -> bytes:
    data = text.encode()
    head = bytes([0x81, 0x80 | len(data)]) if len(data) < 126 else b"\x81\xfe" + len(data).to_bytes(2, "big")
    return head + b"\0\0\0\0" + data


async def _deaf(web: Web, code: str, number: int) -> Ends:
    """Join a room over a bare socket, then read no more."""
    own = socket.socket()
    # What the kernel takes in for a reader that sleeps would hide it.
    own.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    own.setblocking(False)
    await asyncio.get_running_loop().sock_connect(own, ("127.0.0.1", web.port))
    reader, writer = await asyncio.open_connection(sock=own, limit=2**20)
    writer.write(
        b"GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\n"
        b"Connection: Upgrade\r\nSec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==\r\nSec-WebSocket-Version: 13\r\n\r\n"
    )
    await reader.readuntil(b"\r\n\r\n")
    writer.write(_masked('40{"protocol":1}'))
    await reader.readuntil(b"hello")
    join = {"id": 1, "code": code, "name": f"Deaf {number}", "tab": str(number)}
    writer.write(_masked("42" + json.dumps(["join", join])))
    await reader.readuntil(b"welcome")
    writer.transport.pause_reading()  # type: ignore[attr-defined]
    return reader, writer


def connections(web: Web) -> int:
    import urllib.request

    with urllib.request.urlopen(web.url + "/metrics", timeout=5) as answer:
        found = re.search(rb"inkling_connections (\d+)", answer.read())
    return int(found[1]) if found else 10**9


async def f10(clients: int) -> Outcome:
    """Everybody reconnects at once."""
    resumed = Times("resumed", 5.0, share=0.95)
    async with town(webs=2, seed=10, guesser=False) as made:
        crowds = max(1, clients // 40)
        for number in range(crowds):
            crowd = await made.open_room(2, seconds=300)
            more = [Drawer(f"Q{number}-{n}", crowd[0].code, made.anywhere, n) for n in range(clients // crowds - 2)]
            for one in [*crowd, *more]:
                one.drawing = False
            for one in more:
                one.start()
            await asyncio.gather(*(one.joined.wait() for one in more))
            crowd += more
        made_players = made.players
        at = time.monotonic()
        for one in made_players:
            asyncio.get_running_loop().call_later(made.chance.uniform(0, 3), one.cut)
        await asyncio.sleep(3.3)
        await until(lambda: all(one.joined.is_set() and one.joined_at > at for one in made_players), 60)
        for one in made_players:
            resumed.add(one.joined_at - one.lost_at)
        verdict = await finished(made)
        return outcome("F10", "clients that reconnect within 3 s", len(made_players), verdict, resumed)


# -- F13: clocks and long runs -------------------------------------------------------------------------------

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


async def f13(seconds: float) -> Outcome:
    """The wall clock jumps an hour either way; and a soak."""
    folder = Path(f"/tmp/ink-clock-{os.getpid()}")
    folder.mkdir()
    (folder / "sitecustomize.py").write_text(LIAR)
    try:
        from tests.faults import town as towns

        path = os.pathsep.join([str(folder), str(towns.ROOT)])
        async with town(webs=2, seed=13, CLOCK_FILE=str(folder / "shift"), PYTHONPATH=path) as made:
            for _ in range(3):
                await made.open_room(4)
            slopes: list[float] = []
            began, rounds = time.monotonic(), made.players[0].round
            memory: list[tuple[float, list[float]]] = []
            jumps = 0
            while time.monotonic() - began < seconds:
                (folder / "shift").write_text(str(made.chance.choice([0, 3600, -3600])))
                jumps += 1
                await asyncio.sleep(min(5.0, seconds / 4))
                memory.append((time.monotonic() - began, [web.resident() for web in made.webs]))
            played = made.players[0].round - rounds
            settled = [one for one in memory if one[0] > seconds / 3] or memory
            for number in range(len(made.webs)):
                slopes.append(_slope([(at, values[number]) for at, values in settled]))
            cuts = sum(one.connections for one in made.players) - len(made.players)
            sids = sum(connections(web) for web in made.webs)
            verdict = await finished(made)
            ok = not cuts and sids == len(made.players) and (seconds < 1800 or max(slopes) < 1)
            return outcome("F13", f"wall clock ± 1 h while playing for {seconds:g} s", jumps, verdict, also=(
                f"{played} rounds, {cuts} connections lost, {sids} connections for {len(made.players)} players, "
                f"memory {max(slopes):+.1f} MiB/h" if seconds >= 600 else ""), ok=ok)  # fmt: skip
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _slope(points: list[tuple[float, float]]) -> float:
    """Return MiB an hour, least squares."""
    if len(points) < 2:
        return 0.0
    return statistics.linear_regression([at for at, _ in points], [value for _, value in points]).slope * 3600


@dataclass(frozen=True)
class Fault:
    """How often a fault is done in `make test`, and in `make faults`."""

    run: Callable[[], Awaitable[Outcome]]
    full: Callable[[], Awaitable[Outcome]]


FAULTS: dict[str, Fault] = {
    "F1": Fault(partial(f1, 2), partial(f1, 100)),
    "F2": Fault(partial(f2, 3), partial(f2, 50)),
    "F3": Fault(partial(f3, 2, (0.2, 1.5)), partial(f3, 30)),
    "F4": Fault(partial(f4, 1), partial(f4, 30)),
    "F5": Fault(partial(f5, 1), partial(f5, 5)),
    "F6": Fault(partial(f6, 100), partial(f6, 1000)),
    "F7": Fault(partial(f7, 1), partial(f7, 25)),
    "F8": Fault(partial(f8, 5), partial(f8, 60, 3)),
    "F9": Fault(partial(f9, 20), partial(f9, 100)),
    "F10": Fault(partial(f10, 80), partial(f10, 2000)),
    "F11": Fault(partial(f11, 1), partial(f11, 5)),
    "F12": Fault(partial(f12, 4), partial(f12, 20)),
    "F13": Fault(partial(f13, 5), partial(f13, 600)),
}
