"""What happens between a client and its server: F8, F9, F10, F15."""

from __future__ import annotations

import asyncio
import json
import random
import re
import socket
import time
from contextlib import AsyncExitStack
from functools import partial

from tests.faults.drawer import Drawer
from tests.faults.lines import Ends, Line, line
from tests.faults.outcome import Outcome, Times, finished, outcome
from tests.faults.town import Web, town, until


async def f8(offline: float, times: int = 1) -> Outcome:
    """The client's network: reset, half-open, slow, thin, away."""
    refusals: dict[str, int] = {}
    async with town(webs=2, seed=8, DREAMS="nothing") as made:
        target = made.webs[1]
        async with line(partial(asyncio.open_connection, "127.0.0.1", target.port)) as way:
            crowd = await made.open_room(3, seconds=int(offline) * 2 + 40, rounds=1)
            far = Drawer("far", crowd[0].code, lambda: f"http://127.0.0.1:{way.port}", 8)
            far.start()
            crowd.append(far)
            for one in crowd:
                one.points = (1, 3)
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
            began, waiting, page = time.monotonic(), len(far.page.chunks) - far.page.acked, far.page
            points = sum(chunk.points for chunk in page.chunks[page.acked :])
            far.drawing = False
            await until(lambda: far.settled, 60)
            in_time = far.page is page
            took = time.monotonic() - began
            refusals = far.refusals
            verdict = await finished(made)
        flooded = refusals.get("slow_down", 0) + refusals.get("ended flood", 0)
        return outcome("F8", f"network of a client: reset, 300 ms, 64 kbit/s, half-open, {offline:g} s offline", 4 * times + 1,
                       verdict, also=f"{points} points sent as {waiting} changes in {took:.1f} s, {flooded} refused as flooding",
                       ok=in_time and not flooded)  # fmt: skip


async def f15(times: int) -> Outcome:
    """A join over 64 kbit/s into a full room, after two welcomes that were lost in lines that nobody saw break."""
    joined = Times("welcome over 64 kbit/s", 8.0, share=1)
    whole = Times("whole picture", 90.0, share=1)
    largest = 0
    async with town(webs=2, seed=15, guesser=False) as made, AsyncExitStack() as stack:
        crowd = await made.open_room(2, seconds=300)
        code = crowd[0].code
        for number in range(34):
            one = Drawer(f"F{number}", code, made.anywhere, number)
            one.face = _face(made.chance)
            crowd.append(one)
            one.start()
            await asyncio.wait_for(one.joined.wait(), 60)
        # Everybody draws a large picture, then rests: the line is to carry pictures, not forty pens.
        for one in crowd:
            one.points = (20, 40)
        await until(lambda: all(one.page.points > 300 for one in crowd), 120)
        for one in crowd:
            one.drawing = False
        await until(lambda: all(one.settled for one in crowd), 60)
        for number in range(times):
            lines = [
                await stack.enter_async_context(line(partial(asyncio.open_connection, "127.0.0.1", web.port)))
                for web in (made.webs[number % 2], made.webs[number % 2], made.webs[0])
            ]
            for dead in lines[:2]:
                dead.lingering = True
            lines[2].bytes_per_second = 8_000
            far = Drawer(f"far{number}", code, partial(_next_line, lines), number)
            far.face, far.drawing, far.lose_welcomes = _face(made.chance), False, 2
            made.lone.append(far)
            began = time.monotonic()
            far.start()
            await until(lambda: far.lose_welcomes == 0, 60)  # noqa: B023
            began = time.monotonic()
            await asyncio.wait_for(far.joined.wait(), 60)
            joined.add(time.monotonic() - began)
            await until(lambda: far.pictures > 0, 120)  # noqa: B023
            whole.add(time.monotonic() - began)
            largest = max(largest, far.welcome_bytes)
            crowd[0].problems += far.problems
            inked = [seat for seat, strokes in far.canvases.items() if strokes]
            if len(inked) < 36 or far.parts < 2:
                crowd[0].problems.append(f"{far.name} got {len(inked)} canvases in {far.parts} parts")
            await far.stop()
        verdict = await finished(made, canvases=False)
        return outcome("F15", "joins over 64 kbit/s into a full room, two welcomes lost in dead lines", times, verdict, joined, whole,
                       also=f"welcome {largest / 1000:.0f} kB (≤ 48)", ok=0 < largest <= 48_000)  # fmt: skip


def _next_line(lines: list[Line]) -> str:
    """Return the address of the first line; once it is used, the next one is the first, but for the last."""
    chosen = lines[0]
    if len(lines) > 1:
        del lines[0]
    return f"http://127.0.0.1:{chosen.port}"


def _face(chance: random.Random) -> list[list[list[int]]]:
    """A face as large as it may be, and its message within 8 KiB."""
    return [[[chance.randint(0, 255) for _ in range(16)] for _ in range(2)] for _ in range(12)]


CUT_SECONDS = 15
"""Until whoever reads nothing is cut. Two times 256 KiB have to come together, and the door gives out only some 50 kB a second
of pictures: one every second, in parts of 12 to 16 kB."""


async def f9(deaf: int) -> Outcome:
    """Clients that stop reading."""
    async with town(webs=1, seed=9, DREAMS="nothing", INKLING_COMMANDS_PER_SECOND="40") as made:
        web = made.webs[0]
        crowd = await made.open_room(4, seconds=300)
        rooms = [crowd[0].code]
        while len(rooms) * 30 < deaf:
            rooms.append((await made.open_room(4, seconds=300))[0].code)
        for one in made.players:
            one.points = (40, 60)
        await until(lambda: all(len(one.page.chunks) > 60 for one in made.players), 90)
        for one in made.players:
            # The pictures are large now; what may be drawn in one round has to last.
            one.points = (1, 2)
        before = await _acks(crowd, 3.0)
        memory = web.resident()
        sockets = [await _deaf(web, rooms[n // 30], n) for n in range(deaf)]
        during = asyncio.create_task(_acks(crowd, 6.0))
        began = time.monotonic()
        while connections(web) > len(made.players) and time.monotonic() - began < 60:
            for _, writer in sockets:
                if not writer.transport.is_closing():
                    # A picture comes in parts of some 12 kB: what is judged is how soon they are cut, not how slowly they ask.
                    writer.write(_masked('42["resync",{"id":1}]') + 4 * _masked('42["more",{"id":2}]'))
            await asyncio.sleep(0.25)
        took = time.monotonic() - began
        grown = web.resident() - memory
        after = await during
        for _, writer in sockets:
            writer.transport.abort()
        verdict = await finished(made, canvases=False)
        ok = grown <= 50 and took <= CUT_SECONDS
        return outcome("F9", "clients that stop reading", deaf, verdict,
                       also=f"all cut after {took:.1f} s (≤ {CUT_SECONDS}); memory +{grown:.0f} MiB (≤ 50); "
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
                one.drawing = one.attentive = False
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
        verdict = await finished(made, drawn=False)
        return outcome("F10", "clients that reconnect within 3 s", len(made_players), verdict, resumed)
