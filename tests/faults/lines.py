"""What stands between two ends: connections that are cut, held, slowed down, or lose one answer."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress

Ends = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class Line:
    """A TCP proxy on loopback. Its attributes may be changed at any moment."""

    def __init__(self, dial: Callable[[], Awaitable[Ends]]) -> None:
        self.dial = dial
        self.delay = 0.0
        """Seconds that everything takes longer, each way."""
        self.bytes_per_second = 0.0
        self.open = True
        """False: nothing gets through, and nobody is told."""
        self.refusing = False
        self.lingering = False
        """True: an end whose other end is gone does not hear of it."""
        self.swallow = 0
        """So many answers are lost, each with its connection, after what they answer was done."""
        self.swallowed = 0
        self.port = 0
        self._writers: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()

    async def serve(self) -> asyncio.Server:
        server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        return server

    def cut(self) -> None:
        """Reset all connections."""
        for writer in list(self._writers):
            writer.transport.abort()

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        try:
            if self.refusing:
                return
            far_reader, far_writer = await self.dial()
            self._writers |= {writer, far_writer}
            ways = [self._carry(reader, far_writer, back=False), self._carry(far_reader, writer, back=True)]
            for done in asyncio.as_completed(ways):
                await done
                break
            if self.lingering:
                writer.transport.abort()
                await asyncio.Event().wait()
        except (OSError, asyncio.CancelledError):
            pass
        finally:
            self._tasks.discard(task)
            for one in (writer, *([far_writer] if "far_writer" in locals() else [])):
                self._writers.discard(one)
                one.transport.abort()

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, back: bool) -> None:
        loop, sending = asyncio.get_running_loop(), asyncio.Queue[tuple[float, bytes]]()

        async def send() -> None:
            while True:
                due, data = await sending.get()
                await asyncio.sleep(max(0.0, due - loop.time()))
                if self.bytes_per_second:
                    await asyncio.sleep(len(data) / self.bytes_per_second)
                while not self.open:
                    await asyncio.sleep(0.05)
                writer.write(data)
                with suppress(OSError):
                    await writer.drain()

        pumping = asyncio.create_task(send())
        try:
            while data := await reader.read(65536):
                if back and self.swallow:
                    self.swallow -= 1
                    self.swallowed += 1
                    return
                sending.put_nowait((loop.time() + self.delay, data))
        except OSError:
            return
        finally:
            pumping.cancel()


@asynccontextmanager
async def line(dial: Callable[[], Awaitable[Ends]]) -> AsyncIterator[Line]:
    """Serve one line until the end of the block."""
    made = Line(dial)
    server = await made.serve()
    try:
        yield made
    finally:
        server.close()
        made.cut()
        for task in list(made._tasks):
            task.cancel()
        await asyncio.gather(*made._tasks, return_exceptions=True)
