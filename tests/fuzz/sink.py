"""`python -m tests.fuzz.sink PORT`: takes connections, answers a handshake, and throws everything else away."""

from __future__ import annotations

import asyncio
import sys

from server.runtime.event_loop import run_event_loop


class _Sink(asyncio.Protocol):
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        transport.write(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n")


async def serve(port: int) -> None:
    """Serve until ended."""
    server = await asyncio.get_running_loop().create_server(_Sink, "127.0.0.1", port)
    await server.serve_forever()


if __name__ == "__main__":
    run_event_loop(serve(int(sys.argv[1])))
