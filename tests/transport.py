"""What a raw connection is written to, for losing it or for reading nothing any more. aiohttp has no public way to it."""

from __future__ import annotations

import asyncio

from server.bots.socketio_client import SocketIOClient


def transport_of(client: SocketIOClient) -> asyncio.Transport | None:
    """Return the transport of a connection, while there is one."""
    connection = client.socket._response.connection
    return None if connection is None else connection.transport
