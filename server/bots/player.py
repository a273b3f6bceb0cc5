"""One bot: a real Socket.IO connection that joins a room and draws what it is told to, as people drew it."""

from __future__ import annotations

import asyncio
import contextlib
import random
import time
import uuid
from collections import deque
from collections.abc import Sequence
from typing import Any

import aiohttp
import msgspec

from server.bots.drawings import Album, Point
from server.bots.line import Line
from server.bots.tally import Tally
from server.game.words import MAX_CHUNK_POINTS
from server.protocol import PROTOCOL_VERSION

STOP_BEFORE_END_MS = 400
"""Bots lift the pen this long before time over, so that no chunk can arrive too late."""
LINGER_SECONDS = 2.0
"""A bot that finished its drawing waits this long before it says so."""


class _Inked(msgspec.Struct, array_like=True):
    """Whose ink a frame brings, and which of it; the points themselves are skipped."""

    seat: int
    seq: int


class _Happened(msgspec.Struct):
    kind: str
    seat: int = -1


class _Frame(msgspec.Struct):
    """What a bot reads of a frame."""

    t: int
    stored: dict[int, tuple[int, int]] = {}
    ink: list[_Inked] = []
    events: list[_Happened] = []
    view: msgspec.Raw = msgspec.Raw()


_frame = msgspec.json.Decoder(_Frame, strict=False).decode
_object = msgspec.json.Decoder(dict[str, Any]).decode


