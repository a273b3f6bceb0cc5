"""Redis killed, forgetful, full, or replaced by its replica: F3, F6, F7, F12."""

from __future__ import annotations

import asyncio
import os
import random
import shutil
import subprocess
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

import redis

from server.db.pipeline import AutoPipeline
from server.db.private.binary import find_redis_binary
from server.persistence.room_log import RedisRoomLog
from server.rooms.ports import LogGap, RoundClosing, StoreUnavailable
from server.runtime.parent_death import set_parent_death_signal
from tests.faults.lines import Ends, line
from tests.faults.outcome import Outcome, Times, finished, outcome, plays_on
from tests.faults.town import town, until
from tests.ports import free_port
from tests.redis_server import RedisServer


async def f3(kills: int, downs: tuple[float, ...] = (0.2, 5, 30)) -> Outcome:
    """kill -9 of Redis."""
    again = Times("back after Redis answers", 2.0, share=1)
    async with town(webs=2, seed=3) as made:
        server = made.servers
        assert isinstance(server, RedisServer)
        for _ in range(2):
            await made.open_room(4)
        await made.begun()
        for number in range(kills):
            await asyncio.sleep(made.chance.uniform(0.5, 2.5))
            server.kill()
            await asyncio.sleep(downs[number % len(downs)])
            server.start()
            at = time.monotonic()
            await until(partial(plays_on, made, at), 60)
            again.add(time.monotonic() - at)
        shown = " / ".join(f"{down:g}" for down in downs)
        return outcome("F3", f"kill -9 of Redis, down {shown} s", kills, await finished(made), again)


async def f6(times: int) -> Outcome:
    """A reply dropped after execution."""
    server = RedisServer()
    server.start()
    expected: dict[str, list[bytes]] = {}
    wrong = 0
    try:
        async with line(partial(asyncio.open_unix_connection, f"{server.folder}/s")) as way:
            pipe = AutoPipeline(f"redis://127.0.0.1:{way.port}")
            log = RedisRoomLog(pipe, "me")
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
                    await _insist(partial(log.save, code, 1, len(expected[code]), b"s%d" % number, RoundClosing()))
                number += 1
            await pipe.close()
        direct = AutoPipeline(server.url)
        for code, entries in expected.items():
            found = await RedisRoomLog(direct, "me").adopt(code)
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
        except StoreUnavailable:
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
        words = [str(find_redis_binary().path), "--port", str(self.ports[number]), "--bind", "127.0.0.1", "--save", "", "--appendonly",
                 "no", "--repl-diskless-sync", "yes", "--repl-diskless-sync-delay", "0", *options]  # fmt: skip
        self.processes[number] = subprocess.Popen(
            words, cwd=self.folders[number], stdout=subprocess.DEVNULL, preexec_fn=set_parent_death_signal
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
            pipe = AutoPipeline(f"redis://127.0.0.1:{way.port}", replicas)
            log = RedisRoomLog(pipe, "me")
            codes = [f"R{number:05d}" for number in range(8)]
            for code in codes:
                await _insist(partial(log.create, code, b"start"))
            answered, promoted = dict.fromkeys(codes, 0), asyncio.Event()

            async def write(code: str) -> None:
                # A writer that was not talking at that moment may find the new primary, and a hole there.
                with suppress(StoreUnavailable, LogGap):
                    while not promoted.is_set():
                        await log.append(code, 1, answered[code], [b"%d" % answered[code]])
                        answered[code] += 1

            writers = [asyncio.create_task(write(code)) for code in codes]
            await asyncio.sleep(random.uniform(0.05, 0.3))
            pair.promote()
            promoted.set()
            way.cut()
            await asyncio.gather(*writers)
            missing = 0
            direct = AutoPipeline(f"redis://127.0.0.1:{pair.ports[pair.primary]}")
            for code in codes:
                found = await RedisRoomLog(direct, "me").adopt(code)
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
            await until(lambda: all(one.view["phase"] == "drawing" for one in made.players), 90)
            kind = ("maxmemory", "replicas", "flush", "hang up")[number % 4]
            client = made.redis
            if kind in ("maxmemory", "replicas"):
                name, bad, good = {"maxmemory": ("maxmemory", 1, 0), "replicas": ("min-replicas-to-write", 9, 0)}[kind]
                client.config_set(name, bad)
                await until(lambda: not any(one.saving and one.joined.is_set() for one in made.players), 30)
                stored = {one.name: one.page.acked for one in made.players}
                await asyncio.sleep(0.5)
                false += sum(
                    one.page.acked != stored[one.name] for one in made.players if one.view["phase"] == "drawing"
                )
                client.config_set(name, good)
                at = time.monotonic()
                await until(partial(plays_on, made, at), 60)
                again.add(time.monotonic() - at)
            else:
                at = time.monotonic()
                if kind == "flush":
                    client.script_flush()
                else:
                    client.execute_command("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")
                await until(partial(plays_on, made, at), 60)
                deaf.add(time.monotonic() - at)
        verdict = await finished(made)
        return outcome("F12", "maxmemory, refused writes, SCRIPT FLUSH, connections killed", times, verdict, deaf, again,
                       also=f"{false} false acks", ok=not false)  # fmt: skip
