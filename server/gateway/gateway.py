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
from server.game.words import PlayerId
from server.gateway import engine
from server.gateway.addresses import address_of
from server.gateway.guest import INK, Guest, guest
from server.gateway.limits import Limits
from server.gateway.outbox import ClientOutbox
from server.gateway.tokens import Tokens
from server.gateway.translate import command_of, join_of, lesson_of
from server.metrics import Meters
from server.protocol import (
    MAX_FRAME_BYTES,
    PROTOCOL_VERSION,
    BadMessage,
    Command,
    Connect,
    Hello,
    In,
    JoinIn,
    RefusedOut,
    Reply,
    ResyncIn,
    TeachIn,
    decode,
    packet,
)
from server.rooms.directory import Rooms
from server.rooms.member import Knock, Member
from server.rooms.ports import StoreAway
from server.settings import Settings
from server.text import NAME_LENGTH, clean

log = logging.getLogger(__name__)


class _Numbered(msgspec.Struct, frozen=True):
    """The id of a message that could not be read otherwise."""

    id: int


_auth = msgspec.json.Decoder(Connect)
_numbered = msgspec.json.Decoder(_Numbered)


WAITS = frozenset({"join"})
"""Messages that are not done at once: a room may have to be found first."""


@dataclass(frozen=True, slots=True)
class Deps:
    """What the gateway is made of."""

    rooms: Rooms
    tokens: Tokens
    limits: Limits
    settings: Settings
    meters: Meters = field(default_factory=Meters)


