"""A bot's place in a room: it comes back to its seat by itself when the connection or the server goes."""

from __future__ import annotations

import asyncio
import contextlib
import random
import time
import uuid
from collections.abc import Callable
from typing import Any

import aiohttp
import msgspec

from server.bots.connection import BotConnection, EventListener
from server.bots.tally import BotTally
from server.protocol import PROTOCOL_VERSION

REPLY_TIMEOUT_SECONDS = 15.0
"""A server that takes longer to answer is given up, or asked again."""
RECONNECT_LIMIT_SECONDS = 60.0
"""A bot tries for so long to come back."""
RECONNECT_PAUSE_SECONDS = (0.1, 1.0)
"""Between two tries, the first and the longest."""
FINAL_CODES = frozenset({"kicked", "flood", "left", "replaced", "bad_token", "old_client"})
"""Codes after which nobody comes back."""

_decode_object = msgspec.json.Decoder(dict[str, Any]).decode


class BotRefused(RuntimeError):
    """The server refused a connection or a seat; the text ends in the code."""

    def __init__(self, what: str, code: str) -> None:
        super().__init__(f"{what}: {code}")
        self.code = code


class BotSession:
    """One seat, whatever connection it has. `heard` gets every event but replies, `back` is called on a seat taken again."""

    def __init__(
        self, name: str, heard: EventListener, back: Callable[[], None], tally: BotTally, chance: random.Random
    ) -> None:
        self.name, self.seat = name, -1
        self.seated = asyncio.Event()
        """While the connection has the seat."""
        self.leaving = False
        self._heard, self._back, self._tally, self._chance = heard, back, tally, chance
        self._tab = uuid.uuid4().hex
        self._player: str | None = None
        self._token: str | None = None
        self._line: BotConnection | None = None
        self._hello: asyncio.Future[None] | None = None
        self._replies: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self._requests = 0
        self._returning: asyncio.Task[None] | None = None
        self._ended = ""

    @property
    def returning(self) -> bool:
        """Whether the connection is lost and another one is looked for."""
        return self._returning is not None and not self._returning.done()

    async def join(self, session: aiohttp.ClientSession, url: str, code: str, keep: bool) -> None:
        """Connect and take the seat; raises Turned when the server refuses."""
        self._where = session, url, code, keep
        await self._knock()

    async def send(self, event: str, message: dict[str, Any]) -> bool:
        """Send one event; false while there is no connection: then it has to be sent again once there is."""
        if not self.seated.is_set() or self._line is None:
            return False
        try:
            await self._line.send(event, message)
        except (RuntimeError, OSError, aiohttp.ClientError):
            return False
        return True

    async def command(self, event: str, **fields: object) -> dict[str, Any]:
        """Send a command until it is answered; the protocol lets every command be repeated. Raises TimeoutError."""
        async with asyncio.timeout(RECONNECT_LIMIT_SECONDS + REPLY_TIMEOUT_SECONDS):
            while True:
                await self.seated.wait()
                with contextlib.suppress(ConnectionError):
                    return await self._ask(event, fields)
                await asyncio.sleep(RECONNECT_PAUSE_SECONDS[0])

    async def close(self) -> None:
        """Leave for good."""
        self.leaving = True
        if self._returning is not None:
            self._returning.cancel()
            await asyncio.gather(self._returning, return_exceptions=True)
        if self._line is not None:
            with contextlib.suppress(OSError, aiohttp.ClientError):
                await self._line.close()

    # -- connections -------------------------------------------------------------------------------------

    async def _knock(self) -> None:
        session, url, code, keep = self._where
        self._hello = asyncio.get_running_loop().create_future()
        self._line = line = BotConnection(self._hear, lambda: self._lost(line))
        auth = {"protocol": PROTOCOL_VERSION} | ({"player": self._player} if self._player else {})
        async with asyncio.timeout(REPLY_TIMEOUT_SECONDS):
            # A proxy may send everybody of a room to the same process.
            await line.open(session, url, f"room={code}", auth)
            await self._hello
            known = {"seat": self._token} if self._token else {}
            join = {"code": code, "name": self.name, "tab": self._tab, "bot": True, "keep": keep}
            answer = await self._ask("join", join | known)
        if not answer.get("ok"):
            raise BotRefused("join", str(answer.get("code")))
        self.seated.set()

    async def _ask(self, event: str, fields: dict[str, object]) -> dict[str, Any]:
        """Send a command once. Raises ConnectionError when the connection is lost before the answer."""
        self._requests += 1
        number = self._requests
        self._replies[number] = asyncio.get_running_loop().create_future()
        try:
            assert self._line is not None
            try:
                await self._line.send(event, {"id": number, **fields})
            except RuntimeError as error:
                raise ConnectionError(str(error)) from error
            async with asyncio.timeout(REPLY_TIMEOUT_SECONDS):
                return await self._replies[number]
        finally:
            del self._replies[number]

    def _hear(self, event: str, raw: str) -> None:
        try:
            self._take(event, raw)
        except Exception as error:
            self._tally.errors.append(f"{self.name}: {event} is not understood: {error!r}")

    def _take(self, event: str, raw: str) -> None:
        if event == "hello":
            self._player = str(_decode_object(raw)["player"])
            if self._hello is not None and not self._hello.done():
                self._hello.set_result(None)
        elif event == "reply":
            answer = _decode_object(raw)
            self._answer(answer["id"], answer)
        elif event == "welcome":
            welcome = _decode_object(raw)
            self.seat, self._token = welcome["seat"], welcome["token"]
            self._answer(welcome["id"], {"ok": True})
            self._heard(event, raw)
        elif event == "ended":
            self._ended = str(_decode_object(raw)["code"])
        else:
            self._heard(event, raw)

    def _answer(self, number: int, answer: dict[str, Any]) -> None:
        waiting = self._replies.get(number)
        if waiting is not None and not waiting.done():
            waiting.set_result(answer)

    def _lost(self, line: BotConnection) -> None:
        """Go on without a connection, and look for another one."""
        if line is not self._line or self.leaving:
            return
        was_seated = self.seated.is_set()
        self.seated.clear()
        for waiting in (self._hello, *self._replies.values()):
            if waiting is not None and not waiting.done():
                waiting.set_exception(ConnectionError("the connection was lost"))
        if self._ended in FINAL_CODES:
            self._tally.errors.append(f"{self.name}: ended: {self._ended}")
        elif was_seated:
            self._tally.reconnects += 1
            self._returning = asyncio.create_task(self._come_back(), name="bot comes back")

    async def _come_back(self) -> None:
        end, pause = time.monotonic() + RECONNECT_LIMIT_SECONDS, RECONNECT_PAUSE_SECONDS[0]
        why = "disconnected"
        while time.monotonic() < end:
            await asyncio.sleep(pause * self._chance.uniform(0.5, 1.5))
            pause = min(2 * pause, RECONNECT_PAUSE_SECONDS[1])
            try:
                await self._knock()
            except (TimeoutError, RuntimeError, OSError, aiohttp.ClientError) as error:
                why = f"{type(error).__name__}: {error}"
                if getattr(error, "code", "") in FINAL_CODES:
                    break
                if self._line is not None:
                    with contextlib.suppress(OSError, aiohttp.ClientError):
                        await self._line.close()
            else:
                self._back()
                return
        self._tally.errors.append(f"{self.name}: could not come back: {why}")
