"""The rooms of this process and the way to all others: made, found, taken over from the log, handed on."""

from __future__ import annotations

import asyncio
import logging
import random
import secrets
from collections.abc import Awaitable, Callable, Coroutine, Sequence

from server.game.commands import Settings
from server.game.game import Game
from server.game.ids import ROOM_CODE_ALPHABET, ROOM_CODE_LENGTH, Millis
from server.game.state import CustomWord
from server.rooms import codec
from server.rooms.live_rooms import LiveRooms
from server.rooms.member import JoinAttempt, Member, RoomHandle
from server.rooms.ports import (
    Ownership,
    Peers,
    RoomNeedsNewerVersion,
    RoomPorts,
    RoomUnavailable,
    RoomUnreadable,
    StoreUnavailable,
    TaughtWord,
)
from server.rooms.quarantine import Quarantine
from server.rooms.remote.members import RemoteMembers
from server.rooms.remote.messages import AdoptRooms, CardReply, CardRequest, PeerMessage
from server.rooms.remote.proxy import RemoteRooms, RoomProxy
from server.rooms.room import Room
from server.rooms.summary import Card
from server.rooms.takeover import adopt_room
from server.runtime.background_tasks import log_task_failure
from server.runtime.retry import retry_until_done

log = logging.getLogger(__name__)

RESCUE_INTERVAL_SECONDS = 10.0
"""Seconds between two looks for rooms without an owner; deaths and departures are acted on at once."""
RESCUE_RETRY_SECONDS = 0.25
"""Seconds until the next look while the store is away."""
ROOMS_PER_OWNERSHIP_QUERY = 128
"""Rooms whose owners are asked for together."""
MAX_KNOWN_CUSTOM_WORDS = 60
"""Words of the server and of the model that a room may play; a request names them all."""


class TooManyRooms(Exception):
    """This process holds as many rooms as its operator allows."""


