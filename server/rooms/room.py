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
from server.game.events import DrawingFinished, Event, GameEnded, Left, PhaseBegan, Refused, Repeated
from server.game.game import Game
from server.game.ids import Millis, PlayerId, Seat
from server.metrics import Meters
from server.protocol import Notice, RefusedOut, Reply, Snapshot, packet
from server.rooms import codec, frames, snapshot_parts
from server.rooms.formats import TooNew
from server.rooms.ink_buffer import Sketch
from server.rooms.member import Knock, Member
from server.rooms.members import Crowd
from server.rooms.ports import (
    Clock,
    Closing,
    Fenced,
    Gap,
    GuessAnswer,
    Guesser,
    GuessRequest,
    Newer,
    RoomLog,
    StoreAway,
    Taught,
    Unreadable,
)
from server.rooms.summary import Card, CardPlayer
from server.rooms.ticks import Steps

log = logging.getLogger(__name__)

INBOX = 4096
"""Commands that may wait in one room; beyond that senders hear `slow_down`."""
EMPTY_SECONDS = 600.0
"""An empty room lives this long."""
RETRY_SECONDS = 0.25
RETURN_SECONDS = 10.0
"""After a takeover players have this long to come back before they count as away."""
RESYNC_SECONDS = 1.0
"""A client may ask for the whole picture this often."""
COMPANY = 3
"""Rooms of so many keep step with others. Whoever draws alone, or for one other, is not made to wait for that."""
ANSWER_SPACING = 0.04
"""What is urgent is handled at once, but at most this often (s): each handling is one write."""
TAIL = 5000
"""A snapshot is taken at phase changes, and when the log has grown by this many entries."""


@dataclass(frozen=True, slots=True)
class Ports:
    """What every room of this process shares; `tick` in seconds, `sign` makes a seat token."""

    log: RoomLog
    guesser: Guesser
    clock: Clock
    tick: float
    sign: Callable[[str, PlayerId, int], str]
    meters: Meters = field(default_factory=Meters)
    steps: Steps | None = None
    """What rooms keep step by; without it each one ticks for itself."""


