"""Text frames handled where aiohttp parses them, without a queue and a task that wakes for each.

aiohttp's reader puts every frame into a queue that a task awaits. Here the queue offers a text frame to a function
first; what that does not take, and everything that comes until the task is done with it, goes through the queue as ever.
Like `server.gateway.engine`, this touches private parts and has a canary test.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from aiohttp import WSMsgType, web
from aiohttp._websocket.reader import WebSocketDataQueue, WebSocketReader

Sink = Callable[[str], bool]
"""Takes a text frame, or says that it does not."""

UNREAD = 64 * 1024
"""aiohttp stops reading while more than twice these bytes wait."""


class Incoming(WebSocketDataQueue):
    """The queue between aiohttp's parser and whoever reads. It keeps the order of frames."""

    sink: Sink | None = None
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


class Response(web.WebSocketResponse):
    """A WebSocket without compression and heartbeat, over such a queue."""

    def __init__(self, frame_bytes: int) -> None:
        """Frames of `frame_bytes` and more end the connection."""
        super().__init__(max_msg_size=frame_bytes, compress=False)

    def hear(self, sink: Sink) -> None:
        """Offer text frames to `sink` from now on."""
        assert isinstance(self._reader, Incoming)
        self._reader.sink = sink

    def _post_start(self, request: web.BaseRequest, protocol: str | None, writer: Any) -> None:
        """Do what the original does, with our queue."""
        self._ws_protocol, self._writer = protocol, writer
        self._reader = Incoming(request.protocol, UNREAD, loop=asyncio.get_running_loop())
        self._parser = WebSocketReader(self._reader, self._max_msg_size, compress=False, decode_text=True)
        request.protocol.set_parser(self._parser)
        request.protocol.keep_alive(False)
