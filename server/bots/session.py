"""A bot's seat in a room: the bot comes back to it by itself when the connection or the server goes."""

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

from server.bots.socketio_client import SocketIOClient
from server.bots.tally import BotTally
from server.protocol import PROTOCOL_VERSION

REPLY_TIMEOUT_SECONDS = 15.0
"""Seconds that a server has to answer; then it is given up, or asked again."""
RECONNECT_LIMIT_SECONDS = 60.0
"""Seconds for which a bot tries to come back."""
MIN_RECONNECT_PAUSE_SECONDS, MAX_RECONNECT_PAUSE_SECONDS = 0.1, 1.0
"""Seconds between two tries; twice as long each time."""
FINAL_CODES = frozenset({"kicked", "flood", "left", "replaced", "bad_token", "old_client"})
"""Codes after which nobody comes back."""

EventListener = Callable[[str, str], None]
"""(event, raw JSON of its one argument) → handled."""

_decode_object = msgspec.json.Decoder(dict[str, Any]).decode


class BotRefused(RuntimeError):
    """The server refused a seat; the text ends in the code."""

    def __init__(self, event: str, code: str) -> None:
        super().__init__(f"{event}: {code}")
        self.code = code


class BotSession:
    """One seat, whatever connection it has. `on_event` gets every event but replies, `on_return` is called on a seat taken again."""

    def __init__(
        self, name: str, on_event: EventListener, on_return: Callable[[], None], tally: BotTally, chance: random.Random
    ) -> None:
        self.name, self.seat = name, -1
        self.seated = asyncio.Event()
        """While the connection has the seat."""
        self.leaving = False
        self._on_event, self._on_return, self._tally, self._chance = on_event, on_return, tally, chance
        self._tab = uuid.uuid4().hex
        self._player_token: str | None = None
        self._seat_token: str | None = None
        self._client: SocketIOClient | None = None
        self._reading: asyncio.Task[None] | None = None
        self._hello: asyncio.Future[None] | None = None
        self._replies: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self._requests = 0
        self._reconnecting: asyncio.Task[None] | None = None
        self._ended = ""

    @property
    def reconnecting(self) -> bool:
        """Whether the connection is lost and another one is looked for."""
        return self._reconnecting is not None and not self._reconnecting.done()

    async def join(self, session: aiohttp.ClientSession, url: str, code: str, keep: bool) -> None:
        """Connect and take the seat. Raises BotRefused when the server refuses the seat, RuntimeError when the connection."""
        self._address = session, url, code, keep
        await self._connect_and_join()

    async def send(self, event: str, message: dict[str, Any]) -> bool:
        """Send one event; false while there is no connection: then it has to be sent again once there is."""
        if not self.seated.is_set() or self._client is None:
            return False
        try:
            await self._client.send(event, message)
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
                await asyncio.sleep(MIN_RECONNECT_PAUSE_SECONDS)

    async def close(self) -> None:
        """Leave for good."""
        self.leaving = True
        if self._reconnecting is not None:
            self._reconnecting.cancel()
            await asyncio.gather(self._reconnecting, return_exceptions=True)
        await self._close_connection()

    # -- connections -------------------------------------------------------------------------------------

    async def _connect_and_join(self) -> None:
        session, url, code, keep = self._address
        self._hello = asyncio.get_running_loop().create_future()
        auth = {"protocol": PROTOCOL_VERSION} | ({"player": self._player_token} if self._player_token else {})
        async with asyncio.timeout(REPLY_TIMEOUT_SECONDS):
            # A proxy may send everybody of a room to the same process.
            self._client = client = await SocketIOClient.open(session, url, f"room={code}")
            self._reading = asyncio.create_task(self._read(client), name=f"bot {self.name} reads")
            await client.introduce(auth)
            await self._hello
            seat = {"seat": self._seat_token} if self._seat_token else {}
            join = {"code": code, "name": self.name, "tab": self._tab, "bot": True, "keep": keep}
            answer = await self._ask("join", join | seat)
        if not answer.get("ok"):
            raise BotRefused("join", str(answer.get("code")))
        self.seated.set()

    async def _read(self, client: SocketIOClient) -> None:
        with contextlib.suppress(OSError, aiohttp.ClientError):
            while True:
                event, raw = await client.receive()
                try:
                    self._handle(event, raw)
                except Exception as error:
                    self._tally.errors.append(f"{self.name}: cannot handle {event}: {error!r}")
        self._lost(client)

    async def _close_connection(self) -> None:
        if self._reading is not None:
            self._reading.cancel()
            await asyncio.gather(self._reading, return_exceptions=True)
        if self._client is not None:
            with contextlib.suppress(OSError, aiohttp.ClientError):
                await self._client.close()

    async def _ask(self, event: str, fields: dict[str, object]) -> dict[str, Any]:
        """Send a command once. Raises ConnectionError when the connection is lost before the answer."""
        self._requests += 1
        number = self._requests
        self._replies[number] = asyncio.get_running_loop().create_future()
        try:
            assert self._client is not None
            await self._client.send(event, {"id": number, **fields})
            async with asyncio.timeout(REPLY_TIMEOUT_SECONDS):
                return await self._replies[number]
        finally:
            del self._replies[number]

    def _handle(self, event: str, raw: str) -> None:
        if event == "hello":
            self._player_token = str(_decode_object(raw)["player"])
            if self._hello is not None and not self._hello.done():
                self._hello.set_result(None)
        elif event == "connect_error":
            if self._hello is not None and not self._hello.done():
                self._hello.set_exception(RuntimeError(f"connect: {raw}"))
        elif event == "reply":
            answer = _decode_object(raw)
            self._answer(answer["id"], answer)
        elif event == "welcome":
            welcome = _decode_object(raw)
            self.seat, self._seat_token = welcome["seat"], welcome["token"]
            self._answer(welcome["id"], {"ok": True})
            self._on_event(event, raw)
        elif event == "ended":
            self._ended = str(_decode_object(raw)["code"])
        else:
            self._on_event(event, raw)

    def _answer(self, number: int, answer: dict[str, Any]) -> None:
        waiting = self._replies.get(number)
        if waiting is not None and not waiting.done():
            waiting.set_result(answer)

    def _lost(self, client: SocketIOClient) -> None:
        """Go on without a connection, and look for another one."""
        if client is not self._client or self.leaving:
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
            self._reconnecting = asyncio.create_task(self._reconnect(), name=f"bot {self.name} reconnects")

    async def _reconnect(self) -> None:
        end, pause = time.monotonic() + RECONNECT_LIMIT_SECONDS, MIN_RECONNECT_PAUSE_SECONDS
        why = "disconnected"
        while time.monotonic() < end:
            await asyncio.sleep(pause * self._chance.uniform(0.5, 1.5))
            pause = min(2 * pause, MAX_RECONNECT_PAUSE_SECONDS)
            try:
                await self._connect_and_join()
            except (TimeoutError, RuntimeError, OSError, aiohttp.ClientError) as error:
                why = f"{type(error).__name__}: {error}"
                if getattr(error, "code", "") in FINAL_CODES:
                    break
                await self._close_connection()
            else:
                self._on_return()
                return
        self._tally.errors.append(f"{self.name}: could not come back: {why}")
