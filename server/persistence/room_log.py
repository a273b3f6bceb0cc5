"""The log under the rooms, in Redis: one compare-and-append script, fenced by the owner's epoch."""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections.abc import Callable, Sequence

from redis.exceptions import ResponseError

from server.db import keys, scripts
from server.db.pipeline import AutoPipeline
from server.db.wrong_type import raise_unless_wrong_type
from server.drawings.record import DEFAULT_LICENCE
from server.persistence.room_outbox import encode_outbox_entry
from server.rooms import codec
from server.rooms.ports import (
    AdoptedRoom,
    Fenced,
    LogGap,
    Ownership,
    RoomNeedsNewerVersion,
    RoomUnreadable,
    RoundClosing,
    StoredRoom,
)


class RedisRoomLog:
    """`server.rooms.ports.RoomLog` on Redis (6.2 or newer). Every call may be repeated."""

    def __init__(
        self,
        pipe: AutoPipeline,
        owner: str = "me",
        keep: bool = True,
        notify: Callable[[str], None] | None = None,
        licence: str = DEFAULT_LICENCE,
        format: int = codec.ROOM_FORMAT_VERSION,
    ) -> None:
        """Write for `owner`. `keep` false stores no drawing; `notify` is told the code of a room whose outbox filled.

        `licence` is what players are told their drawings are published as; `format` the newest one that is read here.
        """
        self._format = format
        self._licence = licence
        self._pipe = pipe
        self._owner = owner
        self._keep = keep
        self._notify = notify

    async def create(self, code: str, snapshot: bytes) -> int:
        """Make a new room at offset 0; returns its epoch, 0 if the code is taken."""
        await self._pipe.run("ZADD", keys.ROOMS_KEY, int(time.time() * 1000), code)
        birth = hashlib.blake2b(code.encode() + snapshot, digest_size=8).hexdigest()
        where = (keys.room_head_key(code), keys.room_log_key(code))
        return int(await self._pipe.script(scripts.CREATE_ROOM, where, (snapshot, birth, self._owner, self._format)))

    async def owners(self, codes: Sequence[str]) -> list[Ownership | None]:
        """Say who owns these rooms; None for those that do not exist."""
        return list(await asyncio.gather(*(self._held(code) for code in codes)))

    async def _held(self, code: str) -> Ownership | None:
        try:
            epoch, owner = await self._pipe.run("HMGET", keys.room_head_key(code), "epoch", "owner")
            return Ownership(int(epoch), (owner or b"").decode()) if epoch else None
        except (ResponseError, ValueError) as error:
            raise_unless_wrong_type(error)
            # Whoever wants to take it over finds out what is wrong with it.
            return Ownership(0, "")

    async def adopt(self, code: str, epoch: int | None = None) -> AdoptedRoom | None:
        """Take the room over under a new epoch; None if it is gone, or has left `epoch` (somebody was faster).

        Raises RoomNeedsNewerVersion (the room stays as it is) and RoomUnreadable.
        """
        arguments = (self._owner, epoch or "", self._format)
        try:
            found = await self._pipe.script(
                scripts.ADOPT_ROOM, (keys.room_head_key(code), keys.room_log_key(code)), arguments
            )
        except ResponseError as error:
            raise_unless_wrong_type(error)
            raise RoomUnreadable(code, 0, f"its keys hold something else: {error}") from None
        if found is None:
            return None
        if found == b"NEWER":
            raise RoomNeedsNewerVersion(code)
        try:
            taken, snapshot, saved, last, entries = found
            offsets = [int(entry_id.rpartition(b"-")[2]) for entry_id, _ in entries]
            tail = _entries_to_tail(entries)
        except (ValueError, TypeError, KeyError) as error:
            # Lua's answer ends before the first field that is missing.
            raise RoomUnreadable(code, found[0], f"its head or log is not whole ({error!r})") from None
        if offsets != list(range(saved + 1, last + 1)):
            reason = f"its log should hold {saved + 1}..{last}, it holds {len(offsets)} entries"
            raise RoomUnreadable(code, taken, reason)
        return AdoptedRoom(taken, snapshot, saved, tail)

    async def read(self, code: str) -> StoredRoom | None:
        """Read the room as it is stored now, without taking it over; None if there is none.

        Raises RoomNeedsNewerVersion, RoomUnreadable, StoreUnavailable.
        """
        where = (keys.room_head_key(code), keys.room_log_key(code))
        try:
            found = await self._pipe.script(scripts.READ_ROOM, where, (self._format,))
            if found is None:
                return None
            if found == b"NEWER":
                raise RoomNeedsNewerVersion(code)
            snapshot, entries = found
            return StoredRoom(snapshot, _entries_to_tail(entries))
        except (ResponseError, KeyError) as error:
            if isinstance(error, ResponseError):
                raise_unless_wrong_type(error)
            raise RoomUnreadable(code, 0, f"its keys hold something else: {error}") from None

    async def set_aside(self, code: str, epoch: int) -> str:
        """Move a room that cannot be read out of the way, whole; returns where to. Raises Fenced if it was taken over."""
        there = (keys.room_head_key(code), keys.room_log_key(code))
        where = tuple(keys.set_aside_key(key) for key in there)
        _raise_if_refused(await self._pipe.script(scripts.SET_ROOM_ASIDE, (*there, *where), (self._owner, epoch)), code)
        return where[0]

    async def is_aside(self, code: str) -> bool:
        """Whether a room of this code was set aside."""
        return bool(await self._pipe.run("EXISTS", keys.set_aside_key(keys.room_head_key(code))))

    async def append(self, code: str, epoch: int, expected: int, entries: Sequence[bytes]) -> None:
        """Store entries at offsets expected+1, …; already there is as good as stored."""
        where = (keys.room_head_key(code), keys.room_log_key(code))
        answer = await self._pipe.script(scripts.APPEND_LOG_ENTRIES, where, (epoch, expected, *entries))
        _raise_if_refused(answer, code)

    async def save(self, code: str, epoch: int, offset: int, snapshot: bytes, closing: RoundClosing) -> None:
        """Store a snapshot at `offset`, put `closing` in the room's outbox, trim the log: once, together."""
        left = encode_outbox_entry(code, closing, int(time.time() * 1000), self._keep, self._licence)
        where = (keys.room_head_key(code), keys.room_log_key(code), keys.room_outbox_key(code))
        answer = await self._pipe.script(scripts.SAVE_SNAPSHOT, where, (epoch, offset, snapshot, left))
        _raise_if_refused(answer, code)
        if left and self._notify is not None:
            self._notify(code)

    async def release(self, code: str, epoch: int) -> None:
        """Let any process take the room over at once."""
        _raise_if_refused(await self._pipe.script(scripts.RELEASE_ROOM, (keys.room_head_key(code),), (epoch,)), code)

    async def forget(self, code: str, epoch: int) -> None:
        """Remove the room's log and snapshot; what its outbox holds is still moved."""
        where = (keys.room_head_key(code), keys.room_log_key(code))
        _raise_if_refused(await self._pipe.script(scripts.FORGET_ROOM, where, (epoch,)), code)

    async def live(self) -> tuple[str, ...]:
        """Codes of all rooms that exist."""
        codes = [code.decode(errors="replace") for code in await self._pipe.run("ZRANGE", keys.ROOMS_KEY, 0, -1)]
        there = await self._pipe.all(("EXISTS", keys.room_head_key(code)) for code in codes)
        return tuple(code for code, exists in zip(codes, there, strict=True) if exists)


def _entries_to_tail(entries: Sequence[tuple[bytes, Sequence[bytes]]]) -> tuple[bytes, ...]:
    """Return the codec bytes of a log's entries. Raises KeyError, ValueError for one without its field."""
    return tuple(dict(zip(fields[::2], fields[1::2], strict=True))[b"e"] for _, fields in entries)


def _raise_if_refused(answer: bytes, code: str) -> None:
    if answer == b"FENCED":
        raise Fenced(code)
    if answer == b"GAP":
        raise LogGap(code)
