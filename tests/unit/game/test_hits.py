"""Which guesses count, how a hit is dated, and who was first."""

from __future__ import annotations

from server.game import limits
from server.game.commands import Leave, MachineGuessed, Points
from server.game.events import GuessWeighed, Hit
from server.game.ids import PlayerId, RoundId, Seat
from tests.unit.game.table import Table, line, none, only


def drawing(people: str = "ab") -> Table:
    table = Table(people)
    table.start()
    return table


def test_a_hit_is_dated_by_the_receipt_of_the_ink_that_was_guessed() -> None:
    table = drawing()
    table.wait(4000)
    table.draw("a")
    table.wait(700)
    table.draw("a")
    table.wait(300)
    hit = only(table.guess("a", (table.prompt, 0.9), revision=1), Hit)
    assert (hit.at, hit.points, hit.first) == (4000, 50 + 40 + 10, True)


def test_a_guess_tells_which_ink_it_saw() -> None:
    table = drawing()
    table.draw("a")
    table.draw("a")
    guessed = only(table.guess("a", (table.wrong, 0.2), revision=1), GuessWeighed)
    assert (guessed.revision, guessed.seq, guessed.round, guessed.seat) == (1, 1, 1, 0)


def test_the_points_are_fixed_after_the_hit() -> None:
    table = drawing()
    table.hit("a")
    points = table.player("a").gained
    table.wait(3000)
    table.clear("a")
    table.draw("a")
    assert none(table.guess("a", (table.prompt, 0.99)), Hit)
    assert table.player("a").gained == points


def test_the_first_by_date_of_ink_gets_the_bonus_even_if_its_guess_comes_later() -> None:
    table = drawing()
    table.draw("a")
    table.wait(100)
    table.draw("b")
    late = only(table.guess("b", (table.prompt, 0.9)), Hit)
    early = only(table.guess("a", (table.prompt, 0.9)), Hit)
    assert (early.first, early.points) == (True, 110)
    assert (late.first, late.points) == (True, 110), "what was given is not taken back"


def test_the_second_by_date_gets_no_bonus() -> None:
    table = drawing()
    table.hit("a")
    table.wait(1)
    assert not only(table.hit("b"), Hit).first


def test_ink_of_the_same_millisecond_is_first_together() -> None:
    table = drawing()
    assert only(table.hit("a"), Hit).first
    assert only(table.hit("b"), Hit).first


def test_somebody_who_hit_first_and_left_was_first() -> None:
    table = drawing("abc")
    table.hit("a")
    table.wait(10)
    table.do(Leave(PlayerId("a")))
    assert not only(table.hit("b"), Hit).first


def test_a_guess_is_weighed_once() -> None:
    table = drawing()
    table.draw("a")
    answer = table.answer("a", (table.wrong, 0.5))
    table.do(answer)
    table.repeated(answer)


def test_a_guess_older_than_the_last_weighed_one_is_ignored() -> None:
    table = drawing()
    table.draw("a")
    table.draw("a")
    table.guess("a", (table.wrong, 0.2))
    table.repeated(table.answer("a", (table.prompt, 0.9), revision=1))


def test_a_guess_of_ink_that_was_wiped_comes_too_late() -> None:
    table = drawing()
    table.draw("a")
    table.clear("a")
    table.repeated(table.answer("a", (table.prompt, 0.9), revision=1))


def test_a_guess_of_ink_that_nobody_drew_is_refused() -> None:
    table = drawing()
    table.draw("a")
    assert table.code(table.answer("a", (table.prompt, 0.9), revision=2)) == "not_now"
    assert table.code(MachineGuessed(Seat(7), RoundId(1), 1, (), 1.0, "m")) == "unknown_seat"
    assert table.code(MachineGuessed(Seat(0), RoundId(9), 1, (), 1.0, "m")) == "round_over"
    assert Table("a").code(MachineGuessed(Seat(0), RoundId(1), 1, (), 1.0, "m")) == "round_over"


def test_an_answer_without_words_is_no_idea() -> None:
    table = drawing()
    table.draw("a")
    assert only(table.guess("a", doubt=1.0), GuessWeighed).saying.pose == "puzzled"


def test_unanswered_revisions_are_bounded() -> None:
    table = Table("a", seconds=300)
    table.start()
    table.draw("a")
    for _ in range(limits.MAX_PENDING_REVISIONS + 10):
        table.draw("a", Points((line(1, t=9),), joined=True))
    assert len(table.canvas("a").pending) == limits.MAX_PENDING_REVISIONS
    assert table.code(table.answer("a", (table.prompt, 0.9), revision=1)) == "not_now"
    table.guess("a", (table.prompt, 0.9))
    assert table.canvas("a").pending == []


def test_an_absent_players_ink_can_still_be_a_hit() -> None:
    table = drawing()
    table.draw("a")
    table.away("a")
    only(table.guess("a", (table.prompt, 0.9)), Hit)


def test_the_ink_of_who_is_done_can_still_be_a_hit() -> None:
    table = drawing()
    table.draw("a")
    table.finish("a")
    only(table.guess("a", (table.prompt, 0.9)), Hit)


def test_the_best_probability_of_the_prompt_pays_when_there_is_no_hit() -> None:
    table = drawing()
    table.draw("a")
    table.guess("a", (table.wrong, 0.5), (table.prompt, 0.3))
    table.draw("a")
    table.guess("a", (table.prompt, 0.19))
    table.to_reveal()
    assert table.player("a").gained == 6
    assert table.player("a").score == 6
    assert table.player("b").gained == 0
