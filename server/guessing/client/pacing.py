"""Which drawing may ask now: one request each, newest ink first to leave, never more than the guessers bear.

No clock and no network here: the caller says what time it is (seconds, any steady clock).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from server.game.ids import Seat
from server.rooms.ports import GuessRequest

GUESS_RETRY_AFTER_SECONDS = 2.0
"""A request unanswered for so long is asked again."""
MAX_GUESSER_LOAD_SHARE = 0.8
"""The share of the guessers' measured rate that may be asked for."""
EARLY_SEND_TOLERANCE_SECONDS = 0.02
"""A drawing may ask so much before its time, and then waits longer the next time. So what becomes due around one tick of its room
leaves with the ink of that tick."""
TIMER_LAG_TOLERANCE_SECONDS = 0.02
"""Timers may be so late before guesses are spaced out, in proportion."""
MAX_SLOWDOWN_FACTOR = 10.0
"""How many times as far apart guesses may be on a slow machine."""
GUESSER_REPORT_TTL_SECONDS = 3.0
"""What a guesser reported counts for so long. Drawings that were not guessed meanwhile are not counted."""

SeatKey = tuple[str, Seat]


@dataclass(slots=True)
class _PacedDrawing:
    """One seat's drawing: what waits, and what is on its way."""

    waiting: GuessRequest | None = None
    out: GuessRequest | None = None
    out_id: int = 0
    left: float = float("-inf")
    paced: float = float("-inf")
    """When it would have left had it not been early."""


@dataclass(frozen=True, slots=True)
class DueRequest:
    """A request that leaves now under a number of its own."""

    id: int
    request: GuessRequest


class Pacing:
    """The requests of one web process."""

    def __init__(self, hz: float) -> None:
        self._shortest = 1 / hz
        self._drawings: dict[SeatKey, _PacedDrawing] = {}
        self._out: dict[int, SeatKey] = {}
        self._rates: dict[str, tuple[float, float]] = {}
        self._reported_drawings = 0
        self._last_id = 0
        self._lag = 0.0

    def ask(self, request: GuessRequest) -> None:
        """Want a guess of this ink; it replaces what has not left yet."""
        drawing = self._drawings.setdefault((request.code, request.seat), _PacedDrawing())
        if drawing.out is not None and drawing.out.round != request.round:
            self._forget_out(drawing)
        drawing.waiting = request

    def drop(self, code: str, seat: Seat | None = None) -> None:
        """Forget what a room (or one seat) wanted; answers on their way will be ignored."""
        for key in [key for key in self._drawings if key[0] == code and seat in (None, key[1])]:
            self._forget_out(self._drawings.pop(key))

    def due(self, now: float) -> list[DueRequest]:
        """Take out what may leave now, longest waiting first."""
        interval = self.interval(now)
        ready = []
        for key, drawing in list(self._drawings.items()):
            self._give_up(drawing, now)
            if drawing.waiting is None and drawing.out is None and now - drawing.left > GUESSER_REPORT_TTL_SECONDS:
                del self._drawings[key]
            elif (
                drawing.waiting is not None
                and drawing.out is None
                and now - drawing.paced >= interval - EARLY_SEND_TOLERANCE_SECONDS
            ):
                ready.append((drawing.left, key, drawing))
        ready.sort(key=lambda entry: entry[0])
        return [self._leave(key, drawing, now, interval) for _, key, drawing in ready]

    def next_due(self, now: float) -> float | None:
        """Return when `due` is worth asking again, if nothing is asked before; None while nothing waits."""
        interval = self.interval(now) + EARLY_SEND_TOLERANCE_SECONDS
        times = [
            drawing.left + GUESS_RETRY_AFTER_SECONDS if drawing.out is not None else drawing.paced + interval
            for drawing in self._drawings.values()
            if drawing.out is not None or drawing.waiting is not None
        ]
        return min(times, default=None)

    def answered(self, number: int) -> tuple[GuessRequest, float] | None:
        """Take note of an answer; returns its request and when that left, None if nobody waits for it any more."""
        key = self._out.pop(number, None)
        if key is None:
            return None
        drawing = self._drawings[key]
        request, drawing.out = drawing.out, None
        return None if request is None else (request, drawing.left)

    def lost(self, numbers: Iterable[int]) -> None:
        """Put requests that could not be sent back in line; newer ink of the same drawing goes first."""
        for number in numbers:
            key = self._out.get(number)
            if key is not None:
                drawing = self._drawings[key]
                drawing.waiting = drawing.waiting or drawing.out
                self._forget_out(drawing)

    def note_report(self, guesser: str, rate: float, drawings: int, now: float) -> None:
        """Take note of how much a guesser can do and how much is asked of all of them."""
        self._rates[guesser] = (rate, now)
        self._reported_drawings = drawings

    def note_timer_lag(self, lag: float) -> None:
        """Take note of how late (s) this web process's own timers fire: ink comes first when it is overloaded."""
        self._lag += (lag - self._lag) / 4

    @property
    def slowdown(self) -> float:
        """How many times as long drawings wait for guesses because this process is behind; 1 when it is not."""
        return min(MAX_SLOWDOWN_FACTOR, max(1.0, self._lag / TIMER_LAG_TOLERANCE_SECONDS))

    def active(self, now: float) -> int:
        """How many drawings of this process ask or have asked lately."""
        return sum(
            drawing.waiting is not None or now - drawing.left < GUESSER_REPORT_TTL_SECONDS
            for drawing in self._drawings.values()
        )

    def interval(self, now: float) -> float:
        """Seconds between two guesses of one drawing."""
        self._rates = {
            guesser: report for guesser, report in self._rates.items() if now - report[1] < GUESSER_REPORT_TTL_SECONDS
        }
        rate = sum(rate for rate, _ in self._rates.values())
        shortest = self._shortest * self.slowdown
        if rate <= 0:
            return shortest
        return max(shortest, max(self._reported_drawings, self.active(now)) / (MAX_GUESSER_LOAD_SHARE * rate))

    def _leave(self, key: SeatKey, drawing: _PacedDrawing, now: float, interval: float) -> DueRequest:
        assert drawing.waiting is not None
        self._last_id += 1
        self._out[self._last_id] = key
        drawing.out, drawing.waiting = drawing.waiting, None
        drawing.out_id, drawing.left = self._last_id, now
        drawing.paced = max(now, drawing.paced + interval)
        return DueRequest(self._last_id, drawing.out)

    def _give_up(self, drawing: _PacedDrawing, now: float) -> None:
        if drawing.out is not None and now - drawing.left >= GUESS_RETRY_AFTER_SECONDS:
            drawing.waiting = drawing.waiting or drawing.out
            self._forget_out(drawing)

    def _forget_out(self, drawing: _PacedDrawing) -> None:
        if drawing.out is not None:
            self._out.pop(drawing.out_id, None)
            drawing.out = None
