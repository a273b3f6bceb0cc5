"""The ways between web processes: what waits for one of them, and what came from one of them."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field

from msgspec.structs import replace

from server.rooms.remote import messages
from server.rooms.remote.messages import Deliver, JoinRequest, PeerEnvelope, PeerMessage

MAX_QUEUED_ITEMS = 20_000
"""Items that may wait for one process; beyond that they are lost, and it is told so."""


@dataclass(slots=True)
class PeerQueue:
    """The way to one process: items wait here until they leave as one numbered letter."""

    born: int = field(default_factory=lambda: secrets.randbits(48))
    number: int = 0
    items: list[PeerMessage] = field(default_factory=list)
    leaving: PeerEnvelope | None = None
    """The letter on its way; until that is answered, the same one is sent again."""
    kept: float = float("-inf")
    """When the list was last told how long to live."""
    _places: dict[str, int] = field(default_factory=dict)
    """Packet → where in `items` it is told."""
    _newest: dict[int, int] = field(default_factory=dict)
    """Connection → place of the last thing it is told: nothing may overtake it."""

    def add(self, item: PeerMessage, now: float) -> None:
        """Let one item wait, from `now` on (s, steady)."""
        if isinstance(item, JoinRequest):
            # What is older when it leaves: until then its age is kept as of time 0.
            item = replace(item, age=item.age - now)
        conn = getattr(item, "conn", None)
        if isinstance(conn, int):
            self._newest[conn] = len(self.items)
        self.items.append(item)

    def tell(self, conn: int, packet: str) -> None:
        """Let a packet for one connection wait; the same packet for several of them travels once."""
        place = self._places.get(packet)
        if place is not None and self._newest.get(conn, -1) < place:
            told = self.items[place]
            assert isinstance(told, Deliver)
            told.conns.append(conn)
        else:
            place = self._places[packet] = len(self.items)
            self.items.append(Deliver([conn], packet))
        self._newest[conn] = place

    def letter(self, sender: str, now: float) -> bytes:
        """Put what waits into the next letter, unless one is still on its way; it is as old as it is `now`."""
        if self.leaving is None:
            self.number += 1
            self.leaving = PeerEnvelope(sender, self.born, self.number, self._empty())
        items = [
            replace(item, age=item.age + now) if isinstance(item, JoinRequest) else item for item in self.leaving.items
        ]
        return messages.encode_envelope(replace(self.leaving, items=items))

    def overflow(self) -> bool:
        """Lose what waits if it is too much; the hole in the numbers tells the reader."""
        if len(self.items) <= MAX_QUEUED_ITEMS:
            return False
        self._empty()
        self.number += 1
        return True

    def _empty(self) -> list[PeerMessage]:
        items, self.items = self.items, []
        self._places.clear()
        self._newest.clear()
        return items


class SequenceTracker:
    """What number the last letter of each process had."""

    def __init__(self) -> None:
        self._last: dict[str, tuple[int, int]] = {}

    def take(self, letter: PeerEnvelope) -> tuple[bool, bool]:
        """Note a letter; returns whether it is new, and whether one before it is missing."""
        known = self._last.get(letter.web)
        number = known[1] if known is not None and known[0] == letter.born else 0
        if letter.number <= number:
            return False, False
        self._last[letter.web] = (letter.born, letter.number)
        begun_anew = known is not None and known[0] != letter.born
        return True, begun_anew or letter.number != number + 1
