"""A plain proxy before several web processes: each connection to the next one, or to that of its room."""

from __future__ import annotations

import asyncio
import re
import sys
import zlib
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress

ROOM = re.compile(rb"[?&]room=(\w{6})|/r/(\w{6})|/api/rooms/(\w{6})")


class Balancer:
    """Serves on loopback. `by_room`: by the code in the request, so that a room's players meet in one process."""

    def __init__(self, ports: Callable[[], Sequence[int]], by_room: bool) -> None:
        self._ports, self._by_room = ports, by_room
        self._next = 0
        self.port = 0
        self._tasks: set[asyncio.Task[None]] = set()

    async def serve(self, port: int = 0) -> asyncio.Server:
        server = await asyncio.start_server(self._accept, "127.0.0.1", port)
        self.port = server.sockets[0].getsockname()[1]
        return server

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        far_writer = None
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            far_reader, far_writer = await self._dial(head)
            # One request a connection: the next one may belong to another process.
            if b"upgrade" not in head.lower():
                head = re.sub(rb"(?i)\r\nconnection:[^\r]*", b"", head).replace(
                    b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"
                )
            far_writer.write(head)
            await asyncio.gather(_carry(reader, far_writer), _carry(far_reader, writer))
        except (OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, asyncio.CancelledError):
            pass
        finally:
            self._tasks.discard(task)
            for one in (writer, far_writer):
                if one is not None:
                    one.transport.abort() if one.transport.is_closing() else one.close()

    async def _dial(self, head: bytes) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """Open the way to a process that answers; one that does not is passed over."""
        ports = list(self._ports())
        found = ROOM.search(head.split(b"\r\n", 1)[0]) if self._by_room else None
        if found:
            first = zlib.crc32(next(code for code in found.groups() if code))
        else:
            first = self._next = self._next + 1
        for step in range(len(ports)):
            with suppress(OSError):
                return await asyncio.open_connection("127.0.0.1", ports[(first + step) % len(ports)])
        raise OSError("no web process answers")

    async def stop(self) -> None:
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)


async def _carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    writer.close()


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
