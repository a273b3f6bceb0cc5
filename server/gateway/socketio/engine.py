"""Every touch of a private part of python-socketio and python-engineio, pinned exactly, with a canary test.

What it mends: no permessage-deflate, a small send buffer, frames counted, parsed once and within limits, no binary packets,
malformed frames and late introductions close the connection, packets that are encoded once go out without a task
per receiver, events of greeted clients come in without waking a task (`server.gateway.socketio.websocket`), connections are counted
before they are answered, and a closed one leaves no cycle of objects behind.
"""

from __future__ import annotations

import asyncio
import logging
import socket
import struct
import time
from collections.abc import Awaitable, Callable
from functools import lru_cache, partial
from typing import Any, Protocol

import engineio
import socketio
from aiohttp import WSMsgType, web
from engineio import packet as eio_packet
from socketio import packet as sio_packet

from server.gateway.socketio.websocket import BudgetedWebSocketResponse, FrameBudget, FrameSink
from server.protocol import REFUSALS
from server.runtime.background_tasks import supervise_task

log = logging.getLogger(__name__)

CLOSE_FRAME_TIMEOUT_SECONDS = 2.0
"""How long the server waits for a client to answer its closing frame."""
CLIENT_ADDRESS_KEY = web.RequestKey("address", str)
SEND_BUFFER_BYTES = 64 * 1024
"""SO_SNDBUF of every connection (bytes): larger ones hide a reader that stopped."""

RESERVED_EVENTS = frozenset({"connect", "disconnect", "connect_error", "newListener", "removeListener"})

EventHandler = Callable[[str, str, str], Awaitable[None] | None]
"""(sid, event, raw JSON of the one argument) → handled, or what has to be awaited for that."""
ConnectHandler = Callable[[str], Awaitable[None]]
"""(sid) → greeted; called after the client's CONNECT was answered."""


class MalformedFrame(ValueError):
    """A frame that no client of ours sends; the connection is closed."""


class UnparsedPacket(sio_packet.Packet):
    """A Socket.IO packet without binary parts. Events keep their JSON unparsed: `protocol.decode` reads it once."""

    uses_binary_events = False
    data: Any

    def decode(self, encoded_packet: str) -> int:
        """Read type, namespace and, for events, name and raw argument. Raises Malformed."""
        self.namespace, self.data, self.id = None, None, None
        if not isinstance(encoded_packet, str) or not encoded_packet:
            raise MalformedFrame("no text")
        kind, rest = encoded_packet[0], encoded_packet[1:]
        if kind == "0":
            self.packet_type = sio_packet.CONNECT
            self.data = rest or "{}"
        elif kind == "1" and not rest:
            self.packet_type = sio_packet.DISCONNECT
        elif kind == "2":
            self.packet_type = sio_packet.EVENT
            self.data = _split_event(rest)
        else:
            raise MalformedFrame("packet type")
        return 0


def _split_event(text: str) -> list[str]:
    """Split `["name",{…}]` into name and raw argument. No ack ids, no other namespaces, exactly one argument."""
    if not text.startswith('["') or not text.endswith("]"):
        raise MalformedFrame("event")
    end = text.find('"', 2)
    name = text[2:end]
    if end < 3 or not name.isidentifier() or text[end + 1 : end + 2] != ",":
        raise MalformedFrame("event name")
    return [name, text[end + 2 : -1]]


class AdmissionControl(Protocol):
    """Who may open a connection, and what becomes of those that come to nothing."""

    def enter(self, request: web.Request) -> tuple[str, str]:
        """Count a connection in; returns its address, and a refusal's code or nothing."""

    def leave(self, address: str) -> None:
        """Count out one that was let in."""

    def silent(self, address: str) -> None:
        """Note one that never said who it is."""

    def flooded(self, connection: EngineSocket) -> None:
        """Note one that sent more frames than it may; it is closed after what is written to it now."""


