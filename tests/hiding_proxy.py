"""A proxy that passes everything on under another Host than the browser's."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit


@asynccontextmanager
async def hiding_proxy(url: str, door: int) -> AsyncIterator[str]:
    """Listen on a port of loopback; yields the address."""
    inner = urlsplit(url)

    async def pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while data := await reader.read(65536):
                writer.write(data.replace(f"Host: 127.0.0.1:{door}".encode(), b"Host: inside"))
                await writer.drain()
        except ConnectionError:
            pass
        finally:
            writer.close()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        to = await asyncio.open_connection(inner.hostname, inner.port)
        await asyncio.gather(pump(reader, to[1]), pump(to[0], writer))

    server = await asyncio.start_server(serve, "127.0.0.1", door)
    try:
        yield f"http://127.0.0.1:{door}"
    finally:
        server.close()
