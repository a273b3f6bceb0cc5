"""Any typed command in any order at any time: nothing raises, refusals change nothing, time gets on."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from server.game.commands import (
    Again,
    Away,
    Clear,
    Command,
    Configure,
    Device,
    Done,
    Draw,
    Join,
    Kick,
    Leave,
    Lock,
    MachineGuessed,
    Points,
    Ready,
    Settings,
    Start,
    Tick,
    Undo,
)
from server.game.events import Refused, Repeated
from server.game.game import Game
from server.game.ids import Millis, PlayerId, RoundId, Seat
from server.game.redact import picture_avatars, picture_canvases, redact_event, visible_results
from server.protocol import REFUSALS
from server.rooms import codec

players = st.sampled_from([PlayerId("a"), PlayerId("b"), PlayerId("c")])
seats = st.integers(-1, 4).map(Seat)
rounds = st.integers(-1, 4).map(RoundId)
small = st.integers(-2, 5)
axes = st.lists(st.integers(-5, 5000), max_size=4).map(tuple)
ops = st.one_of(
    st.just(Undo()),
    st.just(Clear()),
    st.builds(Points, st.lists(st.tuples(axes, axes, axes), max_size=3).map(tuple), st.booleans()),
    st.builds(Points, st.just((((1, 2), (3, 4), (5, 6)),)), st.booleans()),
)
guesses = st.lists(st.tuples(st.sampled_from(["cat", "sun", ""]), st.floats()), max_size=6).map(tuple)
commands: st.SearchStrategy[Command] = st.one_of(
    st.builds(Join, players, st.text(max_size=3), keep=st.booleans(), device=st.just(Device())),
    st.builds(Away, players),
    st.builds(Leave, players),
    st.builds(Ready, players, st.booleans()),
    st.builds(
        Configure,
        players,
        st.builds(Settings, small, st.integers(0, 400), small, st.sampled_from(["easy", "music", ""])),
    ),
    st.builds(Start, players),
    st.builds(Again, players),
    st.builds(Draw, players, rounds, small, ops),
    st.builds(Done, players, rounds),
    st.builds(Kick, players, seats),
    st.builds(Lock, players, st.booleans()),
    st.builds(MachineGuessed, seats, rounds, small, guesses, st.floats(), st.just("m")),
    st.builds(Tick),
)
steps = st.lists(st.tuples(st.sampled_from([-500, 0, 40, 1000, 3000, 21_000]), commands), max_size=30)
openings = st.booleans()


def opened(begun: bool) -> Game:
    game = Game.create("ABCDEF", 5, Settings(rounds=2))
    if begun:
        for command in (Join(PlayerId("a"), "A", keep=True), Join(PlayerId("b"), "B"), Start(PlayerId("a"))):
            game.handle(command, Millis(0))
        game.handle(Tick(), Millis(3000))
    return game


START = Millis(0)


@settings(max_examples=400, deadline=None)
@given(openings, steps)
def test_whatever_is_sent_nothing_raises(begun: bool, history: list[tuple[int, Command]]) -> None:
    game, now = opened(begun), 3000
    for wait, command in history:
        now = max(0, now + wait)
        before = codec.encode_snapshot(game.state, START)
        outcome = game.handle(command, Millis(now))
        if isinstance(outcome, Refused):
            assert outcome.code in REFUSALS
        if isinstance(outcome, (Refused, Repeated)):
            assert codec.encode_snapshot(game.state, START) == before
            continue
        for event in outcome:
            for viewer in (Seat(0), Seat(1), Seat(9)):
                redact_event(event, game.state, viewer)
        assert game.view().phase == game.state.phase
        picture_canvases(game.state, Seat(0))
        visible_results(game.state)
        picture_avatars(game.state)
    assert codec.decode_snapshot(codec.encode_snapshot(game.state, START)) == (game.state, START)


@settings(max_examples=100, deadline=None)
@given(openings, steps)
def test_a_room_comes_to_rest_when_only_time_passes(begun: bool, history: list[tuple[int, Command]]) -> None:
    game, now = opened(begun), 3000
    for wait, command in history:
        now = max(0, now + wait)
        game.handle(command, Millis(now))
    for _ in range(100):
        deadline = game.deadline
        if deadline is None:
            break
        assert isinstance(game.handle(Tick(), max(deadline, game.state.now)), list)
        later = game.deadline
        assert later is None or later > game.state.now
    assert game.deadline is None
    assert game.state.phase in ("lobby", "podium")
