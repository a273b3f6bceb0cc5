"""One room: its game, its members and its log. One task owns it; everything arrives in one bounded inbox."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Iterable
from dataclasses import replace
from functools import partial

from server.game.commands import Command, Draw, MachineGuessed
from server.game.events import Event, Refused
from server.game.game import Game
from server.game.ids import Millis, PlayerId, Seat
from server.protocol import Notice, Reply, Snapshot, encode_packet
from server.rooms import snapshot_parts
from server.rooms.frames import TickDelta
from server.rooms.member import JoinAttempt, Member
from server.rooms.members import Members
from server.rooms.ports import Fenced, GuessAnswer, LogGap, RoomPorts, StoreUnavailable
from server.rooms.processing.guess_requests import GuessRequests
from server.rooms.processing.handling import InboxHandler
from server.rooms.processing.inbox import Inbox, QueuedCommand
from server.rooms.processing.journal import Journal
from server.rooms.processing.schedule import Schedule
from server.rooms.summary import Card, CardPlayer

log = logging.getLogger(__name__)

EMPTY_ROOM_SECONDS = 600.0
"""Seconds that a room lives without anybody in it."""
MIN_RESYNC_INTERVAL_SECONDS = 1.0
"""Seconds between two snapshots that one client may ask for."""
MAX_SLEEP_SECONDS, MAX_EMPTY_SLEEP_SECONDS = 30.0, 5.0
"""Seconds after which a room looks again although nothing wakes it; the second while nobody is in it."""


class Room:
    """A room in this process. The gateway calls the public methods; none of them waits."""

    def __init__(self, game: Game, now: Millis, offset: int, epoch: int, ports: RoomPorts) -> None:
        """Own a room under `epoch`, whose log goes to `offset` and whose room time is `now`."""
        self.game = game
        self.code = game.state.code
        self.epoch = epoch
        self.closed = asyncio.Event()
        self._ports, self._clock = ports, ports.clock
        self._wake = asyncio.Event()
        self._members = Members(game, self._build_snapshot)
        self._inbox = Inbox(ports.clock, self._wake.set)
        self._schedule = Schedule(ports, self._inbox, self._members, self._wake)
        self._journal = Journal(self.code, epoch, now, offset, ports, self.closed, self._tell_saving)
        self._guess_requests = GuessRequests(game, ports.guesser)
        self._handler = InboxHandler(
            game,
            self,
            self._members,
            self._inbox,
            self._schedule,
            self._journal,
            self._guess_requests,
            ports.clock,
            self.closed,
        )
        self._parts: list[tuple[Member, int]] = []
        """Who asked for the next part of the picture, by which request."""
        self._empty_since = self._clock.now()
        self._close_code = "shutdown"
        self._ask_again = False

    # -- what the gateway and the directory call ---------------------------------------------------------

    def now(self) -> Millis:
        """Room time: it stands still while nothing can be stored."""
        return self._journal.now()

    def member(self, player: PlayerId) -> Member | None:
        """Return the player's live connection."""
        return self._members.of(player)

    @property
    def offset(self) -> int:
        """The number of the newest entry of its log."""
        return self._journal.offset

    @property
    def people(self) -> int:
        """Connected players."""
        return len(self._members)

    @property
    def idle(self) -> bool:
        """Whether nobody is connected or about to be."""
        return not (len(self._members) or len(self._inbox))

    def card(self) -> Card:
        """Describe the room to somebody with its link."""
        view = self.game.view()
        players = tuple(CardPlayer(player.name, player.here) for player in view.players)
        return Card(self.code, view.phase, players, view.settings.seats, len(players), view.locked)

    def join(self, member: Member, attempt: JoinAttempt) -> None:
        """Ask for a seat; the answer is `welcome`, or a `reply` with a code."""
        generation = (self.game.generation(member.player) or 0) + 1
        item = QueuedCommand(
            replace(attempt.join, generation=generation),
            self.now(),
            member,
            attempt.request,
            "join",
            token=self._ports.sign(self.code, member.player, generation),
            tab=attempt.tab,
            takeover=attempt.takeover,
        )
        self._put_or_refuse(item, urgent=True)

    def submit(self, member: Member, command: Command, request: int | None, event: str) -> None:
        """Put a command of a seated member into the inbox."""
        item = QueuedCommand(command, self.now(), member, request, event)
        self._put_or_refuse(item, urgent=not isinstance(command, Draw))

    def answer(self, answer: GuessAnswer) -> None:
        """Take in what the guesser thinks."""
        command = MachineGuessed(answer.seat, answer.round, answer.revision, answer.guesses, answer.doubt, answer.model)
        self._inbox.put_guess(QueuedCommand(command, self.now(), asked_at=answer.asked_at))

    def resync(self, member: Member, request: int | None) -> None:
        """Send the whole picture again, after what is being stored."""
        now = self._clock.now()
        if request is not None:
            # Pictures are the most expensive thing that a client can ask for.
            if now - member.resynced < MIN_RESYNC_INTERVAL_SECONDS:
                member.outbox.send(encode_packet(Reply(request, ok=False, code="slow_down")))
                return
            member.resynced = now
            self._handler.outgoing.append(partial(member.outbox.send, encode_packet(Reply(request, ok=True))))
        self._handler.outgoing.append(partial(self._members.show, member))
        self._wake.set()

    def send_next_part(self, member: Member, request: int) -> None:
        """Send the next part of the picture, after all that it will hold was told."""
        self._parts.append((member, request))
        self._wake.set()

    def disconnected(self, member: Member) -> None:
        """Take note that a connection is lost; the seat stays."""
        if self._members.remove(member):
            self._handler.put_away(member.player)
        member.lose_seat()
        if not len(self._members):
            self._empty_since = self._clock.now()

    def guesser_changed(self, ready: bool) -> None:
        """Tell everybody that the guesser fell asleep or woke up."""
        self._members.broadcast(encode_packet(Notice("guesser", ready)))

    def resume(self, snapshot_offset: int, events: Iterable[Event]) -> None:
        """Go on after a takeover: `events` followed the newest snapshot, and the players have yet to come back."""
        self._journal.continue_from(snapshot_offset, events)
        self._handler.wait_for(self.game.present())
        self._ask_again = True

    def stop(self, code: str = "shutdown") -> None:
        """End the task after what is in the inbox is stored; any process may have the room then."""
        self._close_code = code
        self.closed.set()
        self._wake.set()

    # -- the task ----------------------------------------------------------------------------------------

    async def run(self) -> None:
        """Own the room until it is empty for long, fenced, or stopped."""
        code = "moved"
        self._schedule.take_slot()
        try:
            await self._run_until_closed()
            code = self._close_code
        except (Fenced, LogGap) as reason:
            log.warning("room %s is owned by another process: %s", self.code, type(reason).__name__)
        except StoreUnavailable:
            log.warning("room %s ends while the store is away; its log has all that was acknowledged", self.code)
        finally:
            self.closed.set()
            self._schedule.free_slot()
            self._guess_requests.drop()
            self._members.close_all(code)
            self._inbox.close(code)

    async def _run_until_closed(self) -> None:
        while not self.closed.is_set():
            await self._schedule.wait_until_due(self._seconds_until_due)
            await self._process_inbox()
            if self._is_abandoned():
                await self._journal.forget()
                return
        if self._journal.has_entries_since_snapshot:
            # Whoever has the room next may know newer rules: what these decided is not decided again.
            await self._journal.save(self.game.state)
        await self._journal.release()

    async def _process_inbox(self) -> None:
        """Inbox → game → log → outboxes, once."""
        delta = self._handler.handle_inbox()
        await self._journal.store()
        outgoing, self._handler.outgoing = self._handler.outgoing, []
        for send in outgoing:
            send()
        self._publish(delta)
        self._ask_for_guesses(delta)
        if self._journal.snapshot_due:
            await self._journal.save(self.game.state)

    def _publish(self, delta: TickDelta) -> None:
        """Send the frame and the parts that were asked for; note how long what it acknowledges had waited."""
        began = self._clock.now()
        self._members.publish(delta, self._journal.offset, self.now())
        parts, self._parts = self._parts, []
        for member, request in parts:
            self._members.part(member, request, self._journal.offset, self.now())
        received, self._handler.received = self._handler.received, []
        if received:
            self._ports.meters.frame.observe(self._clock.now() - began)
            now = self.now()
            for at in received:
                self._ports.meters.ack.observe((now - at) / 1000)

    def _ask_for_guesses(self, delta: TickDelta) -> None:
        if delta.phase:
            self._guess_requests.begin_phase()
        if delta.ink:
            self._guess_requests.ask({drawn.seat for drawn in delta.ink})
        if self._ask_again:
            # What asked for these guesses died with the owner before.
            self._guess_requests.ask(self.game.seats_to_guess())
            self._ask_again = False

    def _seconds_until_due(self) -> float:
        """Seconds until there is something to do: a tick with ink, something urgent, or the game's deadline."""
        if (
            self._handler.outgoing
            or self._parts
            or self._ask_again
            or self._journal.phase_began
            or self.closed.is_set()
        ):
            return 0.0
        due = min(
            MAX_SLEEP_SECONDS if len(self._members) else MAX_EMPTY_SLEEP_SECONDS,
            self._schedule.seconds_until_inbox_is_due(),
            self._handler.seconds_until_absent_are_given_up,
        )
        deadline = self.game.deadline
        return due if deadline is None else min(due, (deadline - self.now()) / 1000)

    def _is_abandoned(self) -> bool:
        empty_seconds = self._clock.now() - self._empty_since
        return not len(self._members) and not self._inbox.commands and empty_seconds > EMPTY_ROOM_SECONDS

    def _put_or_refuse(self, item: QueuedCommand, urgent: bool) -> None:
        if not self._journal.saving:
            item.refuse(Refused("saving_paused"))
        elif not self._inbox.put(item, urgent):
            item.refuse(Refused("slow_down"))

    def _build_snapshot(self, seat: Seat) -> tuple[Snapshot, deque[snapshot_parts.PartKey]]:
        journal, ready = self._journal, self._ports.guesser.ready
        return snapshot_parts.build_snapshot(
            self.game.state, seat, journal.offset, journal.now(), ready, journal.saving
        )

    def _tell_saving(self, saving: bool) -> None:
        self._members.broadcast(encode_packet(Notice("saving", saving)))
