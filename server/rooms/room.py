"""One room: its game and its log. One task owns it; everything arrives in one bounded inbox."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

from server.game import invariants, round_clock
from server.game.commands import Away, Command, Draw, Join, MachineGuessed, Tick
from server.game.events import DrawingFinished, Event, GameEnded, PhaseBegan, PlayerLeft, Refused, Repeated
from server.game.game import Game
from server.game.ids import Millis, PlayerId, Seat
from server.metrics import Meters
from server.protocol import Notice, RefusedOut, Reply, Snapshot, encode_packet
from server.rooms import codec, frames, snapshot_parts
from server.rooms.format_version import FormatTooNew
from server.rooms.ink_buffer import InkBuffer
from server.rooms.member import JoinAttempt, Member
from server.rooms.members import Members
from server.rooms.ports import (
    Clock,
    Fenced,
    GuessAnswer,
    Guesser,
    GuessRequest,
    LogGap,
    RoomLog,
    RoomNeedsNewerVersion,
    RoomUnreadable,
    RoundClosing,
    StoreUnavailable,
    TaughtWord,
)
from server.rooms.summary import Card, CardPlayer
from server.rooms.tick_scheduler import TickScheduler

log = logging.getLogger(__name__)

MAX_INBOX_COMMANDS = 4096
"""Commands that may wait in one room; beyond that senders hear `slow_down`."""
EMPTY_ROOM_SECONDS = 600.0
"""An empty room lives this long."""
WRITE_RETRY_SECONDS = 0.25
RETURN_GRACE_SECONDS = 10.0
"""After a takeover players have this long to come back before they count as away."""
MIN_RESYNC_INTERVAL_SECONDS = 1.0
"""A client may ask for the whole picture this often."""
MIN_MEMBERS_IN_STEP = 3
"""Rooms of so many keep step with others. Whoever draws alone, or for one other, is not made to wait for that."""
MIN_HANDLING_INTERVAL_SECONDS = 0.04
"""What is urgent is handled at once, but at most this often (s): each handling is one write."""
MAX_ENTRIES_SINCE_SNAPSHOT = 5000
"""A snapshot is taken at phase changes, and when the log has grown by this many entries."""


@dataclass(frozen=True, slots=True)
class RoomPorts:
    """What every room of this process shares; `tick` in seconds, `sign` makes a seat token."""

    log: RoomLog
    guesser: Guesser
    clock: Clock
    tick: float
    sign: Callable[[str, PlayerId, int], str]
    meters: Meters = field(default_factory=Meters)
    steps: TickScheduler | None = None
    """What rooms keep step by; without it each one ticks for itself."""


@dataclass(slots=True, eq=False)
class _QueuedCommand:
    """A command in the inbox with who is to hear of it. Made for every message, so it is not frozen: that costs."""

    command: Command
    at: Millis
    member: Member | None = None
    request: int | None = None
    event: str = ""
    token: str = ""
    asked_at: float = 0.0
    tab: str = ""
    takeover: bool = False


class Room:
    """A room in this process. The gateway calls the public methods; none of them waits."""

    def __init__(self, game: Game, now: Millis, offset: int, epoch: int, ports: RoomPorts) -> None:
        self.game = game
        self.code = game.state.code
        self.epoch = epoch
        self.saving = True
        self.closed = asyncio.Event()
        self._ports = ports
        self._place = 0
        self._members = Members(game, self._picture)
        self._offset = self._saved = offset
        self._base, self._mark = now, ports.clock.now()
        self._inbox: deque[_QueuedCommand] = deque()
        self._answers: deque[_QueuedCommand] = deque()
        self._ink_buffers: dict[Seat, InkBuffer] = {}
        self._wake = asyncio.Event()
        self._urgent = False
        self._flushed = self._ticked = self._answered = 0.0
        self._pending: list[bytes] = []
        self._received: list[Millis] = []
        self._closing = RoundClosing()
        self._must_save = False
        self._outgoing: list[Callable[[], None]] = []
        self._parts: list[tuple[Member, int]] = []
        self._empty_since = ports.clock.now()
        self._missing: set[PlayerId] = set()
        self._missing_until = 0.0
        self._farewell = "shutdown"
        self._catch_up = False

    # -- what the gateway and the directory call ---------------------------------------------------------

    def now(self) -> Millis:
        """Room time: it stands still while nothing can be stored."""
        if not self.saving:
            return self._base
        return Millis(self._base + int((self._ports.clock.now() - self._mark) * 1000))

    def member(self, player: PlayerId) -> Member | None:
        """Return the player's live connection."""
        return self._members.of(player)

    @property
    def offset(self) -> int:
        """How far its log goes."""
        return self._offset

    @property
    def people(self) -> int:
        """Connected players."""
        return len(self._members)

    @property
    def idle(self) -> bool:
        """Whether nobody is connected or about to be."""
        return not (len(self._members) or self._inbox or self._answers)

    def card(self) -> Card:
        """Describe the room to somebody at the door."""
        view = self.game.view()
        players = tuple(CardPlayer(player.name, player.here) for player in view.players)
        return Card(self.code, view.phase, players, view.settings.seats, len(players), view.locked)

    def join(self, member: Member, knock: JoinAttempt) -> None:
        """Ask for a seat; the answer is `welcome`, or a `reply` with a code."""
        code = "" if self.saving else "saving_paused"
        fresh = (self.game.generation(member.player) or 0) + 1
        token = self._ports.sign(self.code, member.player, fresh)
        command = replace(knock.join, generation=fresh)
        item = _QueuedCommand(
            command, self.now(), member, knock.request, "join", token, tab=knock.tab, takeover=knock.takeover
        )
        if not code and not self._put(item, urgent=True):
            code = "slow_down"
        if code:
            self._refuse(item, Refused(code))

    def submit(self, member: Member, command: Command, request: int | None, event: str) -> None:
        """Put a command of a seated member into the inbox."""
        item = _QueuedCommand(command, self.now(), member, request, event)
        if not self.saving:
            self._refuse(item, Refused("saving_paused"))
        elif not self._put(item, urgent=not isinstance(command, Draw)):
            self._refuse(item, Refused("slow_down"))

    def answer(self, answer: GuessAnswer) -> None:
        """Take in what the guesser thinks."""
        command = MachineGuessed(answer.seat, answer.round, answer.revision, answer.guesses, answer.doubt, answer.model)
        if len(self._answers) < MAX_INBOX_COMMANDS:
            if not self._answers:
                self._answered = self._ports.clock.now()
                self._wake.set()
            self._answers.append(_QueuedCommand(command, self.now(), asked_at=answer.asked_at))

    def resync(self, member: Member, request: int | None) -> None:
        """Send the whole picture again, after what is being stored."""
        now = self._ports.clock.now()
        if request is not None:
            # Pictures are the most expensive thing that a client can ask for.
            if now - member.resynced < MIN_RESYNC_INTERVAL_SECONDS:
                member.outbox.send(encode_packet(Reply(request, ok=False, code="slow_down")))
                return
            member.resynced = now
            self._outgoing.append(partial(member.outbox.send, encode_packet(Reply(request, ok=True))))
        self._outgoing.append(partial(self._members.show, member))
        self._wake.set()

    def more(self, member: Member, request: int) -> None:
        """Send the next part of the picture, after all that it will hold was told."""
        self._parts.append((member, request))
        self._wake.set()

    def gone(self, member: Member) -> None:
        """Take note that a connection is lost; the seat stays."""
        if self._members.remove(member):
            self._put(_QueuedCommand(Away(member.player), self.now()), urgent=True, force=True)
        member.stand()
        if not len(self._members):
            self._empty_since = self._ports.clock.now()

    def guesser_changed(self, ready: bool) -> None:
        """Tell everybody that the guesser fell asleep or woke up."""
        self._members.tell(encode_packet(Notice("guesser", ready)))

    def replay(self, tail: Sequence[bytes]) -> None:
        """Catch up with the log after a takeover; its players have yet to come back."""
        for data in tail:
            command, self._base = codec.decode_log_entry(data)
            outcome = self.game.handle(command, self._base)
            if not isinstance(outcome, (Refused, Repeated)):
                self._remember(outcome)
        self._offset += len(tail)
        self._mark = self._ports.clock.now()
        # Who comes back soon was never away: nobody is shown leaving, and nobody's absence ends the round early.
        self._missing = set(self.game.present())
        self._missing_until = self._ports.clock.now() + RETURN_GRACE_SECONDS
        self._catch_up = True

    def check(self, code: str) -> None:
        """Raise an error unless this is a room that can be shown under its code: bytes that decode may still be nonsense."""
        if self.code != code:
            raise ValueError(f"the state is that of room {self.code}")
        if fault := invariants.find_state_fault(self.game.state):
            raise ValueError(fault)
        # What is due next is tried on a copy.
        state, now = codec.decode_snapshot(codec.encode_snapshot(self.game.state, self.now()))
        snapshot_parts.build_snapshot(state, Seat(-1), self._offset, now, True, True)
        trial = Game(state)
        if (deadline := trial.deadline) is not None:
            trial.handle(Tick(), deadline)
            snapshot_parts.build_snapshot(state, Seat(-1), self._offset, now, True, True)
            codec.encode_snapshot(state, now)

    def stop(self, farewell: str = "shutdown") -> None:
        """End the task after what is in the inbox is stored; any process may have the room then."""
        self._farewell = farewell
        self.closed.set()
        self._wake.set()

    # -- the task ----------------------------------------------------------------------------------------

    async def run(self) -> None:
        """Own the room until it is empty for long, fenced, or stopped."""
        code = "moved"
        if self._ports.steps is not None:
            self._place = self._ports.steps.take()
        try:
            while not self.closed.is_set():
                await self._rest()
                await self._process_inbox()
                if self._abandoned():
                    await self._ports.log.forget(self.code, self.epoch)
                    break
            else:
                if self._offset > self._saved:
                    # Whoever has the room next may know newer rules: what these decided is not decided again.
                    await self._save()
                await self._ports.log.release(self.code, self.epoch)
            code = self._farewell
        except (Fenced, LogGap) as reason:
            log.warning("room %s is owned elsewhere: %s", self.code, type(reason).__name__)
        except StoreUnavailable:
            log.warning("room %s ends while the store is away; its log has all that was promised", self.code)
        finally:
            self.closed.set()
            if self._ports.steps is not None:
                self._ports.steps.free(self._place)
            self._ports.guesser.drop(self.code)
            self._members.close_all(code)
            for item in self._inbox:
                # Whoever knocked at the last moment has to knock elsewhere.
                if item.member is not None and item.member.room is None:
                    item.member.outbox.close(code)

    async def _process_inbox(self) -> None:
        """Inbox → game → log → outbox, once."""
        news = self._drain()
        await self._store()
        outgoing, self._outgoing = self._outgoing, []
        for send in outgoing:
            send()
        began = self._ports.clock.now()
        self._members.publish(news, self._offset, self.now())
        parts, self._parts = self._parts, []
        for member, request in parts:
            self._members.part(member, request, self._offset, self.now())
        self._measure(began)
        if news.phase:
            self._ink_buffers.clear()
        if news.ink:
            self._ask({drawn.seat for drawn in news.ink})
        if self._catch_up:
            # What asked for these guesses died with the owner before.
            self._ask(self.game.seats_to_guess())
            self._catch_up = False
        if self._must_save or self._offset - self._saved > MAX_ENTRIES_SINCE_SNAPSHOT:
            await self._save()

    def _measure(self, began: float) -> None:
        """Note how long a frame took, and what it acknowledged had waited."""
        if self._received:
            self._ports.meters.frame.observe(self._ports.clock.now() - began)
            now, self._received, received = self.now(), [], self._received
            for at in received:
                self._ports.meters.ack.observe((now - at) / 1000)

    async def _rest(self) -> None:
        """Wait for the next thing to do: a tick with ink, an urgent command, or the game's deadline."""
        while (patience := self._seconds_until_due()) > 0:
            self._wake.clear()
            await self._ports.clock.wait(self._wake, patience)
            if not self._wake.is_set():
                return

    def _seconds_until_due(self) -> float:
        """Seconds until the inbox must be drained."""
        if self._must_save or self._outgoing or self._parts or self._catch_up or self.closed.is_set():
            return 0.0
        waits = [30.0 if len(self._members) else 5.0]
        if self._missing:
            waits.append(self._missing_until - self._ports.clock.now())
        deadline = self.game.deadline
        if deadline is not None:
            waits.append((deadline - self.now()) / 1000)
        now = self._ports.clock.now()
        tick = self._until_tick(now)
        if self._inbox:
            waits.append(self._flushed + MIN_HANDLING_INTERVAL_SECONDS - now if self._urgent else tick)
        elif self._members.has_unsent_poses:
            waits.append(tick)
        if self._answers:
            waits.append(self._until_answers(now, tick))
        return min(waits)

    def _until_tick(self, now: float) -> float:
        """Seconds until ink that waits is taken in: at once after a quiet while, else in step with other rooms."""
        wait = self._ticked + self._ports.tick - now
        if self._steps is None or wait <= 0:
            return wait
        return self._steps.next(self._place, self._ticked + self._ports.tick / 2) - now

    def _until_answers(self, now: float, tick: float) -> float:
        """Seconds until what the guesser said is taken in: twice a tick in step with other rooms, else soon."""
        if self._steps is not None:
            return self._steps.soon(self._place, max(self._answered, self._flushed + self._ports.tick / 4)) - now
        spaced = self._flushed + MIN_HANDLING_INTERVAL_SECONDS - now
        # What would leave shortly before a tick leaves with it.
        return tick if self._inbox and tick - spaced < MIN_HANDLING_INTERVAL_SECONDS else spaced

    @property
    def _steps(self) -> TickScheduler | None:
        """What this room keeps step by, if it does."""
        return self._ports.steps if len(self._members) >= MIN_MEMBERS_IN_STEP else None

    def _put(self, item: _QueuedCommand, urgent: bool, force: bool = False) -> bool:
        if len(self._inbox) >= MAX_INBOX_COMMANDS and not force:
            return False
        wake = not self._inbox or (urgent and not self._urgent)
        self._inbox.append(item)
        self._urgent = self._urgent or urgent
        if wake:
            self._wake.set()
        return True

    def _drain(self) -> frames.TickDelta:
        """Run the inbox through the game in order, timers in between."""
        news = frames.TickDelta()
        self._flushed = self._ports.clock.now()
        self._miss()
        early = self._is_early()
        # Answers go before ink that waits for its tick, and leave it the time of its receipt.
        upto = self._inbox[0].at if self._inbox else self.now()
        while self._answers:
            item = self._answers.popleft()
            item.at = min(item.at, upto)
            self._pass_time(item.at, news)
            self._handle(item, news)
        if early:
            return news
        if self._inbox or self._members.has_unsent_poses:
            news.ticked, self._ticked, self._urgent = True, self._flushed, False
        while self._inbox:
            item = self._inbox.popleft()
            self._pass_time(item.at, news)
            self._handle(item, news)
        self._pass_time(self.now(), news)
        return news

    def _is_early(self) -> bool:
        """Whether only answers are due now, and ink waits for its tick."""
        if not (self._answers and self._inbox) or self._urgent or self.closed.is_set():
            return False
        deadline = self.game.deadline
        return self._until_tick(self._flushed) > 0 and (deadline is None or deadline > self.now())

    def _miss(self) -> None:
        """Give up waiting for players who did not come back after a takeover."""
        if self._missing and self._ports.clock.now() >= self._missing_until:
            for player in self._missing:
                if self._members.of(player) is None:
                    self._put(_QueuedCommand(Away(player), self.now()), urgent=True, force=True)
            self._missing = set()

    def _pass_time(self, now: Millis, news: frames.TickDelta) -> None:
        deadline = self.game.deadline
        while deadline is not None and deadline <= now:
            events = self.game.handle(Tick(), deadline)
            if isinstance(events, (Refused, Repeated)):
                return
            self._accept(Tick(), deadline, events, news)
            deadline = round_clock.require_later_deadline(deadline, self.game.deadline)

    def _handle(self, item: _QueuedCommand, news: frames.TickDelta) -> None:
        command = item.command
        unwelcome = self._unwelcome(item) if isinstance(command, Join) else ""
        outcome = Refused(unwelcome) if unwelcome else self.game.handle(command, item.at)
        if isinstance(outcome, Refused):
            self._outgoing.append(partial(self._refuse, item, outcome))
            return
        if isinstance(outcome, Repeated):
            self._acknowledge(command, news)
        else:
            self._accept(command, item.at, outcome, news)
        if isinstance(command, Draw):
            self._received.append(item.at)
        elif isinstance(command, MachineGuessed):
            self._members.heard(command.seat, item.asked_at)
        elif isinstance(command, Join):
            self._seat(item)
        elif item.request is not None:
            self._outgoing.append(partial(self._reply, item))

    def _accept(self, command: Command, at: Millis, events: list[Event], news: frames.TickDelta) -> None:
        self._pending.append(codec.encode_log_entry(command, at))
        news.add(events)
        self._remember(events)
        for event in events:
            if isinstance(event, PlayerLeft):
                self._ports.guesser.drop(self.code, event.seat)
                self._outgoing.append(partial(self._members.dismiss, event))

    def _remember(self, events: list[Event]) -> None:
        """Note what the next snapshot must carry into the outbox."""
        for event in events:
            if isinstance(event, DrawingFinished):
                self._closing = replace(self._closing, drawings=(*self._closing.drawings, event))
            elif isinstance(event, GameEnded):
                self._closing = replace(self._closing, ended=event)
            elif isinstance(event, PhaseBegan):
                self._must_save = True

    def _acknowledge(self, command: Command, news: frames.TickDelta) -> None:
        if isinstance(command, Draw):
            seat = self.game.seat_of(command.player)
            if seat is not None:
                news.acknowledge(seat, command.round, self.game.last_seq(seat))

    def _seat(self, item: _QueuedCommand) -> None:
        seat = self.game.seat_of(item.command.player) if isinstance(item.command, Join) else None
        if item.member is not None and seat is not None:
            item.member.tab = item.tab
            item.member.sit(self)
            self._members.seat(item.member, seat)
            welcome = partial(self._members.welcome, item.member, seat, item.request or 0, item.token)
            self._outgoing.append(welcome)

    def _unwelcome(self, item: _QueuedCommand) -> str:
        """Say why a connection may not have its player's seat, or nothing.

        Who proves the identity gets the seat back, however many welcomes were lost on the way. Only a live connection is
        protected: from another tab, unless that asks for it, and from a line of the same tab that was given up long ago
        and delivers its join only now.
        """
        live = None if item.member is None else self._members.of(item.member.player)
        if item.member is None or live is None:
            return ""
        if live.tab == item.tab:
            return "wrong_token" if item.member.opened < live.opened else ""
        return "" if item.takeover else "seat_taken"

    # -- storing -----------------------------------------------------------------------------------------

    async def _store(self) -> None:
        """Append what is pending; while the store is away the room says so and its time stands still."""
        if self._pending:
            entries, expected, began = self._pending, self._offset, self._ports.clock.now()
            await self._retry_until_stored(partial(self._ports.log.append, self.code, self.epoch, expected, entries))
            self._offset += len(entries)
            self._pending = []
            self._ports.meters.append.observe(self._ports.clock.now() - began)

    async def _save(self) -> None:
        picture = codec.encode_snapshot(self.game.state, self.now())
        await self._retry_until_stored(
            partial(self._ports.log.save, self.code, self.epoch, self._offset, picture, self._closing)
        )
        self._saved = self._offset
        self._closing = RoundClosing()
        self._must_save = False

    async def _retry_until_stored(self, write: Callable[[], Awaitable[None]]) -> None:
        """Repeat an idempotent write until the store answers."""
        while True:
            try:
                await write()
            except StoreUnavailable:
                if self.closed.is_set():
                    raise
                self._pause()
                await self._ports.clock.sleep(WRITE_RETRY_SECONDS)
            else:
                self._resume()
                return

    def _pause(self) -> None:
        if self.saving:
            self._base = self.now()
            self.saving = False
            self._members.tell(encode_packet(Notice("saving", False)))

    def _resume(self) -> None:
        if not self.saving:
            self._mark = self._ports.clock.now()
            self.saving = True
            self._members.tell(encode_packet(Notice("saving", True)))

    def _abandoned(self) -> bool:
        empty = self._ports.clock.now() - self._empty_since
        return not len(self._members) and not self._inbox and empty > EMPTY_ROOM_SECONDS

    # -- telling -----------------------------------------------------------------------------------------

    def _picture(self, seat: Seat) -> tuple[Snapshot, deque[snapshot_parts.PartKey]]:
        ready = self._ports.guesser.ready
        return snapshot_parts.build_snapshot(self.game.state, seat, self._offset, self.now(), ready, self.saving)

    def _ask(self, seats: Iterable[Seat]) -> None:
        """Ask for guesses of drawings; the guesser's client paces and merges."""
        words = self.game.pack_words()
        taught = tuple(TaughtWord(one.word, one.key, tuple(one.sketches)) for one in self.game.taught())
        for seat in seats:
            found = self.game.canvas_to_guess(seat)
            if found is not None:
                revision, round_id, canvas = found
                ink = self._ink_buffers.setdefault(seat, InkBuffer()).follow(canvas.strokes)
                request = GuessRequest(self.code, seat, round_id, revision, revision, ink, words, taught)
                self._ports.guesser.ask(request)

    def _reply(self, item: _QueuedCommand) -> None:
        if item.member is not None and item.request is not None:
            item.member.outbox.send(encode_packet(Reply(item.request, ok=True)))

    def _refuse(self, item: _QueuedCommand, refused: Refused) -> None:
        command = item.command
        if item.member is None:
            return
        if item.request is not None:
            item.member.outbox.send(encode_packet(Reply(item.request, ok=False, code=refused.code)))
        elif isinstance(command, Draw):
            item.member.outbox.send(
                encode_packet(RefusedOut(item.event, refused.code, command.round, command.seq, refused.expected))
            )


async def adopt_room(code: str, epoch: int | None, ports: RoomPorts) -> Room | None:
    """Take over a room from the log: snapshot plus tail through the pure game; nobody is connected yet.

    Raises Newer and Unreadable: what is stored is input like any other.
    """
    found = await ports.log.adopt(code, epoch)
    if found is None:
        return None
    try:
        state, now = codec.decode_snapshot(found.snapshot)
        room = Room(Game(state), now, found.snapshot_offset, found.epoch, ports)
        room.replay(found.tail)
        room.check(code)
    except FormatTooNew as reason:
        await ports.log.release(code, found.epoch)
        raise RoomNeedsNewerVersion(str(reason)) from None
    except MemoryError:
        # That says nothing about the room.
        raise
    except Exception as error:
        raise RoomUnreadable(code, found.epoch, f"{type(error).__name__}: {error}") from error
    return room
