"""A plain proxy before several web processes: each connection to the next one, or to that of its room."""

from __future__ import annotations

import asyncio
import re
import sys
import zlib
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from typing import cast

ROOM = re.compile(rb"[?&]room=(\w{6})|/r/(\w{6})|/api/rooms/(\w{6})")
END = b"\r\n\r\n"
MOST_HEAD = 64 * 1024


class Balancer:
    """Serves on loopback. `by_room`: by the code in the request, so that a room's players meet in one process."""

    def __init__(self, ports: Callable[[], Sequence[int]], by_room: bool) -> None:
        self._ports, self._by_room = ports, by_room
        self._next = 0
        self.port = 0
        self.ends: set[_End] = set()
        self.dialing: set[asyncio.Task[None]] = set()

    async def serve(self, port: int = 0) -> asyncio.Server:
        server = await asyncio.get_running_loop().create_server(lambda: _Near(self), "127.0.0.1", port)
        self.port = server.sockets[0].getsockname()[1]
        return server

    async def dial(self, near: _Near, head: bytes) -> _End:
        """Open the way to a process that answers; one that does not is passed over."""
        ports = list(self._ports())
        found = ROOM.search(head.split(b"\r\n", 1)[0]) if self._by_room else None
        if found:
            first = zlib.crc32(next(code for code in found.groups() if code))
        else:
            first = self._next = self._next + 1
        for step in range(len(ports)):
            with suppress(OSError):
                port = ports[(first + step) % len(ports)]
                _, far = await asyncio.get_running_loop().create_connection(lambda: _End(self, near), "127.0.0.1", port)
                return far
        raise OSError("no web process answers")

    async def stop(self) -> None:
        for task in self.dialing:
            task.cancel()
        await asyncio.gather(*self.dialing, return_exceptions=True)
        for end in list(self.ends):
            end.transport.abort()
        await asyncio.sleep(0)


class _End(asyncio.Protocol):
    """One end of a connection through the proxy: what comes here leaves at the other."""

    def __init__(self, balancer: Balancer, other: _End | None = None) -> None:
        self._balancer, self.other = balancer, other
        self.transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)
        self._balancer.ends.add(self)

    def data_received(self, data: bytes) -> None:
        if self.other is not None:
            self.other.transport.write(data)

    def eof_received(self) -> bool:
        """Let what came leave, then close both ends."""
        if self.other is not None:
            self.other.transport.close()
        return False

    def connection_lost(self, error: Exception | None) -> None:
        self._balancer.ends.discard(self)
        if self.other is not None and not self.other.transport.is_closing():
            self.other.transport.close()

    def pause_writing(self) -> None:
        if self.other is not None and not self.other.transport.is_closing():
            self.other.transport.pause_reading()

    def resume_writing(self) -> None:
        if self.other is not None and not self.other.transport.is_closing():
            self.other.transport.resume_reading()


class _Near(_End):
    """The client's end: its head says where to."""

    def __init__(self, balancer: Balancer) -> None:
        super().__init__(balancer)
        self._waiting = b""
        self._dialing = False

    def data_received(self, data: bytes) -> None:
        if self.other is not None:
            self.other.transport.write(data)
            return
        self._waiting += data
        if END in self._waiting and not self._dialing:
            self._dialing = True
            task = asyncio.ensure_future(self._dial())
            self._balancer.dialing.add(task)
            task.add_done_callback(self._balancer.dialing.discard)
        elif len(self._waiting) > MOST_HEAD:
            self.transport.abort()

    async def _dial(self) -> None:
        head = self._waiting.partition(END)[0] + END
        try:
            far = await self._balancer.dial(self, head)
        except OSError:
            self.transport.abort()
            return
        self.other, rest = far, self._waiting[len(head) :]
        # One request a connection: the next one may belong to another process.
        if b"upgrade" not in head.lower():
            head = re.sub(rb"(?i)\r\nconnection:[^\r]*", b"", head).replace(END, b"\r\nConnection: close" + END)
        far.transport.write(head + rest)
        if self.transport.is_closing():
            far.transport.close()


@asynccontextmanager
async def balancer(ports: Callable[[], Sequence[int]], by_room: bool = False) -> AsyncIterator[Balancer]:
    made = Balancer(ports, by_room)
    server = await made.serve()
    try:
        yield made
    finally:
        server.close()
        await made.stop()


async def _main(port: int, ports: list[int]) -> None:
    server = await Balancer(lambda: ports, by_room=False).serve(port)
    await server.serve_forever()


if __name__ == "__main__":
    # python -m tests.load.balancer PORT WEB…
    asyncio.run(_main(int(sys.argv[1]), [int(word) for word in sys.argv[2:]]))
