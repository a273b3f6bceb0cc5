"""Players of this process's rooms whose sockets are in other web processes."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from server.game.commands import Join
from server.game.ids import PlayerId
from server.rooms import codec
from server.rooms.member import JoinAttempt, Member, RoomHandle
from server.rooms.ports import Clock, Peers
from server.rooms.remote.messages import (
    CloseConnection,
    CommandMessage,
    ConnectionLost,
    DeliverDroppable,
    JoinRequest,
    NextPartRequest,
    PeerMessage,
    ResyncRequest,
    RoomReleased,
    SeatGranted,
    SeatRevoked,
)
from server.rooms.room import Room


class RemoteOutbox:
    """`server.rooms.ports.Outbox` that ends in another process; that one keeps the bound."""

    overflowed = False

    def __init__(self, fleet: Peers, web: str, conn: int) -> None:
        self._fleet, self._web, self._conn = fleet, web, conn

    def send(self, packet: str) -> None:
        """Post a reliable message."""
        self._fleet.tell(self._web, self._conn, packet)

    def droppable(self, kind: str, packet: str) -> None:
        """Post a message of which only the newest of its kind matters."""
        self._fleet.send(self._web, DeliverDroppable(self._conn, kind, packet))

    def close(self, code: str) -> None:
        """Have the connection cut."""
        self._fleet.send(self._web, CloseConnection(self._conn, code))


class RemoteMember(Member):
    """A member whose process has to know whether it sits."""

    def __init__(self, player: PlayerId, fleet: Peers, web: str, conn: int, opened: float) -> None:
        super().__init__(player, "", RemoteOutbox(fleet, web, conn), opened)
        self._route = (fleet, web, conn)

    def sit(self, room: RoomHandle) -> None:
        """Take the seat; said before the welcome."""
        super().sit(room)
        fleet, web, conn = self._route
        fleet.send(web, SeatGranted(conn))

    def stand(self) -> None:
        """Lose it."""
        super().stand()
        fleet, web, conn = self._route
        fleet.send(web, SeatRevoked(conn))


class RemoteMembers:
    """All visitors, by process and connection."""

    def __init__(
        self,
        fleet: Peers,
        clock: Clock,
        find: Callable[[str, Callable[[RoomHandle | None], None]], None],
        hand: Callable[[Room, Callable[[], object]], None],
    ) -> None:
        """`find` brings a room; `hand` lets one go and says when that is done."""
        self._fleet, self._clock, self._find, self._hand = fleet, clock, find, hand
        self._members: dict[tuple[str, int], RemoteMember] = {}

    def hear(self, web: str, item: PeerMessage) -> None:
        """Take in what a visitor says."""
        match item:
            case JoinRequest():
                self._knock(web, item)
            case CommandMessage(conn, data, request, event):
                member = self._seated(web, conn)
                if member is not None and member.room is not None:
                    member.room.submit(member, codec.decode_untimed_command(data), request, event)
            case ResyncRequest(conn, request):
                member = self._seated(web, conn)
                if member is not None and member.room is not None:
                    member.room.resync(member, request)
            case NextPartRequest(conn, number):
                member = self._seated(web, conn)
                if member is not None and member.room is not None:
                    member.room.more(member, number)
            case ConnectionLost(conn):
                self._gone(web, conn)
            case _:
                pass

    def lost(self, web: str) -> None:
        """All connections of a process are lost."""
        for known, conn in list(self._members):
            if known == web:
                self._gone(web, conn)

    def _knock(self, web: str, item: JoinRequest) -> None:
        join = codec.decode_untimed_command(item.join)
        if not isinstance(join, Join):
            raise msgspec.DecodeError("a knock without a join")
        member = self._members.get((web, item.conn))
        if member is None:
            opened = self._clock.now() - item.age
            member = RemoteMember(PlayerId(item.player), self._fleet, web, item.conn, opened)
            self._members[web, item.conn] = member
        knock = JoinAttempt(join, item.tab, item.request, item.takeover)

        def enter(room: RoomHandle | None) -> None:
            if self._members.get((web, item.conn)) is not member:
                return
            if not isinstance(room, Room):
                self._turn_away(web, item.conn)
            elif room.idle:
                del self._members[web, item.conn]
                self._hand(room, lambda: self._fleet.send(web, RoomReleased(item.conn)))
            else:
                room.join(member, knock)

        self._find(item.code, enter)

    def _seated(self, web: str, conn: int) -> RemoteMember | None:
        """Return a visitor; one nobody knows sat in a room that has gone on without it, and has to come back."""
        member = self._members.get((web, conn))
        if member is None:
            self._turn_away(web, conn)
        return member

    def _turn_away(self, web: str, conn: int) -> None:
        self._members.pop((web, conn), None)
        self._fleet.send(web, CloseConnection(conn, "moved"))

    def _gone(self, web: str, conn: int) -> None:
        member = self._members.pop((web, conn), None)
        if member is not None and member.room is not None:
            member.room.gone(member)
