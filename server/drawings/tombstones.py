"""What was erased stays erased: tombstones in Redis, and in a file that a backup of Redis cannot bring back.

A tombstone is the name of a drawing, or the hash of a player and a moment. Whoever takes drawings in (outbox relay, import, archive,
restored Redis) looks for them. Every web process (whenever Redis has been away, too) and every command that touches the
collection first carries the file's tombstones into Redis, and erases again what a restored Redis brought back.
"""

from __future__ import annotations

import logging
import os
import re
import secrets
import time
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import BinaryIO

import numpy as np
import numpy.typing as npt

from server.db import keys
from server.db.pipeline import AutoPipeline
from server.drawings.paging import split_into_pages
from server.drawings.record import DrawingRecord
from server.drawings.repository import DrawingRepository

TOMBSTONE_FILE_NAME = "erased"
"""File in the data folder: a line for each tombstone, `drawing ID`, `player HASH MS`, or `removal NAME HEX` and, when all it waited
for was seen to, `removed NAME`."""
TOMBSTONES_PER_BATCH = 500
"""Drawings removed with one round trip to Redis."""
TOMBSTONES_PER_SCAN = 1000
"""Tombstones that are read at once."""
_TOMBSTONE_LINE = re.compile(
    r"drawing [0-9]{1,20}|player \S{1,64} [0-9]{1,15}|removal [0-9a-f]{16} ([0-9a-f]{2})+|removed [0-9a-f]{16}"
)

log = logging.getLogger(__name__)