class RoomDirectory:
    """Every room by code, wherever it is. It is the `PeerListener` of its process."""

    def __init__(
        self,
        ports: RoomPorts,
        peers: Peers,
        limit: int,
        custom_words: Callable[[], Sequence[TaughtWord]] = tuple,
        live: LiveRooms | None = None,
    ) -> None:
        """Hold at most `limit` rooms; `custom_words` says which words were taught to this server or its model."""
        self._ports, self._peers, self._limit, self._custom_words = ports, peers, limit, custom_words
        self.live = LiveRooms() if live is None else live
        self._searches: dict[str, asyncio.Future[RoomHandle | None]] = {}
        self._background: set[asyncio.Task[None]] = set()
        self._remote_rooms = RemoteRooms(peers, ports.clock, self._join_again)
        self._remote_members = RemoteMembers(peers, ports.clock, self._with_room_here, self.live.release)
        self._quarantine = Quarantine(ports.log, ports.clock, self._run_in_background)
        self._rescue_now = asyncio.Event()
        self._draining = False

    async def make(self, settings: Settings | None = None) -> str:
        """Make a room and return its code. Raises TooManyRooms or StoreUnavailable."""
        if len(self.live) >= self._limit:
            raise TooManyRooms
        if self._draining:
            raise StoreUnavailable("this process ends")
        while True:
            code = "".join(secrets.choice(ROOM_CODE_ALPHABET) for _ in range(ROOM_CODE_LENGTH))
            words = [
                CustomWord(one.word, key=one.key, scope="server" if one.key else "model")
                for one in self._custom_words()[:MAX_KNOWN_CUSTOM_WORDS]
            ]
            game = Game.create(code, secrets.randbits(63), settings or Settings(), words)
            epoch = await self._ports.log.create(code, codec.encode_snapshot(game.state, Millis(0)))
            if epoch:
                self._start(Room(game, Millis(0), 0, epoch, self._ports))
                return code

    async def find(self, code: str) -> RoomHandle | None:
        """Return the room, or the way to its owner; one whose owner is gone is taken over.

        Raises StoreUnavailable and RoomUnavailable.
        """
        room = self.live.get(code)
        if room is not None:
            return room
        search = self._searches.get(code)
        if search is None:
            search = asyncio.ensure_future(self._search(code))
            self._searches[code] = search
            search.add_done_callback(lambda _: self._searches.pop(code, None))
        return await asyncio.shield(search)

    async def card(self, code: str) -> Card | None:
        """Describe a room to somebody with its link. Raises StoreUnavailable and RoomUnavailable."""
        room = await self.find(code)
        if isinstance(room, RoomProxy):
            return await self._remote_rooms.card(code, room.owner)
        return room.card() if isinstance(room, Room) else None

    def disconnected(self, member: Member) -> None:
        """Take note that a connection is lost, wherever its room is."""
        if member.room is not None:
            member.room.disconnected(member)
        self._remote_rooms.disconnected(member)

    @property
    def count(self) -> int:
        """Rooms held by this process."""
        return len(self.live)

    @property
    def people(self) -> int:
        """Connected players of all rooms."""
        return self.live.people

    @property
    def set_aside(self) -> int:
        """Rooms that could not be read, so far."""
        return self._quarantine.set_aside_count

    async def stop(self) -> None:
        """Let every room store what it has accepted, then hand it on; who is connected is told where it went."""
        self._draining = True
        codes, others = [room.code for room in self.live], self._peers.others
        await self.live.stop("moved" if others else "shutdown")
        for number, peer in enumerate(others):
            self._peers.send(peer, AdoptRooms(codes[number :: len(others)]))

    # -- rooms without an owner --------------------------------------------------------------------------

    async def adopt_all(self) -> int:
        """Take over every room that exists, whoever had it: for the only web process of a machine."""
        codes = await self._ports.log.live()
        return sum([await self._open(code, self._take(code, None)) for code in codes if code not in self.live])

    async def rescue(self) -> int:
        """Take over every room whose owner is gone: timers go on, and who comes back finds the seat."""
        codes = list(await self._ports.log.live())
        # Several processes do this at the same moment: in different orders they share the work.
        random.shuffle(codes)
        rescued = 0
        for start in range(0, len(codes), ROOMS_PER_OWNERSHIP_QUERY):
            asked = codes[start : start + ROOMS_PER_OWNERSHIP_QUERY]
            for code, ownership in zip(asked, await self._ports.log.owners(asked), strict=True):
                if ownership is not None and code not in self.live and not await self._is_owned_elsewhere(ownership):
                    rescued += await self._open(code, self.find(code))
        return rescued

    async def watch(self) -> None:
        """Rescue rooms until cancelled: whenever a process is gone, and now and then."""
        while True:
            await retry_until_done(self.rescue, StoreUnavailable, RESCUE_RETRY_SECONDS, sleep=self._ports.clock.sleep)
            await self._ports.clock.wait(self._rescue_now, RESCUE_INTERVAL_SECONDS)
            self._rescue_now.clear()

    async def _open(self, code: str, opening: Awaitable[RoomHandle | None]) -> bool:
        """Say whether a room was opened here; one that cannot be stops nothing else. Raises StoreUnavailable."""
        try:
            return isinstance(await opening, Room)
        except RoomUnavailable:
            return False
        except StoreUnavailable:
            raise
        except Exception:
            log.exception("room %s cannot be taken over", code)
            return False

    # -- what other processes say: `PeerListener` --------------------------------------------------------

    def on_peer_message(self, web: str, item: PeerMessage) -> None:
        """Take in what another process says."""
        match item:
            case CardRequest(request, code):
                room = self.live.get(code)
                self._peers.send(web, CardReply(request, None if room is None else room.card()))
            case AdoptRooms(codes):
                for code in codes:
                    self._with_room_here(code, lambda room: None)
            case _:
                self._remote_members.receive(web, item)
                self._remote_rooms.receive(item)

    def on_messages_lost(self, web: str) -> None:
        """Begin again whatever went between this process and that one."""
        self._remote_rooms.close_all_of(web)
        self._remote_members.close_all_of(web)

    def on_peer_gone(self, web: str) -> None:
        """Look after the rooms of a process that is gone."""
        self.on_messages_lost(web)
        self._rescue_now.set()

    def on_ownership_doubted(self) -> None:
        """See which rooms are still this process's own."""
        self._run_in_background(self._stop_lost_rooms())

    def saving_changed(self, saving: bool) -> None:
        """Tell those whose rooms are elsewhere."""
        self._remote_rooms.saving_changed(saving)

    # -- finding and taking over -------------------------------------------------------------------------

    async def _is_owned_elsewhere(self, ownership: Ownership) -> bool:
        """Whether another process owns a room and lives."""
        return ownership.owner not in ("", self._peers.me) and await self._peers.is_alive(ownership.owner)

    async def _search(self, code: str) -> RoomHandle | None:
        while True:
            (ownership,) = await self._ports.log.owners([code])
            if ownership is None:
                if await self._ports.log.is_aside(code):
                    raise RoomUnreadable(code, 0, "it was set aside")
                return None
            if await self._is_owned_elsewhere(ownership):
                return self._remote_rooms.proxy(code, ownership.owner)
            if self._draining:
                raise StoreUnavailable("this process ends")
            room = await self._take(code, ownership.epoch)
            if room is not None:
                return room

    async def _take(self, code: str, epoch: int | None) -> Room | None:
        self._quarantine.raise_if_broken(code)
        try:
            room = await adopt_room(code, epoch, self._ports)
        except RoomNeedsNewerVersion:
            self._quarantine.note_newer_version(code)
            raise
        except RoomUnreadable as damage:
            await self._quarantine.set_aside(damage)
            raise
        if room is not None:
            self._quarantine.note_opened(code)
            self._start(room)
        return room

    def _start(self, room: Room) -> None:
        self.live.start(room, self._quarantine.note_ended)

    def _with_room_here(self, code: str, then: Callable[[RoomHandle | None], None]) -> None:
        """Find a room for somebody who was sent here; `then` gets None unless this process owns it."""
        room = self.live.get(code)
        if room is not None:
            then(room)
        else:
            self._run_in_background(self._find_here(code, then))

    async def _find_here(self, code: str, then: Callable[[RoomHandle | None], None]) -> None:
        room = await self._find_or_none(code)
        then(room if isinstance(room, Room) else None)

    def _join_again(self, code: str, member: Member, attempt: JoinAttempt) -> None:
        """Let somebody into a room that its owner has just released for them."""
        self._run_in_background(self._find_and_join(code, member, attempt))

    async def _find_and_join(self, code: str, member: Member, attempt: JoinAttempt) -> None:
        room = await self._find_or_none(code)
        if room is None:
            member.outbox.close("moved")
        else:
            room.join(member, attempt)

    async def _find_or_none(self, code: str) -> RoomHandle | None:
        """Find a room; None also where that fails: whoever waits for it comes back, and hears more then."""
        try:
            return await self.find(code)
        except (StoreUnavailable, RoomUnavailable):
            return None
        except Exception:
            log.exception("room %s cannot be opened for a player who was sent to another process for it", code)
            return None

    async def _stop_lost_rooms(self) -> None:
        """End the rooms that another process has taken over."""
        codes = [room.code for room in self.live]
        try:
            found = await self._ports.log.owners(codes)
        except StoreUnavailable:
            return
        for code, ownership in zip(codes, found, strict=True):
            room = self.live.get(code)
            if room is not None and ownership is not None and ownership.epoch != room.epoch:
                room.stop("moved")

    def _run_in_background(self, work: Coroutine[object, object, None]) -> None:
        task = asyncio.create_task(work, name="room directory background work")
        self._background.add(task)
        task.add_done_callback(self._background.discard)
        task.add_done_callback(log_task_failure)


__all__ = ["RoomDirectory", "StoreUnavailable", "TooManyRooms"]
