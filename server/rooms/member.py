"""One live connection that holds, or asks for, a seat."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from server.game.words import PlayerId, Seat
from server.rooms.ports import Outbox

if TYPE_CHECKING:
    from server.rooms.room import Room


@dataclass(slots=True, eq=False)
class Member:
    """A connection: who it is, how to reach it, and where it sits once a room let it in."""

    player: PlayerId
    tab: str
    outbox: Outbox
    seat: Seat | None = None
    room: Room | None = None
    audience: str = ""
    """What this member's last picture of the room showed: all ink, or only its own."""
