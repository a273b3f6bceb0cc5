"""What must hold at every step of every history."""

from __future__ import annotations

from server.game import invariants
from server.game.commands import Command, Kick, Leave, Tick
from server.game.events import (
    DrawingFinished,
    Event,
    GameEnded,
    GuessWeighed,
    Hit,
    InkDrawn,
    PhaseBegan,
    PlayerJoined,
)
from server.game.game import Game
from server.game.ids import Millis, PlayerId, RoundId, Seat
from server.game.modes.race.state import Round
from server.game.redact import picture_canvases

NEXT = {
    "lobby": {"countdown"},
    "countdown": {"drawing"},
    "drawing": {"closing", "reveal"},
    "closing": {"reveal"},
    "reveal": {"countdown", "podium"},
    "podium": {"countdown"},
}


class Watch:
    """Remembers what was promised and compares."""

    def __init__(self, game: Game) -> None:
        self.game = game
        self.phase = "lobby"
        self.seats: dict[PlayerId, Seat] = {}
        self.given: set[Seat] = set()
        self.seqs: dict[tuple[RoundId, Seat], int] = {}
        self.hits: dict[tuple[RoundId, Seat], Hit] = {}
        self.finished: set[tuple[RoundId, Seat]] = set()
        self.scores: dict[tuple[int, Seat], int] = {}
        self.counted = 0
        self.time = Millis(0)
        self.counts: dict[str, int] = {}

    def before(self, command: Command) -> None:
        """Look at the room before a command."""
        self.seats = dict(self.game.state.seats)

    def after(self, command: Command, events: list[Event], now: Millis) -> None:
        """Look at the room after a command was accepted."""
        for event in events:
            self._take(event)
        self._seats_are_kept(command)
        self._time_moves_on(command, now)
        self._somebody_is_in_charge()
        self._hidden_ink_is_hidden()
        self._points_are_fixed()
        self._scores_add_up(any(isinstance(event, PhaseBegan) and event.phase == "reveal" for event in events))
        assert self.phase == self.game.state.phase
        assert invariants.find_state_fault(self.game.state) == ""

    def _take(self, event: Event) -> None:
        name = type(event).__name__
        self.counts[name] = self.counts.get(name, 0) + 1
        match event:
            case PhaseBegan(phase):
                assert phase in NEXT[self.phase]
                self.phase = phase
            case PlayerJoined(seat):
                assert seat not in self.given, "a seat number was used again"
                self.given.add(seat)
            case InkDrawn():
                key = (event.round, event.seat)
                assert event.seq == self.seqs.get(key, 0) + 1 == event.revision
                self.seqs[key] = event.seq
            case GuessWeighed():
                self._secret_is_kept(event)
            case Hit():
                self._is_honest(event)
            case DrawingFinished():
                self._was_agreed(event)
            case GameEnded():
                places = [line.place for line in event.standings]
                assert places == sorted(places)
                assert places[0] == 1
            case _:
                pass

    def _scores_add_up(self, revealed: bool) -> None:
        """At a reveal every score is the sum of what was gained in this game's rounds."""
        state = self.game.state
        if revealed and state.phase != "reveal":
            # A clock that was away for long comes past a whole reveal at once: what it gave is the scores' word alone.
            for seat, player in state.players.items():
                assert player.score >= self.scores.get((state.game, seat), 0)
                self.scores[state.game, seat] = player.score
        if state.phase != "reveal" or self.counted == state.rounds_begun:
            return
        self.counted = state.rounds_begun
        for seat, player in state.players.items():
            key = (state.game, seat)
            self.scores[key] = self.scores.get(key, 0) + player.gained
            assert player.score == self.scores[key]
            assert player.evening == sum(score for (_, one), score in self.scores.items() if one == seat)

    def _secret_is_kept(self, event: GuessWeighed) -> None:
        current = self._round()
        if event.round != current.id:
            return
        words = [event.saying.says, *(word for word, _ in event.saying.mutters)]
        canvas = current.canvases.get(event.seat)
        if canvas is None or canvas.hit is None:
            assert current.prompt not in words
            assert event.saying.pose != "delighted"
        else:
            assert event.saying.says == current.prompt

    def _is_honest(self, event: Hit) -> None:
        current = self._round()
        key = (event.round, event.seat)
        assert key not in self.hits, "hit twice"
        assert 0 <= event.at <= current.seconds * 1000
        earlier = [hit.at for (round_id, _), hit in self.hits.items() if round_id == event.round]
        assert event.first == all(event.at <= at for at in earlier)
        assert 50 <= event.points - 10 * event.first <= 100
        self.hits[key] = event

    def _was_agreed(self, event: DrawingFinished) -> None:
        key = (event.round, event.seat)
        assert key not in self.finished, "finished twice"
        self.finished.add(key)
        assert self.game.state.settings.keep
        assert event.strokes
        assert event.recognized == (key in self.hits)
        times = [t for _, _, axis in event.strokes for t in axis]
        assert times == sorted(times)

    def _seats_are_kept(self, command: Command) -> None:
        for player, seat in self.seats.items():
            if self.game.seat_of(player) != seat:
                assert isinstance(command, (Leave, Kick))
                assert self.game.seat_of(player) is None
        assert set(self.game.state.seats.values()) == set(self.game.state.players)

    def _time_moves_on(self, command: Command, now: Millis) -> None:
        assert self.game.state.now >= self.time
        self.time = self.game.state.now
        deadline = self.game.deadline
        if isinstance(command, Tick):
            assert deadline is None or deadline > now

    def _somebody_is_in_charge(self) -> None:
        state = self.game.state
        if any(player.here for player in state.players.values()):
            assert state.host in state.players

    def _hidden_ink_is_hidden(self) -> None:
        current = self.game.state.round
        if current is None or self.phase not in ("drawing", "closing") or current.open_table:
            return
        for viewer in self.game.state.players:
            canvas = current.canvases.get(viewer)
            if canvas is None or canvas.hit is None:
                assert all(not one.strokes or one.seat == viewer for one in picture_canvases(self.game.state, viewer))

    def _points_are_fixed(self) -> None:
        current = self.game.state.round
        if current is None:
            return
        for seat, canvas in current.canvases.items():
            promised = self.hits.get((current.id, seat))
            assert (promised is None) == (canvas.hit is None)
            if promised is not None and canvas.hit is not None:
                assert (canvas.hit.points, canvas.hit.at) == (promised.points, promised.at)
            assert canvas.points == sum(len(stroke.x) for stroke in canvas.strokes)
            assert [one.number for one in canvas.pending] == sorted({one.number for one in canvas.pending})

    def _round(self) -> Round:
        current = self.game.state.round
        assert current is not None
        return current
