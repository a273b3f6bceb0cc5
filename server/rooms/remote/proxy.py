"""Rooms of other web processes, as the players whose sockets are here reach them."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable

from server.game.commands import Command, Draw
from server.protocol import Notice, RefusedOut, Reply, encode_packet
from server.rooms import codec
from server.rooms.member import JoinAttempt, Member
from server.rooms.ports import Clock, Peers, StoreUnavailable
from server.rooms.remote.messages import (
    CardReply,
    CardRequest,
    CloseConnection,
    CommandMessage,
    ConnectionLost,
    Deliver,
    DeliverDroppable,
    JoinRequest,
    NextPartRequest,
    PeerMessage,
    ResyncRequest,
    RoomReleased,
    SeatGranted,
    SeatRevoked,
)
from server.rooms.summary import Card

CARD_TIMEOUT_SECONDS = 2.0
"""Seconds that the owner of a room has to say who is in it."""


class RoomProxy:
    """`server.rooms.member.RoomHandle` of a room that another process owns."""

    def __init__(self, code: str, owner: str, remote_rooms: RemoteRooms) -> None:
        self.code, self.owner = code, owner
        self._remote_rooms = remote_rooms

    def join(self, member: Member, attempt: JoinAttempt) -> None:
        """Ask the owner for a seat."""
        if not self._remote_rooms.peers.saving:
            member.outbox.send(encode_packet(Reply(attempt.request, ok=False, code="saving_paused")))
            return
        conn = self._remote_rooms.admit(member, self)
        self._remote_rooms.join_attempts[conn] = attempt
        join = codec.encode_untimed_command(attempt.join)
        route = (self.code, member.player, attempt.tab)
        # Monotonic clocks of two processes cannot be compared, so an age travels.
        age = self._remote_rooms.clock.now() - member.opened
        self._remote_rooms.post(conn, JoinRequest(conn, *route, join, attempt.request, attempt.takeover, age))

    def submit(self, member: Member, command: Command, request: int | None, event: str) -> None:
        """Pass a command on; while the store is away nothing gets through, and the sender hears so."""
        if self._remote_rooms.peers.saving:
            conn = self._remote_rooms.admit(member, self)
            self._remote_rooms.post(conn, CommandMessage(conn, codec.encode_untimed_command(command), request, event))
        elif request is not None:
            member.outbox.send(encode_packet(Reply(request, ok=False, code="saving_paused")))
        elif isinstance(command, Draw):
            member.outbox.send(encode_packet(RefusedOut(event, "saving_paused", command.round, command.seq)))

    def resync(self, member: Member, request: int | None) -> None:
        """Ask the owner for the whole picture."""
        conn = self._remote_rooms.admit(member, self)
        self._remote_rooms.post(conn, ResyncRequest(conn, request))

    def send_next_part(self, member: Member, request: int) -> None:
        """Ask the owner for the next part of the picture."""
        conn = self._remote_rooms.admit(member, self)
        self._remote_rooms.post(conn, NextPartRequest(conn, request))

    def disconnected(self, member: Member) -> None:
        """Tell the owner that a connection is lost."""
        self._remote_rooms.disconnected(member)


class RemoteRooms:
    """All connections of this process whose room is in another one."""

    def __init__(self, peers: Peers, clock: Clock, join_again: Callable[[str, Member, JoinAttempt], None]) -> None:
        """`join_again` is asked to find a seat for somebody whose room was released meanwhile."""
        self.peers, self.clock, self._join_again = peers, clock, join_again
        self.join_attempts: dict[int, JoinAttempt] = {}
        """What each connection asked for that has no seat yet."""
        self._numbers = itertools.count(1)
        self._conns: dict[Member, tuple[int, RoomProxy]] = {}
        self._members: dict[int, Member] = {}
        self._cards: dict[int, tuple[str, asyncio.Future[Card | None]]] = {}

    def proxy(self, code: str, owner: str) -> RoomProxy:
        """Return the way to a room of `owner`."""
        return RoomProxy(code, owner, self)

    def admit(self, member: Member, room: RoomProxy) -> int:
        """Number a connection for the owner of its room."""
        known = self._conns.get(member)
        if known is not None and known[1].owner == room.owner:
            return known[0]
        self.disconnected(member)
        conn = next(self._numbers)
        self._conns[member] = (conn, room)
        self._members[conn] = member
        return conn

    def disconnected(self, member: Member) -> None:
        """Forget a connection that is lost, and tell the owner of its room."""
        known = self._conns.pop(member, None)
        if known is not None:
            conn, room = known
            del self._members[conn]
            self.join_attempts.pop(conn, None)
            self.peers.send(room.owner, ConnectionLost(conn))

    def post(self, conn: int, item: PeerMessage) -> None:
        """Write to the owner of a connection's room; if that is gone, the connection has to come back."""
        if not self.peers.send(self._conns[self._members[conn]][1].owner, item):
            self._close(conn, "moved")

    async def card(self, code: str, owner: str) -> Card | None:
        """Ask the owner who is in a room. Raises StoreUnavailable when it does not answer."""
        number = next(self._numbers)
        answer: asyncio.Future[Card | None] = asyncio.get_running_loop().create_future()
        self._cards[number] = (owner, answer)
        self.peers.send(owner, CardRequest(number, code))
        try:
            return await asyncio.wait_for(answer, CARD_TIMEOUT_SECONDS)
        except TimeoutError:
            raise StoreUnavailable(f"the owner of {code} does not answer") from None
        finally:
            del self._cards[number]

    def receive(self, item: PeerMessage) -> None:
        """Pass on what an owner says to its players here."""
        match item:
            case Deliver(conns, text):
                for conn in conns:
                    self._deliver(conn, text)
            case DeliverDroppable(conn, kind, text):
                if conn in self._members:
                    self._members[conn].outbox.droppable(kind, text)
            case SeatGranted(conn):
                if conn in self._members:
                    self.join_attempts.pop(conn, None)
                    member = self._members[conn]
                    member.take_seat(self._conns[member][1])
            case SeatRevoked(conn):
                if conn in self._members:
                    self._members[conn].lose_seat()
            case RoomReleased(conn):
                self._released(conn)
            case CloseConnection(conn, code):
                self._close(conn, code)
            case CardReply(number, card):
                if number in self._cards and not self._cards[number][1].done():
                    self._cards[number][1].set_result(card)
            case _:
                pass

    def close_all_of(self, web: str) -> None:
        """Nothing can be known of the rooms of `web` any more: its players here come back on their own."""
        for conn, member in list(self._members.items()):
            if self._conns[member][1].owner == web:
                self._close(conn, "moved")
                self.peers.send(web, ConnectionLost(conn))
        for owner, answer in self._cards.values():
            if owner == web and not answer.done():
                answer.set_exception(StoreUnavailable("the owner is gone"))

    def saving_changed(self, saving: bool) -> None:
        """Tell the players that the way to their room broke, or is open again."""
        text = encode_packet(Notice("saving", saving))
        for member in self._conns:
            if member.room is not None:
                member.outbox.send(text)

    def _deliver(self, conn: int, text: str) -> None:
        member = self._members.get(conn)
        if member is None:
            return
        member.outbox.send(text)
        if member.outbox.overflowed:
            self._conns[member][1].resync(member, None)

    def _released(self, conn: int) -> None:
        member, attempt = self._members.pop(conn, None), self.join_attempts.pop(conn, None)
        if member is not None:
            _, room = self._conns.pop(member)
            if attempt is not None:
                self._join_again(room.code, member, attempt)

    def _close(self, conn: int, code: str) -> None:
        member = self._members.pop(conn, None)
        self.join_attempts.pop(conn, None)
        if member is not None:
            del self._conns[member]
            member.lose_seat()
            member.outbox.close(code)
