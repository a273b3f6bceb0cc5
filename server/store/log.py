"""The log under the rooms, in Redis: one compare-and-append script, fenced by the owner's epoch."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Sequence

from server.rooms.ports import Adopted, Closing, Fenced, Gap, Held
from server.store import keys, script
from server.store.kept import LICENCE
from server.store.outbox import pack
from server.store.pipe import Pipe


class RedisLog:
    """`server.rooms.ports.RoomLog` on Redis (6.2 or newer). Every call may be repeated."""

    def __init__(
        self,
        pipe: Pipe,
        owner: str = "me",
        keep: bool = True,
        ring: Callable[[str], None] | None = None,
        licence: str = LICENCE,
    ) -> None:
        """Write for `owner`. `keep` false stores no drawing; `ring` is told the code of a room whose outbox filled.

        `licence` is what players are told their drawings are published as.
        """
        self._licence = licence
        self._pipe = pipe
        self._owner = owner
        self._keep = keep
        self._ring = ring

    async def create(self, code: str, snapshot: bytes) -> int:
        """Make a new room at offset 0; returns its epoch, 0 if the code is taken."""
        await self._pipe.run("ZADD", keys.ROOMS, int(time.time() * 1000), code)
        birth = hashlib.blake2b(code.encode() + snapshot, digest_size=8).hexdigest()
        where = (keys.head(code), keys.log(code))
        return int(await self._pipe.script(script.CREATE, where, (snapshot, birth, self._owner)))

    async def held(self, codes: Sequence[str]) -> list[Held | None]:
        """Say who owns these rooms; None for those that do not exist."""
        found = await self._pipe.all(("HMGET", keys.head(code), "epoch", "owner") for code in codes)
        return [Held(int(epoch), (owner or b"").decode()) if epoch else None for epoch, owner in found]

    async def adopt(self, code: str, epoch: int | None = None) -> Adopted | None:
        """Take the room over under a new epoch; None if it is gone, or has left `epoch` (somebody was faster)."""
        seen = "" if epoch is None else epoch
        found = await self._pipe.script(script.ADOPT, (keys.head(code), keys.log(code)), (self._owner, seen))
        if found is None:
            return None
        taken, snapshot, saved, last, entries = found
        offsets = [int(entry_id.rpartition(b"-")[2]) for entry_id, _ in entries]
        if offsets != list(range(saved + 1, last + 1)):
            raise Gap(f"the log of {code} should hold {saved + 1}..{last}, it holds {len(offsets)} entries")
        return Adopted(taken, snapshot, saved, tuple(fields[1] for _, fields in entries))

    async def append(self, code: str, epoch: int, expected: int, entries: Sequence[bytes]) -> None:
        """Store entries at offsets expected+1, …; already there is as good as stored."""
        where = (keys.head(code), keys.log(code))
        answer = await self._pipe.script(script.APPEND, where, (epoch, expected, *entries))
        _check(answer, code)

    async def save(self, code: str, epoch: int, offset: int, snapshot: bytes, closing: Closing) -> None:
        """Store a snapshot at `offset`, put `closing` in the room's outbox, trim the log: once, together."""
        left = pack(code, closing, int(time.time() * 1000), self._keep, self._licence)
        where = (keys.head(code), keys.log(code), keys.outbox(code))
        answer = await self._pipe.script(script.SAVE, where, (epoch, offset, snapshot, left))
        _check(answer, code)
        if left and self._ring is not None:
            self._ring(code)

    async def release(self, code: str, epoch: int) -> None:
        """Let any process take the room over at once."""
        _check(await self._pipe.script(script.RELEASE, (keys.head(code),), (epoch,)), code)

    async def forget(self, code: str, epoch: int) -> None:
        """Remove the room's log and snapshot; what its outbox holds is still moved."""
        where = (keys.head(code), keys.log(code))
        _check(await self._pipe.script(script.FORGET, where, (epoch,)), code)

    async def live(self) -> tuple[str, ...]:
        """Codes of all rooms that exist."""
        codes = [code.decode() for code in await self._pipe.run("ZRANGE", keys.ROOMS, 0, -1)]
        there = await self._pipe.all(("EXISTS", keys.head(code)) for code in codes)
        return tuple(code for code, exists in zip(codes, there, strict=True) if exists)


def _check(answer: bytes, code: str) -> None:
    if answer == b"FENCED":
        raise Fenced(code)
    if answer == b"GAP":
        raise Gap(code)
