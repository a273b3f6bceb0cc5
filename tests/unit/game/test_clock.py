"""The round's clock stops while the guesser is away."""

from __future__ import annotations

from server.game.commands import Draw, Kick, Leave
from server.game.events import ClockResumed, ClockStopped, Hit, PhaseBegan, RoundVoided
from server.game.ids import PlayerId
from tests.unit.game.table import Table, none, only

A, B = PlayerId("a"), PlayerId("b")


def waiting(people: str = "ab") -> Table:
    """Return a table at which ink has waited for a guess until the clock stopped, 5 s into the round."""
    table = Table(people)
    table.start()
    table.wait(2000)
    table.draw("b")
    only(table.wait(3000), ClockStopped)
    return table


def test_the_clock_stops_when_ink_gets_no_guess_for_three_seconds() -> None:
    table = Table("a")
    table.start()
    table.draw("a")
    assert none(table.wait(2999), ClockStopped)
    only(table.wait(1), ClockStopped)
    view = table.game.view()
    assert view.round is not None
    assert view.round.stopped
    assert view.until is None


def test_where_nobody_draws_no_guess_is_missed() -> None:
    table = Table("a")
    table.start()
    assert none(table.wait(20_000), ClockStopped)


def test_answered_ink_waits_for_nothing() -> None:
    table = Table("a")
    table.start()
    table.draw("a")
    table.guess("a", (table.wrong, 0.2))
    assert none(table.wait(10_000), ClockStopped)


def test_any_guess_in_the_room_shows_that_the_guesser_is_there() -> None:
    table = Table("ab")
    table.start()
    table.draw("a")
    for _ in range(5):
        table.draw("b")
        assert none(table.wait(2000), ClockStopped)
        table.guess("b", (table.wrong, 0.2))
    only(table.wait(3000), ClockStopped)


def test_more_ink_does_not_put_the_stop_off() -> None:
    table = Table("a")
    table.start()
    table.draw("a")
    table.wait(2000)
    table.draw("a")
    only(table.wait(1000), ClockStopped)


def test_an_empty_canvas_waits_for_no_guess() -> None:
    table = Table("a")
    table.start()
    table.draw("a")
    table.clear("a")
    assert none(table.wait(10_000), ClockStopped)


def test_ink_after_the_hit_stops_no_clock() -> None:
    table = Table("ab")
    table.start()
    table.hit("a")
    table.draw("a")
    assert none(table.wait(10_000), ClockStopped)


def test_a_guess_lets_the_clock_run_on_where_it_stood() -> None:
    table = waiting()
    ends = table.round.ends
    table.wait(4000)
    only(table.guess("b", (table.wrong, 0.2)), ClockResumed)
    assert table.round.ends == ends + 4000
    assert table.round.clock(table.now) == 5000
    assert only(table.wait(15_000), PhaseBegan).phase == "reveal"


def test_ink_drawn_while_the_clock_stands_is_dated_by_the_standing_clock() -> None:
    table = waiting()
    table.wait(7000)
    table.draw("a")
    table.guess("b", (table.wrong, 0.2))
    table.wait(1000)
    assert only(table.guess("a", (table.prompt, 0.9)), Hit).at == 5000


def test_ink_drawn_before_the_stop_keeps_its_date() -> None:
    table = waiting()
    table.wait(7000)
    events = table.guess("b", (table.prompt, 0.9))
    assert isinstance(events[0], ClockResumed)
    assert only(events, Hit).at == 2000


def test_one_draws_on_beyond_the_time_at_which_the_round_would_have_ended() -> None:
    table = waiting()
    table.wait(20_000)
    table.draw("a")
    table.draw("b")


def test_thirty_seconds_without_a_guesser_void_the_round() -> None:
    table = waiting("abc")
    assert none(table.wait(29_999), RoundVoided)
    events = table.wait(1)
    only(events, RoundVoided)
    assert only(events, PhaseBegan).phase == "reveal"


def test_the_points_of_a_void_round_do_not_count() -> None:
    table = Table("ab")
    table.start()
    table.hit("a")
    table.draw("b")
    table.wait(33_000)
    view = table.game.view()
    assert view.round is not None
    assert view.round.void
    assert [(player.score, player.gained, player.evening) for player in view.players] == [(0, 0, 0), (0, 0, 0)]
    table.wait(8000 + 3000)
    assert table.phase == "drawing"


def test_the_clock_runs_on_when_those_who_wait_have_left_or_wiped_their_ink() -> None:
    only(waiting("ab").do(Leave(B)), ClockResumed)
    only(waiting("ab").do(Kick(A, waiting("ab").seat("b"))), ClockResumed)
    only(waiting("ab").clear("b"), ClockResumed)


def test_the_clock_that_stands_falls_when_everybody_is_done() -> None:
    table = waiting("ab")
    table.wait(1000)
    table.finish("a")
    table.finish("b")
    table.wait(1000)
    table.guess("b", (table.wrong, 0.2))
    assert only(table.wait(5000), PhaseBegan).phase == "reveal"


def test_time_over_comes_before_a_stop_at_the_same_moment() -> None:
    table = Table("a")
    table.start()
    table.wait(17_000)
    table.draw("a")
    events = table.wait(3000)
    assert none(events, ClockStopped)
    assert only(events, PhaseBegan).phase == "closing"


def test_the_clock_can_stop_more_than_once() -> None:
    table = waiting()
    table.guess("b", (table.wrong, 0.2))
    table.draw("b")
    only(table.wait(3000), ClockStopped)
    table.wait(500)
    only(table.guess("b", (table.wrong, 0.2)), ClockResumed)
    assert table.round.clock(table.now) == 8000


def test_a_refused_resend_does_not_wake_the_clock() -> None:
    table = waiting()
    table.repeated(Draw(B, table.round_id, 1, table.next_ink("b").op))
    assert table.round.stopped_at is not None
