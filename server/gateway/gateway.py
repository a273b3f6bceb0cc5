"""Socket.IO in and out: who connects, what they may say, and which room hears it."""

from __future__ import annotations

import asyncio
import logging
import secrets
import time
from collections.abc import Awaitable
from dataclasses import dataclass, field
from typing import Any

import msgspec
from aiohttp import web

from server import __version__
from server.access.origin_check import OriginCheck
from server.access.rate_limits import RateLimits
from server.access.tokens import TokenSigner
from server.decode_errors import DECODE_ERRORS
from server.game.ids import PlayerId
from server.gateway.connection import ClientConnection, new_client_connection
from server.gateway.outbox import ClientOutbox
from server.gateway.refusal import encode_refusal
from server.gateway.socketio import sending
from server.gateway.socketio import server as socketio_server
from server.gateway.socketio.engine import EngineSocket
from server.gateway.translate import (
    MAX_AVATAR_POINTS,
    are_valid_strokes,
    clean_teach_message,
    command_from_message,
    join_command_from,
)
from server.metrics import Meters
from server.protocol import (
    MAX_FRAME_BYTES,
    PROTOCOL_VERSION,
    BadMessage,
    ClientMessage,
    Command,
    Connect,
    Ended,
    Hello,
    JoinIn,
    MoreIn,
    ResyncIn,
    TeachIn,
    decode_message,
    encode_packet,
)
from server.rooms.directory import RoomDirectory
from server.rooms.member import JoinAttempt, Member
from server.rooms.ports import RoomUnavailable, StoreUnavailable
from server.runtime.background_tasks import supervise_task, task_failures
from server.settings import ServerSettings
from server.text import MAX_NAME_CHARACTERS, clean_text

log = logging.getLogger(__name__)


_connect_decoder = msgspec.json.Decoder(Connect)


FRAMES_PER_MESSAGE = 2
"""Frames of any kind that a connection may send for each message it may send in a second."""
BURST_FRAMES_PER_MESSAGE = 4
"""The same for messages it may send at once: a connection that was stuck delivers all it kept together."""
REFUSAL_FLUSH_INTERVAL_SECONDS = 5.0
"""Seconds between two looks whether a log line about refusals is due."""

AWAITED_EVENTS = frozenset({"join"})
"""Messages that are not done at once: a room may have to be client first."""


@dataclass(frozen=True, slots=True)
class GatewayDeps:
    """What the gateway is made of."""

    rooms: RoomDirectory
    tokens: TokenSigner
    limits: RateLimits
    settings: ServerSettings
    meters: Meters = field(default_factory=Meters)