@dataclass(slots=True, eq=False)
class _Item:
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

    def __init__(self, game: Game, now: Millis, offset: int, epoch: int, ports: Ports) -> None:
        self.game = game
        self.code = game.state.code
        self.epoch = epoch
        self.saving = True
        self.closed = asyncio.Event()
        self._ports = ports
        self._place = 0
        self._crowd = Crowd(game, self._picture)
        self._offset = self._saved = offset
        self._base, self._mark = now, ports.clock.now()
        self._inbox: deque[_Item] = deque()
        self._answers: deque[_Item] = deque()
        self._sketches: dict[Seat, Sketch] = {}
        self._wake = asyncio.Event()
        self._urgent = False
        self._flushed = self._ticked = self._answered = 0.0
        self._pending: list[bytes] = []
        self._received: list[Millis] = []
        self._closing = Closing()
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
        return self._crowd.of(player)

    @property
    def offset(self) -> int:
        """How far its log goes."""
        return self._offset

    @property
    def people(self) -> int:
        """Connected players."""
        return len(self._crowd)

    @property
    def idle(self) -> bool:
        """Whether nobody is connected or about to be."""
        return not (len(self._crowd) or self._inbox or self._answers)

    def card(self) -> Card:
        """Describe the room to somebody at the door."""
        view = self.game.view()
        players = tuple(CardPlayer(player.name, player.here) for player in view.players)
        return Card(self.code, view.phase, players, view.settings.seats, len(players), view.locked)

    def join(self, member: Member, knock: Knock) -> None:
        """Ask for a seat; the answer is `welcome`, or a `reply` with a code."""
        code = "" if self.saving else "saving_paused"
        fresh = (self.game.generation(member.player) or 0) + 1
        token = self._ports.sign(self.code, member.player, fresh)
        command = replace(knock.join, generation=fresh)
        item = _Item(command, self.now(), member, knock.request, "join", token, tab=knock.tab, takeover=knock.takeover)
        if not code and not self._put(item, urgent=True):
            code = "slow_down"
        if code:
            self._refuse(item, Refused(code))

    def submit(self, member: Member, command: Command, request: int | None, event: str) -> None:
        """Put a command of a seated member into the inbox."""
        item = _Item(command, self.now(), member, request, event)
        if not self.saving:
            self._refuse(item, Refused("saving_paused"))
        elif not self._put(item, urgent=not isinstance(command, Draw)):
            self._refuse(item, Refused("slow_down"))

    def answer(self, answer: GuessAnswer) -> None:
        """Take in what the guesser thinks."""
        command = MachineGuessed(answer.seat, answer.round, answer.revision, answer.guesses, answer.doubt, answer.model)
        if len(self._answers) < INBOX:
            if not self._answers:
                self._answered = self._ports.clock.now()
                self._wake.set()
            self._answers.append(_Item(command, self.now(), asked_at=answer.asked_at))

    def resync(self, member: Member, request: int | None) -> None:
        """Send the whole picture again, after what is being stored."""
        now = self._ports.clock.now()
        if request is not None:
            # Pictures are the most expensive thing that a client can ask for.
            if now - member.resynced < RESYNC_SECONDS:
                member.outbox.send(packet(Reply(request, ok=False, code="slow_down")))
                return
            member.resynced = now
            self._outgoing.append(partial(member.outbox.send, packet(Reply(request, ok=True))))
        self._outgoing.append(partial(self._crowd.show, member))
        self._wake.set()

    def more(self, member: Member, request: int) -> None:
        """Send the next part of the picture, after all that it will hold was told."""
        self._parts.append((member, request))
        self._wake.set()

    def gone(self, member: Member) -> None:
        """Take note that a connection is lost; the seat stays."""
        if self._crowd.remove(member):
            self._put(_Item(Away(member.player), self.now()), urgent=True, force=True)
        member.stand()
        if not len(self._crowd):
            self._empty_since = self._ports.clock.now()

    def guesser_changed(self, ready: bool) -> None:
        """Tell everybody that the guesser fell asleep or woke up."""
        self._crowd.tell(packet(Notice("guesser", ready)))

    def replay(self, tail: Sequence[bytes]) -> None:
        """Catch up with the log after a takeover; its players have yet to come back."""
        for data in tail:
            command, self._base = codec.command(data)
            outcome = self.game.handle(command, self._base)
            if not isinstance(outcome, (Refused, Repeated)):
                self._remember(outcome)
        self._offset += len(tail)
        self._mark = self._ports.clock.now()
        # Who comes back soon was never away: nobody is shown leaving, and nobody's absence ends the round early.
        self._missing = set(self.game.present())
        self._missing_until = self._ports.clock.now() + RETURN_SECONDS
        self._catch_up = True

    def check(self, code: str) -> None:
        """Raise an error unless this is a room that can be shown under its code: bytes that decode may still be nonsense."""
        if self.code != code:
            raise ValueError(f"the state is that of room {self.code}")
        if fault := invariants.fault(self.game.state):
            raise ValueError(fault)
        # What is due next is tried on a copy.
        state, now = codec.restore(codec.snapshot(self.game.state, self.now()))
        snapshot_parts.snapshot(state, Seat(-1), self._offset, now, True, True)
        trial = Game(state)
        if (deadline := trial.deadline) is not None:
            trial.handle(Tick(), deadline)
            snapshot_parts.snapshot(state, Seat(-1), self._offset, now, True, True)
            codec.snapshot(state, now)

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
                await self._turn()
                if self._abandoned():
                    await self._ports.log.forget(self.code, self.epoch)
                    break
            else:
                if self._offset > self._saved:
                    # Whoever has the room next may know newer rules: what these decided is not decided again.
                    await self._save()
                await self._ports.log.release(self.code, self.epoch)
            code = self._farewell
        except (Fenced, Gap) as reason:
            log.warning("room %s is owned elsewhere: %s", self.code, type(reason).__name__)
        except StoreAway:
            log.warning("room %s ends while the store is away; its log has all that was promised", self.code)
        finally:
            self.closed.set()
            if self._ports.steps is not None:
                self._ports.steps.free(self._place)
            self._ports.guesser.drop(self.code)
            self._crowd.disperse(code)
            for item in self._inbox:
                # Whoever knocked at the last moment has to knock elsewhere.
                if item.member is not None and item.member.room is None:
                    item.member.outbox.close(code)

    async def _turn(self) -> None:
        """Inbox → game → log → outbox, once."""
        news = self._drain()
        await self._store()
        outgoing, self._outgoing = self._outgoing, []
        for send in outgoing:
            send()
        began = self._ports.clock.now()
        self._crowd.publish(news, self._offset, self.now())
        parts, self._parts = self._parts, []
        for member, request in parts:
            self._crowd.part(member, request, self._offset, self.now())
        self._measure(began)
        if news.phase:
            self._sketches.clear()
        if news.ink:
            self._ask({drawn.seat for drawn in news.ink})
        if self._catch_up:
            # What asked for these guesses died with the owner before.
            self._ask(self.game.unguessed())
            self._catch_up = False
        if self._must_save or self._offset - self._saved > TAIL:
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
        while (patience := self._patience()) > 0:
            self._wake.clear()
            await self._ports.clock.wait(self._wake, patience)
            if not self._wake.is_set():
                return

    def _patience(self) -> float:
        """Seconds until the inbox must be drained."""
        if self._must_save or self._outgoing or self._parts or self._catch_up or self.closed.is_set():
            return 0.0
        waits = [30.0 if len(self._crowd) else 5.0]
        if self._missing:
            waits.append(self._missing_until - self._ports.clock.now())
        deadline = self.game.deadline
        if deadline is not None:
            waits.append((deadline - self.now()) / 1000)
        now = self._ports.clock.now()
        tick = self._until_tick(now)
        if self._inbox:
            waits.append(self._flushed + ANSWER_SPACING - now if self._urgent else tick)
        elif self._crowd.owing:
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
        spaced = self._flushed + ANSWER_SPACING - now
        # What would leave shortly before a tick leaves with it.
        return tick if self._inbox and tick - spaced < ANSWER_SPACING else spaced

    @property
    def _steps(self) -> Steps | None:
        """What this room keeps step by, if it does."""
        return self._ports.steps if len(self._crowd) >= COMPANY else None

    def _put(self, item: _Item, urgent: bool, force: bool = False) -> bool:
        if len(self._inbox) >= INBOX and not force:
            return False
        wake = not self._inbox or (urgent and not self._urgent)
        self._inbox.append(item)
        self._urgent = self._urgent or urgent
        if wake:
            self._wake.set()
        return True

    def _drain(self) -> frames.News:
        """Run the inbox through the game in order, timers in between."""
        news = frames.News()
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
        if self._inbox or self._crowd.owing:
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
                if self._crowd.of(player) is None:
                    self._put(_Item(Away(player), self.now()), urgent=True, force=True)
            self._missing = set()

    def _pass_time(self, now: Millis, news: frames.News) -> None:
        deadline = self.game.deadline
        while deadline is not None and deadline <= now:
            events = self.game.handle(Tick(), deadline)
            if isinstance(events, (Refused, Repeated)):
                return
            self._accept(Tick(), deadline, events, news)
            deadline = round_clock.later(deadline, self.game.deadline)

    def _handle(self, item: _Item, news: frames.News) -> None:
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
            self._crowd.heard(command.seat, item.asked_at)
        elif isinstance(command, Join):
            self._seat(item)
        elif item.request is not None:
            self._outgoing.append(partial(self._reply, item))

    def _accept(self, command: Command, at: Millis, events: list[Event], news: frames.News) -> None:
        self._pending.append(codec.entry(command, at))
        news.add(events)
        self._remember(events)
        for event in events:
            if isinstance(event, Left):
                self._ports.guesser.drop(self.code, event.seat)
                self._outgoing.append(partial(self._crowd.dismiss, event))

    def _remember(self, events: list[Event]) -> None:
        """Note what the next snapshot must carry into the outbox."""
        for event in events:
            if isinstance(event, DrawingFinished):
                self._closing = replace(self._closing, drawings=(*self._closing.drawings, event))
            elif isinstance(event, GameEnded):
                self._closing = replace(self._closing, ended=event)
            elif isinstance(event, PhaseBegan):
                self._must_save = True

    def _acknowledge(self, command: Command, news: frames.News) -> None:
        if isinstance(command, Draw):
            seat = self.game.seat_of(command.player)
            if seat is not None:
                news.acknowledge(seat, command.round, self.game.last_seq(seat))

    def _seat(self, item: _Item) -> None:
        seat = self.game.seat_of(item.command.player) if isinstance(item.command, Join) else None
        if item.member is not None and seat is not None:
            item.member.tab = item.tab
            item.member.sit(self)
            self._crowd.seat(item.member, seat)
            welcome = partial(self._crowd.welcome, item.member, seat, item.request or 0, item.token)
            self._outgoing.append(welcome)

    def _unwelcome(self, item: _Item) -> str:
        """Say why a connection may not have its player's seat, or nothing.

        Who proves the identity gets the seat back, however many welcomes were lost on the way. Only a live connection is
        protected: from another tab, unless that asks for it, and from a line of the same tab that was given up long ago
        and delivers its join only now.
        """
        live = None if item.member is None else self._crowd.of(item.member.player)
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
            await self._insist(partial(self._ports.log.append, self.code, self.epoch, expected, entries))
            self._offset += len(entries)
            self._pending = []
            self._ports.meters.append.observe(self._ports.clock.now() - began)

    async def _save(self) -> None:
        picture = codec.snapshot(self.game.state, self.now())
        await self._insist(partial(self._ports.log.save, self.code, self.epoch, self._offset, picture, self._closing))
        self._saved = self._offset
        self._closing = Closing()
        self._must_save = False

    async def _insist(self, write: Callable[[], Awaitable[None]]) -> None:
        """Repeat an idempotent write until the store answers."""
        while True:
            try:
                await write()
            except StoreAway:
                if self.closed.is_set():
                    raise
                self._pause()
                await self._ports.clock.sleep(RETRY_SECONDS)
            else:
                self._resume()
                return

    def _pause(self) -> None:
        if self.saving:
            self._base = self.now()
            self.saving = False
            self._crowd.tell(packet(Notice("saving", False)))

    def _resume(self) -> None:
        if not self.saving:
            self._mark = self._ports.clock.now()
            self.saving = True
            self._crowd.tell(packet(Notice("saving", True)))

    def _abandoned(self) -> bool:
        empty = self._ports.clock.now() - self._empty_since
        return not len(self._crowd) and not self._inbox and empty > EMPTY_SECONDS

    # -- telling -----------------------------------------------------------------------------------------

    def _picture(self, seat: Seat) -> tuple[Snapshot, deque[snapshot_parts.Key]]:
        ready = self._ports.guesser.ready
        return snapshot_parts.snapshot(self.game.state, seat, self._offset, self.now(), ready, self.saving)

    def _ask(self, seats: Iterable[Seat]) -> None:
        """Ask for guesses of drawings; the guesser's client paces and merges."""
        words = self.game.pack_words()
        taught = tuple(Taught(one.word, one.key, tuple(one.sketches)) for one in self.game.taught())
        for seat in seats:
            found = self.game.growing(seat)
            if found is not None:
                revision, round_id, canvas = found
                ink = self._sketches.setdefault(seat, Sketch()).follow(canvas.strokes)
                request = GuessRequest(self.code, seat, round_id, revision, revision, ink, words, taught)
                self._ports.guesser.ask(request)

    def _reply(self, item: _Item) -> None:
        if item.member is not None and item.request is not None:
            item.member.outbox.send(packet(Reply(item.request, ok=True)))

    def _refuse(self, item: _Item, refused: Refused) -> None:
        command = item.command
        if item.member is None:
            return
        if item.request is not None:
            item.member.outbox.send(packet(Reply(item.request, ok=False, code=refused.code)))
        elif isinstance(command, Draw):
            item.member.outbox.send(
                packet(RefusedOut(item.event, refused.code, command.round, command.seq, refused.expected))
            )


async def adopt(code: str, epoch: int | None, ports: Ports) -> Room | None:
    """Take over a room from the log: snapshot plus tail through the pure game; nobody is connected yet.

    Raises Newer and Unreadable: what is stored is input like any other.
    """
    found = await ports.log.adopt(code, epoch)
    if found is None:
        return None
    try:
        state, now = codec.restore(found.snapshot)
        room = Room(Game(state), now, found.snapshot_offset, found.epoch, ports)
        room.replay(found.tail)
        room.check(code)
    except TooNew as reason:
        await ports.log.release(code, found.epoch)
        raise Newer(str(reason)) from None
    except MemoryError:
        # That says nothing about the room.
        raise
    except Exception as error:
        raise Unreadable(code, found.epoch, f"{type(error).__name__}: {error}") from error
    return room
