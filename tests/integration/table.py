"""A room with made-up people, a log in memory, a guesser that answers when told to, and time that runs fast."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

from server.access.tokens import TokenSigner
from server.game.commands import Join
from server.game.ids import PlayerId, Seat
from server.persistence.memory_log import MemoryPeers
from server.rooms.directory import RoomDirectory
from server.rooms.member import JoinAttempt, Member
from server.rooms.ports import GuessAnswer, GuessRequest, RoomLog, RoomPorts
from server.rooms.room import Room

SPEED = 20.0


class FastClock:
    """Time that runs SPEED times as fast as the wall's."""

    def now(self) -> float:
        return time.monotonic() * SPEED

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds / SPEED)

    async def wait(self, event: asyncio.Event, seconds: float) -> None:
        with suppress(TimeoutError):
            await asyncio.wait_for(event.wait(), seconds / SPEED)


class PatientGuesser:
    """`ports.Guesser` that keeps what it was asked."""

    def __init__(self) -> None:
        self.asked: list[GuessRequest] = []
        self.ready = True

    def ask(self, request: GuessRequest) -> None:
        self.asked.append(request)

    def drop(self, code: str, seat: Seat | None = None) -> None:
        self.asked = [one for one in self.asked if one.code != code or seat not in (None, one.seat)]


class Letters:
    """`ports.Outbox` that keeps what was sent, decoded."""

    def __init__(self) -> None:
        self.received: list[tuple[str, dict[str, Any]]] = []
        self.overflowed = False
        self._news = asyncio.Event()

    def send(self, packet: str) -> None:
        event, body = json.loads(packet[1:])
        self.received.append((event, body))
        self._news.set()

    def droppable(self, kind: str, packet: str) -> None:
        self.send(packet)

    def close(self, code: str) -> None:
        self.received.append(("ended", {"code": code}))
        self._news.set()

    def of(self, event: str) -> list[dict[str, Any]]:
        return [body for name, body in self.received if name == event]

    async def until(self, event: str, **fields: object) -> dict[str, Any]:
        """Wait for a message whose fields have these values."""

        def found() -> dict[str, Any] | None:
            wanted = fields.items()
            return next((body for body in self.of(event) if all(body.get(k) == v for k, v in wanted)), None)

        async with asyncio.timeout(10):
            while (body := found()) is None:
                self._news.clear()
                await self._news.wait()
        return body


class Person(Member):
    """A member with letters to read."""

    def __init__(self, number: int, tab: str = "tab") -> None:
        self.letters = Letters()
        super().__init__(PlayerId(f"{number:032x}"), tab, self.letters, opened=time.monotonic())


class Table:
    """Rooms over a log."""

    def __init__(self, log: RoomLog, guesser: PatientGuesser | None = None) -> None:
        self.guesser = guesser or PatientGuesser()
        self.rooms = RoomDirectory(
            RoomPorts(log, self.guesser, FastClock(), 0.1, TokenSigner(["secret"]).seat), MemoryPeers(), limit=10
        )

    async def room(self) -> Room:
        found = await self.rooms.find(await self.rooms.make())
        assert isinstance(found, Room)
        return found

    async def sit(self, room: Room, number: int, tab: str = "tab") -> Person:
        person = Person(number, tab)
        command = Join(person.player, f"P{number}", keep=True)
        room.join(person, JoinAttempt(command, tab, 1, takeover=True))
        await person.letters.until("welcome")
        return person


@asynccontextmanager
async def table(log: RoomLog, guesser: PatientGuesser | None = None) -> AsyncIterator[Table]:
    made = Table(log, guesser)
    try:
        yield made
    finally:
        await made.rooms.stop()


def answer(request: GuessRequest, word: str, p: float) -> GuessAnswer:
    return GuessAnswer(
        request.code, request.seat, request.round, request.revision, ((word, p),), 0.0, "test", asked_at=1.0
    )
