"""Players of a plain relay: the same messages at the same times as `inkling bots` sends, and who sees them when.

    python benchmarks/relaying.py KIND URL ROOMS PLAYERS SECONDS

KIND is socketio or colyseus. Prints one JSON object: messages sent and seen, ink_ms.
"""

from __future__ import annotations

import asyncio
import json
import random
import sys
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import aiohttp
import msgspec

from server.bots.tally import latency_percentiles

POINTS, RATE, WARM = 6, 10, 2.0


class Ink(msgspec.Struct):
    """The part of a message that tells which one it is."""

    seat: int
    seq: int


class Frame(msgspec.Struct):
    """All messages of one tick."""

    ink: list[Ink]


class Table:
    """What the players of one room share: when each message was sent."""

    def __init__(self) -> None:
        self.sent: dict[tuple[int, int], float] = {}
        self.late: list[float] = []
        self.count = 0

    def saw(self, seat: int, ink: list[Ink]) -> None:
        """Note that a player saw ink."""
        now = time.monotonic()
        self.late += [(now - self.sent[one.seat, one.seq]) * 1000 for one in ink if one.seat != seat]


def chunk(chance: random.Random, seq: int) -> dict[str, Any]:
    """Make the message that a player of ours would send, too."""
    x = [chance.randrange(4096) for _ in range(POINTS)]
    y = [chance.randrange(4096) for _ in range(POINTS)]
    t = [seq * 100 + 16 * n for n in range(POINTS)]
    return {"round": 1, "seq": seq, "segments": [[x, y, t]], "joined": True}


class SocketIo:
    """One Socket.IO connection."""

    ink = msgspec.json.Decoder(Ink)
    frame = msgspec.json.Decoder(Frame)

    async def open(self, session: aiohttp.ClientSession, url: str, room: str, seat: int) -> None:
        """Connect and join."""
        self.socket = await session.ws_connect(url + "/socket.io/?EIO=4&transport=websocket")
        await self.socket.receive()
        await self.socket.send_str("40" + json.dumps({"room": room, "seat": seat}))
        await self.socket.receive()

    async def send(self, message: dict[str, Any]) -> None:
        """Send ink."""
        await self.socket.send_str("42" + json.dumps(["ink", message], separators=(",", ":")))

    async def hear(self, table: Table, seat: int) -> None:
        """Take in what comes until the connection ends."""
        async for message in self.socket:
            text = message.data
            if text == "2":
                await self.socket.send_str("3")
            elif text.startswith('42["ink",'):
                table.saw(seat, [self.ink.decode(text[9:-1])])
            elif text.startswith('42["frame",'):
                table.saw(seat, self.frame.decode(text[11:-1]).ink)


class Colyseus:
    """One Colyseus connection, as their JavaScript client speaks."""

    ink = msgspec.msgpack.Decoder(Ink)
    frame = msgspec.msgpack.Decoder(Frame)
    pack = msgspec.msgpack.Encoder().encode

    async def open(self, session: aiohttp.ClientSession, url: str, room: str, seat: int) -> None:
        """Find the room's place, connect and join."""
        async with session.post(url + "/matchmake/joinOrCreate/table", json={"code": room, "seat": seat}) as answer:
            place = await answer.json()
        place = {**place, **place.get("room", {})}
        way = f"{url}/{place['processId']}/{place['roomId']}?sessionId={place['sessionId']}"
        self.socket = await session.ws_connect(way)
        while (await self.socket.receive()).data[0] != 10:
            pass
        await self.socket.send_bytes(bytes([10]))

    async def send(self, message: dict[str, Any]) -> None:
        """Send ink."""
        await self.socket.send_bytes(b"\x0d\xa3ink" + Colyseus.pack(message))

    async def hear(self, table: Table, seat: int) -> None:
        """Take in what comes until the connection ends."""
        async for message in self.socket:
            data = message.data
            if data.startswith(b"\x0d\xa3ink"):
                table.saw(seat, [self.ink.decode(data[5:])])
            elif data.startswith(b"\x0d\xa5frame"):
                table.saw(seat, self.frame.decode(data[7:]).ink)


async def play(table: Table, line: Any, seat: int, until: float, chance: random.Random) -> None:
    """Draw until the time is over, ten messages a second."""
    await asyncio.sleep(chance.random() * 0.1)
    due, seq = time.monotonic(), 0
    while (now := time.monotonic()) < until:
        if now < due:
            await asyncio.sleep(due - now)
        due += 1 / RATE
        seq += 1
        table.sent[seat, seq] = time.monotonic()
        await line.send(chunk(chance, seq))
        table.count += 1


async def main() -> int:
    kind, url = sys.argv[1:3]
    rooms, players, seconds = (int(word) for word in sys.argv[3:6])
    tables = [Table() for _ in range(rooms)]
    lines: list[tuple[Table, int, Any]] = []
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:
        for number, table in enumerate(tables):
            for seat in range(players):
                line: Any = SocketIo() if kind == "socketio" else Colyseus()
                await line.open(session, url, f"room{number}", seat)
                lines.append((table, seat, line))
        hearing = [asyncio.create_task(line.hear(table, seat)) for table, seat, line in lines]
        print(json.dumps({"ready": True}), flush=True)
        sys.stdin.readline()
        until, began = time.monotonic() + seconds, time.monotonic()
        chance = random.Random(1)
        await asyncio.gather(*(play(table, line, seat, until, chance) for table, seat, line in lines))
        await asyncio.sleep(0.5)
        spent = time.monotonic() - began
        report = {
            "sent": sum(table.count for table in tables), "seen": sum(len(table.late) for table in tables),
            "ink_ms": latency_percentiles([late for table in tables for late in table.late]), "seconds": round(spent, 1),
        }  # fmt: skip
        print(json.dumps(report), flush=True)
        for task in hearing:
            task.cancel()
        for _, _, line in lines:
            await line.socket.close()
    return 0


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