class EngineSocket(engineio.async_socket.AsyncSocket):
    """A connection that closes at once on what is malformed, instead of staying as a ghost.

    The original reads each message in a task of its own, with a timer, and sends pings from another. The service task finds who
    stopped answering; pings are timed by the steady clock: the original's wall clock, set while a ping is on its way, would
    cut the line.
    """

    def __init__(self, server: Any, sid: str, address: str = "") -> None:
        super().__init__(server, sid)
        self.address = address
        self.last_ping: float | None = time.monotonic()
        self.greeted = ""
        """The Socket.IO session, once its client has been greeted."""
        self.refused = False
        """Whether its client was told that it may not come in; nothing is read after that."""
        self.ws = UncompressedWebSocket()
        self._pinging: asyncio.TimerHandle | None = None

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """Serve a WebSocket from its beginning to its end. Raises OSError where it ends before it began."""
        server = self.server
        budget = FrameBudget(server.frames_per_second, server.frames_burst)
        try:
            answer = await self.ws.open(request, server.max_http_buffer_size, budget, self._flood)
            self.ws.hear(self._hear)
            self.connected = self.upgraded = True
            writing = asyncio.create_task(self._write(), name="engine writer")
            try:
                await self._read()
            finally:
                # First of all, because aiohttp may be cancelling this: everybody learns that the connection is gone.
                await self.close(wait=False, abort=True, reason=server.reason.TRANSPORT_CLOSE)
                self.queue.put_nowait(None)
                await writing
            return answer
        finally:
            await self.close(wait=False, abort=True, reason=server.reason.TRANSPORT_CLOSE)
            self.ws.drop_references()

    async def check_ping_timeout(self) -> bool:
        """Close the connection of a client that did not answer the last ping; returns whether it is alive."""
        if self.closed:
            raise engineio.exceptions.SocketIsClosedError
        if not self.last_ping or time.monotonic() - self.last_ping <= self.server.ping_timeout:
            return True
        await self.close(wait=False, abort=False, reason=self.server.reason.PING_TIMEOUT)
        return False

    def schedule_ping(self) -> None:
        """Send the next ping after a while, unless one is on its way already."""
        if self.last_ping:
            self.last_ping = None
            self._pinging = asyncio.get_running_loop().call_later(self.server.ping_interval, self._ping)

    def _ping(self) -> None:
        if not self.closing and not self.closed:
            self.last_ping = time.monotonic()
            self.queue.put_nowait(eio_packet.Packet(eio_packet.PING))

    async def close(self, wait: bool = True, abort: bool = False, reason: Any = None) -> None:
        """Close; whoever does not answer pings has its transport cut, too, or this would read for ever."""
        self.greeted = ""
        if self._pinging is not None:
            self._pinging.cancel()
            self._pinging = None
        await super().close(wait=wait, abort=abort, reason=reason)
        if reason == self.server.reason.PING_TIMEOUT:
            abort_connection(self)

    async def _read(self) -> None:
        """Handle what comes, in order, until the connection ends or its client was refused."""
        hear = self.server.handlers["message"]
        while not self.refused:
            try:
                text = await self.ws.wait()
            except OSError:
                return
            try:
                if text[0] == "4":
                    await hear(self.sid, text[1:])
                elif text[0] == "3":
                    self.schedule_ping()
                else:
                    return
            except (ValueError, KeyError, TypeError, AttributeError, IndexError, RecursionError):
                abort_connection(self)
            except Exception:
                log.exception("a message could not be handled")

    def _hear(self, text: str) -> bool:
        """Handle an event of a greeted client on the spot; false for everything else, which `_read` handles."""
        if not self.greeted or not text.startswith('42["'):
            return False
        try:
            name, raw = _split_event(text[2:])
            if name in self.server.waits or name in RESERVED_EVENTS:
                return False
            self.server.take(self.greeted, name, raw)
        except (ValueError, KeyError, TypeError, AttributeError, IndexError, RecursionError):
            self.greeted = ""
            abort_connection(self)
        except Exception:
            log.exception("a message could not be handled")
        return True

    def _flood(self) -> None:
        self.server.admission.flooded(self)

    async def _write(self) -> None:
        """Send what the engine itself has to say: the greeting, pings, the answer to CONNECT."""
        while (pkt := await self.queue.get()) is not None:
            self.queue.task_done()
            try:
                await self.ws.send(pkt.encode())
            except (OSError, RuntimeError):
                break
        await self.ws.close()


