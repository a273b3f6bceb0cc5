"""Which drawing may ask when: by hand-moved time, without a network."""

from __future__ import annotations

import pytest

from server.game.ids import RoundId, Seat
from server.guessing.client.pacing import (
    EARLY_SEND_TOLERANCE_SECONDS,
    GUESS_RETRY_AFTER_SECONDS,
    GUESSER_REPORT_TTL_SECONDS,
    Pacing,
)
from server.rooms.ports import GuessRequest


def request(seat: int = 0, revision: int = 1, round: int = 1, code: str = "ABCDEF") -> GuessRequest:
    return GuessRequest(code, Seat(seat), RoundId(round), revision, revision, b"", ())


def revisions(pacing: Pacing, now: float) -> list[int]:
    return [leaving.request.revision for leaving in pacing.due(now)]


def test_a_first_request_leaves_at_once() -> None:
    pacing = Pacing(hz=5)
    pacing.ask(request())
    assert revisions(pacing, 100.0) == [1]
    assert revisions(pacing, 100.0) == []


def test_the_newest_ink_replaces_what_has_not_left() -> None:
    pacing = Pacing(hz=5)
    pacing.ask(request(revision=1))
    pacing.ask(request(revision=2))
    assert revisions(pacing, 0.0) == [2]


def test_one_request_of_a_drawing_is_out_at_a_time() -> None:
    pacing = Pacing(hz=5)
    pacing.ask(request(revision=1))
    (out,) = pacing.due(0.0)
    pacing.ask(request(revision=2))
    assert pacing.due(1.0) == []
    assert pacing.answered(out.id) == (out.request, 0.0)
    assert revisions(pacing, 1.0) == [2]


def test_a_drawing_asks_at_most_so_often() -> None:
    pacing = Pacing(hz=5)
    pacing.ask(request(revision=1))
    (out,) = pacing.due(0.0)
    pacing.answered(out.id)
    pacing.ask(request(revision=2))
    assert pacing.due(0.2 - 2 * EARLY_SEND_TOLERANCE_SECONDS) == []
    assert revisions(pacing, 0.2) == [2]


def test_what_is_due_about_when_its_room_ticks_leaves_with_the_ink_of_that_tick_and_no_more_often() -> None:
    pacing, left = Pacing(hz=5), []
    for tick in range(1, 101):
        # Every other tick is a little early.
        now = tick / 10 - (0.01 if tick % 2 else 0.0)
        pacing.ask(request(revision=tick))
        for one in pacing.due(now):
            assert one.request.revision == tick
            left.append(now)
            pacing.answered(one.id)
    assert len(left) == 50


def test_who_could_ask_all_the_time_and_early_does_not_ask_more_often() -> None:
    pacing, left = Pacing(hz=5), 0
    for step in range(10_000):
        pacing.ask(request(revision=step))
        for one in pacing.due(step / 1000):
            left += 1
            pacing.answered(one.id)
    assert left <= 51


def test_ink_after_which_no_more_comes_is_guessed_soon_after_its_time() -> None:
    pacing = Pacing(hz=5)
    pacing.ask(request(revision=1))
    (out,) = pacing.due(0.0)
    pacing.answered(out.id)
    pacing.ask(request(revision=2))
    later = pacing.next_due(0.1)
    assert later is not None
    assert later == pytest.approx(0.2 + EARLY_SEND_TOLERANCE_SECONDS)
    assert revisions(pacing, later) == [2]


def test_an_unanswered_request_is_asked_again_with_a_new_number() -> None:
    pacing = Pacing(hz=5)
    pacing.ask(request(revision=1))
    (first,) = pacing.due(0.0)
    assert pacing.due(GUESS_RETRY_AFTER_SECONDS - 0.01) == []
    (again,) = pacing.due(GUESS_RETRY_AFTER_SECONDS)
    assert again.request == first.request
    assert again.id != first.id
    assert pacing.answered(first.id) is None
    assert pacing.answered(again.id) == (first.request, GUESS_RETRY_AFTER_SECONDS)


