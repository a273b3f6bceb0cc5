"""The rooms of this process: made, found, taken over from the log, handed on, forgotten."""

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
from server.rooms.failures import RoomFailures
from server.rooms.member import JoinAttempt, Member, RoomHandle
from server.rooms.ports import (
    Fenced,
    GuessAnswer,
    Ownership,
    Peers,
    RoomNeedsNewerVersion,
    RoomUnavailable,
    RoomUnreadable,
    StoreUnavailable,
    TaughtWord,
)
from server.rooms.remote.members import RemoteMembers
from server.rooms.remote.messages import AdoptRooms, CardReply, CardRequest, PeerMessage
from server.rooms.remote.proxy import RemoteRooms, RoomProxy
from server.rooms.room import Room, RoomPorts, adopt_room
from server.rooms.summary import Card
from server.runtime.background_tasks import log_task_failure, task_failures

log = logging.getLogger(__name__)

RESCUE_INTERVAL_SECONDS = 10.0
"""How often rooms without an owner are looked for; deaths and departures are acted on at once."""
ROOMS_PER_OWNERSHIP_QUERY = 128
"""Rooms looked at together."""
RESCUE_RETRY_SECONDS = 0.25
MAX_KNOWN_CUSTOM_WORDS = 60
"""Words of the server and of the model that a room may play; a request names them all."""
MAX_ROOM_DRAIN_SECONDS = 3.0


class TooManyRooms(Exception):
    """This process holds as many rooms as its operator allows."""


