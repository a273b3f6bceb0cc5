"""Ink: numbered, checked, appended; a resend does no harm."""

from __future__ import annotations

import pytest

from server.game.commands import Clear, Draw, Points, Segment, Start, Undo
from server.game.events import GuessWeighed, InkDrawn, Refused
from server.game.ids import MAX_POINTS_PER_DRAWING, MAX_STROKES_PER_DRAWING, PlayerId, RoundId
from tests.unit.game.table import Table, line, only, said

A = PlayerId("a")


def drawing(people: str = "a") -> Table:
    table = Table(people, seconds=300)
    table.start()
    return table


def ink(table: Table, name: str = "a") -> list[Segment]:
    return [stroke.segment() for stroke in table.canvas(name).strokes]


def test_a_chunk_becomes_strokes_and_a_revision() -> None:
    table = drawing()
    drawn = only(table.draw("a", Points((line(3), line(2, t=5)))), InkDrawn)
    assert (drawn.seat, drawn.round, drawn.seq, drawn.revision) == (0, 1, 1, 1)
    assert ink(table) == [line(3), line(2, t=5)]
    assert table.canvas("a").points == 5


def test_a_joined_chunk_goes_on_with_the_newest_stroke() -> None:
    table = drawing()
    table.draw("a", Points((line(2),)))
    table.draw("a", Points((line(2, t=2, x=2), line(1, t=9)), joined=True))
    assert ink(table) == [line(4), line(1, t=9)]


def test_a_joined_chunk_on_an_empty_canvas_begins_a_stroke() -> None:
    table = drawing()
    table.draw("a", Points((line(2),), joined=True))
    assert ink(table) == [line(2)]


def test_undo_takes_back_the_newest_stroke_and_clear_all_of_them() -> None:
    table = drawing()
    table.draw("a", Points((line(2), line(3, t=5))))
    table.undo("a")
    assert ink(table) == [line(2)]
    assert table.canvas("a").points == 2
    table.draw("a")
    table.clear("a")
    assert ink(table) == []
    assert table.canvas("a").points == 0
    assert table.canvas("a").seq == 4


@pytest.mark.parametrize("op", [Undo(), Clear()], ids=["undo", "clear"])
def test_taking_back_what_is_not_there_is_harmless(op: Undo | Clear) -> None:
    table = drawing()
    assert only(table.draw("a", op), InkDrawn).seq == 1
    assert ink(table) == []


def test_a_resend_is_as_good_as_accepted_and_changes_nothing() -> None:
    table = drawing()
    first = table.next_ink("a")
    table.do(first)
    table.repeated(first)
    table.draw("a")
    table.repeated(first)


def test_a_resend_after_the_end_of_the_round_is_known_as_such() -> None:
    table = drawing()
    first = table.next_ink("a")
    table.do(first)
    table.to_reveal()
    table.repeated(first)


def test_a_gap_names_the_seq_that_should_have_come() -> None:
    table = drawing()
    table.draw("a")
    assert table.refused(table.next_ink("a", seq=3)) == Refused("seq_gap", expected=2)


def test_ink_after_time_over_is_refused() -> None:
    table = drawing()
    late = table.next_ink("a")
    table.to_reveal()
    assert table.code(late) == "round_over"
    table.wait(8000)
    assert table.code(late) == "round_over"


def test_ink_after_time_over_is_refused_even_before_the_timer_fires() -> None:
    table = drawing()
    table.now = table.round.ends
    assert table.code(table.next_ink("a")) == "round_over"


def test_ink_while_the_round_closes_is_refused() -> None:
    table = drawing()
    table.wait(299_999)
    table.draw("a")
    table.wait(1)
    assert table.phase == "closing"
    assert table.code(table.next_ink("a")) == "round_over"


def test_ink_before_the_round_is_refused() -> None:
    table = Table("a")
    op = Points((line(),))
    assert table.code(Draw(A, RoundId(1), 1, op)) == "not_now"
    table.do(Start(A))
    assert table.code(Draw(A, RoundId(1), 1, op)) == "not_now"
    table.wait(3000)
    assert table.code(Draw(A, RoundId(2), 1, op)) == "not_now"


def test_strangers_draw_nothing() -> None:
    table = drawing()
    assert table.code(Draw(PlayerId("x"), RoundId(1), 1, Clear())) == "not_joined"


