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

    def __init__(self, peers: Peers, web: str, conn: int) -> None:
        self._peers, self._web, self._conn = peers, web, conn

    def send(self, packet: str) -> None:
        """Post a reliable message."""
        self._peers.deliver(self._web, self._conn, packet)

    def droppable(self, kind: str, packet: str) -> None:
        """Post a message of which only the newest of its kind matters."""
        self._peers.send(self._web, DeliverDroppable(self._conn, kind, packet))

    def close(self, code: str) -> None:
        """Have the connection cut."""
        self._peers.send(self._web, CloseConnection(self._conn, code))


class RemoteMember(Member):
    """A member whose process has to know whether it sits."""

    def __init__(self, player: PlayerId, peers: Peers, web: str, conn: int, opened: float) -> None:
        super().__init__(player, "", RemoteOutbox(peers, web, conn), opened)
        self._route = (peers, web, conn)

    def take_seat(self, room: RoomHandle) -> None:
        """Take the seat; its process hears so before the welcome."""
        super().take_seat(room)
        peers, web, conn = self._route
        peers.send(web, SeatGranted(conn))

    def lose_seat(self) -> None:
        """Lose it."""
        super().lose_seat()
        peers, web, conn = self._route
        peers.send(web, SeatRevoked(conn))


class RemoteMembers:
    """All remote members, by process and connection."""

    def __init__(
        self,
        peers: Peers,
        clock: Clock,
        find: Callable[[str, Callable[[RoomHandle | None], None]], None],
        release: Callable[[Room, Callable[[], object]], None],
    ) -> None:
        """`find` brings a room; `release` lets one go and says when that is done."""
        self._peers, self._clock, self._find, self._release = peers, clock, find, release
        self._members: dict[tuple[str, int], RemoteMember] = {}

    def receive(self, web: str, item: PeerMessage) -> None:
        """Take in what the process of a remote member says."""
        match item:
            case JoinRequest():
                self._join(web, item)
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
                    member.room.send_next_part(member, number)
            case ConnectionLost(conn):
                self._disconnected(web, conn)
            case _:
                pass

    def close_all_of(self, web: str) -> None:
        """All connections of a process are lost."""
        for known, conn in list(self._members):
            if known == web:
                self._disconnected(web, conn)

    def _join(self, web: str, item: JoinRequest) -> None:
        join = codec.decode_untimed_command(item.join)
        if not isinstance(join, Join):
            raise msgspec.DecodeError("a join request without a join")
        member = self._members.get((web, item.conn))
        if member is None:
            opened = self._clock.now() - item.age
            member = RemoteMember(PlayerId(item.player), self._peers, web, item.conn, opened)
            self._members[web, item.conn] = member
        attempt = JoinAttempt(join, item.tab, item.request, item.takeover)

        def enter(room: RoomHandle | None) -> None:
            if self._members.get((web, item.conn)) is not member:
                return
            if not isinstance(room, Room):
                self._turn_away(web, item.conn)
            elif room.idle:
                del self._members[web, item.conn]
                self._release(room, lambda: self._peers.send(web, RoomReleased(item.conn)))
            else:
                room.join(member, attempt)

        self._find(item.code, enter)

    def _seated(self, web: str, conn: int) -> RemoteMember | None:
        """Return a member; one that is unknown sat in a room that has gone on without it, and has to come back."""
        member = self._members.get((web, conn))
        if member is None:
            self._turn_away(web, conn)
        return member

    def _turn_away(self, web: str, conn: int) -> None:
        self._members.pop((web, conn), None)
        self._peers.send(web, CloseConnection(conn, "moved"))

    def _disconnected(self, web: str, conn: int) -> None:
        member = self._members.pop((web, conn), None)
        if member is not None and member.room is not None:
            member.room.disconnected(member)
