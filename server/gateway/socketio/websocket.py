"""WebSocket frames where aiohttp parses them: each is counted, and text is handled without a queue and a task that wakes.

aiohttp's reader puts every frame into a queue that a task awaits. Here the queue offers a text frame to a function
first; what that does not take, and everything that comes until the task is done with it, goes through the queue as ever.
Like everything in this folder, this touches private parts of libraries and has a canary test.
"""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from aiohttp import WebSocketError, WSCloseCode, WSMsgType, web
from aiohttp._websocket.reader import WebSocketDataQueue, WebSocketReader

FrameSink = Callable[[str], bool]
"""Takes a text frame, or says that it does not."""

CLOSE_FRAME_TIMEOUT_SECONDS = 2.0
"""Seconds that a client has to answer the server's closing frame."""
SEND_BUFFER_BYTES = 64 * 1024
"""SO_SNDBUF of every connection (bytes): larger ones hide a reader that stopped."""
READ_BUFFER_LIMIT_BYTES = 64 * 1024
"""aiohttp stops reading while more than twice these bytes wait."""

FLOODER_CLOSE_DELAY_SECONDS = 1.0
"""Seconds that the connection of a flooder is kept, unread, before it is closed: to come back at once costs a server more."""


class FrameBudget:
    """A token bucket whose clock is read only when it has run empty: `rate` frames a second, `burst` at once.

    `take` is called for each frame of every connection.
    """

    __slots__ = ("_burst", "_filled", "_left", "_rate")

    def __init__(self, rate: float, burst: int) -> None:
        self._rate, self._burst = rate, burst
        self._left, self._filled = burst, time.monotonic()

    def take(self) -> bool:
        """Spend one; False when there is none."""
        if self._left == 0:
            now = time.monotonic()
            self._left = min(self._burst, int((now - self._filled) * self._rate))
            self._filled = now
            if self._left == 0:
                return False
        self._left -= 1
        return True


class FrameReader(WebSocketReader):
    """aiohttp's parser, which hands on no frame over the budget, of whatever kind it is.

    Pings, pongs and empty continuations cost a server as much as messages do.
    """

    def __init__(
        self, queue: IncomingFrameQueue, frame_bytes: int, budget: FrameBudget, flooded: Callable[[], None]
    ) -> None:
        """Call `flooded` at the first frame over the budget, which ends the parsing of this connection for good."""
        super().__init__(queue, frame_bytes, compress=False, decode_text=True)
        self._take, self._flooded = budget.take, flooded

    def _handle_frame(self, fin: bool, opcode: int, payload: bytes | bytearray, compressed: int) -> None:
        if not self._take():
            self._flooded()
            raise WebSocketError(WSCloseCode.POLICY_VIOLATION, "too many frames")
        super()._handle_frame(fin, opcode, payload, compressed)


class IncomingFrameQueue(WebSocketDataQueue):
    """The queue between aiohttp's parser and whoever reads. It keeps the order of frames."""

    sink: FrameSink | None = None
    idle = False
    """Whether the reader waits, and so everything that came before is done."""

    def feed_data(self, data: Any, size: int) -> None:
        """Take in one frame from the parser."""
        if self.idle and self.sink is not None and data[0] is WSMsgType.TEXT and self.sink(data[1]):
            return
        self.idle = False
        super().feed_data(data, size)

    async def read(self) -> Any:
        """Return the next frame that the sink did not take."""
        self.idle = not self._buffer
        try:
            return await super().read()
        finally:
            self.idle = False


