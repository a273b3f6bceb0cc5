"""A raw Socket.IO connection, for bots and for tests: text frames over WebSocket, and events with their JSON unparsed.

Client libraries parse every message into dictionaries and answer in tasks of their own, which costs thousands of bots more
than what they play, and they say nothing that a server would refuse.
"""

from __future__ import annotations

import time
from typing import Any, Self

import aiohttp
import msgspec

_encode_json = msgspec.json.Encoder().encode


class SocketIOClient:
    """One connection. It answers pings while somebody waits for a message, and does nothing else by itself."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self.socket = socket
        self.received_at = 0.0
        """When the newest frame came (s, monotonic), pings counted."""

    @classmethod
    async def open(cls, session: aiohttp.ClientSession, url: str, query: str = "", **options: Any) -> Self:
        """Open a WebSocket to a server at `url`, its base path included; `query` is like `room=ABCDEF`."""
        address = f"{url.rstrip('/')}/socket.io/?EIO=4&transport=websocket" + (f"&{query}" if query else "")
        return cls(await session.ws_connect(address, max_msg_size=0, **options))

    async def introduce(self, auth: dict[str, Any]) -> None:
        """Say who connects; the answer is the event `hello`, or `connect_error`."""
        await self.send_text("40" + _encode_json(auth).decode())

    async def send(self, event: str, message: object) -> None:
        """Send one event. Raises OSError once the connection is lost."""
        await self.send_text(f'42["{event}",{_encode_json(message).decode()}]')

    async def send_text(self, text: str) -> None:
        """Send a text frame as it is. Raises OSError once the connection is lost."""
        if self.socket.closed:
            raise ConnectionError("not connected")
        await self.socket.send_str(text)

    async def receive(self, timeout: float | None = None) -> tuple[str, str]:
        """Return the next event and the raw JSON of its one argument; pings are answered on the way.

        Raises ConnectionError when the connection ends, and TimeoutError after so many seconds without any frame.
        """
        while True:
            frame = await self.socket.receive(timeout)
            if frame.type is not aiohttp.WSMsgType.TEXT:
                raise ConnectionError(f"the server closed the connection ({frame.type.name})")
            self.received_at = time.monotonic()
            text: str = frame.data
            if text.startswith('42["'):
                end = text.index('"', 4)
                return text[4:end], text[end + 2 : -1]
            if text == "2":
                await self.socket.send_str("3")
            elif text.startswith("44"):
                return "connect_error", text[2:]

    async def close(self) -> None:
        """Close politely."""
        await self.socket.close()