class Bot:
    """A player. `sent` is shared by the bots of a room: (seat, round, seq) → when the chunk was sent."""

    def __init__(
        self,
        name: str,
        album: Album,
        tally: Tally,
        sent: dict[tuple[int, int, int], float],
        rate: float,
        seed: int,
        nonstop: bool = False,
    ) -> None:
        self.name, self.seat, self.round = name, -1, 0
        self.view: dict[str, Any] = {}
        self._album, self._tally, self._sent, self._rate = album, tally, sent, rate
        self._nonstop = nonstop
        self._chance = random.Random(seed)
        self._line = Line(self._hear, self._lost)
        self._hearing = {
            event: getattr(self, "_on_" + event)
            for event in ("hello", "welcome", "snapshot", "guess", "reply", "refused", "ended")
        }
        self._replies: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self._requests = 0
        self._unacked: deque[tuple[int, int, float]] = deque()
        self._unguessed: deque[tuple[int, int, float]] = deque()
        self._drawing: asyncio.Task[None] | None = None
        self._hello = asyncio.Event()
        self._ahead: float | None = None
        self._leaving = False

    async def join(self, session: aiohttp.ClientSession, url: str, code: str, keep: bool = False) -> None:
        """Connect and take a seat, drawings kept or not; raises RuntimeError with the code of a refusal."""
        # A proxy may send everybody of a room to the same process.
        await asyncio.wait_for(self._line.open(session, url, f"room={code}", {"protocol": PROTOCOL_VERSION}), 15)
        await asyncio.wait_for(self._hello.wait(), 15)
        answer = await self.command("join", code=code, name=self.name, tab=uuid.uuid4().hex, bot=True, keep=keep)
        if not answer.get("ok"):
            raise RuntimeError(f"join: {answer.get('code')}")

    async def command(self, event: str, **fields: object) -> dict[str, Any]:
        """Send a command and wait for its reply."""
        self._requests += 1
        number = self._requests
        self._replies[number] = asyncio.get_running_loop().create_future()
        await self._line.send(event, {"id": number, **fields})
        try:
            return await asyncio.wait_for(self._replies[number], 15)
        finally:
            del self._replies[number]

    async def stop_drawing(self) -> None:
        """Lift the pen."""
        self._leaving = True
        if self._drawing is not None:
            self._drawing.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._drawing

    @property
    def drained(self) -> bool:
        """Whether everything sent was reported as stored."""
        return not self._unacked

    async def leave(self) -> None:
        """Close the connection."""
        self._leaving = True
        with contextlib.suppress(OSError, aiohttp.ClientError):
            await self._line.close()

    # -- what the server says ----------------------------------------------------------------------------

    def _hear(self, event: str, raw: str) -> None:
        if event == "frame":
            self._on_frame(_frame(raw))
        elif event in self._hearing:
            self._hearing[event](_object(raw))

    def _on_hello(self, _: dict[str, Any]) -> None:
        self._hello.set()

    def _on_welcome(self, message: dict[str, Any]) -> None:
        self.seat = message["seat"]
        waiting = self._replies.get(message["id"])
        if waiting is not None and not waiting.done():
            waiting.set_result({"ok": True})
        self._on_snapshot(message["snapshot"])

    def _on_snapshot(self, message: dict[str, Any]) -> None:
        self._tell_time(message["t"])
        mine = next((canvas for canvas in message["canvases"] if canvas["seat"] == self.seat), None)
        if mine is not None and self.round:
            self._acknowledge(self.round, mine["seq"])
        self._look(message["view"])

    def _on_frame(self, frame: _Frame) -> None:
        now = time.monotonic()
        self._tally.frames += 1
        self._ahead = frame.t - now * 1000
        stored = frame.stored.get(self.seat)
        if stored:
            self._acknowledge(*stored)
        for ink in frame.ink:
            began = self._sent.get((ink.seat, self.round, ink.seq))
            if ink.seat != self.seat and began is not None:
                self._tally.ink_ms.append((now - began) * 1000)
        for event in frame.events:
            if event.kind == "hit" and event.seat == self.seat:
                self._tally.hits += 1
        if bytes(frame.view):
            self._look(_object(frame.view))

    def _on_guess(self, message: dict[str, Any]) -> None:
        now = time.monotonic()
        self._tally.guesses += 1
        if message["asked_at"]:
            self._tally.guess_ms.append((time.time() - message["asked_at"]) * 1000)
        while self._unguessed and self._unguessed[0][:2] <= (message["round"], message["seq"]):
            round_id, _, began = self._unguessed.popleft()
            if round_id == message["round"]:
                self._tally.guess_lag_ms.append((now - began) * 1000)

    def _on_reply(self, message: dict[str, Any]) -> None:
        waiting = self._replies.get(message["id"])
        if waiting is not None and not waiting.done():
            waiting.set_result(message)

    def _on_refused(self, message: dict[str, Any]) -> None:
        self._tally.errors.append(f"{self.name}: {message['event']} refused: {message['code']}")

    def _on_ended(self, message: dict[str, Any]) -> None:
        if not self._leaving:
            self._tally.errors.append(f"{self.name}: ended: {message['code']}")

    def _lost(self) -> None:
        if not self._leaving:
            self._tally.errors.append(f"{self.name}: disconnected")

    # -- drawing -----------------------------------------------------------------------------------------

    def _look(self, view: dict[str, Any]) -> None:
        before = (self.view.get("phase"), self.round)
        self.view = view
        self.round = view["round"]["id"] if view.get("round") else 0
        if view["phase"] == "drawing" and before != ("drawing", self.round) and not self._leaving:
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
        await asyncio.sleep(LINGER_SECONDS)
        if self.view["phase"] == "drawing" and self.round == round_id:
            await self.command("done", round=round_id)

    async def _replay(self, round_id: int, word: str) -> None:
        """Draw one drawing as it was drawn; nonstop: wipe the canvas and draw the next, until time is over."""
        seq = start = 0
        while self._may_draw(round_id):
            points, done, began = self._album.pick(word, self._chance).points, 0, time.monotonic()
            while done < len(points) and self._may_draw(round_id):
                due = int((time.monotonic() - began) * 1000)
                upto = done
                while upto < len(points) and upto - done < MAX_CHUNK_POINTS and points[upto][2] <= due:
                    upto += 1
                if upto > done:
                    seq += 1
                    await self._send(round_id, seq, points[done:upto], start)
                    done = upto
                await asyncio.sleep(1 / self._rate)
            if not self._nonstop or not self._may_draw(round_id):
                return
            seq += 1
            self._note(round_id, seq)
            await self._line.send("clear", {"round": round_id, "seq": seq})
            # The room's canvas forgets its times with its strokes; ours go on, as a page's do.
            start += int((time.monotonic() - began) * 1000)

    async def _send(self, round_id: int, seq: int, points: Sequence[Point], start: int) -> None:
        segments: list[list[list[int]]] = []
        for x, y, t, begins in points:
            if begins or not segments:
                segments.append([[], [], []])
            for axis, value in zip(segments[-1], (x, y, start + t), strict=True):
                axis.append(value)
        self._note(round_id, seq)
        message = {"round": round_id, "seq": seq, "segments": segments, "joined": not points[0][3]}
        await self._line.send("ink", message)

    def _note(self, round_id: int, seq: int) -> None:
        """Take down when a change of ink left."""
        now = time.monotonic()
        self._sent[(self.seat, round_id, seq)] = now
        self._unacked.append((round_id, seq, now))
        self._unguessed.append((round_id, seq, now))
        self._tally.chunks_sent += 1

    def _may_draw(self, round_id: int) -> bool:
        if self.round != round_id or self.view["phase"] != "drawing":
            return False
        ends = self.view["round"]["ends"]
        return self._ahead is None or ends - (time.monotonic() * 1000 + self._ahead) > STOP_BEFORE_END_MS

    def _tell_time(self, t: int) -> None:
        self._ahead = t - time.monotonic() * 1000

    def _acknowledge(self, round_id: int, seq: int) -> None:
        now = time.monotonic()
        while self._unacked and self._unacked[0][:2] <= (round_id, seq):
            _, _, began = self._unacked.popleft()
            self._tally.chunks_acked += 1
            self._tally.ack_ms.append((now - began) * 1000)