class BudgetedWebSocketResponse(web.WebSocketResponse):
    """A WebSocket without compression and heartbeat, over such a parser and queue."""

    def __init__(
        self, frame_bytes: int, close_seconds: float, budget: FrameBudget, flooded: Callable[[], None]
    ) -> None:
        """Frames of `frame_bytes` and more end the connection, at the first one over the budget `flooded` is called."""
        super().__init__(timeout=close_seconds, max_msg_size=frame_bytes, compress=False)
        self._budget = budget
        self._flooded: Callable[[], None] | None = flooded
        self._flooder_waits = False

    def offer_text_to(self, sink: FrameSink | None) -> None:
        """Offer text frames to `sink` from now on."""
        assert isinstance(self._reader, IncomingFrameQueue)
        self._reader.sink = sink

    def drop_references(self) -> None:
        """Forget who listens: nothing that a closed connection was may wait for the collector of cycles."""
        self._flooded = self._exception = self._parser = None
        if isinstance(self._reader, IncomingFrameQueue):
            self._reader.sink = None

    def _flood(self) -> None:
        if self._flooded is not None:
            self._flooded()
        self._flooder_waits = True
        # Not at once: aiohttp reads on when it has handed over what came behind the handshake.
        asyncio.get_running_loop().call_soon(self._pause_reading)

    def _pause_reading(self) -> None:
        if self._req is not None and self._req.transport is not None:
            with suppress(RuntimeError):
                self._req.transport.pause_reading()

    async def close(self, *, code: int = WSCloseCode.OK, message: bytes = b"", drain: bool = True) -> bool:
        """Close politely; a flooder is kept waiting first."""
        if self._flooder_waits:
            self._flooder_waits = False
            await asyncio.sleep(FLOODER_CLOSE_DELAY_SECONDS)
        return await super().close(code=code, message=message, drain=drain)

    def _post_start(self, request: web.BaseRequest, protocol: str | None, writer: Any) -> None:
        """Do what the original does, with our queue."""
        self._ws_protocol, self._writer = protocol, writer
        self._reader = IncomingFrameQueue(request.protocol, READ_BUFFER_LIMIT_BYTES, loop=asyncio.get_running_loop())
        self._parser = FrameReader(self._reader, self._max_msg_size, self._budget, self._flood)
        request.protocol.set_parser(self._parser)
        request.protocol.keep_alive(False)


class UncompressedWebSocket:
    """aiohttp's WebSocket without compression, with a small send buffer; binary and empty frames end it."""

    __slots__ = ("_response", "transport")

    def __init__(self) -> None:
        self._response: BudgetedWebSocketResponse | None = None
        self.transport: Any = None

    async def open(
        self, request: web.Request, frame_bytes: int, budget: FrameBudget, flooded: Callable[[], None]
    ) -> BudgetedWebSocketResponse:
        """Shake hands. Raises OSError where the client is gone already."""
        transport = request.transport
        if transport is None or transport.is_closing():
            raise ConnectionResetError("closed before it was answered")
        self.transport = transport
        self._response = response = BudgetedWebSocketResponse(frame_bytes, CLOSE_FRAME_TIMEOUT_SECONDS, budget, flooded)
        await response.prepare(request)
        tcp = transport.get_extra_info("socket")
        if tcp is not None and tcp.family in (socket.AF_INET, socket.AF_INET6):
            tcp.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER_BYTES)
            tcp.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return response

    def offer_text_to(self, sink: FrameSink) -> None:
        """Offer text frames to `sink` as they come."""
        if self._response is not None:
            self._response.offer_text_to(sink)

    async def wait(self) -> str:
        """Return the next text frame, of which nothing is empty or unknown to Engine.IO. Raises OSError at the end."""
        if self._response is None:
            raise ConnectionResetError("closed")
        message = await self._response.receive()
        if message.type is not WSMsgType.TEXT or message.data[:1] not in ("1", "3", "4"):
            self.cut()
            raise OSError("not a text frame of Engine.IO")
        text: str = message.data
        return text

    async def send(self, text: str) -> None:
        """Write a text frame; waits while the network does not take it. Raises OSError once closed."""
        if self._response is None:
            raise ConnectionResetError("closed")
        await self._response.send_str(text)

    async def close(self) -> None:
        """Close politely after what was written."""
        if self._response is not None:
            await self._response.close()

    def cut(self) -> None:
        """Cut at once."""
        if self.transport is not None:
            self.transport.abort()

    def drop_references(self) -> None:
        """Forget connection and request: each refers to the other, and they would wait for the collector of cycles."""
        if self._response is not None:
            self._response.drop_references()
        self._response = self.transport = None