class Tombstones:
    """Writes and reads tombstones; without a file they are in Redis alone."""

    def __init__(self, pipe: AutoPipeline, file: Path | None) -> None:
        self._pipe, self._file = pipe, file
        self._repository = DrawingRepository(pipe)
        self._seen: bytes | None = None
        self._names: tuple[bytes, npt.NDArray[np.uint64]] | None = None

    async def bury(self, drawings: Sequence[DrawingRecord]) -> int:
        """Erase drawings, tombstones first; returns how many there were. Raises OSError if the file cannot be written."""
        self._note(f"drawing {kept.key_id}" for kept in drawings)
        await self._mark([kept.key_id for kept in drawings])
        return await self._repository.remove(drawings)

    async def bury_archived(self, drawings: Sequence[tuple[str, str]]) -> int:
        """Write tombstones for drawings (player's hash, or empty, and key_id) that are archived, or unreadable in Redis.

        Returns how many of them Redis knew: by a record that cannot be read, or as their player's.
        """
        key_ids = [key_id for _, key_id in drawings]
        self._note(f"drawing {key_id}" for key_id in key_ids)
        await self._mark(key_ids)
        unreadable = await self._repository.remove_unreadable(key_ids)
        of_players = [(player, key_id) for player, key_id in drawings if player]
        listed = await self._pipe.all(
            ("SREM", keys.player_drawings_key(player), key_id) for player, key_id in of_players
        )
        known = {key_id for (_, key_id), removed in zip(of_players, listed, strict=True) if removed}
        return len(known | unreadable)

    async def bury_player(self, player: str, at: int | None = None) -> int:
        """Erase all drawings of a player (named by the hash) made until `at` (ms, UTC), archived ones by their names.

        Returns how many there were.
        """
        at = int(time.time() * 1000) if at is None else at
        self._note([f"player {player} {at}"])
        await self._pipe.run("HSET", keys.ERASED_PLAYERS_KEY, player, at)
        await self._changed()
        key_ids = [key_id.decode() for key_id in await self._repository.key_ids_of_player(player)]
        gone = 0
        for start in range(0, len(key_ids), TOMBSTONES_PER_BATCH):
            batch = key_ids[start : start + TOMBSTONES_PER_BATCH]
            found = await self._repository.many(key_id.encode() for key_id in batch)
            gone += await self.bury([record for record in found if record.at <= at])
            rest = sorted(set(batch) - {record.key_id for record in found})
            await self.bury_archived([(player, key_id) for key_id in rest])
            gone += len(rest)
        return gone

    async def wait_for_archives(self, name: str, removal: bytes) -> None:
        """Keep a removal (16 hex digits name it) until it is settled. Raises OSError if the file cannot be written."""
        self._note([f"removal {name} {removal.hex()}"])
        await self._pipe.run("HSET", keys.PENDING_REMOVALS_KEY, name, removal)

    async def waiting(self) -> dict[str, bytes]:
        """Return the removals that are not settled."""
        waiting = await self._pipe.run("HGETALL", keys.PENDING_REMOVALS_KEY)
        return {name.decode(): removal for name, removal in waiting.items()}

    async def settle(self, name: str) -> None:
        """Forget a removal: all that it names has a tombstone now."""
        self._note([f"removed {name}"])
        await self._pipe.run("HDEL", keys.PENDING_REMOVALS_KEY, name)

    async def state(self) -> bytes:
        """Return a token that is another one after each erasure."""
        return await self._pipe.run("GET", keys.ERASED_STATE_KEY) or b""

    async def names(self) -> npt.NDArray[np.uint64]:
        """Return the names of all erased drawings, in order, eight bytes each; whatever was in the collection has one."""
        state = await self.state()
        if self._names is None or self._names[0] != state:
            found, cursor = [np.zeros(0, np.uint64)], b"0"
            while True:
                cursor, names = await self._pipe.run(
                    "SSCAN", keys.ERASED_DRAWINGS_KEY, cursor, "COUNT", TOMBSTONES_PER_SCAN
                )
                found.append(np.array([int(name) for name in names], np.uint64))
                if int(cursor) == 0:
                    break
            self._names = state, np.unique(np.concatenate(found))
        return self._names[1]

    async def covers(self, drawings: Sequence[tuple[str, int, str]]) -> list[bool]:
        """Say of drawings (key_id, time, player's hash) which ones were erased."""
        if not drawings:
            return []
        named = await self._pipe.run("SMISMEMBER", keys.ERASED_DRAWINGS_KEY, *(key_id for key_id, _, _ in drawings))
        ends = await self._pipe.run("HMGET", keys.ERASED_PLAYERS_KEY, *(player for _, _, player in drawings))
        return [
            bool(name) or (end is not None and at <= int(end))
            for (_, at, _), name, end in zip(drawings, named, ends, strict=True)
        ]

    async def follow(self) -> None:
        """Restore if Redis has other tombstones than when this was called last: it may be back from an older backup."""
        if await self.state() != self._seen:
            await self.restore()
            self._seen = await self.state()

    async def restore(self) -> int:
        """Carry the file's tombstones into Redis and erase what they name; returns how many were missing there."""
        missing, removals = 0, dict[str, bytes]()
        for lines in split_into_pages(self._lines(), TOMBSTONES_PER_BATCH):
            drawings = [line[1] for line in lines if line[0] == "drawing"]
            if drawings:
                known = await self._pipe.run("SMISMEMBER", keys.ERASED_DRAWINGS_KEY, *drawings)
                fresh = [name for name, there in zip(drawings, known, strict=True) if not there]
                await self._mark(fresh)
                await self._repository.remove(await self._repository.many(name.encode() for name in fresh))
                await self._repository.remove_unreadable(fresh)
                missing += len(fresh)
            for line in lines:
                if line[0] == "removal":
                    removals[line[1]] = bytes.fromhex(line[2])
                elif line[0] == "removed":
                    removals.pop(line[1], None)
                    await self._pipe.run("HDEL", keys.PENDING_REMOVALS_KEY, line[1])
                elif line[0] == "player":
                    end = await self._pipe.run("HGET", keys.ERASED_PLAYERS_KEY, line[1])
                    if end is None or int(end) < int(line[2]):
                        await Tombstones(self._pipe, None).bury_player(line[1], int(line[2]))
                        missing += 1
        for name, removal in removals.items():
            if await self._pipe.run("HGET", keys.PENDING_REMOVALS_KEY, name) is None:
                await self._pipe.run("HSET", keys.PENDING_REMOVALS_KEY, name, removal)
                missing += 1
        return missing

    async def _mark(self, key_ids: Sequence[str]) -> None:
        if key_ids:
            await self._pipe.run("SADD", keys.ERASED_DRAWINGS_KEY, *key_ids)
            await self._changed()

    async def _changed(self) -> None:
        state = secrets.token_hex(8)
        await self._pipe.run("SET", keys.ERASED_STATE_KEY, state)
        self._seen = state.encode()

    def _note(self, lines: Iterable[str]) -> None:
        text = "".join(line + "\n" for line in lines)
        if self._file is None or not text:
            return
        self._file.parent.mkdir(parents=True, exist_ok=True)
        with self._file.open("a+b") as file:
            # What was cut off by a full disk must not swallow what comes after it.
            if file.tell() and not self._ends_whole(file):
                text = "\n" + text
            file.write(text.encode())
            file.flush()
            os.fsync(file.fileno())

    @staticmethod
    def _ends_whole(file: BinaryIO) -> bool:
        file.seek(-1, os.SEEK_END)
        return file.read(1) == b"\n"

    def _lines(self) -> Iterator[list[str]]:
        """Read the file; a line that is no tombstone (of a file that was cut, or edited) costs itself alone."""
        if self._file is not None and self._file.exists():
            with self._file.open(encoding="utf-8", errors="replace") as file:
                for line in file:
                    words = line.split()
                    if _TOMBSTONE_LINE.fullmatch(" ".join(words)):
                        yield words
                    elif words:
                        log.warning("line of tombstone file %s is no tombstone: %.80r", self._file, line)
