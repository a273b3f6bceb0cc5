"""The rooms that run in this process, by code: what the guesser says reaches them here."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator

from server.rooms.ports import GuessAnswer
from server.rooms.room import Room

MAX_ROOM_DRAIN_SECONDS = 3.0
"""Seconds in which rooms that are stopped may store what they have accepted."""

RoomEnded = Callable[[Room, BaseException | None], None]
"""(room, what it failed with or None) → nothing; called when the task of a room is done."""


class LiveRooms:
    """Every room of this process with its task."""

    def __init__(self) -> None:
        self._rooms: dict[str, Room] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}

    def __len__(self) -> int:
        return len(self._rooms)

    def __iter__(self) -> Iterator[Room]:
        return iter(list(self._rooms.values()))

    def __contains__(self, code: str) -> bool:
        return code in self._rooms

    def get(self, code: str) -> Room | None:
        """Return a room, unless it is about to end."""
        room = self._rooms.get(code)
        return None if room is None or room.closed.is_set() else room

    @property
    def people(self) -> int:
        """Connected players of all rooms."""
        return sum(room.people for room in self._rooms.values())

    def start(self, room: Room, ended: RoomEnded) -> None:
        """Run a room until it ends by itself or is stopped."""
        self._rooms[room.code] = room
        task = asyncio.create_task(room.run(), name=f"room {room.code}")
        self._tasks[room.code] = task
        task.add_done_callback(lambda done: self._remove(room, done, ended))

    def release(self, room: Room, then: Callable[[], object]) -> None:
        """Stop a room; `then` is called when any process may own it."""
        room.stop("moved")
        self._tasks[room.code].add_done_callback(lambda _: then())

    async def stop(self, code: str) -> None:
        """Stop all rooms and wait until they have stored what they accepted; players hear `code`."""
        for room in self._rooms.values():
            room.stop(code)
        if self._tasks:
            await asyncio.wait(list(self._tasks.values()), timeout=MAX_ROOM_DRAIN_SECONDS)

    def answer(self, answer: GuessAnswer) -> None:
        """Hand an answer of the guesser to its room."""
        room = self._rooms.get(answer.code)
        if room is not None:
            room.answer(answer)

    def guesser_changed(self, ready: bool) -> None:
        """Tell all rooms whether the guesser is there."""
        for room in self._rooms.values():
            room.guesser_changed(ready)

    def _remove(self, room: Room, task: asyncio.Task[None], ended: RoomEnded) -> None:
        if self._tasks.get(room.code) is task:
            del self._tasks[room.code]
            self._rooms.pop(room.code, None)
        ended(room, None if task.cancelled() else task.exception())