class RoomDirectory:
    """Every room that this process owns, by code, and the way to all others. It is the fleet's `Ears`."""

    def __init__(
        self, ports: RoomPorts, fleet: Peers, limit: int, known: Callable[[], Sequence[TaughtWord]] = tuple
    ) -> None:
        """Hold at most `limit` rooms; `known` says which words were taught to this server or its model."""
        self._ports, self._fleet, self._limit, self._known = ports, fleet, limit, known
        self._rooms: dict[str, Room] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._finding: dict[str, asyncio.Future[RoomHandle | None]] = {}
        self._background: set[asyncio.Task[None]] = set()
        self._remote_rooms = RemoteRooms(fleet, ports.clock, self._join_again)
        self._remote_members = RemoteMembers(fleet, ports.clock, self._with_room_here, self._hand)
        self._orphans = asyncio.Event()
        self._draining = False
        self.set_aside = 0
        """Rooms that could not be read, so far."""
        self._failing = RoomFailures()
        self._broken: dict[str, RoomUnreadable] = {}
        """Rooms that are being set aside, because they fail whenever they go on."""
        self._newer: set[str] = set()
        """Rooms that wait for a process of a newer version; each is told of once."""

    async def make(self, settings: Settings | None = None) -> str:
        """Make a room and return its code. Raises TooManyRooms or StoreAway."""
        if len(self._rooms) >= self._limit:
            raise TooManyRooms
        if self._draining:
            raise StoreUnavailable("this process ends")
        while True:
            code = "".join(secrets.choice(ROOM_CODE_ALPHABET) for _ in range(ROOM_CODE_LENGTH))
            known = [
                CustomWord(one.word, key=one.key, scope="server" if one.key else "model")
                for one in self._known()[:MAX_KNOWN_CUSTOM_WORDS]
            ]
            game = Game.create(code, secrets.randbits(63), settings or Settings(), known)
            epoch = await self._ports.log.create(code, codec.encode_snapshot(game.state, Millis(0)))
            if epoch:
                self._own(Room(game, Millis(0), 0, epoch, self._ports))
                return code

    async def find(self, code: str) -> RoomHandle | None:
        """Return the room, or the way to its owner; one whose owner is gone is taken over. Raises StoreAway, Unopened."""
        room = self._here(code)
        if room is not None:
            return room
        waiting = self._finding.get(code)
        if waiting is None:
            waiting = asyncio.ensure_future(self._search(code))
            self._finding[code] = waiting
            waiting.add_done_callback(lambda _: self._finding.pop(code, None))
        return await asyncio.shield(waiting)

    async def card(self, code: str) -> Card | None:
        """Describe a room to somebody at its door. Raises StoreAway, Unopened."""
        place = await self.find(code)
        if isinstance(place, RoomProxy):
            return await self._remote_rooms.card(code, place.owner)
        return place.card() if isinstance(place, Room) else None

    async def adopt_all(self) -> int:
        """Take over every room that exists, whoever had it: for the only web process of a machine."""
        codes = await self._ports.log.live()
        return sum([await self._open(code, self._take(code, None)) for code in codes if code not in self._rooms])

    async def rescue(self) -> int:
        """Take over every room whose owner is gone: timers go on, and who comes back finds the seat."""
        codes = list(await self._ports.log.live())
        # Several processes do this at the same moment: in different orders they share the work.
        random.shuffle(codes)
        rescued = 0
        for at in range(0, len(codes), ROOMS_PER_OWNERSHIP_QUERY):
            glance = codes[at : at + ROOMS_PER_OWNERSHIP_QUERY]
            for code, held in zip(glance, await self._ports.log.held(glance), strict=True):
                if held is not None and code not in self._rooms and not await self._is_owned(held):
                    rescued += await self._open(code, self.find(code))
        return rescued

    async def _open(self, code: str, opening: Awaitable[RoomHandle | None]) -> bool:
        """Say whether a room was opened here; one that cannot be stops nothing else. Raises StoreAway."""
        try:
            return isinstance(await opening, Room)
        except RoomUnavailable:
            return False
        except StoreUnavailable:
            raise
        except Exception:
            log.exception("room %s cannot be taken over", code)
            return False

    async def watch(self) -> None:
        """Rescue rooms until cancelled: whenever a process is gone, and now and then."""
        while True:
            try:
                await self.rescue()
            except StoreUnavailable:
                await self._ports.clock.sleep(RESCUE_RETRY_SECONDS)
                continue
            await self._ports.clock.wait(self._orphans, RESCUE_INTERVAL_SECONDS)
            self._orphans.clear()

    def gone(self, member: Member) -> None:
        """Take note that a connection is lost, wherever its room is."""
        if member.room is not None:
            member.room.gone(member)
        self._remote_rooms.gone(member)

    def answer(self, answer: GuessAnswer) -> None:
        """Hand an answer of the guesser to its room."""
        room = self._rooms.get(answer.code)
        if room is not None:
            room.answer(answer)

    def guesser_changed(self, ready: bool) -> None:
        """Tell all rooms whether the guesser is there."""
        for room in self._rooms.values():
            room.guesser_changed(ready)

    @property
    def count(self) -> int:
        """Rooms held by this process."""
        return len(self._rooms)

    @property
    def people(self) -> int:
        """Connected players of all rooms."""
        return sum(room.people for room in self._rooms.values())

    async def stop(self) -> None:
        """Let every room store what it has accepted, then hand it on; who is connected is told where it went."""
        self._draining = True
        codes, others = list(self._rooms), self._fleet.others
        for room in self._rooms.values():
            room.stop("moved" if others else "shutdown")
        if self._tasks:
            await asyncio.wait(list(self._tasks.values()), timeout=MAX_ROOM_DRAIN_SECONDS)
        for number, web in enumerate(others):
            self._fleet.send(web, AdoptRooms(codes[number :: len(others)]))

    # -- what the fleet tells ----------------------------------------------------------------------------

    def hear(self, web: str, item: PeerMessage) -> None:
        """Take in what another process says."""
        match item:
            case CardRequest(request, code):
                room = self._here(code)
                self._fleet.send(web, CardReply(request, None if room is None else room.card()))
            case AdoptRooms(codes):
                for code in codes:
                    self._with_room_here(code, lambda room: None)
            case _:
                self._remote_members.hear(web, item)
                self._remote_rooms.hear(item)

    def lost(self, web: str) -> None:
        """Whatever went between this process and that one begins again."""
        self._remote_rooms.lost(web)
        self._remote_members.lost(web)

    def died(self, web: str) -> None:
        """Look after the rooms of a process that is gone."""
        self.lost(web)
        self._orphans.set()

    def doubted(self) -> None:
        """See which rooms are still this process's own."""
        self._run_in_background(self._end_lost_rooms())

    def saving_changed(self, saving: bool) -> None:
        """Tell those whose rooms are elsewhere."""
        self._remote_rooms.saving_changed(saving)

    # -- inside ------------------------------------------------------------------------------------------

    def _here(self, code: str) -> Room | None:
        room = self._rooms.get(code)
        return None if room is None or room.closed.is_set() else room

    async def _is_owned(self, held: Ownership) -> bool:
        """Whether another process owns a room and lives."""
        return held.owner not in ("", self._fleet.me) and await self._fleet.is_alive(held.owner)

    async def _search(self, code: str) -> RoomHandle | None:
        while True:
            (held,) = await self._ports.log.held([code])
            if held is None:
                if await self._ports.log.is_aside(code):
                    raise RoomUnreadable(code, 0, "it was set aside")
                return None
            if await self._is_owned(held):
                return self._remote_rooms.place(code, held.owner)
            if self._draining:
                raise StoreUnavailable("this process ends")
            room = await self._take(code, held.epoch)
            if room is not None:
                return room

    async def _take(self, code: str, epoch: int | None) -> Room | None:
        if code in self._broken:
            raise self._broken[code]
        try:
            room = await adopt_room(code, epoch, self._ports)
        except RoomNeedsNewerVersion:
            if code not in self._newer:
                self._newer.add(code)
                log.warning("room %s was held by a newer version of Inkling, and is left to one", code)
            raise
        except RoomUnreadable as damage:
            await self._set_aside(damage)
            raise
        if room is not None:
            self._newer.discard(code)
            self._own(room)
        return room

    async def _set_aside(self, damage: RoomUnreadable) -> None:
        try:
            where = await self._ports.log.set_aside(damage.code, damage.epoch)
        except Fenced:
            # Another process took it over meanwhile: it is that one's to judge.
            return
        self.set_aside += 1
        log.error("room %s cannot be read and was set aside as %s: %s", damage.code, where, damage)

    def _with_room_here(self, code: str, then: Callable[[RoomHandle | None], None]) -> None:
        """Find a room for somebody who was sent here; `then` gets None unless this process owns it."""
        room = self._here(code)
        if room is not None:
            then(room)
        else:
            self._run_in_background(self._fetch(code, then))

    async def _fetch(self, code: str, then: Callable[[RoomHandle | None], None]) -> None:
        try:
            place = await self.find(code)
        except (StoreUnavailable, RoomUnavailable):
            place = None
        except Exception:
            # Whoever waits elsewhere comes back, and hears more then.
            log.exception("room %s cannot be opened for somebody from elsewhere", code)
            place = None
        then(place if isinstance(place, Room) else None)

    def _hand(self, room: Room, then: Callable[[], object]) -> None:
        """Let a room go; `then` is called when anybody may have it."""
        room.stop("moved")
        self._tasks[room.code].add_done_callback(lambda _: then())

    def _join_again(self, code: str, member: Member, knock: JoinAttempt) -> None:
        """The room that somebody knocked at is to be had: take it, and let them in."""
        self._run_in_background(self._enter(code, member, knock))

    async def _enter(self, code: str, member: Member, knock: JoinAttempt) -> None:
        try:
            place = await self.find(code)
        except (StoreUnavailable, RoomUnavailable):
            place = None
        except Exception:
            log.exception("room %s, which was let go for somebody here, cannot be opened", code)
            place = None
        if place is None:
            member.outbox.close("moved")
        else:
            place.join(member, knock)

    async def _end_lost_rooms(self) -> None:
        """End the rooms that another process has taken over."""
        codes = list(self._rooms)
        try:
            found = await self._ports.log.held(codes)
        except StoreUnavailable:
            return
        for code, held in zip(codes, found, strict=True):
            room = self._rooms.get(code)
            if room is not None and held is not None and held.epoch != room.epoch:
                room.stop("moved")

    def _run_in_background(self, work: Coroutine[object, object, None]) -> None:
        task = asyncio.create_task(work, name="errand between processes")
        self._background.add(task)
        task.add_done_callback(self._background.discard)
        task.add_done_callback(log_task_failure)

    def _own(self, room: Room) -> None:
        self._rooms[room.code] = room
        task = asyncio.create_task(room.run(), name=f"room {room.code}")
        self._tasks[room.code] = task
        task.add_done_callback(lambda done: self._disown(room, done))

    def _disown(self, room: Room, task: asyncio.Task[None]) -> None:
        if self._tasks.get(room.code) is task:
            del self._tasks[room.code]
            self._rooms.pop(room.code, None)
        error = None if task.cancelled() else task.exception()
        if error is None:
            self._failing.ended(room.code)
            return
        task_failures["room"] += 1
        log.error("room %s failed; it begins again from its log", room.code, exc_info=error)
        if isinstance(error, MemoryError):
            # That says nothing about the room.
            return
        if self._failing.failed(room.code, room.offset, self._ports.clock.now()):
            reason = f"it failed again, at {room.offset}: {type(error).__name__}: {error}"
            self._broken[room.code] = RoomUnreadable(room.code, room.epoch, reason)
            self._run_in_background(self._break(room.code))

    async def _break(self, code: str) -> None:
        """Set a broken room aside, as soon as the store is there; until then it is opened for nobody."""
        try:
            while True:
                try:
                    return await self._set_aside(self._broken[code])
                except StoreUnavailable:
                    await self._ports.clock.sleep(RESCUE_RETRY_SECONDS)
        finally:
            del self._broken[code]


__all__ = ["RoomDirectory", "StoreUnavailable", "TooManyRooms"]
