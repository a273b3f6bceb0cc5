"""The room log in this process's memory: for tests of rooms, under the same contract suite as Redis."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from server.rooms import codec
from server.rooms.ports import (
    AdoptedRoom,
    Fenced,
    LogGap,
    Ownership,
    RoomNeedsNewerVersion,
    RoundClosing,
    StoredRoom,
    StoreUnavailable,
)
from server.rooms.remote.messages import PeerMessage


@dataclass(slots=True)
class _StoredRoom:
    """One room: entries are those after the snapshot."""

    first: bytes
    snapshot: bytes
    epoch: int = 1
    owner: str = "me"
    saved: int = 0
    entries: list[bytes] = field(default_factory=list)
    format: int = 0
    owners: list[int] = field(default_factory=list)
    """Epoch of each entry: an owner recognises its own."""

    @property
    def last(self) -> int:
        return self.saved + len(self.entries)


class MemoryRoomLog:
    """`server.rooms.ports.RoomLog` without Redis. `away` makes every call raise StoreUnavailable; `format` is the newest it reads."""

    def __init__(self, format: int = codec.ROOM_FORMAT_VERSION) -> None:
        self.away = False
        self.format = format
        self.aside: dict[str, _StoredRoom] = {}
        """Rooms that were set aside."""
        self.outbox: dict[tuple[str, int], RoundClosing] = {}
        """(code, offset) → what a phase change left behind."""
        self._rooms: dict[str, _StoredRoom] = {}

    async def create(self, code: str, snapshot: bytes) -> int:
        """Make a new room at offset 0; returns its epoch, 0 if the code is taken."""
        self._answer()
        room = self._rooms.setdefault(code, _StoredRoom(snapshot, snapshot, format=self.format))
        return 1 if room.first == snapshot and room.epoch == 1 and room.last == 0 else 0

    async def owners(self, codes: Sequence[str]) -> list[Ownership | None]:
        """Say who owns these rooms; None for those that do not exist."""
        self._answer()
        found = [self._rooms.get(code) for code in codes]
        return [None if room is None else Ownership(room.epoch, room.owner) for room in found]

    async def adopt(self, code: str, epoch: int | None = None) -> AdoptedRoom | None:
        """Take the room over under a new epoch; None if it is gone, or has left `epoch` (somebody was faster)."""
        self._answer()
        room = self._rooms.get(code)
        if room is None:
            return None
        if room.format > self.format:
            raise RoomNeedsNewerVersion(code)
        if epoch is None or epoch == room.epoch:
            room.epoch += 1
            room.owner, room.format = "me", self.format
        elif room.epoch != epoch + 1 or room.owner != "me":
            return None
        return AdoptedRoom(room.epoch, room.snapshot, room.saved, tuple(room.entries))

    async def read(self, code: str) -> StoredRoom | None:
        """Read the room as it is stored now, without taking it over; None if there is none."""
        self._answer()
        room = self._rooms.get(code)
        if room is None:
            return None
        if room.format > self.format:
            raise RoomNeedsNewerVersion(code)
        return StoredRoom(room.snapshot, tuple(room.entries))

    async def set_aside(self, code: str, epoch: int) -> str:
        """Move a room that cannot be read out of the way, whole; returns where to. Raises Fenced if it was taken over."""
        self._answer()
        room = self._rooms.get(code)
        if room is not None:
            if room.owner != "me" or epoch not in (0, room.epoch):
                raise Fenced(code)
            self.aside[code] = self._rooms.pop(code)
        return code

    async def is_aside(self, code: str) -> bool:
        """Whether a room of this code was set aside."""
        self._answer()
        return code in self.aside

    async def append(self, code: str, epoch: int, expected: int, entries: Sequence[bytes]) -> None:
        """Store entries at offsets expected+1, …; already there is as good as stored."""
        room = self._owned(code, epoch)
        if expected > room.last:
            raise LogGap(code)
        fresh = []
        for offset, entry in enumerate(entries, expected + 1):
            if offset > room.last:
                fresh.append(entry)
            elif offset > room.saved:
                at = offset - room.saved - 1
                if room.entries[at] != entry or room.owners[at] != epoch:
                    raise LogGap(code)
        room.entries += fresh
        room.owners += [epoch] * len(fresh)

    async def save(self, code: str, epoch: int, offset: int, snapshot: bytes, closing: RoundClosing) -> None:
        """Store a snapshot at `offset`, put `closing` in the outbox, trim the log."""
        room = self._owned(code, epoch)
        if offset > room.last:
            raise LogGap(code)
        if offset <= room.saved:
            return
        trimmed = offset - room.saved
        del room.entries[:trimmed], room.owners[:trimmed]
        room.snapshot, room.saved = snapshot, offset
        if closing.drawings or closing.ended is not None:
            self.outbox[code, offset] = closing

    async def release(self, code: str, epoch: int) -> None:
        """Let any process take the room over at once."""
        self._answer()
        if code in self._rooms:
            self._owned(code, epoch).owner = ""

    async def forget(self, code: str, epoch: int) -> None:
        """Remove the room's log and snapshot."""
        self._answer()
        room = self._rooms.get(code)
        if room is not None:
            self._owned(code, epoch)
            del self._rooms[code]

    async def live(self) -> tuple[str, ...]:
        """Codes of all rooms that exist."""
        self._answer()
        return tuple(self._rooms)

    def _answer(self) -> None:
        if self.away:
            raise StoreUnavailable("switched off")

    def _owned(self, code: str, epoch: int) -> _StoredRoom:
        self._answer()
        room = self._rooms.get(code)
        if room is None or room.epoch != epoch:
            raise Fenced(code)
        return room


class MemoryPeers:
    """`server.rooms.ports.Peers` of one process that is alone."""

    me = "me"
    saving = True
    others: tuple[str, ...] = ()

    async def is_alive(self, web: str) -> bool:
        """Nobody else is."""
        return web == self.me

    def send(self, web: str, item: PeerMessage) -> bool:
        """Nobody is there to read it."""
        return False

    def deliver(self, web: str, conn: int, packet: str) -> None:
        """Nobody is there to hear it."""
