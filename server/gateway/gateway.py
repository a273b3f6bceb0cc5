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
from server.game.ids import PlayerId
from server.gateway.connection import INK_EVENTS, ClientConnection, new_client_connection
from server.gateway.outbox import ClientOutbox
from server.gateway.socketio import engine
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
    Command,
    Connect,
    Ended,
    Hello,
    In,
    JoinIn,
    MoreIn,
    RefusedOut,
    Reply,
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


class _MessageWithId(msgspec.Struct, frozen=True):
    """The id of a message that could not be read otherwise."""

    id: int


_connect_decoder = msgspec.json.Decoder(Connect)
_message_id_decoder = msgspec.json.Decoder(_MessageWithId)


FRAMES_PER_MESSAGE = 2
"""A connection may send so many times the messages it may send a second, whatever they are."""
BURST_FRAMES_PER_MESSAGE = 4
"""And so many times those it may send at once: a line that was stuck delivers all it kept together."""
REFUSAL_FLUSH_INTERVAL_SECONDS = 5.0
"""How often it is looked whether a line about refusals is due."""

AWAITED_EVENTS = frozenset({"join"})
"""Messages that are not done at once: a room may have to be found first."""


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
        self._watch: asyncio.Task[None] | None = None
        self._refusal_flusher: asyncio.Task[None] | None = None
        self._tabs: dict[PlayerId, dict[str, ClientConnection]] = {}
        """The connections of each player, the oldest first."""
        settings = deps.settings
        frames = (
            FRAMES_PER_MESSAGE * (settings.ink_per_second + settings.commands_per_second),
            BURST_FRAMES_PER_MESSAGE * (settings.ink_burst + settings.commands_burst),
        )
        self._pages = OriginCheck(settings)
        self.server = engine.create_socketio_server(
            self._read, AWAITED_EVENTS, self._send_hello, self, frames, MAX_FRAME_BYTES
        )
        self.server.on("connect", self._connect)
        self.server.on("disconnect", self._disconnect)

    def attach(self, app: web.Application) -> None:
        """Serve Socket.IO in an aiohttp application."""
        self.server.attach(app)

    def start(self) -> None:
        """Begin to watch for connections that never introduce themselves, and to tell of refusals."""
        self._watch = engine.watch_silent_connections(self.server, self._deps.settings.connect_seconds)
        self._refusal_flusher = supervise_task(self._tell, "telling of refusals")

    async def stop(self, code: str = "shutdown") -> None:
        """Tell everybody that this process goes (`moved`: another one has the room), and let the messages leave."""
        for task in (self._watch, self._refusal_flusher):
            if task is not None:
                task.cancel()
        for found in list(self._clients.values()):
            found.outbox.close(code)
        await asyncio.sleep(0)

    @property
    def connections(self) -> int:
        """Greeted connections."""
        return len(self._clients)

    def waiting(self) -> list[int]:
        """Bytes that wait for each connection."""
        return [found.outbox.waiting for found in self._clients.values()]

    # -- connections: `engine.Admission` ------------------------------------------------------------------

    def enter(self, request: web.Request) -> tuple[str, str]:
        """Count a connection in; returns its address, and a refusal's code or nothing."""
        address = self._deps.limits.address_of(request)
        if not self._pages.owns(request):
            return address, self._deps.limits.refuse("foreign_origin", address)
        return address, self._deps.limits.open_socket(address)

    def leave(self, address: str) -> None:
        """Count out one that was let in."""
        self._deps.limits.close_socket(address)

    def silent(self, address: str) -> None:
        """Let an address pay for a connection that never said who it is."""
        self._deps.limits.refuse("no_introduction", address)

    def flooded(self, connection: engine.EngineSocket) -> None:
        """Tell a connection that sent too many frames why it is closed."""
        found = self._clients.get(connection.greeted)
        self._deps.limits.flooded(found.member.player if found is not None else None, connection.address)
        if found is not None:
            engine.write_packets_now(connection, encode_packet(Ended("flood")))

    async def _tell(self) -> None:
        while True:
            await asyncio.sleep(REFUSAL_FLUSH_INTERVAL_SECONDS)
            self._deps.limits.flush()

    async def _connect(self, sid: str, environ: dict[str, Any], auth: str) -> None:
        """Let a connection in, or refuse it with a code; nothing but that refusal may be raised here."""
        from socketio.exceptions import ConnectionRefusedError

        connection = engine.engine_socket_of(self.server, sid)
        if connection is None:
            raise ConnectionRefusedError("bad_message", {"code": "bad_message"})
        player, known, code = self._authenticate(auth, connection.address)
        if code:
            raise ConnectionRefusedError(code, {"code": code})
        outbox = ClientOutbox(connection, self._deps.settings.outbox_bytes, self._deps.meters.outbox_bytes)
        member = Member(player, "", outbox, opened=time.monotonic())
        found = new_client_connection(member, outbox, connection.address, known, self._deps.settings, time.monotonic)
        self._clients[sid] = found
        tabs = self._tabs.setdefault(player, {})
        tabs[sid] = found
        if len(tabs) > self._deps.settings.sockets_per_player:
            # The oldest is most likely a line that died and nobody has noticed yet.
            oldest = tabs.pop(next(iter(tabs)))
            oldest.outbox.close("too_many_tabs")

    def _authenticate(self, auth: str, address: str) -> tuple[PlayerId, bool, str]:
        """Read who a connection is from: a player, whether it was known before, and a refusal's code or nothing."""
        limits, new = self._deps.limits, PlayerId(secrets.token_hex(16))
        try:
            claim = _connect_decoder.decode(auth)
        except (msgspec.DecodeError, RecursionError, ValueError):
            return new, False, limits.refuse("bad_message", address)
        if claim.protocol != PROTOCOL_VERSION:
            return new, False, limits.refuse("old_client", address)
        if claim.player is None:
            return new, False, limits.introduce(None, address)
        player = self._deps.tokens.read_player(claim.player)
        if player is None:
            # Never a stranger instead: the page would forget who it was.
            return new, False, limits.refuse("bad_token", address)
        return player, True, limits.introduce(player, address)

    async def _send_hello(self, sid: str) -> None:
        found = self._clients.get(sid)
        connection = engine.engine_socket_of(self.server, sid)
        if found is None or connection is None:
            return
        token = self._deps.tokens.player(found.member.player)
        hello = Hello(PROTOCOL_VERSION, token, __version__, self._deps.settings.tick_ms)
        await engine.queue_packet(connection, encode_packet(hello))

    async def _disconnect(self, sid: str, *_: object) -> None:
        found = self._clients.pop(sid, None)
        if found is None:
            return
        found.outbox.stop()
        tabs = self._tabs.get(found.member.player, {})
        tabs.pop(sid, None)
        if not tabs:
            self._tabs.pop(found.member.player, None)
        self._deps.rooms.gone(found.member)

    # -- messages ----------------------------------------------------------------------------------------

    def _read(self, sid: str, event: str, raw: str) -> Awaitable[None] | None:
        """Take one message in: limits, then the one door of `protocol.decode`, then its room."""
        found = self._clients.get(sid)
        if found is None:
            return None
        self.messages += 1
        if not found.may(event):
            self._refuse(found, event, raw, "slow_down")
            return None
        try:
            message = decode_message(event, raw)
        except BadMessage as error:
            self._refuse(found, error.event, raw, "bad_message", error.detail)
            return None
        if isinstance(message, JoinIn):
            return self._knock(found, message, raw)
        code = self._handle(found, message, event)
        if code:
            self._refuse(found, event, raw, code)
        return None

    def _handle(self, found: ClientConnection, message: In, event: str) -> str:
        """Hand a message to its room; returns a refusal code, or nothing."""
        member = found.member
        room = member.room
        if room is None:
            return "not_joined"
        if isinstance(message, TeachIn):
            lesson = clean_teach_message(message)
            if isinstance(lesson, str):
                return lesson
            message = lesson
        request = message.id if isinstance(message, Command) else None
        if isinstance(message, ResyncIn):
            room.resync(member, request)
        elif isinstance(message, MoreIn):
            room.more(member, message.id)
        else:
            room.submit(member, command_from_message(message, member.player), request, event)
        return ""

    async def _knock(self, found: ClientConnection, message: JoinIn, raw: str) -> None:
        try:
            code = await self._join(found, message)
        except StoreUnavailable:
            code = "saving_paused"
        except RoomUnavailable as error:
            code = error.refusal
        except Exception:
            task_failures["join"] += 1
            log.exception("a join failed")
            code = "server_error"
        if code:
            self._refuse(found, "join", raw, code)

    async def _join(self, found: ClientConnection, message: JoinIn) -> str:
        member, limits = found.member, self._deps.limits
        if member.room is not None:
            return "already_joined"
        name = clean_text(message.name, MAX_NAME_CHARACTERS)
        if name is None:
            return "bad_name"
        if not are_valid_strokes(message.avatar, MAX_AVATAR_POINTS):
            return "bad_ink"
        # Whoever has a seat in the room does not guess its code.
        seated = self._deps.tokens.has_seat(message.seat or "", message.code, member.player)
        refused = "" if seated else limits.may_try_code(member.player, found.address, found.known)
        if refused:
            return refused
        room = await self._deps.rooms.find(message.code)
        if room is None:
            if not seated:
                limits.wrong_code(member.player, found.address, found.known)
            return "unknown_room"
        command = join_command_from(message, member.player, name)
        room.join(member, JoinAttempt(command, message.tab, message.id, message.takeover))
        return ""

    def _refuse(self, found: ClientConnection, event: str, raw: str, code: str, detail: str = "") -> None:
        """Answer a message that had no effect: by its id if it has one, else as `refused`."""
        try:
            number = _message_id_decoder.decode(raw).id if event not in INK_EVENTS else None
        except (msgspec.DecodeError, RecursionError, ValueError):
            number = None
        if number is not None:
            found.outbox.send(encode_packet(Reply(number, ok=False, code=code, detail=detail)))
            return
        found.outbox.send(encode_packet(RefusedOut(event, code, *_read_ink_position(raw), detail=detail)))


class _InkPosition(msgspec.Struct, frozen=True):
    """Round and seq of ink that had no effect."""

    round: int = 0
    seq: int = 0


_ink_position_decoder = msgspec.json.Decoder(_InkPosition)


def _read_ink_position(raw: str) -> tuple[int, int]:
    try:
        placed = _ink_position_decoder.decode(raw)
    except (msgspec.DecodeError, RecursionError, ValueError):
        return 0, 0
    return placed.round, placed.seq
