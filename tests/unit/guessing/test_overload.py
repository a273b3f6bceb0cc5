"""More drawings than the guessers can follow: guesses become rarer for everybody alike, and nothing piles up."""

from __future__ import annotations

from collections import Counter, deque

import pytest

from server.game.ids import RoundId, Seat
from server.guessing.client.pacing import MAX_GUESSER_LOAD_SHARE, MAX_SLOWDOWN_FACTOR, Pacing
from server.rooms.ports import GuessRequest

STEP = 0.01


def play(pacing: Pacing, rooms: dict[str, int], rate: float, seconds: float) -> tuple[Counter[str], list[float]]:
    """Let every seat draw ten times a second before a guesser that answers in order, at a rate.

    Returns the guesses of each room and how long each request waited, without the first three seconds, in which
    the guesser's rate becomes known.
    """
    guesses: Counter[str] = Counter()
    waited: list[float] = []
    queue: deque[tuple[int, str, float]] = deque()
    drawings, done, now = sum(rooms.values()), 0.0, 0.0
    for turn in range(int(seconds / STEP)):
        now = turn * STEP
        if turn % 10 == 0:
            for code, seats in rooms.items():
                for seat in range(seats):
                    pacing.ask(GuessRequest(code, Seat(seat), RoundId(1), turn + 1, turn + 1, b"", ()))
        queue.extend((one.id, one.request.code, now) for one in pacing.due(now))
        done += rate * STEP
        while queue and done >= 1:
            number, code, left = queue.popleft()
            done -= 1
            pacing.answered(number)
            if now > 3:
                guesses[code] += 1
                waited.append(now - left)
        done = min(done, 1.0) if not queue else done
        pacing.note_report("guesser", rate, drawings, now)
    return guesses, waited


def test_the_guessers_are_asked_for_no_more_than_their_share_and_nobody_waits_long() -> None:
    guesses, waited = play(Pacing(hz=5), {f"ROOM{n:02}": 8 for n in range(60)}, rate=800, seconds=10)
    assert sum(guesses.values()) / 7 <= MAX_GUESSER_LOAD_SHARE * 800 * 1.05
    assert sorted(waited)[int(0.99 * len(waited))] < 0.7


def test_rooms_are_served_alike_however_many_others_there_are() -> None:
    guesses, _ = play(Pacing(hz=5), {f"ROOM{n:02}": 8 for n in range(60)}, rate=800, seconds=13)
    assert max(guesses.values()) <= 1.1 * min(guesses.values())


def test_a_large_room_costs_a_small_one_nothing() -> None:
    rooms = {"LARGE1": 40, "LARGE2": 40, "SMALL1": 2, "SMALL2": 1}
    guesses, _ = play(Pacing(hz=5), rooms, rate=150, seconds=13)
    per_drawing = {code: guesses[code] / seats for code, seats in rooms.items()}
    assert max(per_drawing.values()) <= 1.15 * min(per_drawing.values())


def test_with_room_to_spare_everybody_has_the_full_rate() -> None:
    guesses, _ = play(Pacing(hz=5), {"ABCDEF": 8}, rate=1000, seconds=13)
    assert guesses["ABCDEF"] == pytest.approx(8 * 5 * 10, rel=0.1)


def test_a_web_process_that_is_behind_asks_for_fewer_guesses_and_recovers() -> None:
    pacing = Pacing(hz=5)
    assert pacing.interval(0.0) == pytest.approx(0.2)
    for _ in range(20):
        pacing.note_timer_lag(0.06)
    assert pacing.interval(0.0) == pytest.approx(0.6, rel=0.05)
    for _ in range(20):
        pacing.note_timer_lag(9.0)
    assert pacing.interval(0.0) == pytest.approx(0.2 * MAX_SLOWDOWN_FACTOR)
    for _ in range(40):
        pacing.note_timer_lag(0.0)
    assert pacing.interval(0.0) == pytest.approx(0.2)
