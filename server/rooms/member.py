"""One live connection that holds, or asks for, a seat; and what it may say to a room, wherever that room is."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import Protocol

from server.game.commands import Command, Join
from server.game.ids import PlayerId, Seat
from server.rooms.ports import Outbox


@dataclass(frozen=True, slots=True)
class JoinAttempt:
    """Somebody who asks for a seat in a room."""

    join: Join
    tab: str
    request: int
    takeover: bool = False


class RoomHandle(Protocol):
    """A room as its players reach it: in this process, or in another. Nothing here waits."""

    code: str

    def join(self, member: Member, attempt: JoinAttempt) -> None:
        """Ask for a seat; the answer is `welcome`, or a `reply` with a code."""

    def submit(self, member: Member, command: Command, request: int | None, event: str) -> None:
        """Take in a command of a seated member."""

    def resync(self, member: Member, request: int | None) -> None:
        """Send the whole picture again."""

    def send_next_part(self, member: Member, request: int) -> None:
        """Send the next part of the picture."""

    def disconnected(self, member: Member) -> None:
        """Take note that a connection is lost."""


@dataclass(slots=True, eq=False)
class Member:
    """A connection: who it is, how to reach it, and where it sits once a room let it in."""

    player: PlayerId
    tab: str
    outbox: Outbox
    opened: float = 0.0
    """When the connection was opened (s, this process's monotonic clock)."""
    seat: Seat | None = None
    room: RoomHandle | None = None
    audience: str = ""
    """The audience that its last snapshot or frame was for."""

    rest: deque[tuple[str, int, int]] = field(default_factory=deque)
    """What of its last picture is still to come (`server.rooms.snapshot_parts`)."""

    resynced: float = float("-inf")
    """When it last asked for the whole picture, on the room's clock."""

    def take_seat(self, room: RoomHandle) -> None:
        """Take the seat."""
        self.room = room

    def lose_seat(self) -> None:
        """Lose it."""
        self.room = None
