"""One turn of a room: what waits goes through the game in order, timers in between, and what follows from it is collected."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from functools import partial

from server.game.clock import require_later_deadline
from server.game.commands import Away, Command, Draw, Join, MachineGuessed, Tick
from server.game.events import Event, PlayerLeft, Refused, Repeated
from server.game.game import Game
from server.game.ids import Millis, PlayerId
from server.rooms.frames import TickDelta
from server.rooms.member import RoomHandle
from server.rooms.members import Members
from server.rooms.ports import Clock
from server.rooms.processing.guess_requests import GuessRequests
from server.rooms.processing.inbox import Inbox, QueuedCommand
from server.rooms.processing.journal import Journal
from server.rooms.processing.schedule import Schedule

RETURN_GRACE_SECONDS = 10.0
"""Seconds after a takeover in which players may come back before they count as away."""


class InboxHandler:
    """Handles the inbox of one room. It sends nothing: what it leaves in `outgoing` is sent once the journal is stored."""

    def __init__(
        self,
        game: Game,
        room: RoomHandle,
        members: Members,
        inbox: Inbox,
        schedule: Schedule,
        journal: Journal,
        guess_requests: GuessRequests,
        clock: Clock,
        closed: asyncio.Event,
    ) -> None:
        self._game, self._room, self._members = game, room, members
        self._inbox, self._schedule, self._journal = inbox, schedule, journal
        self._guess_requests, self._clock, self._closed = guess_requests, clock, closed
        self.outgoing: list[Callable[[], None]] = []
        """What is sent when everything before it is stored."""
        self.received: list[Millis] = []
        """Room time of the receipt of each change of ink that the next frame acknowledges."""
        self._absent: set[PlayerId] = set()
        """Players who sat here before a takeover and have yet to come back."""
        self._absent_until = 0.0

    def wait_for(self, players: Iterable[PlayerId]) -> None:
        """Give the players of a room that was taken over time to come back.

        Who does was never away: nobody is shown leaving, and nobody's absence ends the round early.
        """
        self._absent = set(players)
        self._absent_until = self._clock.now() + RETURN_GRACE_SECONDS

    @property
    def seconds_until_absent_are_given_up(self) -> float:
        """Seconds until those who did not come back count as away; infinite where nobody is waited for."""
        return self._absent_until - self._clock.now() if self._absent else float("inf")

    def put_away(self, player: PlayerId) -> None:
        """Queue that a player's connection is lost."""
        self._inbox.put(QueuedCommand(Away(player), self._journal.now()), urgent=True, force=True)

    def handle_inbox(self) -> TickDelta:
        """Run the inbox through the game in order, timers in between."""
        delta, inbox, schedule = TickDelta(), self._inbox, self._schedule
        schedule.handled_at = self._clock.now()
        self._give_up_absent()
        guesses_only = self._are_only_guesses_due()
        # Guesses go before ink that waits for its tick, and leave it the time of its receipt.
        latest = inbox.commands[0].at if inbox.commands else self._journal.now()
        while inbox.guesses:
            item = inbox.guesses.popleft()
            item.at = min(item.at, latest)
            self._pass_time(item.at, delta)
            self._handle(item, delta)
        if guesses_only:
            return delta
        if inbox.commands or self._members.has_unsent_poses:
            delta.ticked, schedule.ticked_at, inbox.urgent = True, schedule.handled_at, False
        while inbox.commands:
            item = inbox.commands.popleft()
            self._pass_time(item.at, delta)
            self._handle(item, delta)
        self._pass_time(self._journal.now(), delta)
        return delta

    def _are_only_guesses_due(self) -> bool:
        """Tell whether ink waits on for its tick while guesses are handled."""
        if not (self._inbox.guesses and self._inbox.commands) or self._inbox.urgent or self._closed.is_set():
            return False
        deadline = self._game.deadline
        return self._schedule.is_before_tick() and (deadline is None or deadline > self._journal.now())

    def _give_up_absent(self) -> None:
        """Take for away whoever did not come back after a takeover."""
        if self._absent and self._clock.now() >= self._absent_until:
            for player in self._absent:
                if self._members.of(player) is None:
                    self.put_away(player)
            self._absent = set()

    def _pass_time(self, now: Millis, delta: TickDelta) -> None:
        """Let everything happen that is due by room time `now`."""
        deadline = self._game.deadline
        while deadline is not None and deadline <= now:
            events = self._game.handle(Tick(), deadline)
            if isinstance(events, (Refused, Repeated)):
                return
            self._accept(Tick(), deadline, events, delta)
            deadline = require_later_deadline(deadline, self._game.deadline)

    def _handle(self, item: QueuedCommand, delta: TickDelta) -> None:
        command, code = item.command, ""
        if isinstance(command, Join) and item.member is not None:
            code = self._members.refusal_of_join(item.member, item.tab, item.takeover)
        outcome = Refused(code) if code else self._game.handle(command, item.at)
        if isinstance(outcome, Refused):
            self.outgoing.append(partial(item.refuse, outcome))
            return
        if isinstance(outcome, Repeated):
            self._acknowledge_again(command, delta)
        else:
            self._accept(command, item.at, outcome, delta)
        if isinstance(command, Draw):
            self.received.append(item.at)
        elif isinstance(command, MachineGuessed):
            self._members.note_guess_asked_at(command.seat, item.asked_at)
        elif isinstance(command, Join):
            self._seat(command, item)
        elif item.request is not None:
            self.outgoing.append(item.confirm)

    def _accept(self, command: Command, at: Millis, events: list[Event], delta: TickDelta) -> None:
        self._journal.record(command, at, events)
        delta.add(events)
        for event in events:
            if isinstance(event, PlayerLeft):
                self._guess_requests.drop(event.seat)
                self.outgoing.append(partial(self._members.dismiss, event))

    def _acknowledge_again(self, command: Command, delta: TickDelta) -> None:
        """Report ink as stored that is sent once more."""
        if isinstance(command, Draw):
            seat = self._game.seat_of(command.player)
            if seat is not None:
                delta.acknowledge(seat, command.round, self._game.last_seq(seat))

    def _seat(self, join: Join, item: QueuedCommand) -> None:
        """Give a member the seat of its player; the welcome follows when that is stored."""
        seat = self._game.seat_of(join.player)
        if item.member is not None and seat is not None:
            item.member.tab = item.tab
            item.member.take_seat(self._room)
            self._members.seat(item.member, seat)
            welcome = partial(self._members.welcome, item.member, seat, item.request or 0, item.token)
            self.outgoing.append(welcome)