class UncompressedWebSocket:
    """aiohttp's WebSocket without compression, with a small send buffer; binary and empty frames end it."""

    __slots__ = ("_answer", "transport")

    def __init__(self) -> None:
        self._answer: BudgetedWebSocketResponse | None = None
        self.transport: Any = None

    async def open(
        self, request: web.Request, frame_bytes: int, budget: FrameBudget, flooded: Callable[[], None]
    ) -> BudgetedWebSocketResponse:
        """Shake hands. Raises OSError where the client is gone already."""
        transport = request.transport
        if transport is None or transport.is_closing():
            raise ConnectionResetError("gone before it was answered")
        self.transport = transport
        self._answer = answer = BudgetedWebSocketResponse(frame_bytes, CLOSE_FRAME_TIMEOUT_SECONDS, budget, flooded)
        await answer.prepare(request)
        tcp = transport.get_extra_info("socket")
        if tcp is not None and tcp.family in (socket.AF_INET, socket.AF_INET6):
            tcp.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER_BYTES)
            tcp.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return answer

    def hear(self, sink: FrameSink) -> None:
        """Offer text frames to `sink` as they come."""
        if self._answer is not None:
            self._answer.hear(sink)

    async def wait(self) -> str:
        """Return the next text frame, of which nothing is empty or unknown to Engine.IO. Raises OSError at the end."""
        if self._answer is None:
            raise ConnectionResetError("closed")
        message = await self._answer.receive()
        if message.type is not WSMsgType.TEXT or message.data[:1] not in ("1", "3", "4"):
            self.cut()
            raise OSError("not a text frame of Engine.IO")
        text: str = message.data
        return text

    async def send(self, text: str) -> None:
        """Write a text frame; waits while the network does not take it. Raises OSError once closed."""
        if self._answer is None:
            raise ConnectionResetError("closed")
        await self._answer.send_str(text)

    async def close(self) -> None:
        """Close politely after what was written."""
        if self._answer is not None:
            await self._answer.close()

    def cut(self) -> None:
        """Cut at once."""
        if self.transport is not None:
            self.transport.abort()

    def drop_references(self) -> None:
        """Forget connection and request: each refers to the other, and they would wait for the collector of cycles."""
        if self._answer is not None:
            self._answer.drop_references()
        self._answer = self.transport = None


