"""One bot: a real Socket.IO connection that joins a room and draws its prompts as people drew them."""

from __future__ import annotations

import asyncio
import contextlib
import random
import time
from collections import deque
from collections.abc import Sequence
from typing import Any

import aiohttp
import msgspec

from server.bots.replays import ReplayLibrary, ReplayPoint
from server.bots.session import BotSession
from server.bots.tally import BotTally
from server.bots.unstored_ink import Segments, UnstoredInk
from server.game.ids import MAX_POINTS_PER_CHANGE

STOP_BEFORE_END_MS = 400
"""Milliseconds before the end of a round at which bots lift the pen, so that no chunk can arrive too late."""
REFUSAL_RETRY_SECONDS = 0.3
"""Seconds after which ink is sent again that was refused for a reason that passes."""
DONE_DELAY_SECONDS = 2.0
"""Seconds after which a bot that finished its drawing says so."""


class _FrameInk(msgspec.Struct, array_like=True):
    """Whose ink a frame brings, and which of it; the points themselves are skipped."""

    seat: int
    seq: int


class _FrameEvent(msgspec.Struct):
    kind: str
    seat: int = -1


class _BotFrame(msgspec.Struct):
    """What a bot reads of a frame."""

    t: int
    stored: dict[int, tuple[int, int]] = {}
    ink: list[_FrameInk] = []
    events: list[_FrameEvent] = []
    view: msgspec.Raw = msgspec.Raw()


_decode_frame = msgspec.json.Decoder(_BotFrame, strict=False).decode
_decode_object = msgspec.json.Decoder(dict[str, Any]).decode


