"""The Socket.IO server: events are handed over unparsed and in order, and what is malformed ends its connection.

No permessage-deflate, no binary packets, no acknowledgement ids, no rooms of sessions; an event that is encoded once
goes out without a task per receiver (`server.gateway.socketio.sending`), and a closed connection leaves no cycle of
objects behind. Private parts of python-socketio are touched here: it is pinned exactly, with a canary test.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

import socketio
from socketio import packet as sio_packet

from server.gateway.socketio.engine import AdmissionControl, EngineServer, EngineSocket, EventHandler
from server.gateway.socketio.packets import RESERVED_EVENTS, MalformedFrame, UnparsedPacket
from server.gateway.socketio.sending import abort_connection
from server.runtime.background_tasks import supervise_task

ConnectHandler = Callable[[str], Awaitable[None]]
"""(sid) → greeted; called after the client's CONNECT was answered."""

PING_INTERVAL_SECONDS, PING_TIMEOUT_SECONDS = 10, 10
"""Seconds between two pings, and how long a client may take to answer one."""
SILENCE_PROBE_SECONDS = 1.0
"""Seconds between two looks for connections that have not introduced themselves, at most."""


class SessionManager(socketio.AsyncManager):
    """Knows each session, and no rooms of sessions: the original looks through all of them when one ends."""

    def basic_disconnect(self, sid: str, namespace: str, **_: Any) -> None:
        """Forget a session."""
        for room in (sid, None):
            self.basic_leave_room(sid, namespace, room)
        for pending in (self.pending_connect, self.pending_disconnect):
            if sid in pending.get(namespace, ()):
                pending[namespace].remove(sid)


class SocketIOServer(socketio.AsyncServer):
    """A Socket.IO server that hands events over unparsed, in order, and closes on what is malformed."""

    def __init__(
        self,
        handle_event: EventHandler,
        awaited_events: frozenset[str],
        greet: ConnectHandler,
        admission: AdmissionControl,
        frames: tuple[float, int],
        **options: Any,
    ) -> None:
        super().__init__(client_manager=SessionManager(), **options)
        self.packet_class = UnparsedPacket
        self._take_event = self.eio.handle_event = handle_event
        self.eio.awaited_events = awaited_events
        self.eio.admission = self._admission = admission
        self.eio.frames_per_second, self.eio.frames_burst = frames
        self._greet = greet

    def _engineio_server_class(self) -> type[EngineServer]:
        return EngineServer

    async def _handle_eio_message(self, eio_sid: str, data: str) -> None:
        """Handle one frame; whatever goes wrong with it ends this connection and nothing else."""
        try:
            if not data:
                raise MalformedFrame("empty")
            await self._handle_packet(eio_sid, UnparsedPacket(encoded_packet=data))
        except (MalformedFrame, ValueError, RecursionError, KeyError):
            connection = self.eio.sockets.get(eio_sid)
            if connection is not None:
                abort_connection(connection)

    async def _handle_packet(self, eio_sid: str, pkt: UnparsedPacket) -> None:
        sid = self.manager.sid_from_eio_sid(eio_sid, "/")
        if pkt.packet_type == sio_packet.CONNECT:
            if sid is not None:
                raise MalformedFrame("connected already")
            await self._handle_connect(eio_sid, "/", pkt.data)
            sid = self.manager.sid_from_eio_sid(eio_sid, "/")
            if sid is not None and self.manager.is_connected(sid, "/"):
                await self._greet(sid)
                self.eio.sockets[eio_sid].greeted = sid
            elif eio_sid in self.eio.sockets:
                self.eio.sockets[eio_sid].refused = True
        elif sid is None or not self.manager.is_connected(sid, "/"):
            raise MalformedFrame("not connected")
        elif pkt.packet_type == sio_packet.DISCONNECT:
            abort_connection(self.eio.sockets[eio_sid])
        else:
            name, raw = pkt.data
            if name in RESERVED_EVENTS:
                raise MalformedFrame("reserved event")
            handling = self._take_event(sid, name, raw)
            if handling is not None:
                await handling


def create_socketio_server(
    handle_event: EventHandler,
    awaited_events: frozenset[str],
    greet: ConnectHandler,
    admission: AdmissionControl,
    frames: tuple[float, int],
    frame_bytes: int,
) -> SocketIOServer:
    """Make the server: WebSocket only, in order, nothing compressed, nothing logged that players wrote.

    `handle_event` returns something to await for the events in `awaited_events` only. `frames` is how many frames of any
    kind a connection may send a second and at once; `admission` hears of more.
    """
    return SocketIOServer(
        handle_event,
        awaited_events,
        greet,
        admission,
        frames,
        async_mode="aiohttp",
        async_handlers=False,
        transports=["websocket"],
        allow_upgrades=False,
        http_compression=False,
        max_http_buffer_size=frame_bytes,
        ping_interval=PING_INTERVAL_SECONDS,
        ping_timeout=PING_TIMEOUT_SECONDS,
        # `AdmissionControl.admit` looks at the page's origin.
        cors_allowed_origins=[],
        logger=False,
        engineio_logger=False,
    )


def engine_socket_of(server: SocketIOServer, sid: str) -> EngineSocket | None:
    """Return the Engine.IO connection under a Socket.IO session."""
    eio_sid = server.manager.eio_sid_from_sid(sid, "/")
    found: EngineSocket | None = server.eio.sockets.get(eio_sid)
    return found


def watch_silent_connections(server: SocketIOServer, seconds: float) -> asyncio.Task[None]:
    """Watch for connections that never introduce themselves and cut them after `seconds`."""
    return supervise_task(partial(_cut_silent_connections, server, seconds), "watch for silent connections")


async def _cut_silent_connections(server: SocketIOServer, seconds: float) -> None:
    silent_since: dict[str, float] = {}
    loop = asyncio.get_running_loop()
    while True:
        await asyncio.sleep(min(seconds / 4, SILENCE_PROBE_SECONDS))
        now = loop.time()
        silent = {eio_sid for eio_sid in server.eio.sockets if server.manager.sid_from_eio_sid(eio_sid, "/") is None}
        silent_since = {eio_sid: silent_since.get(eio_sid, now) for eio_sid in silent}
        for eio_sid, since in silent_since.items():
            if now - since > seconds:
                connection = server.eio.sockets[eio_sid]
                server.eio.admission.note_silent(connection.address)
                abort_connection(connection)
