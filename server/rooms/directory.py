"""The rooms of this process: made, found, adopted from the log, forgotten."""

from __future__ import annotations

import asyncio
import secrets

from server.game.commands import Settings
from server.game.game import Game
from server.game.words import CODE_ALPHABET, CODE_LENGTH, Millis
from server.rooms import codec
from server.rooms.ports import GuessAnswer, StoreAway
from server.rooms.room import Ports, Room, adopt


class TooManyRooms(Exception):
    """This process holds as many rooms as its operator allows."""


class Rooms:
    """Every room that this process owns, by code."""

    def __init__(self, ports: Ports, limit: int) -> None:
        self._ports = ports
        self._limit = limit
        self._rooms: dict[str, Room] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._adopting: dict[str, asyncio.Future[Room | None]] = {}

    async def make(self, settings: Settings | None = None) -> str:
        """Make a room and return its code. Raises TooManyRooms or StoreAway."""
        if len(self._rooms) >= self._limit:
            raise TooManyRooms
        while True:
            code = "".join(secrets.choice(CODE_ALPHABET) for _ in range(CODE_LENGTH))
            game = Game.create(code, secrets.randbits(63), settings or Settings())
            epoch = await self._ports.log.create(code, codec.snapshot(game.state, Millis(0)))
            if epoch:
                self._own(Room(game, Millis(0), 0, epoch, self._ports))
                return code

    async def find(self, code: str) -> Room | None:
        """Return the room, adopting it from the log if need be. Raises StoreAway."""
        room = self._rooms.get(code)
        if room is not None and not room.closed.is_set():
            return room
        waiting = self._adopting.get(code)
        if waiting is None:
            waiting = asyncio.ensure_future(self._adopt(code))
            self._adopting[code] = waiting
            waiting.add_done_callback(lambda _: self._adopting.pop(code, None))
        return await asyncio.shield(waiting)

    async def adopt_all(self) -> int:
        """Take over every room that exists: timers go on, and who comes back finds the seat."""
        codes = await self._ports.log.live()
        found = [await self.find(code) for code in codes]
        return sum(room is not None for room in found)

    def answer(self, answer: GuessAnswer) -> None:
        """Hand an answer of the guesser to its room."""
        room = self._rooms.get(answer.code)
        if room is not None:
            room.answer(answer)

    def guesser_changed(self, ready: bool) -> None:
        """Tell all rooms whether the guesser is there."""
        for room in self._rooms.values():
            room.guesser_changed(ready)

    @property
    def count(self) -> int:
        """Rooms held by this process."""
        return len(self._rooms)

    @property
    def people(self) -> int:
        """Connected players of all rooms."""
        return sum(room.people for room in self._rooms.values())

    async def stop(self) -> None:
        """Let every room store what it has accepted, then end it."""
        for room in self._rooms.values():
            room.stop()
        if self._tasks:
            await asyncio.wait(list(self._tasks.values()), timeout=3)

    async def _adopt(self, code: str) -> Room | None:
        room = await adopt(code, self._ports)
        if room is not None:
            self._own(room)
        return room

    def _own(self, room: Room) -> None:
        self._rooms[room.code] = room
        task = asyncio.create_task(room.run(), name=f"room {room.code}")
        self._tasks[room.code] = task
        task.add_done_callback(lambda done: self._disown(room, done))

    def _disown(self, room: Room, task: asyncio.Task[None]) -> None:
        if self._tasks.get(room.code) is task:
            del self._tasks[room.code]
            self._rooms.pop(room.code, None)
        if not task.cancelled() and task.exception() is not None:
            asyncio.get_running_loop().call_exception_handler(
                {"message": f"room {room.code} failed", "exception": task.exception()}
            )


__all__ = ["Rooms", "StoreAway", "TooManyRooms"]