class EngineServer(engineio.AsyncServer):
    """An Engine.IO server with our sockets, for WebSocket connections only."""

    start_service_task: bool
    take: EventHandler
    waits: frozenset[str]
    admission: AdmissionControl
    frames_per_second: float
    frames_burst: int

    async def handle_request(self, request: web.Request) -> web.StreamResponse:
        """Answer a request to open a connection; whoever may not is told why before anything is made for it."""
        address, code = self.admission.enter(request)
        if code:
            # What comes behind the request is not read: aiohttp would look for more requests in it, megabytes at a time.
            request.protocol.close()
            request.protocol._message_tail = b""
            status = 403 if code == "foreign_origin" else 429
            return web.json_response({"code": code, "detail": REFUSALS[code]}, status=status)
        try:
            request[CLIENT_ADDRESS_KEY] = address
            opened: web.StreamResponse = await super().handle_request(request)
            return opened
        finally:
            self.admission.leave(address)

    async def _handle_connect(self, environ: dict[str, Any], transport: str, jsonp_index: Any = None) -> Any:
        """Open a connection: what the original does for a WebSocket, with our class of sockets."""
        if self.start_service_task:
            self.start_service_task = False
            self.service_task_handle = self.start_background_task(self._service_task)
        request: web.Request = environ["aiohttp.request"]
        sid = self.generate_id()
        opened = self.sockets[sid] = EngineSocket(self, sid, request[CLIENT_ADDRESS_KEY])
        hello = {
            "sid": sid,
            "upgrades": [],
            "pingTimeout": int(self.ping_timeout * 1000),
            "pingInterval": int(self.ping_interval * 1000),
            "maxPayload": self.max_http_buffer_size,
        }
        try:
            await opened.send(eio_packet.Packet(eio_packet.OPEN, hello))
            await self._trigger_event("connect", sid, environ, run_async=False)
            opened.schedule_ping()
            return await opened.serve(request)
        except OSError:
            # Gone in the middle of the handshake: nobody reads the answer.
            return web.Response(status=400)
        finally:
            self.sockets.pop(sid, None)


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
        read: EventHandler,
        waits: frozenset[str],
        opened: ConnectHandler,
        admission: AdmissionControl,
        frames: tuple[float, int],
        **options: Any,
    ) -> None:
        super().__init__(client_manager=SessionManager(), **options)
        self.packet_class = UnparsedPacket
        self._read = self.eio.take = read
        self.eio.waits = waits
        self.eio.admission = self._admission = admission
        self.eio.frames_per_second, self.eio.frames_burst = frames
        self._opened = opened

    def _engineio_server_class(self) -> type[EngineServer]:
        return EngineServer

    async def _handle_eio_message(self, eio_sid: str, data: str) -> None:
        """Handle one frame; whatever goes wrong with it ends this connection and nothing else."""
        try:
            if not data:
                raise MalformedFrame("nothing")
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
                await self._opened(sid)
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
            handling = self._read(sid, name, raw)
            if handling is not None:
                await handling


def create_socketio_server(
    read: EventHandler,
    waits: frozenset[str],
    opened: ConnectHandler,
    admission: AdmissionControl,
    frames: tuple[float, int],
    frame_bytes: int,
) -> SocketIOServer:
    """Make the server: WebSocket only, in order, nothing compressed, nothing logged that players wrote.

    `read` returns something to await for the events in `waits` only. `frames` is how many of them a connection may send
    a second and at once, of whatever kind; `admission` hears of more.
    """
    return SocketIOServer(
        read,
        waits,
        opened,
        admission,
        frames,
        async_mode="aiohttp",
        async_handlers=False,
        transports=["websocket"],
        allow_upgrades=False,
        http_compression=False,
        max_http_buffer_size=frame_bytes,
        ping_interval=10,
        ping_timeout=10,
        # `Admission.enter` looks at the page's origin.
        cors_allowed_origins=[],
        logger=False,
        engineio_logger=False,
    )


def engine_socket_of(server: SocketIOServer, sid: str) -> EngineSocket | None:
    """Return the Engine.IO connection under a Socket.IO session."""
    eio_sid = server.manager.eio_sid_from_sid(sid, "/")
    found: EngineSocket | None = server.eio.sockets.get(eio_sid)
    return found


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


def watch_silent_connections(server: SocketIOServer, seconds: float) -> asyncio.Task[None]:
    """Watch for connections that never introduce themselves and cut them after `seconds`."""
    return supervise_task(partial(_cut_silent_connections, server, seconds), "watch for silent connections")


async def _cut_silent_connections(server: SocketIOServer, seconds: float) -> None:
    seen: dict[str, float] = {}
    loop = asyncio.get_running_loop()
    while True:
        await asyncio.sleep(min(seconds / 4, 1.0))
        now = loop.time()
        strangers = {eio_sid for eio_sid in server.eio.sockets if server.manager.sid_from_eio_sid(eio_sid, "/") is None}
        seen = {eio_sid: seen.get(eio_sid, now) for eio_sid in strangers}
        for eio_sid, since in seen.items():
            if now - since > seconds:
                connection = server.eio.sockets[eio_sid]
                server.eio.admission.silent(connection.address)
                abort_connection(connection)
