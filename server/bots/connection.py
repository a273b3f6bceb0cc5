"""A bot's Socket.IO connection: text frames over WebSocket, read without a task or a dictionary per message."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from typing import Any

import aiohttp
import msgspec

EventListener = Callable[[str, str], None]
"""(event, raw JSON of its one argument) → handled."""

_encode_json = msgspec.json.Encoder().encode


class BotConnection:
    """One connection. `heard` is told every event in order, `lost` when the server is gone."""

    def __init__(self, heard: EventListener, lost: Callable[[], None]) -> None:
        self._heard, self._lost = heard, lost
        self._socket: aiohttp.ClientWebSocketResponse | None = None
        self._reading: asyncio.Task[None] | None = None

    async def open(self, session: aiohttp.ClientSession, url: str, query: str, auth: dict[str, Any]) -> None:
        """Connect and introduce oneself. Raises RuntimeError with the code of a refusal, or when the server hangs up."""
        self._socket = await session.ws_connect(f"{url}/socket.io/?EIO=4&transport=websocket&{query}", max_msg_size=0)
        try:
            await self._socket.receive_str()
            await self._socket.send_str("40" + _encode_json(auth).decode())
            answer = await self._socket.receive_str()
        except TypeError:
            raise RuntimeError("connect: the server hung up") from None
        if not answer.startswith("40"):
            raise RuntimeError(f"connect: {answer}")
        self._reading = asyncio.create_task(self._read(self._socket))

    async def send(self, event: str, message: dict[str, Any]) -> None:
        """Send one event."""
        if self._socket is None or self._socket.closed:
            raise RuntimeError("not connected")
        await self._socket.send_str(f'42["{event}",{_encode_json(message).decode()}]')

    async def close(self) -> None:
        """Hang up."""
        if self._reading is not None:
            self._reading.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._reading
        if self._socket is not None:
            await self._socket.close()

    async def _read(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        async for message in socket:
            if message.type is not aiohttp.WSMsgType.TEXT:
                break
            text: str = message.data
            if text == "2":
                await socket.send_str("3")
            elif text.startswith('42["'):
                end = text.index('"', 4)
                self._heard(text[4:end], text[end + 2 : -1])
        self._lost()
