"""Who sees what: hidden means not sent."""

from __future__ import annotations

from server.game.commands import Join, Points, Start
from server.game.events import (
    DrawingFinished,
    Event,
    GameEnded,
    GuessWeighed,
    Hit,
    InkDrawn,
    PhaseBegan,
)
from server.game.ids import PlayerId, Seat
from server.game.redact import audience_of, count_drawn_points, picture_avatars, picture_canvases, redact_event
from tests.unit.game.table import Table, line, only

ANN, BOB = Seat(0), Seat(1)


def drawing(**settings: bool) -> Table:
    table = Table("ab", **settings)
    table.start()
    table.draw("a", Points((line(3),)))
    return table


def seen(table: Table, viewer: Seat, owner: Seat) -> int:
    """Return how many points of the owner's ink the viewer is sent."""
    canvas = next(canvas for canvas in picture_canvases(table.game.state, viewer) if canvas.seat == owner)
    return sum(len(x) for x, _, _ in canvas.strokes)


def test_others_ink_is_hidden_but_its_activity_and_mood_are_not() -> None:
    table = drawing()
    table.guess("a", (table.wrong, 0.3))
    assert (seen(table, ANN, ANN), seen(table, BOB, ANN)) == (3, 0)
    hidden = picture_canvases(table.game.state, BOB)[0]
    assert (hidden.activity, hidden.pose, hidden.seq) == (3, "watching", 1)


def test_ones_own_hit_opens_the_others_canvases() -> None:
    table = drawing()
    assert audience_of(table.game.state, BOB) == "own"
    table.hit("b")
    assert audience_of(table.game.state, BOB) == "all"
    assert audience_of(table.game.state, ANN) == "own"
    assert seen(table, BOB, ANN) == 3


def test_a_round_that_closes_is_not_over() -> None:
    table = drawing()
    table.guess("a", (table.wrong, 0.1))
    table.wait(19_950)
    table.draw("a")
    table.wait(50)
    assert table.phase == "closing"
    assert audience_of(table.game.state, BOB) == "own"
    table.wait(1000)
    assert table.phase == "reveal"
    assert audience_of(table.game.state, BOB) == "all"


def test_the_open_table_shows_everything_live() -> None:
    table = drawing(open_table=True)
    assert seen(table, BOB, ANN) == 3


def test_who_has_no_canvas_sees_nothing_of_the_round() -> None:
    table = drawing()
    table.wait(19_900)
    table.now = table.round.ends
    assert audience_of(table.game.state, Seat(9)) == "own"


def test_a_new_round_hides_again() -> None:
    table = drawing()
    table.hit("b")
    table.to_reveal()
    table.wait(8000 + 3000)
    assert audience_of(table.game.state, BOB) == "own"


def test_before_the_first_round_there_is_nothing_to_see() -> None:
    table = Table("a")
    assert picture_canvases(table.game.state, ANN) == ()
    assert count_drawn_points(table.game.state, [ANN]) == {}
    assert audience_of(table.game.state, ANN) == "all"


def test_activity_counts_points() -> None:
    assert count_drawn_points(drawing().game.state, [ANN, BOB, Seat(7)]) == {0: 3, 1: 0}


def told(event: Event, table: Table, viewer: Seat) -> bool:
    return redact_event(event, table.game.state, viewer) is event


def test_events_are_told_to_whom_they_concern() -> None:
    table = drawing()
    ink = only(table.draw("a"), InkDrawn)
    guess = only(table.guess("a", (table.wrong, 0.2)), GuessWeighed)
    assert told(ink, table, ANN)
    assert not told(ink, table, BOB)
    assert told(guess, table, ANN)
    assert not told(guess, table, BOB)
    hit = only(table.hit("b"), Hit)
    assert told(hit, table, ANN)
    assert told(ink, table, BOB)
    assert told(PhaseBegan("reveal"), table, ANN)


def test_what_is_for_the_store_is_told_to_nobody() -> None:
    table = Table("a", rounds=1)
    table.join("b", keep=True)
    table.start()
    table.hit("b")
    events = table.wait(60_000)
    for event in (only(events, DrawingFinished), only(events, GameEnded)):
        assert redact_event(event, table.game.state, BOB) is None


def test_no_view_holds_a_players_id() -> None:
    table = Table()
    secret = PlayerId("0123456789abcdef0123456789abcdef")
    table.do(Join(secret, "Ann"))
    table.do(Start(secret))
    state = table.game.state
    assert secret not in repr((table.game.view(), picture_canvases(state, ANN), picture_avatars(state)))


def test_avatars_come_with_their_seats() -> None:
    table = Table("a")
    doodle = (((1, 2), (3, 4)),)
    table.do(Join(PlayerId("b"), "B", doodle))
    assert [(one.seat, one.doodle) for one in picture_avatars(table.game.state)] == [(0, ()), (1, doodle)]
