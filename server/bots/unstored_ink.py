"""A bot's changes of ink until they are stored: numbered, sent in order, and sent again after a lost connection."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from dataclasses import dataclass
from typing import Any

from server.bots.session import BotSession
from server.bots.tally import BotTally
from server.game.ids import MAX_POINTS_PER_CHANGE

RESEND_INTERVAL_SECONDS = 0.067
"""Seconds between two messages that are sent again: 15 a second, of the 20 that a server takes."""

Segments = list[list[list[int]]]
"""x, y and t of each segment."""


@dataclass(slots=True)
class _UnstoredChange:
    """One change of ink that is not known to be stored."""

    round: int
    seq: int
    began: float
    event: str
    message: dict[str, Any]
    sent: bool = False
    """Whether any connection was given it: then its number has this content for good."""


class UnstoredInk:
    """The changes of one bot, oldest first. `sent_at` is shared by the bots of a room: (seat, round, seq) → when it was made."""

    def __init__(self, session: BotSession, tally: BotTally, sent_at: dict[tuple[int, int, int], float]) -> None:
        self._session, self._tally, self._sent_at = session, tally, sent_at
        self._changes: deque[_UnstoredChange] = deque()
        self._sent_count = 0
        """How many of the changes this connection was given."""
        self._resending: asyncio.Task[None] | None = None
        self._seq = self._seq_round = 0
        """The newest number of a change, and its round."""
        self.disconnected_round = 0
        """The round in which the connection was lost."""

    def __len__(self) -> int:
        return len(self._changes)

    async def change(self, seat: int, round_id: int, event: str, fields: dict[str, Any]) -> tuple[int, float]:
        """Send a change of ink, now or in its turn; returns its number and when that was."""
        now = time.monotonic()
        self._seq = seq = self._seq + 1 if round_id == self._seq_round else 1
        self._seq_round = round_id
        message = {"round": round_id, "seq": seq, **fields}
        self._sent_at[(seat, round_id, seq)] = now
        in_turn = self._session.seated.is_set() and self._sent_count == len(self._changes)
        self._changes.append(_UnstoredChange(round_id, seq, now, event, message, sent=in_turn))
        self._tally.chunks_sent += 1
        if in_turn:
            self._sent_count += 1
            await self._session.send(event, message)
        return seq, now

    def extend_newest(self, round_id: int, segments: Segments, joined: bool) -> bool:
        """Add points to the newest change while it waits for a connection; false if it may not grow (any more)."""
        newest = self._changes[-1] if self._changes else None
        if newest is None or newest.round != round_id or newest.sent or newest.event != "ink":
            return False
        waiting: Segments = newest.message["segments"]
        if sum(len(segment[0]) for segment in (*waiting, *segments)) > MAX_POINTS_PER_CHANGE:
            return False
        if joined:
            for axis, more in zip(waiting[-1], segments[0], strict=True):
                axis.extend(more)
        waiting.extend(segments[1:] if joined else segments)
        return True

    def acknowledge(self, round_id: int, seq: int) -> None:
        """Take note that everything up to this change is stored."""
        now = time.monotonic()
        while self._changes and (self._changes[0].round, self._changes[0].seq) <= (round_id, seq):
            change = self._drop_oldest()
            self._tally.chunks_acked += 1
            if change.round != self.disconnected_round:
                self._tally.ack_ms.append((now - change.began) * 1000)

    def give_up_late(self, round_id: int, over: bool) -> None:
        """Drop what was under way when the connection was lost and whose round has closed since."""
        while self.disconnected_round and self._changes and self._changes[0].round == self.disconnected_round:
            if not over and round_id == self.disconnected_round:
                return
            self._drop_oldest()
            self._tally.chunks_late += 1

    def resend(self, pause: float = 0.0) -> None:
        """Send again, after so many seconds, what the server does not have."""
        self._sent_count = 0
        if self._resending is None or self._resending.done():
            self._resending = asyncio.create_task(self._resend(pause), name="bot resends")

    async def close(self) -> None:
        """Send nothing any more."""
        if self._resending is not None:
            self._resending.cancel()
            await asyncio.gather(self._resending, return_exceptions=True)

    async def _resend(self, pause: float) -> None:
        """Send what waits in order, no faster than the server takes it, until nothing does."""
        await asyncio.sleep(pause)
        while self._sent_count < len(self._changes):
            change = self._changes[self._sent_count]
            change.sent = True
            self._sent_count += 1
            if not await self._session.send(change.event, change.message):
                return
            await asyncio.sleep(RESEND_INTERVAL_SECONDS)

    def _drop_oldest(self) -> _UnstoredChange:
        self._sent_count = max(0, self._sent_count - 1)
        return self._changes.popleft()