def test_who_is_done_draws_no_more() -> None:
    table = drawing("ab")
    table.finish("a")
    assert table.code(table.next_ink("a")) == "not_now"
    assert table.code(table.next_ink("a", Undo())) == "not_now"


def test_after_a_hit_one_draws_on_even_when_done() -> None:
    table = drawing("ab")
    table.hit("a")
    table.draw("a")
    table.finish("a")
    table.draw("a")
    assert table.canvas("a").seq == 3


@pytest.mark.parametrize(
    "segments",
    [
        (),
        (((), (), ()),),
        (((1,), (1, 2), (1,)),),
        (((1,), (1,), (1, 2)),),
        (((1, 2), (1, 2), (5, 4)),),
        (line(2, t=10), line(2, t=5)),
        (line(65),),
        (line(32), line(33, t=50)),
        tuple(line(1, t=t) for t in range(65)),
    ],
    ids=["none", "empty", "short x", "long t", "t falls", "t falls between", "65", "65 in two", "65 dots"],
)
def test_bad_ink_is_refused(segments: tuple[Segment, ...]) -> None:
    assert drawing().code(Draw(A, RoundId(1), 1, Points(segments))) == "bad_ink"


def test_time_must_not_fall_behind_the_stroke_before() -> None:
    table = drawing()
    table.draw("a", Points((line(2, t=50),)))
    assert table.code(table.next_ink("a", Points((line(2, t=50),)))) == "bad_ink"
    table.draw("a", Points((line(2, t=51),)))


def test_after_a_clear_time_may_begin_anew() -> None:
    table = drawing()
    table.draw("a", Points((line(2, t=5000),)))
    table.clear("a")
    table.draw("a", Points((line(2),)))


def test_sixty_four_points_fit_in_a_chunk() -> None:
    drawing().draw("a", Points((line(32), line(32, t=40))))


def test_a_canvas_holds_so_many_points() -> None:
    table = drawing()
    for _ in range(MAX_POINTS_PER_DRAWING // 60):
        table.draw("a", Points(((((0,) * 60), ((0,) * 60), ((0,) * 60)),), joined=True))
    assert table.canvas("a").points == MAX_POINTS_PER_DRAWING
    assert table.code(table.next_ink("a", Points((line(1),), joined=True))) == "canvas_full"
    table.clear("a")
    table.draw("a")


def test_a_canvas_holds_so_many_strokes() -> None:
    table = drawing()
    for _ in range(MAX_STROKES_PER_DRAWING // 40):
        table.draw("a", Points(tuple(line(1) for _ in range(40))))
    assert table.code(table.next_ink("a", Points((line(1),)))) == "canvas_full"
    table.draw("a", Points((line(1),), joined=True))
    table.undo("a")
    table.draw("a", Points((line(1),)))


def test_an_empty_canvas_quiets_inkling_without_the_network() -> None:
    table = drawing()
    table.draw("a")
    table.guess("a", (table.wrong, 0.9))
    shown = said(table.clear("a"))
    assert (shown.pose, shown.says, shown.mutters) == ("idle", "", ())
    assert table.game.canvas(table.seat("a")) is None


def test_ink_that_wants_a_guess_is_handed_out_with_its_revision() -> None:
    table = drawing()
    table.draw("a")
    table.draw("a", Points((line(2, t=9),)))
    assert table.game.canvas(table.seat("a")) == (2, 2, 1, (line(2), line(2, t=9)))
    assert table.game.last_seq(table.seat("a")) == 2


def test_nothing_wants_a_guess_when_the_round_is_over() -> None:
    table = drawing()
    table.draw("a")
    table.to_reveal()
    assert table.game.canvas(table.seat("a")) is None


def test_unknown_seats_have_no_ink() -> None:
    table = Table("a")
    assert table.game.canvas(table.seat("a")) is None
    assert table.game.last_seq(table.seat("a")) == 0


def test_the_room_hears_of_a_clear_only_once_per_command() -> None:
    table = drawing()
    table.draw("a")
    assert [type(event) for event in table.clear("a")] == [InkDrawn, GuessWeighed]


def test_ink_without_a_guess_can_be_asked_for_again() -> None:
    table = drawing("abc")
    for name in "ab":
        table.draw(name)
    table.guess("a", (table.wrong, 0.2))
    assert table.game.seats_to_guess() == [table.seat("b")]
    table.clear("b")
    assert table.game.seats_to_guess() == []
    table.draw("b")
    table.to_reveal()
    assert table.game.seats_to_guess() == []
