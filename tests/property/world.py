"""A room that lives through random commands at random times, watched at every step."""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random
from typing import Any

from server.game.commands import (
    Again,
    Away,
    Clear,
    Command,
    Configure,
    Done,
    Draw,
    InkOp,
    Join,
    Kick,
    Leave,
    Lock,
    MachineGuessed,
    Points,
    Ready,
    Settings,
    SettingsChange,
    Start,
    Tick,
    Undo,
)
from server.game.events import Refused, Repeated
from server.game.game import Game
from server.game.ids import Millis, PlayerId, RoundId, Seat
from server.game.ink.canvas import Canvas
from server.game.state import RoomState
from server.rooms import codec
from tests.property.watch import Watch

PEOPLE = [PlayerId(name) for name in ("ann", "bob", "cem", "dia", "eve")]
PROBABILITIES = (0.1, 0.2, 0.4, 0.41, 0.6, 0.75, 0.9)
WORDS = ("zebra", "camel", "lion")


@dataclass
class World:
    """A game, the log of what it accepted, and somebody who watches."""

    chance: Random
    game: Game = field(init=False)
    now: Millis = Millis(0)  # noqa: RUF009
    log: list[tuple[Command, Millis]] = field(default_factory=list)
    refusals: int = 0

    def __post_init__(self) -> None:
        first = self._change().applied(Settings())
        self.game = Game.create("ABCDEF", self.chance.randrange(2**32), first)
        self.first = first
        self.seed = self.game.state.seed
        self.watch = Watch(self.game)
        self.encoded = codec.encode_snapshot(self.game.state, Millis(0))
        self.guesser_sleeps = self.chance.random() < 0.1

    def live(self, moves: int) -> None:
        """Make so many random moves."""
        for _ in range(moves):
            self._let_time_pass()
            self.handle(self._command())

    def finish(self) -> None:
        """Let everything happen that happens by itself, in a bounded number of steps."""
        for _ in range(400):
            deadline = self.game.deadline
            if deadline is None:
                return
            self.now = max(self.now, deadline)
            self.handle(Tick())
        raise AssertionError("the room never comes to rest")

    def handle(self, command: Command) -> None:
        """Apply a command as a room does, and check what it did."""
        self.watch.before(command)
        outcome = self.game.handle(command, self.now)
        encoded = codec.encode_snapshot(self.game.state, Millis(0))
        if isinstance(outcome, (Refused, Repeated)):
            assert encoded == self.encoded, f"{command} was {outcome} and changed the state"
            self.refusals += 1
            return
        self.encoded = encoded
        self.log.append((command, self.now))
        self.watch.after(command, outcome, self.now)
        if isinstance(command, (Draw, Join, MachineGuessed)) and self.chance.random() < 0.1:
            self._send_again(command)

    def replay(self, upto: int | None = None) -> RoomState:
        """Replay the log from the beginning."""
        game = Game.create("ABCDEF", self.seed, self.first)
        for command, at in self.log[:upto]:
            assert isinstance(game.handle(command, at), list)
        return game.state

    def _send_again(self, command: Command) -> None:
        """Resend: the state stays as it is, but for the time at which a known player was last seen."""
        outcome = self.game.handle(command, self.now)
        if isinstance(command, Join):
            assert isinstance(outcome, list)
            self.log.append((command, self.now))
        elif self.game.state.phase in ("drawing", "closing"):
            assert isinstance(outcome, Repeated)
        assert codec.encode_snapshot(self.game.state, Millis(0)) == self.encoded

    def _let_time_pass(self) -> None:
        chance = self.chance
        ms = chance.choice((0, 0, 1, 30, 100, 100, 300, 1000, 1000, 3000, 9000))
        until = Millis(self.now + ms)
        sloppy = chance.random() < 0.03
        while not sloppy and (deadline := self.game.deadline) is not None and deadline <= until:
            self.now = max(self.now, deadline)
            self.handle(Tick())
        self.now = until if chance.random() < 0.97 else Millis(max(0, until - 50))

    # -- what may come -----------------------------------------------------------------------------------

    def _command(self) -> Command:
        chance, player = self.chance, self.chance.choice(PEOPLE)
        kinds = (
            (self._join, 14), (self._draw, 34), (self._guess, 30), (self._begin, 8), (self._ready, 6),
            (self._done, 3), (self._away, 4), (self._rare, 2),
        )  # fmt: skip
        make = chance.choices([make for make, _ in kinds], [weight for _, weight in kinds])[0]
        return make(player)

    def _join(self, player: PlayerId) -> Command:
        chance = self.chance
        source = "bot" if chance.random() < 0.1 else "player"
        return Join(player, player.title(), keep=chance.random() < 0.5, source=source, generation=chance.randrange(3))

    def _begin(self, player: PlayerId) -> Command:
        host = self._host() or player
        return self.chance.choice((Start, Again))(host)

    def _ready(self, player: PlayerId) -> Command:
        return Ready(player, self.chance.random() < 0.8)

    def _away(self, player: PlayerId) -> Command:
        return Away(player)

    def _done(self, player: PlayerId) -> Command:
        return Done(player, self._round())

    def _rare(self, player: PlayerId) -> Command:
        chance = self.chance
        host = self._host() if chance.random() < 0.8 else None
        makers = (
            lambda: Leave(player),
            lambda: Configure(host or player, self._change()),
            lambda: Kick(host or player, Seat(chance.randrange(8))),
            lambda: Lock(host or player, chance.random() < 0.3),
            Tick,
        )
        command: Command = chance.choice(makers)()
        return command

    def _draw(self, player: PlayerId) -> Command:
        chance, seat = self.chance, self.game.seat_of(player)
        seq = 1 if seat is None else self.game.last_seq(seat) + 1
        if chance.random() < 0.15:
            seq = max(1, seq + chance.choice((-2, -1, 1)))
        return Draw(player, self._round(), seq, self._op(seat))

    def _op(self, seat: Seat | None) -> InkOp:
        chance = self.chance
        pick = chance.random()
        if pick < 0.1:
            return Undo() if pick < 0.06 else Clear()
        canvas = self._canvas(seat)
        t = canvas.strokes[-1].t[-1] if canvas is not None and canvas.strokes else 0
        if chance.random() < 0.05:
            t = max(0, t - 5)
        n = chance.choice((1, 2, 3, 65)) if chance.random() < 0.05 else chance.randrange(1, 4)
        axis = tuple(chance.randrange(4096) for _ in range(n))
        return Points(((axis, axis, tuple(range(t, t + n))),), joined=chance.random() < 0.6)

    def _guess(self, _: PlayerId) -> Command:
        chance, current = self.chance, self.game.state.round
        drawn = [] if current is None else [seat for seat, canvas in current.canvases.items() if canvas.pending]
        if current is None or not drawn or self.guesser_sleeps:
            return MachineGuessed(Seat(chance.randrange(4)), self._round(), 1, (("lion", 0.9),), 0.1, "m")
        seat = chance.choice(drawn)
        pending = current.canvases[seat].pending
        number = pending[-1].number if chance.random() < 0.6 else chance.choice(pending).number
        number += chance.choice((0,) * 18 + (-1, 1))
        words = [current.prompt, *WORDS] if chance.random() < 0.5 else [*WORDS, current.prompt]
        p = chance.choice(PROBABILITIES)
        ranked = ((words[0], p), *((word, (1 - p) / 4) for word in words[1:]))
        return MachineGuessed(seat, current.id, number, ranked, round(1 - p, 2) / 2, "m")

    def _round(self) -> RoundId:
        current = 1 if self.game.state.round is None else self.game.state.round.id
        return RoundId(max(1, current + self.chance.choice((0,) * 20 + (-1, 1))))

    def _host(self) -> PlayerId | None:
        state = self.game.state
        return None if state.host is None or state.host not in state.players else state.players[state.host].id

    def _canvas(self, seat: Seat | None) -> Canvas | None:
        current = self.game.state.round
        return None if current is None or seat is None else current.canvases.get(seat)

    def _change(self) -> SettingsChange:
        """Change a few settings, or all."""
        chance = self.chance
        all_of_them: dict[str, Any] = {
            "rounds": chance.choice((1, 2, 3, 6)),
            "seconds": chance.choice((10, 20)),
            "seats": chance.choice((2, 4, 8, 12)),
            "pack": chance.choice(("easy", "music")),
            "open_table": chance.random() < 0.2,
            "keep": chance.random() < 0.8,
        }
        names = chance.sample(sorted(all_of_them), chance.randint(1, len(all_of_them)))
        return SettingsChange(**{name: all_of_them[name] for name in names})
