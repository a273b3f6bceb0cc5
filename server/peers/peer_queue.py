"""What waits for another web process, and the numbers of what came from each."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field

from msgspec.structs import replace

from server.rooms.remote import messages
from server.rooms.remote.messages import Deliver, JoinRequest, PeerEnvelope, PeerMessage

MAX_QUEUED_ITEMS = 20_000
"""Items that may wait for one process; beyond that they are lost, and the process hears of it."""


@dataclass(slots=True)
class PeerQueue:
    """Items for one process: they wait here until they leave as one numbered envelope."""

    born: int = field(default_factory=lambda: secrets.randbits(48))
    number: int = 0
    items: list[PeerMessage] = field(default_factory=list)
    leaving: PeerEnvelope | None = None
    """The envelope on its way; until that is answered, the same one is sent again."""
    expiry_set_at: float = float("-inf")
    """When the list in Redis was last told how long to live."""
    _indices: dict[str, int] = field(default_factory=dict)
    """Packet → index in `items`."""
    _newest: dict[int, int] = field(default_factory=dict)
    """Connection → index of the last item for it: nothing may overtake that."""

    def add(self, item: PeerMessage, now: float) -> None:
        """Let one item wait, from `now` on (s, steady)."""
        if isinstance(item, JoinRequest):
            # What is older when it leaves: until then its age counts from time 0.
            item = replace(item, age=item.age - now)
        conn = getattr(item, "conn", None)
        if isinstance(conn, int):
            self._newest[conn] = len(self.items)
        self.items.append(item)

    def deliver(self, conn: int, packet: str) -> None:
        """Let a packet for one connection wait; the same packet for several of them travels once."""
        index = self._indices.get(packet)
        if index is not None and self._newest.get(conn, -1) < index:
            queued = self.items[index]
            assert isinstance(queued, Deliver)
            queued.conns.append(conn)
        else:
            index = self._indices[packet] = len(self.items)
            self.items.append(Deliver([conn], packet))
        self._newest[conn] = index

    def next_envelope(self, sender: str, now: float) -> bytes:
        """Put what waits into the next envelope, unless one is still on its way; ages in it are those of `now`."""
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
        self._indices.clear()
        self._newest.clear()
        return items


class SequenceTracker:
    """Which number the last envelope of each process had."""

    def __init__(self) -> None:
        self._last: dict[str, tuple[int, int]] = {}

    def take(self, envelope: PeerEnvelope) -> tuple[bool, bool]:
        """Note an envelope; returns whether it is new, and whether one before it is missing."""
        known = self._last.get(envelope.web)
        number = known[1] if known is not None and known[0] == envelope.born else 0
        if envelope.number <= number:
            return False, False
        self._last[envelope.web] = (envelope.born, envelope.number)
        begun_anew = known is not None and known[0] != envelope.born
        return True, begun_anew or envelope.number != number + 1
