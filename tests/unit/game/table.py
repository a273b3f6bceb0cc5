"""A game at a table: commands at a time that the test moves, timers fired when they are due."""

from __future__ import annotations

from copy import deepcopy
from typing import TypeVar

from server.game.commands import (
    Away,
    Clear,
    Command,
    Done,
    Draw,
    InkOp,
    Join,
    MachineGuessed,
    Points,
    Segment,
    Settings,
    Start,
    Tick,
    Undo,
)
from server.game.events import Event, GuessWeighed, Refused, Repeated, Saying
from server.game.game import Game
from server.game.ids import Millis, PlayerId, RoundId, Seat
from server.game.modes.race.state import RaceCanvas, Round
from server.game.view import PlayerView
from server.game.words.packs import BUILT_IN_PACKS

Kind = TypeVar("Kind")

EASY = BUILT_IN_PACKS["easy"].words


def line(length: int = 2, t: int = 0, x: int = 0) -> Segment:
    """Return a horizontal stroke of so many points, one a millisecond."""
    return tuple(range(x, x + length)), (100,) * length, tuple(range(t, t + length))


class Table:
    """A room with people; players are named by a letter, which is also their id."""

    def __init__(self, people: str = "", **settings: int | str | bool) -> None:
        self.game = Game.create("ABCDEF", 7, Settings(**settings))  # type: ignore[arg-type]
        self.now = Millis(0)
        for name in people:
            self.join(name)

    # -- doing -------------------------------------------------------------------------------------------

    def do(self, command: Command) -> list[Event]:
        """Apply a command that must be accepted."""
        outcome = self.game.handle(command, self.now)
        assert isinstance(outcome, list), outcome
        return outcome

    def refused(self, command: Command) -> Refused:
        """Apply a command that must be refused and change nothing."""
        before = deepcopy(self.game.state)
        outcome = self.game.handle(command, self.now)
        assert isinstance(outcome, Refused), outcome
        assert self.game.state == before
        return outcome

    def code(self, command: Command) -> str:
        """Return the code of a command that must be refused."""
        return self.refused(command).code

    def repeated(self, command: Command) -> None:
        """Apply a command that must count as done before and change nothing."""
        before = deepcopy(self.game.state)
        assert isinstance(self.game.handle(command, self.now), Repeated)
        assert self.game.state == before

    def wait(self, ms: int) -> list[Event]:
        """Let time pass, firing timers when they are due."""
        until = Millis(self.now + ms)
        events: list[Event] = []
        while (deadline := self.game.deadline) is not None and deadline <= until:
            self.now = deadline
            events += self.do(Tick())
        self.now = until
        return events

    def join(self, name: str, keep: bool = False, source: str = "player") -> Seat:
        self.do(Join(PlayerId(name), name.upper(), keep=keep, source=source))
        return self.seat(name)

    def away(self, name: str) -> list[Event]:
        return self.do(Away(PlayerId(name)))

    def start(self, host: str = "a") -> list[Event]:
        """Start the game and wait until everybody draws."""
        return self.do(Start(PlayerId(host))) + self.wait(3000)

    def draw(self, name: str, op: InkOp | None = None) -> list[Event]:
        """Draw on: a short stroke unless told otherwise."""
        return self.do(self.next_ink(name, op))

    def next_ink(self, name: str, op: InkOp | None = None, seq: int = 0) -> Draw:
        canvas = self.canvas(name)
        start = canvas.strokes[-1].t[-1] if canvas.strokes else 0
        op = op or Points((line(t=start),))
        return Draw(PlayerId(name), self.round.id, seq or canvas.seq + 1, op)

    def undo(self, name: str) -> list[Event]:
        return self.draw(name, Undo())

    def clear(self, name: str) -> list[Event]:
        return self.draw(name, Clear())

    def finish(self, name: str) -> list[Event]:
        return self.do(Done(PlayerId(name), self.round.id))

    def guess(self, name: str, *guesses: tuple[str, float], doubt: float = 0.0, revision: int = 0) -> list[Event]:
        """Let the network answer the newest ink, or an older revision."""
        return self.do(self.answer(name, *guesses, doubt=doubt, revision=revision))

    def answer(self, name: str, *guesses: tuple[str, float], doubt: float = 0.0, revision: int = 0) -> MachineGuessed:
        number = revision or self.canvas(name).seq
        return MachineGuessed(self.seat(name), self.round.id, number, guesses, doubt, "model-1")

    def hit(self, name: str) -> list[Event]:
        """Draw and let the machine say the prompt at once."""
        return self.draw(name) + self.guess(name, (self.prompt, 0.9))

    def to_reveal(self) -> list[Event]:
        """Wait until the round is over."""
        events: list[Event] = []
        while self.phase != "reveal":
            deadline = self.game.deadline
            assert deadline is not None
            events += self.wait(deadline - self.now)
        return events

    # -- looking -----------------------------------------------------------------------------------------

    def seat(self, name: str) -> Seat:
        seat = self.game.seat_of(PlayerId(name))
        assert seat is not None
        return seat

    def player(self, name: str) -> PlayerView:
        return next(one for one in self.game.view().players if one.seat == self.seat(name))

    def canvas(self, name: str) -> RaceCanvas:
        return self.round.canvases[self.seat(name)]

    @property
    def phase(self) -> str:
        return self.game.state.phase

    @property
    def round(self) -> Round:
        assert self.game.state.round is not None
        return self.game.state.round

    @property
    def round_id(self) -> RoundId:
        return self.round.id

    @property
    def prompt(self) -> str:
        return self.round.prompt

    @property
    def wrong(self) -> str:
        """A word of the pack that is not the prompt."""
        return next(word for word in EASY if word != self.prompt)


def only(events: list[Event], kind: type[Kind]) -> Kind:
    """Return the one event of a kind."""
    found = [event for event in events if isinstance(event, kind)]
    assert len(found) == 1, events
    return found[0]


def none(events: list[Event], kind: type[Event]) -> bool:
    """Say whether there is no event of a kind."""
    return not any(isinstance(event, kind) for event in events)


def said(events: list[Event]) -> Saying:
    """Return what Inkling shows."""
    return only(events, GuessWeighed).saying