class Bot:
    """A player. `sent` is shared by the bots of a room: (seat, round, seq) → when the chunk was sent."""

    def __init__(
        self,
        name: str,
        replays: ReplayLibrary,
        tally: BotTally,
        sent: dict[tuple[int, int, int], float],
        rate: float,
        seed: int,
        nonstop: bool = False,
    ) -> None:
        self.name, self.seat, self.round = name, -1, 0
        self.view: dict[str, Any] = {}
        self._replays, self._tally, self._sent, self._rate = replays, tally, sent, rate
        self._nonstop = nonstop
        self._chance = random.Random(seed)
        self._session = BotSession(name, self._handle, self._on_return, tally, self._chance)
        self._handlers = {event: getattr(self, "_on_" + event) for event in ("welcome", "snapshot", "guess", "refused")}
        self._ink = UnstoredInk(self._session, tally, sent)
        self._unguessed: deque[tuple[int, int, float]] = deque()
        self._drawing: asyncio.Task[None] | None = None
        self._clock_offset_ms: float | None = None
        self._stopping = False

    async def join(self, session: aiohttp.ClientSession, url: str, code: str, keep: bool = False) -> None:
        """Connect and take a seat, drawings kept or not; raises RuntimeError with the code of a refusal."""
        await self._session.join(session, url, code, keep)

    async def command(self, event: str, **fields: object) -> dict[str, Any]:
        """Send a command and wait for its reply, over as many connections as it takes. Raises TimeoutError."""
        return await self._session.command(event, **fields)

    async def stop_drawing(self) -> None:
        """Lift the pen."""
        self._stopping = True
        if self._drawing is not None:
            self._drawing.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._drawing

    @property
    def drained(self) -> bool:
        """Whether everything sent was reported as stored."""
        return not len(self._ink)

    @property
    def is_away(self) -> bool:
        """Whether the connection is lost and another one is looked for."""
        return self._session.reconnecting

    async def leave(self) -> None:
        """Close the connection."""
        await self._ink.close()
        await self._session.close()

    # -- what the server says ----------------------------------------------------------------------------

    def _handle(self, event: str, raw: str) -> None:
        if event == "frame":
            self._on_frame(_decode_frame(raw))
        elif event in self._handlers:
            self._handlers[event](_decode_object(raw))

    def _on_welcome(self, message: dict[str, Any]) -> None:
        self.seat = message["seat"]
        if self.view:
            self._ink.disconnected_round = self.round
        self._on_snapshot(message["snapshot"])

    def _on_snapshot(self, message: dict[str, Any]) -> None:
        self._set_clock(message["t"])
        mine = next((canvas for canvas in message["canvases"] if canvas["seat"] == self.seat), None)
        if mine is not None and message["view"].get("round"):
            self._ink.acknowledge(message["view"]["round"]["id"], mine["seq"])
        self._look(message["view"])

    def _on_return(self) -> None:
        """Send again what the server does not have."""
        self._ink.resend()

    def _on_frame(self, frame: _BotFrame) -> None:
        now = time.monotonic()
        self._tally.frames += 1
        self._clock_offset_ms = frame.t - now * 1000
        stored = frame.stored.get(self.seat)
        if stored:
            self._ink.acknowledge(*stored)
        for ink in frame.ink:
            began = self._sent.get((ink.seat, self.round, ink.seq))
            if ink.seat != self.seat and began is not None:
                self._tally.ink_ms.append((now - began) * 1000)
        for event in frame.events:
            if event.kind == "hit" and event.seat == self.seat:
                self._tally.hits += 1
        if bytes(frame.view):
            self._look(_decode_object(frame.view))

    def _on_guess(self, message: dict[str, Any]) -> None:
        now = time.monotonic()
        self._tally.guesses += 1
        if message["asked_at"]:
            self._tally.guess_ms.append((time.time() - message["asked_at"]) * 1000)
        while self._unguessed and self._unguessed[0][:2] <= (message["round"], message["seq"]):
            round_id, _, began = self._unguessed.popleft()
            if round_id == message["round"]:
                self._tally.guess_lag_ms.append((now - began) * 1000)

    def _on_refused(self, message: dict[str, Any]) -> None:
        code = message["code"]
        if code in ("seq_gap", "saving_paused", "not_joined"):
            self._ink.resend(REFUSAL_RETRY_SECONDS)
        elif code not in ("round_over", "not_now") or self._ink.disconnected_round != message.get("round", 0):
            self._tally.errors.append(f"{self.name}: {message['event']} refused: {code}")

    # -- drawing -----------------------------------------------------------------------------------------

    def _look(self, view: dict[str, Any]) -> None:
        before = (self.view.get("phase"), self.round)
        self.view = view
        self.round = view["round"]["id"] if view.get("round") else 0
        self._ink.give_up_late(self.round, over=view["phase"] not in ("drawing", "closing"))
        if view["phase"] == "drawing" and before != ("drawing", self.round) and not self._stopping:
            if self._drawing is not None:
                self._drawing.cancel()
            self._drawing = asyncio.create_task(self._draw(self.round, view["round"]["prompt"]))
        elif view["phase"] != "drawing":
            self._unguessed.clear()

    async def _draw(self, round_id: int, word: str) -> None:
        self._tally.rounds.add((self.view["code"], round_id))
        await asyncio.sleep(self._chance.uniform(0.1, 1.0))
        began = time.monotonic()
        try:
            await self._replay(round_id, word)
        finally:
            self._tally.drawing_seconds += time.monotonic() - began
        await asyncio.sleep(DONE_DELAY_SECONDS)
        # Whoever is done may not draw any more: what waits for a connection goes first.
        while not self.drained and self.round == round_id:
            await asyncio.sleep(1 / self._rate)
        if self.view["phase"] == "drawing" and self.round == round_id:
            await self.command("done", round=round_id)

    async def _replay(self, round_id: int, word: str) -> None:
        """Draw one drawing as it was drawn; nonstop: wipe the canvas and draw the next, until time is over."""
        start = 0
        while self._may_draw(round_id):
            points, done, began = self._replays.pick(word, self._chance).points, 0, time.monotonic()
            while done < len(points) and self._may_draw(round_id):
                due = int((time.monotonic() - began) * 1000)
                upto = done
                while upto < len(points) and upto - done < MAX_POINTS_PER_CHANGE and points[upto][2] <= due:
                    upto += 1
                if upto > done:
                    await self._send(round_id, points[done:upto], start)
                    done = upto
                await asyncio.sleep(1 / self._rate)
            if not self._nonstop or not self._may_draw(round_id):
                return
            await self._change(round_id, "clear", {})
            # The room's canvas forgets its times with its strokes; ours go on, as a page's do.
            start += int((time.monotonic() - began) * 1000)

    async def _send(self, round_id: int, points: Sequence[ReplayPoint], start: int) -> None:
        segments: Segments = []
        for x, y, t, begins in points:
            if begins or not segments:
                segments.append([[], [], []])
            for axis, value in zip(segments[-1], (x, y, start + t), strict=True):
                axis.append(value)
        joined = not points[0][3]
        if not self._ink.extend_newest(round_id, segments, joined):
            await self._change(round_id, "ink", {"segments": segments, "joined": joined})

    async def _change(self, round_id: int, event: str, fields: dict[str, Any]) -> None:
        """Send a change of ink, and take down when its guess was due."""
        seq, now = await self._ink.change(self.seat, round_id, event, fields)
        self._unguessed.append((round_id, seq, now))

    def _may_draw(self, round_id: int) -> bool:
        if self.round != round_id or self.view["phase"] != "drawing":
            return False
        ends = self.view["round"]["ends"]
        return (
            self._clock_offset_ms is None
            or ends - (time.monotonic() * 1000 + self._clock_offset_ms) > STOP_BEFORE_END_MS
        )

    def _set_clock(self, t: int) -> None:
        self._clock_offset_ms = t - time.monotonic() * 1000
