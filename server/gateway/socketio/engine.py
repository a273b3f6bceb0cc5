"""Engine.IO over WebSockets only: connections are counted before they are answered, and closed on what is malformed.

Events of greeted clients are handled where they are parsed, without waking a task (`server.gateway.socketio.websocket`).
Like everything in this folder, this touches private parts of libraries: they are pinned exactly, and a canary test
sees to it that they are what they were.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from typing import Any, Protocol

import engineio
from aiohttp import web
from engineio import packet as eio_packet

from server.gateway.socketio.packets import RESERVED_EVENTS, split_event
from server.gateway.socketio.websocket import FrameBudget, UncompressedWebSocket
from server.protocol import REFUSALS

log = logging.getLogger(__name__)

CLIENT_ADDRESS_KEY = web.RequestKey("address", str)

EventHandler = Callable[[str, str, str], Awaitable[None] | None]
"""(sid, event, raw JSON of the one argument) → handled, or what has to be awaited for that."""


class AdmissionControl(Protocol):
    """Who may open a connection, and what becomes of those that come to nothing."""

    def admit(self, request: web.Request) -> tuple[str, str]:
        """Count a connection in; returns its address, and a refusal's code or nothing."""

    def release(self, address: str) -> None:
        """Count out one that was let in."""

    def note_silent(self, address: str) -> None:
        """Note one that never said who it is."""

    def note_flood(self, connection: EngineSocket) -> None:
        """Note one that sent more frames than it may; it is closed after what is written to it now."""


class EngineSocket(engineio.async_socket.AsyncSocket):
    """A connection that closes at once on what is malformed, instead of staying as a ghost.

    The original reads each message in a task of its own, with a timer, and sends pings from another. Pings are timed by
    the monotonic clock: the original's wall clock, set while a ping is on its way, would cut the connection.
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
            response = await self.ws.open(request, server.max_http_buffer_size, budget, self._flood)
            self.ws.offer_text_to(self._handle_event)
            self.connected = self.upgraded = True
            writing = asyncio.create_task(self._write(), name=f"engine writer of {self.sid}")
            try:
                await self._read()
            finally:
                # First of all, because aiohttp may be cancelling this: everybody learns that the connection is gone.
                await self.close(wait=False, abort=True, reason=server.reason.TRANSPORT_CLOSE)
                self.queue.put_nowait(None)
                await writing
            return response
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
        """Close; a client that does not answer pings has its transport cut, too, or this would read for ever."""
        self.greeted = ""
        if self._pinging is not None:
            self._pinging.cancel()
            self._pinging = None
        await super().close(wait=wait, abort=abort, reason=reason)
        if reason == self.server.reason.PING_TIMEOUT:
            self.ws.cut()

    async def _read(self) -> None:
        """Handle what comes, in order, until the connection ends or its client was refused."""
        handle = self.server.handlers["message"]
        while not self.refused:
            try:
                text = await self.ws.wait()
            except OSError:
                return
            try:
                if text[0] == "4":
                    await handle(self.sid, text[1:])
                elif text[0] == "3":
                    self.schedule_ping()
                else:
                    return
            except (ValueError, KeyError, TypeError, AttributeError, IndexError, RecursionError):
                self.ws.cut()
            except Exception:
                log.exception("message of connection %s cannot be handled", self.sid)

    def _handle_event(self, text: str) -> bool:
        """Handle an event of a greeted client on the spot; false for everything else, which `_read` handles."""
        if not self.greeted or not text.startswith('42["'):
            return False
        try:
            name, raw = split_event(text[2:])
            if name in self.server.awaited_events or name in RESERVED_EVENTS:
                return False
            self.server.handle_event(self.greeted, name, raw)
        except (ValueError, KeyError, TypeError, AttributeError, IndexError, RecursionError):
            self.greeted = ""
            self.ws.cut()
        except Exception:
            log.exception("message of connection %s cannot be handled", self.sid)
        return True

    def _flood(self) -> None:
        self.server.admission.note_flood(self)

    async def _write(self) -> None:
        """Send what the engine itself has to say: the greeting, pings, the answer to CONNECT."""
        while (pkt := await self.queue.get()) is not None:
            self.queue.task_done()
            try:
                await self.ws.send(pkt.encode())
            except (OSError, RuntimeError):
                break
        await self.ws.close()


class EngineServer(engineio.AsyncServer):
    """An Engine.IO server with our sockets, for WebSocket connections only."""

    start_service_task: bool
    handle_event: EventHandler
    awaited_events: frozenset[str]
    admission: AdmissionControl
    frames_per_second: float
    frames_burst: int

    async def handle_request(self, request: web.Request) -> web.StreamResponse:
        """Answer a request to open a connection; whoever may not is told why before anything is made for it."""
        address, code = self.admission.admit(request)
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
            self.admission.release(address)

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
