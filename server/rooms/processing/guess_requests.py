"""Asks for guesses of the drawings of one room, each with its ink packed as it grows."""

from __future__ import annotations

from collections.abc import Iterable

from server.game.game import Game
from server.game.ids import Seat
from server.rooms.ink_buffer import InkBuffer
from server.rooms.ports import Guesser, GuessRequest, TaughtWord


class GuessRequests:
    """The drawings of one room that are being guessed. The guesser's client paces requests, and the newest ink wins."""

    def __init__(self, game: Game, guesser: Guesser) -> None:
        self._game, self._guesser = game, guesser
        self._ink_buffers: dict[Seat, InkBuffer] = {}

    def ask(self, seats: Iterable[Seat]) -> None:
        """Ask what these seats are drawing, where anything is to be guessed."""
        words = self._game.pack_words()
        taught = tuple(TaughtWord(one.word, one.key, tuple(one.sketches)) for one in self._game.taught())
        for seat in seats:
            found = self._game.canvas_to_guess(seat)
            if found is not None:
                revision, round_id, canvas = found
                ink = self._ink_buffers.setdefault(seat, InkBuffer()).follow(canvas.strokes)
                self._guesser.ask(
                    GuessRequest(self._game.state.code, seat, round_id, revision, revision, ink, words, taught)
                )

    def begin_phase(self) -> None:
        """Forget the packed ink: a new phase has drawings of its own."""
        self._ink_buffers.clear()

    def drop(self, seat: Seat | None = None) -> None:
        """Take back what was asked about one seat, or about the whole room."""
        self._guesser.drop(self._game.state.code, seat)