def test_newer_ink_goes_instead_of_a_lost_request() -> None:
    pacing = Pacing(hz=5)
    pacing.ask(request(revision=1))
    (out,) = pacing.due(0.0)
    pacing.ask(request(revision=2))
    pacing.lost([out.id])
    assert revisions(pacing, 0.2) == [2]


def test_a_request_that_could_not_be_sent_goes_again() -> None:
    pacing = Pacing(hz=5)
    pacing.ask(request(revision=1))
    (out,) = pacing.due(0.0)
    pacing.lost([out.id])
    assert revisions(pacing, 0.2) == [1]


def test_a_new_round_does_not_wait_for_the_old_ones_answer() -> None:
    pacing = Pacing(hz=5)
    pacing.ask(request(revision=1, round=1))
    (old,) = pacing.due(0.0)
    pacing.ask(request(revision=1, round=2))
    (new,) = pacing.due(0.2)
    assert new.request.round == 2
    assert pacing.answered(old.id) is None


def test_a_dropped_room_is_forgotten_with_all_its_seats() -> None:
    pacing = Pacing(hz=5)
    for seat in range(3):
        pacing.ask(request(seat=seat))
    pacing.ask(request(seat=9, code="OTHERS"))
    out = pacing.due(0.0)
    pacing.drop("ABCDEF")
    assert [one.request.code for one in out if pacing.answered(one.id)] == ["OTHERS"]


def test_a_dropped_seat_is_forgotten_alone() -> None:
    pacing = Pacing(hz=5)
    pacing.ask(request(seat=0, revision=10))
    pacing.ask(request(seat=1, revision=11))
    pacing.drop("ABCDEF", Seat(0))
    assert revisions(pacing, 0.0) == [11]


def test_whoever_waited_longest_leaves_first() -> None:
    pacing = Pacing(hz=5)
    for seat, now in ((0, 0.0), (1, 0.1)):
        pacing.ask(request(seat=seat))
        (out,) = pacing.due(now)
        pacing.answered(out.id)
    pacing.ask(request(seat=1, revision=21))
    pacing.ask(request(seat=0, revision=20))
    assert revisions(pacing, 1.0) == [20, 21]


def test_drawings_slow_down_together_when_the_guessers_are_busy() -> None:
    pacing = Pacing(hz=5)
    pacing.note_report("g", rate=100.0, drawings=80, now=0.0)
    assert pacing.interval(0.0) == pytest.approx(1.0)
    pacing.note_report("g", rate=100_000.0, drawings=80, now=0.0)
    assert pacing.interval(0.0) == pytest.approx(0.2)


def test_two_guessers_bear_twice_as_much() -> None:
    pacing = Pacing(hz=5)
    pacing.note_report("one", rate=100.0, drawings=80, now=0.0)
    pacing.note_report("two", rate=100.0, drawings=80, now=0.0)
    assert pacing.interval(0.0) == pytest.approx(0.5)


def test_own_drawings_count_before_anybody_has_told() -> None:
    pacing = Pacing(hz=5)
    for seat in range(40):
        pacing.ask(request(seat=seat))
    pacing.due(0.0)
    pacing.note_report("g", rate=50.0, drawings=0, now=0.0)
    assert pacing.interval(0.0) == pytest.approx(1.0)


def test_what_a_guesser_told_long_ago_is_not_believed() -> None:
    pacing = Pacing(hz=5)
    pacing.note_report("g", rate=1.0, drawings=80, now=0.0)
    assert pacing.interval(GUESSER_REPORT_TTL_SECONDS) == pytest.approx(0.2)


def test_drawings_that_ask_no_more_are_not_counted_nor_kept() -> None:
    pacing = Pacing(hz=5)
    pacing.ask(request())
    (out,) = pacing.due(0.0)
    pacing.answered(out.id)
    assert pacing.active(0.1) == 1
    assert pacing.active(GUESSER_REPORT_TTL_SECONDS + 0.1) == 0
    pacing.due(GUESSER_REPORT_TTL_SECONDS + 0.1)
    assert pacing.next_due(GUESSER_REPORT_TTL_SECONDS + 0.1) is None


def test_nothing_is_due_while_nothing_waits() -> None:
    assert Pacing(hz=5).next_due(0.0) is None
