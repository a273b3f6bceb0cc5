"""A player over a raw connection that keeps a log of what it sent and of what it was told is stored."""

from __future__ import annotations

import asyncio
import contextlib
import json
import random
import time
import uuid
from collections.abc import Callable
from typing import Any

import aiohttp

from server.bots.socketio_client import SocketIOClient
from server.game import limits
from tests.faults.ink import Chunk, Page, Strokes, add, digest
from tests.transport import transport_of

PACE = 0.1
RESEND_PACE = 0.067
"""Seconds between two ink messages; the second while the line lags behind."""
CHUNK_POINTS = 64
MOST_POINTS = 10_000
"""Nobody draws more than this in a round."""


class Drawer:
    """Draws whenever its room does, reconnects for ever, never sends a number with two contents."""

    def __init__(self, name: str, code: str, where: Callable[[], str], seed: int) -> None:
        self.name, self.code, self._where = name, code, where
        self.chance = random.Random(seed)
        self.pages: dict[int, Page] = {}
        self.canvases: dict[int, Strokes] = {}
        self.round, self.seat, self.offset = 0, -1, 0
        self.view: dict[str, Any] = {}
        self.gained: dict[tuple[int, int], dict[int, int]] = {}
        """(game, round) → seat → points, as told at its reveal."""
        self.rounds_of: dict[int, int] = {}
        """Game → how many rounds it has."""
        self.scores: dict[tuple[int, int], int] = {}
        """(game, seat) → score on the podium."""
        self.problems: list[str] = []
        self.refusals: dict[str, int] = {}
        self.joined = asyncio.Event()
        self.joined_at = self.lost_at = self.stored_at = 0.0
        self.connections = self.pictures = self.parts = 0
        self.drawing = True
        self.attentive = True
        """Whether it looks at frames: thousands that do cost more than what they test."""
        self.points = (1, 4)
        """A chunk has from so many to so many points."""
        self.jitter = 0.0
        """How far a wait of PACE moves, as a share of it."""
        self.saving = True
        self.face: Strokes = []
        self.lose_welcomes = 0
        """So many welcomes never arrive: the line is lost just before."""
        self.welcome_bytes = self._bytes = 0
        self.guesses = 0
        self.player: str | None = None
        self._seat: str | None = None
        self._tab = uuid.uuid4().hex
        self._client: SocketIOClient | None = None
        self._cursor = 0
        self._hold = 0.0
        self._requests = 0
        self._replies: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self._tasks: list[asyncio.Task[None]] = []
        self._began = 0.0

    # -- from outside ------------------------------------------------------------------------------------

    def start(self) -> None:
        self._tasks = [asyncio.create_task(self._live()), asyncio.create_task(self._draw())]

    async def stop(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def command(self, event: str, **fields: object) -> dict[str, Any]:
        """Send a command until it is answered."""
        while True:
            await self.joined.wait()
            self._requests += 1
            number = self._requests
            self._replies[number] = asyncio.get_running_loop().create_future()
            try:
                await self._emit(event, {"id": number, **fields})
                # Not wait_for: on 3.11 it forgets that its task is cancelled if the answer comes in the same moment.
                async with asyncio.timeout(3):
                    answer = await self._replies[number]
            except (TimeoutError, OSError):
                # The line may be lost without anybody having noticed yet.
                await asyncio.sleep(0.05)
                continue
            finally:
                waiting = self._replies.pop(number)
                if not waiting.cancel() and not waiting.cancelled():
                    # What the loss of the line said to it has been heard.
                    waiting.exception()
            if answer.get("code") not in ("saving_paused", "slow_down"):
                return answer
            await asyncio.sleep(0.2)

    def cut(self) -> None:
        """Lose the line."""
        transport = None if self._client is None else transport_of(self._client)
        if transport is not None:
            transport.abort()

    @property
    def heard_at(self) -> float:
        """When anything came over the line last, 0 while there is none."""
        return 0.0 if self._client is None else self._client.received_at

    @property
    def page(self) -> Page:
        return self.pages.setdefault(self.round, Page())

    @property
    def settled(self) -> bool:
        """Whether everything drawn in the running round is stored."""
        return self.joined.is_set() and self.page.acked == len(self.page.chunks)

    # -- the line ----------------------------------------------------------------------------------------

    async def _live(self) -> None:
        async with aiohttp.ClientSession() as session:
            while True:
                try:
                    self._client = client = await SocketIOClient.open(
                        session, self._where(), f"room={self.code}", timeout=aiohttp.ClientWSTimeout(ws_close=0.1)
                    )
                    try:
                        await self._listen(client)
                    finally:
                        await client.close()
                except (OSError, aiohttp.ClientError, TimeoutError, IndexError):
                    pass
                self._break()
                await asyncio.sleep(self.chance.uniform(0.05, 0.25))

    def _break(self) -> None:
        if self.joined.is_set():
            self.lost_at = time.monotonic()
            self.joined.clear()
        self._client = None
        for waiting in self._replies.values():
            if not waiting.done():
                waiting.set_exception(ConnectionError("the line is lost"))

    async def _listen(self, client: SocketIOClient) -> None:
        await client.introduce({"protocol": 1, "player": self.player})
        while True:
            event, raw = await client.receive(timeout=25)
            if event == "frame" and not self.attentive:
                continue
            self._bytes = len(f'42["{event}",{raw}]'.encode())
            handle = getattr(self, "_on_" + event, None)
            if handle is not None and await handle(json.loads(raw)) is False:
                return

    async def _emit(self, event: str, body: dict[str, Any]) -> None:
        if self._client is None:
            raise ConnectionError("not connected")
        await self._client.send(event, body)

    # -- what the server says ----------------------------------------------------------------------------

    async def _on_hello(self, body: dict[str, Any]) -> None:
        self.player = body["player"]
        await self._knock()

    async def _knock(self) -> None:
        self._requests += 1
        join = {
            "id": self._requests,
            "code": self.code,
            "name": self.name,
            "tab": self._tab,
            "keep": True,
            "avatar": self.face,
        }
        await self._emit("join", {**join, **({"seat": self._seat} if self._seat else {})})

    async def _on_welcome(self, body: dict[str, Any]) -> bool | None:
        if self.lose_welcomes:
            self.lose_welcomes -= 1
            return False
        self.welcome_bytes = self._bytes
        if self.seat not in (-1, body["seat"]):
            self.problems.append(f"{self.name} had seat {self.seat}, now {body['seat']}")
        self.seat, self._seat = body["seat"], body["token"]
        self._take(body["snapshot"])
        self._cursor = self.page.acked
        self._hold = 0.0
        self.joined_at = time.monotonic()
        self.connections += 1
        self.joined.set()
        await self._go_on(body["snapshot"]["left"])
        return None

    async def _on_snapshot(self, body: dict[str, Any]) -> None:
        self._take(body)
        self._cursor = min(self._cursor, self.page.acked)
        await self._go_on(body["left"])

    async def _on_part(self, body: dict[str, Any]) -> None:
        for one in body["canvases"]:
            self.canvases[one["seat"]] = [list(map(list, stroke)) for stroke in one["strokes"]]
            if one["seat"] == self.seat:
                self._check_mine(one["seq"])
        self.parts += 1
        await self._go_on(body["left"])

    async def _go_on(self, left: int) -> None:
        """Ask for what is left of the picture."""
        if left:
            self._requests += 1
            await self._emit("more", {"id": self._requests})
        else:
            self.pictures += 1

    def _take(self, picture: dict[str, Any]) -> None:
        self.saving = picture["saving"]
        if picture["o"] < self.offset:
            self.problems.append(f"{self.name}: the room went back from {self.offset} to {picture['o']}")
        self.offset = picture["o"]
        self._look(picture["view"])
        self.canvases = {one["seat"]: [list(map(list, s)) for s in one["strokes"]] for one in picture["canvases"]}
        mine = next((one for one in picture["canvases"] if one["seat"] == self.seat), None)
        if mine is not None:
            if mine["seq"] < self.page.acked:
                self.problems.append(f"{self.name}: {self.page.acked} was stored, now it is {mine['seq']}")
            self._acknowledge(self.round, mine["seq"])
            if mine["strokes"] or not mine["activity"]:
                self._check_mine(mine["seq"])

    def _check_mine(self, seq: int) -> None:
        drawn = self.page.strokes(seq)
        thinned = {self.seat} if sum(len(stroke[0]) for stroke in drawn) > limits.MAX_OWN_POINTS_PER_SNAPSHOT else set()
        if digest({self.seat: self.canvases[self.seat]}, thinned) != digest({self.seat: drawn}, thinned):
            self.problems.append(f"{self.name}: the canvas after {seq} is not what was drawn")

    async def _on_frame(self, body: dict[str, Any]) -> None:
        if body["o"] < self.offset:
            self.problems.append(f"{self.name}: a frame of {body['o']} after {self.offset}")
        self.offset = body["o"]
        for seat, (round_id, seq) in body.get("stored", {}).items():
            if int(seat) == self.seat:
                self._acknowledge(round_id, seq)
        if "left" in body:
            await self._go_on(body["left"])
        for seat, _, kind, joined, segments in body.get("ink", ()):
            if kind == "p":
                add(self.canvases.setdefault(seat, []), joined, segments)
        if body.get("view"):
            self._look(body["view"])

    async def _on_guess(self, _: dict[str, Any]) -> None:
        self.guesses += 1

    async def _on_reply(self, body: dict[str, Any]) -> bool | None:
        waiting = self._replies.get(body["id"])
        if waiting is not None and not waiting.done():
            waiting.set_result(body)
        elif not body["ok"] and not self.joined.is_set():
            self._count(body["code"])
            await asyncio.sleep(0.2)
            if body["code"] in ("saving_paused", "slow_down"):
                await self._knock()
                return None
            if body["code"] not in ("too_many",):
                self.problems.append(f"{self.name} may not come back: {body['code']}")
            return False
        return None

    async def _on_refused(self, body: dict[str, Any]) -> None:
        code = body["code"]
        self._count(code)
        if code == "seq_gap":
            self._cursor = min(self._cursor, body["expected"] - 1)
        elif code in ("saving_paused", "slow_down"):
            self._cursor = min(self._cursor, max(0, body["seq"] - 1))
            self._hold = time.monotonic() + 0.3
        elif code == "not_joined":
            await self._knock()
        elif code not in ("round_over", "not_now"):
            self.problems.append(f"{self.name}: ink refused: {code}")

    async def _on_notice(self, body: dict[str, Any]) -> None:
        if body["kind"] == "saving":
            self.saving = body["ok"]

    async def _on_ended(self, body: dict[str, Any]) -> bool:
        self._count("ended " + body["code"])
        if body["code"] in ("flood", "kicked", "replaced"):
            self.problems.append(f"{self.name}: ended: {body['code']}")
        return False

    def _count(self, code: str) -> None:
        self.refusals[code] = self.refusals.get(code, 0) + 1

    def _acknowledge(self, round_id: int, seq: int) -> None:
        page = self.pages.setdefault(round_id, Page())
        if seq > page.changes:
            self.problems.append(f"{self.name}: {seq} is stored, but only {page.changes} were sent")
        page.acked = max(page.acked, seq)
        self.stored_at = time.monotonic()

    def _look(self, view: dict[str, Any]) -> None:
        self.view = view
        round_id = view["round"]["id"] if view.get("round") else 0
        if round_id < self.round:
            self.problems.append(f"{self.name}: round {round_id} after {self.round}")
        if round_id != self.round:
            self.page.put_away()
            self.round, self._cursor, self.canvases = round_id, 0, {}
            self._began = time.monotonic()
        points = {player["seat"]: player["gained"] for player in view["players"]}
        key = (view["game"], round_id)
        if view["phase"] == "reveal" and self.gained.setdefault(key, points) != points:
            self.problems.append(f"{self.name}: round {round_id} was worth {self.gained[key]}, now {points}")
        self.rounds_of[view["game"]] = view["settings"]["rounds"]
        if view["phase"] == "podium":
            for player in view["players"]:
                place = (view["game"], player["seat"])
                if self.scores.setdefault(place, player["score"]) != player["score"]:
                    self.problems.append(f"{self.name}: a score of {place} changed on the podium")

    # -- drawing -----------------------------------------------------------------------------------------

    async def _draw(self) -> None:
        while True:
            page = self.page
            lagging = len(page.chunks) - self._cursor > 2
            await asyncio.sleep(
                (RESEND_PACE if lagging else PACE) * (1 + self.chance.uniform(-self.jitter, self.jitter))
            )
            if self.view.get("phase") != "drawing" or page is not self.page:
                continue
            if self.drawing and page.points < MOST_POINTS:
                self._scribble(page)
            if self.joined.is_set() and time.monotonic() >= self._hold and self._cursor < len(page.chunks):
                await self._send(page)

    def _scribble(self, page: Page) -> None:
        now = int((time.monotonic() - self._began) * 1000)
        x, y = self.chance.randrange(4096), self.chance.randrange(4096)
        count = self.chance.randint(*self.points)
        segment = [[x] * count, [(y + at) % 4096 for at in range(count)], [now] * count]
        joined = bool(page.chunks) and self.chance.random() < 0.9
        page.points += count
        waits = len(page.chunks) > page.sent
        if waits and page.chunks[-1].points + count <= CHUNK_POINTS:
            page.chunks[-1].merge(joined, segment)
        else:
            page.chunks.append(Chunk(joined, [segment]))

    async def _send(self, page: Page) -> None:
        chunk, seq = page.chunks[self._cursor], self._cursor + 1
        self._cursor += 1
        page.sent = max(page.sent, self._cursor)
        with contextlib.suppress(OSError, aiohttp.ClientError):
            await self._emit(
                "ink", {"round": self.round, "seq": seq, "joined": chunk.joined, "segments": chunk.segments}
            )
