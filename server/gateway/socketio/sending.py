"""Writing to one connection: packets are encoded already, and what goes to many is framed once for all of them."""

from __future__ import annotations

import struct
from functools import lru_cache

from engineio import packet as eio_packet

from server.gateway.socketio.engine import EngineSocket


async def write_packet(connection: EngineSocket, text: str) -> None:
    """Write an encoded packet straight to the WebSocket; waits while the network does not take it."""
    await connection.ws.send("4" + text)


def write_packets_now(connection: EngineSocket, text: str, *private: str) -> None:
    """Write encoded packets to the transport at once, which keeps what the network does not take.

    The first one may be going to others, too, and is framed for all of them together.
    """
    transport = connection.ws.transport
    if transport is not None and not transport.is_closing():
        shared = _shared_websocket_frame(text)
        transport.write(b"".join([shared, *map(_websocket_frame, private)]) if private else shared)


def _websocket_frame(text: str) -> bytes:
    """Return the WebSocket frame of a packet."""
    data = text.encode()
    size = len(data) + 1
    if size < 126:
        return struct.pack("!BBc", 0x81, size, b"4") + data
    if size < 65536:
        return struct.pack("!BBHc", 0x81, 126, size, b"4") + data
    return struct.pack("!BBQc", 0x81, 127, size, b"4") + data


_shared_websocket_frame = lru_cache(maxsize=4)(_websocket_frame)


def unsent_bytes(connection: EngineSocket) -> int:
    """Return the bytes that wait in the transport."""
    transport = connection.ws.transport
    return transport.get_write_buffer_size() if transport is not None and not transport.is_closing() else 0


def abort_connection(connection: EngineSocket) -> None:
    """Cut a connection at once; its handlers end and everything of it is freed."""
    connection.ws.cut()


async def queue_packet(connection: EngineSocket, text: str) -> None:
    """Send an encoded packet behind what the engine itself has queued (the answer to CONNECT)."""
    await connection.send(eio_packet.Packet(eio_packet.MESSAGE, text))


async def close_connection(connection: EngineSocket) -> None:
    """Close politely after what was written."""
    await connection.ws.close()