class Gateway:
    """All connections of this process."""

    def __init__(self, deps: GatewayDeps) -> None:
        self._deps = deps
        self._clients: dict[str, ClientConnection] = {}
        self.messages = 0
        """Messages of players taken in so far."""
        self._silence_watch: asyncio.Task[None] | None = None
        self._refusal_flusher: asyncio.Task[None] | None = None
        self._tabs: dict[PlayerId, dict[str, ClientConnection]] = {}
        """The connections of each player, the oldest first."""
        settings = deps.settings
        frames = (
            FRAMES_PER_MESSAGE * (settings.ink_per_second + settings.commands_per_second),
            BURST_FRAMES_PER_MESSAGE * (settings.ink_burst + settings.commands_burst),
        )
        self._origin_check = OriginCheck(settings)
        self.server = socketio_server.create_socketio_server(
            self._handle_event, AWAITED_EVENTS, self._send_hello, self, frames, MAX_FRAME_BYTES
        )
        self.server.on("connect", self._connect)
        self.server.on("disconnect", self._disconnect)

    def attach(self, app: web.Application) -> None:
        """Serve Socket.IO in an aiohttp application."""
        self.server.attach(app)

    def start(self) -> None:
        """Begin to watch for connections that never introduce themselves, and to log refusals."""
        self._silence_watch = socketio_server.watch_silent_connections(self.server, self._deps.settings.connect_seconds)
        self._refusal_flusher = supervise_task(self._flush_refusal_log, "refusal log")

    async def stop(self, code: str = "shutdown") -> None:
        """Tell everybody that this process goes (`moved`: another one has the room), and let the messages leave."""
        for task in (self._silence_watch, self._refusal_flusher):
            if task is not None:
                task.cancel()
        for client in list(self._clients.values()):
            client.outbox.close(code)
        await asyncio.sleep(0)

    @property
    def connections(self) -> int:
        """Greeted connections."""
        return len(self._clients)

    def waiting(self) -> list[int]:
        """Bytes that wait for each connection."""
        return [client.outbox.waiting for client in self._clients.values()]

    # -- connections: `AdmissionControl` ------------------------------------------------------------------

    def admit(self, request: web.Request) -> tuple[str, str]:
        """Count a connection in; returns its address, and a refusal's code or nothing."""
        address = self._deps.limits.address_of(request)
        if not self._origin_check.owns(request):
            return address, self._deps.limits.refuse("foreign_origin", address)
        return address, self._deps.limits.open_socket(address)

    def release(self, address: str) -> None:
        """Count out one that was let in."""
        self._deps.limits.close_socket(address)

    def note_silent(self, address: str) -> None:
        """Let an address pay for a connection that never said who it is."""
        self._deps.limits.refuse("no_introduction", address)

    def note_flood(self, connection: EngineSocket) -> None:
        """Tell a connection that sent too many frames why it is closed."""
        client = self._clients.get(connection.greeted)
        self._deps.limits.note_flood(client.member.player if client is not None else None, connection.address)
        if client is not None:
            sending.write_packets_now(connection, encode_packet(Ended("flood")))

    async def _flush_refusal_log(self) -> None:
        while True:
            await asyncio.sleep(REFUSAL_FLUSH_INTERVAL_SECONDS)
            self._deps.limits.flush()

    async def _connect(self, sid: str, environ: dict[str, Any], auth: str) -> None:
        """Let a connection in, or refuse it with a code; nothing but that refusal may be raised here."""
        from socketio.exceptions import ConnectionRefusedError

        connection = socketio_server.engine_socket_of(self.server, sid)
        if connection is None:
            raise ConnectionRefusedError("bad_message", {"code": "bad_message"})
        player, known, code = self._authenticate(auth, connection.address)
        if code:
            raise ConnectionRefusedError(code, {"code": code})
        outbox = ClientOutbox(connection, self._deps.settings.outbox_bytes, self._deps.meters.outbox_bytes)
        member = Member(player, "", outbox, opened=time.monotonic())
        client = new_client_connection(member, outbox, connection.address, known, self._deps.settings, time.monotonic)
        self._clients[sid] = client
        tabs = self._tabs.setdefault(player, {})
        tabs[sid] = client
        if len(tabs) > self._deps.settings.sockets_per_player:
            # The oldest is most likely a connection that died and nobody has noticed yet.
            oldest = tabs.pop(next(iter(tabs)))
            oldest.outbox.close("too_many_tabs")

    def _authenticate(self, auth: str, address: str) -> tuple[PlayerId, bool, str]:
        """Read who a connection is from: a player, whether it was known before, and a refusal's code or nothing."""
        limits, new = self._deps.limits, PlayerId(secrets.token_hex(16))
        try:
            claim = _connect_decoder.decode(auth)
        except (*DECODE_ERRORS, ValueError):
            return new, False, limits.refuse("bad_message", address)
        if claim.protocol != PROTOCOL_VERSION:
            return new, False, limits.refuse("old_client", address)
        if claim.player is None:
            return new, False, limits.admit_browser(None, address)
        player = self._deps.tokens.read_player(claim.player)
        if player is None:
            # Never a stranger instead: the page would forget who it was.
            return new, False, limits.refuse("bad_token", address)
        return player, True, limits.admit_browser(player, address)

    async def _send_hello(self, sid: str) -> None:
        client = self._clients.get(sid)
        connection = socketio_server.engine_socket_of(self.server, sid)
        if client is None or connection is None:
            return
        token = self._deps.tokens.player(client.member.player)
        hello = Hello(PROTOCOL_VERSION, token, __version__, self._deps.settings.tick_ms)
        await sending.queue_packet(connection, encode_packet(hello))

    async def _disconnect(self, sid: str, *_: object) -> None:
        client = self._clients.pop(sid, None)
        if client is None:
            return
        client.outbox.stop()
        tabs = self._tabs.get(client.member.player, {})
        tabs.pop(sid, None)
        if not tabs:
            self._tabs.pop(client.member.player, None)
        self._deps.rooms.disconnected(client.member)

    # -- messages ----------------------------------------------------------------------------------------

    def _handle_event(self, sid: str, event: str, raw: str) -> Awaitable[None] | None:
        """Take one message in: limits, then `protocol.decode_message`, then its room."""
        client = self._clients.get(sid)
        if client is None:
            return None
        self.messages += 1
        if not client.may(event):
            self._refuse(client, event, raw, "slow_down")
            return None
        try:
            message = decode_message(event, raw)
        except BadMessage as error:
            self._refuse(client, error.event, raw, "bad_message", error.detail)
            return None
        if isinstance(message, JoinIn):
            return self._answer_join(client, message, raw)
        code = self._handle(client, message, event)
        if code:
            self._refuse(client, event, raw, code)
        return None

    def _handle(self, client: ClientConnection, message: ClientMessage, event: str) -> str:
        """Hand a message to its room; returns a refusal code, or nothing."""
        member = client.member
        room = member.room
        if room is None:
            return "not_joined"
        if isinstance(message, TeachIn):
            cleaned = clean_teach_message(message)
            if isinstance(cleaned, str):
                return cleaned
            message = cleaned
        request = message.id if isinstance(message, Command) else None
        if isinstance(message, ResyncIn):
            room.resync(member, request)
        elif isinstance(message, MoreIn):
            room.send_next_part(member, message.id)
        else:
            room.submit(member, command_from_message(message, member.player), request, event)
        return ""

    async def _answer_join(self, client: ClientConnection, message: JoinIn, raw: str) -> None:
        try:
            code = await self._join(client, message)
        except StoreUnavailable:
            code = "saving_paused"
        except RoomUnavailable as error:
            code = error.refusal
        except Exception:
            task_failures["join"] += 1
            log.exception("join of room %s failed", message.code)
            code = "server_error"
        if code:
            self._refuse(client, "join", raw, code)

    async def _join(self, client: ClientConnection, message: JoinIn) -> str:
        member, limits = client.member, self._deps.limits
        if member.room is not None:
            return "already_joined"
        name = clean_text(message.name, MAX_NAME_CHARACTERS)
        if name is None:
            return "bad_name"
        if not are_valid_strokes(message.avatar, MAX_AVATAR_POINTS):
            return "bad_ink"
        # Whoever has a seat in the room does not guess its code.
        seated = self._deps.tokens.has_seat(message.seat or "", message.code, member.player)
        refused = "" if seated else limits.may_try_code(member.player, client.address, client.known)
        if refused:
            return refused
        room = await self._deps.rooms.find(message.code)
        if room is None:
            if not seated:
                limits.note_wrong_code(member.player, client.address, client.known)
            return "unknown_room"
        command = join_command_from(message, member.player, name)
        room.join(member, JoinAttempt(command, message.tab, message.id, message.takeover))
        return ""

    def _refuse(self, client: ClientConnection, event: str, raw: str, code: str, detail: str = "") -> None:
        client.outbox.send(encode_refusal(event, raw, code, detail))
