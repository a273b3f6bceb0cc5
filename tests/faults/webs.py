"""Web processes and guessers that are killed, stopped, or asked to go: F1, F2, F5, F11, F16."""

from __future__ import annotations

import asyncio
import signal
import time
from collections import deque
from functools import partial

from server.db import keys
from tests.faults.outcome import Outcome, Times, back, finished, outcome
from tests.faults.town import Process, Town, Web, town, until


async def f1(kills: int) -> Outcome:
    """kill -9 of the room's owner."""
    takeover, resumed = Times("takeover", 6.0), Times("all back", 10.0, share=1)
    starting: deque[Web] = deque()
    async with town(webs=4, seed=1) as made:
        crowd = await made.open_room(8)
        await made.begun()
        for _ in range(kills):
            await asyncio.sleep(made.chance.uniform(0.3, 2.5))
            await _started(starting)
            owner = made.owner(crowd[0].code)
            assert owner is not None
            name, at = owner.name, time.monotonic()
            owner.kill()
            takeover.add(await until(partial(_owned_by_another, made, crowd[0].code, name), 60))
            await until(partial(back, crowd, at), 60)
            resumed.add(time.monotonic() - at)
            owner.start()
            starting.append(owner)
        return outcome(
            "F1", "kill -9 of the room's owner, 8 players drawing", kills, await finished(made), takeover, resumed
        )


async def _started(starting: deque[Web]) -> None:
    """Wait until at most one of them is still starting."""
    while len(starting) > 1:
        await starting.popleft().ready()


def _owned_by_another(made: Town, code: str, name: str) -> bool:
    owner = (made.redis.hget(keys.room_head_key(code), "owner") or b"").decode()
    return owner not in ("", name)


async def f2(kills: int) -> Outcome:
    """kill -9 of another web process, and of the guesser."""
    resumed, again = Times("all back", 10.0, share=1), Times("guesses again after", 2.0)
    cuts = 0
    starting: deque[Web] = deque()
    async with town(webs=4, seed=2) as made:
        crowd = await made.open_room(8)
        for _ in range(kills):
            await asyncio.sleep(made.chance.uniform(0.2, 1.0))
            owner = made.owner(crowd[0].code)
            await _started(starting)
            other = made.chance.choice([web for web in made.webs if web is not owner and web not in starting])
            at = time.monotonic()
            other.kill()
            await until(partial(back, crowd, at), 60)
            resumed.add(time.monotonic() - at)
            other.start()
            starting.append(other)
        for _ in range(kills):
            await until(lambda: crowd[0].view["phase"] == "drawing", 60)
            await asyncio.sleep(made.chance.uniform(0.1, 0.6))
            before = [one.connections for one in crowd]
            assert made.guesser is not None
            made.guesser.kill()
            await asyncio.sleep(made.chance.uniform(0.0, 0.8))
            heard = len(made.guesser.log)
            made.guesser.start()
            await until(partial(_said, made.guesser, heard), 60)
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
        await made.begun()
        for _ in range(stops):
            await asyncio.sleep(1)
            owner = made.owner(made.rooms[0][0].code)
            assert owner is not None
            name, said = owner.name, len(owner.log)
            owned = [crowd[0].code for crowd in made.rooms if made.owner(crowd[0].code) is owner]
            owner.send(signal.SIGSTOP)
            stopped = time.monotonic()
            await until(lambda: all(_owned_by_another(made, code, name) for code in owned), 60)  # noqa: B023
            await asyncio.sleep(max(0.0, 10 - (time.monotonic() - stopped)))
            at = time.monotonic()
            owner.send(signal.SIGCONT)
            await until(partial(back, made.players, at), 60)
            await asyncio.sleep(0.5)
            rooms += len(owned)
            fenced += sum(f"room {code} is owned by another process: Fenced" in owner.log[said:] for code in owned)
        verdict = await finished(made)
        return outcome("F5", "SIGSTOP of the owner for 10 s, SIGCONT", stops, verdict,
                       also=f"{fenced} of {rooms} rooms fenced", ok=fenced == rooms)  # fmt: skip


async def f16(times: int) -> Outcome:
    """Rooms that cannot be read, found by a process that takes over and by processes that start."""
    resumed = Times("all others back", 20.0, share=1)
    aside = told = 0
    async with town(webs=2, seed=16) as made:
        for _ in range(3):
            await made.open_room(4)
        await made.begun()
        for number in range(times):
            (lone,) = unlucky = await made.open_room(1)
            made.rooms.remove(unlucky)
            made.lone.append(lone)
            # A change of phase would save a good snapshot over the bad one.
            await until(lambda: lone.view.get("phase") == "drawing", 30)  # noqa: B023
            await asyncio.sleep(1)
            made.redis.hset(keys.room_head_key(lone.code), "snapshot", made.chance.randbytes(200))
            owner = made.owner(lone.code)
            assert owner is not None
            doomed = made.webs if number % 2 else [owner]
            at = time.monotonic()
            for web in doomed:
                web.kill()
            for web in doomed:
                web.start()
            await asyncio.gather(*(web.ready() for web in doomed))
            await until(partial(back, made.players, at), 60)
            resumed.add(time.monotonic() - at)
            await until(lambda: "room_lost" in lone.refusals, 30)  # noqa: B023
            told += 1
            aside += made.redis.exists(keys.set_aside_key(keys.room_head_key(lone.code)))
            await lone.stop()
        verdict = await finished(made)
        lines = sum(web.log.count("was set aside as") for web in made.webs)
        return outcome("F16", "rooms that cannot be read, kill -9 of their owner or of all web processes", times, verdict, resumed,
                       also=f"{aside} set aside in {lines} lines of the log, {told} of their players told",
                       ok=aside == lines == told == times)  # fmt: skip


async def f11(restarts: int) -> Outcome:
    """SIGTERM rolling restart of four web processes."""
    pause = Times("longest pause of a room", 2.0, share=1)
    async with town(webs=4, seed=11) as made:
        for _ in range(3):
            await made.open_room(4, seconds=60)
        await until(lambda: all(one.view["phase"] == "drawing" for one in made.players), 90)
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