class Gateway:
    """All connections of this process."""

    def __init__(self, deps: Deps) -> None:
        self._deps = deps
        self._guests: dict[str, Guest] = {}
        self.messages = 0
        """Messages of players taken in so far."""
        self._watch: asyncio.Task[None] | None = None
        public = deps.settings.public_url.rstrip("/")
        self.server = engine.create(self._read, WAITS, self._greet, public, MAX_FRAME_BYTES)
        self.server.on("connect", self._connect)
        self.server.on("disconnect", self._disconnect)

    def attach(self, app: web.Application) -> None:
        """Serve Socket.IO in an aiohttp application."""
        self.server.attach(app)

    def start(self) -> None:
        """Begin to watch for connections that never introduce themselves."""
        self._watch = engine.late(self.server, self._deps.settings.connect_seconds)

    async def stop(self, code: str = "shutdown") -> None:
        """Tell everybody that this process goes (`moved`: another one has the room), and let the messages leave."""
        if self._watch is not None:
            self._watch.cancel()
        for found in list(self._guests.values()):
            found.outbox.close(code)
        await asyncio.sleep(0)

    @property
    def connections(self) -> int:
        """Greeted connections."""
        return len(self._guests)

    def waiting(self) -> list[int]:
        """Bytes that wait for each connection."""
        return [found.outbox.waiting for found in self._guests.values()]

    # -- connections -------------------------------------------------------------------------------------

    async def _connect(self, sid: str, environ: dict[str, Any], auth: str) -> None:
        """Let a connection in, or refuse it with a code; nothing but that refusal may be raised here."""
        from socketio.exceptions import ConnectionRefusedError

        try:
            claim = _auth.decode(auth)
        except (msgspec.DecodeError, RecursionError, ValueError):
            raise ConnectionRefusedError("bad_message", {"code": "bad_message"}) from None
        if claim.protocol != PROTOCOL_VERSION:
            raise ConnectionRefusedError("old_client", {"code": "old_client"})
        player = (
            PlayerId(secrets.token_hex(16)) if claim.player is None else self._deps.tokens.read_player(claim.player)
        )
        if player is None:
            # Never a stranger instead: the page would forget who it was.
            raise ConnectionRefusedError("bad_token", {"code": "bad_token"})
        address = address_of(environ["aiohttp.request"], self._deps.settings.trusted_proxies)
        if not self._deps.limits.open_socket(address):
            raise ConnectionRefusedError("too_many", {"code": "too_many"})
        connection = engine.connection_of(self.server, sid)
        if connection is None:
            self._deps.limits.close_socket(address)
            raise ConnectionRefusedError("bad_message", {"code": "bad_message"})
        outbox = ClientOutbox(connection, self._deps.settings.outbox_bytes, self._deps.meters.outbox_bytes)
        member = Member(player, "", outbox, opened=time.monotonic())
        self._guests[sid] = guest(member, outbox, address, self._deps.settings, time.monotonic)

    async def _greet(self, sid: str) -> None:
        found = self._guests.get(sid)
        connection = engine.connection_of(self.server, sid)
        if found is None or connection is None:
            return
        token = self._deps.tokens.player(found.member.player)
        hello = Hello(PROTOCOL_VERSION, token, __version__, self._deps.settings.tick_ms)
        await engine.queue(connection, packet(hello))

    async def _disconnect(self, sid: str, *_: object) -> None:
        found = self._guests.pop(sid, None)
        if found is None:
            return
        found.outbox.stop()
        self._deps.limits.close_socket(found.address)
        self._deps.rooms.gone(found.member)

    # -- messages ----------------------------------------------------------------------------------------

    def _read(self, sid: str, event: str, raw: str) -> Awaitable[None] | None:
        """Take one message in: limits, then the one door of `protocol.decode`, then its room."""
        found = self._guests.get(sid)
        if found is None:
            return None
        self.messages += 1
        if not found.may(event):
            self._refuse(found, event, raw, "slow_down")
            if found.flooding():
                found.outbox.close("flood")
            return None
        try:
            message = decode(event, raw)
        except BadMessage as error:
            self._refuse(found, error.event, raw, "bad_message", error.detail)
            return None
        if isinstance(message, JoinIn):
            return self._knock(found, message, raw)
        code = self._handle(found, message, event)
        if code:
            self._refuse(found, event, raw, code)
        return None

    def _handle(self, found: Guest, message: In, event: str) -> str:
        """Hand a message to its room; returns a refusal code, or nothing."""
        member = found.member
        room = member.room
        if room is None:
            return "not_joined"
        if isinstance(message, TeachIn):
            lesson = lesson_of(message)
            if isinstance(lesson, str):
                return lesson
            message = lesson
        request = message.id if isinstance(message, Command) else None
        if isinstance(message, ResyncIn):
            room.resync(member, request)
        else:
            room.submit(member, command_of(message, member.player), request, event)
        return ""

    async def _knock(self, found: Guest, message: JoinIn, raw: str) -> None:
        try:
            code = await self._join(found, message)
        except StoreAway:
            code = "saving_paused"
        if code:
            self._refuse(found, "join", raw, code)

    async def _join(self, found: Guest, message: JoinIn) -> str:
        member, limits = found.member, self._deps.limits
        if member.room is not None:
            return "already_joined"
        name = clean(message.name, NAME_LENGTH)
        if name is None:
            return "bad_name"
        if not limits.may_try_code(member.player, found.address):
            return "too_many"
        room = await self._deps.rooms.find(message.code)
        if room is None:
            limits.wrong_code(member.player, found.address)
            return "unknown_room"
        if message.seat and self._deps.tokens.read_seat(message.seat) is None:
            return "bad_token"
        command = join_of(message, member.player, name)
        room.join(member, Knock(command, message.tab, message.id, message.takeover))
        return ""

    def _refuse(self, found: Guest, event: str, raw: str, code: str, detail: str = "") -> None:
        """Answer a message that had no effect: by its id if it has one, else as `refused`."""
        try:
            number = _numbered.decode(raw).id if event not in INK else None
        except (msgspec.DecodeError, RecursionError, ValueError):
            number = None
        if number is not None:
            found.outbox.send(packet(Reply(number, ok=False, code=code, detail=detail)))
            return
        found.outbox.send(packet(RefusedOut(event, code, *_place(raw), detail=detail)))


class _Placed(msgspec.Struct, frozen=True):
    """Round and seq of ink that had no effect."""

    round: int = 0
    seq: int = 0


_placed = msgspec.json.Decoder(_Placed)


def _place(raw: str) -> tuple[int, int]:
    try:
        placed = _placed.decode(raw)
    except (msgspec.DecodeError, RecursionError, ValueError):
        return 0, 0
    return placed.round, placed.seq
