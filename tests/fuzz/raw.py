"""Bytes as no client library would send them."""

from __future__ import annotations

SHAKE = (
    b"GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\n"
    b"Connection: Upgrade\r\nSec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)
"""Asks for a WebSocket."""


def masked(text: str, opcode: int = 1, fin: int = 0x80) -> bytes:
    """One frame of at most 125 bytes; the mask leaves them as they are."""
    data = text.encode("latin-1") if opcode == 8 else text.encode()
    return bytes([fin | opcode, 0x80 | len(data)]) + bytes(4) + data
