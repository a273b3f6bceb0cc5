"""Connections before they are anything: how many an address may have open, and how soon each has to ask for something.

aiohttp waits for a request as long as the other side likes to send it byte by byte. Like everything in this folder, this
touches private parts of libraries and has a canary test.
"""

from __future__ import annotations

import asyncio
import socket
from collections import OrderedDict
from typing import Any

from aiohttp import web
from aiohttp.web_protocol import RequestHandler

from server.access.client_address import address_network, is_in_networks, normalize_address
from server.access.rate_limits import RateLimits
from server.settings import ServerSettings

TCP_STALL_TIMEOUT_MS = 30_000
"""Milliseconds after which the kernel ends a connection whose other side takes nothing of what is sent to it."""
NEW_CONNECTION_GRACE_SECONDS = 1.0
"""A connection may say nothing for so long before another one takes its place."""


def guard_new_connections(app: web.Application, limits: RateLimits, settings: ServerSettings) -> None:
    """Watch all connections of an application, whoever serves it."""
    make = app._make_handler

    def guarded(**options: Any) -> web.Server:
        server = make(**options)
        connections = _NewConnections(server, limits, settings)
        server.connection_made = connections.made  # type: ignore[method-assign]
        server.connection_lost = connections.lost  # type: ignore[method-assign]
        return server

    app._make_handler = guarded  # type: ignore[method-assign]


class _NewConnections:
    """All connections of one server that are not WebSockets yet."""

    def __init__(self, server: web.Server, limits: RateLimits, settings: ServerSettings) -> None:
        self._connection_made, self._connection_lost = server.connection_made, server.connection_lost
        self._limits, self._settings = limits, settings
        self._by_network: dict[str, OrderedDict[RequestHandler, asyncio.Transport]] = {}
        """Connections of each network, the oldest first. WebSockets are taken out when one connection has to be closed."""
        self._pending: dict[RequestHandler, tuple[str, float, asyncio.TimerHandle]] = {}
        """Each connection with its network, when it was made, and the timer that cuts it if it asks for nothing."""

    def made(self, handler: RequestHandler, transport: asyncio.Transport) -> None:
        """Take note of a new connection."""
        self._connection_made(handler, transport)
        own, peer = transport.get_extra_info("socket"), transport.get_extra_info("peername")
        if own is None or own.family not in (socket.AF_INET, socket.AF_INET6) or not peer:
            return
        if hasattr(socket, "TCP_USER_TIMEOUT"):
            own.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, TCP_STALL_TIMEOUT_MS)
        address = normalize_address(peer[0])
        if is_in_networks(address, self._settings.trusted_proxies):
            return
        network = address_network(address)
        neighbours = self._by_network.setdefault(network, OrderedDict())
        neighbours[handler] = transport
        loop = asyncio.get_running_loop()
        timer = loop.call_later(self._settings.request_seconds, self._cut_silent, handler, transport)
        self._pending[handler] = network, loop.time(), timer
        if len(neighbours) > self._settings.http_per_address and not is_in_networks(
            address, self._settings.trusted_networks
        ):
            self._close_one(neighbours, address)

    def lost(self, handler: RequestHandler, exc: BaseException | None = None) -> None:
        """Forget a connection."""
        network, _, timer = self._pending.pop(handler, ("", 0.0, None))
        if timer is not None:
            timer.cancel()
            neighbours = self._by_network.get(network, OrderedDict())
            neighbours.pop(handler, None)
            if not neighbours:
                self._by_network.pop(network, None)
        self._connection_lost(handler, exc)

    def _cut_silent(self, handler: RequestHandler, transport: asyncio.Transport) -> None:
        """Cut a connection that has not asked for anything yet."""
        if not handler._request_count:
            self._limits.refuse("no_request", normalize_address(transport.get_extra_info("peername", ("",))[0]))
            transport.abort()

    def _close_one(self, neighbours: OrderedDict[RequestHandler, asyncio.Transport], address: str) -> None:
        """Cut the oldest connection on which nobody asks for anything, or the newest where there is none such."""
        for handler in list(neighbours):
            if handler._payload_parser is not None:
                del neighbours[handler]
        if len(neighbours) <= self._settings.http_per_address:
            return
        self._limits.refuse("network_full", address)
        idle = next((handler for handler in neighbours if self._is_idle(handler)), next(reversed(neighbours)))
        neighbours.pop(idle).abort()

    def _is_idle(self, handler: RequestHandler) -> bool:
        """Tell whether nobody asks for anything; one that was just made is about to."""
        if handler._waiter is None:
            return False
        _, made, _ = self._pending[handler]
        return bool(handler._request_count) or asyncio.get_running_loop().time() - made > NEW_CONNECTION_GRACE_SECONDS
