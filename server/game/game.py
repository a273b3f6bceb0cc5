"""The door of the rules: commands and time go in, events come out, the state is all there is."""

from __future__ import annotations

from collections.abc import Sequence

from server.game import redact, round_clock, rules, teaching
from server.game.commands import (
    Again,
    Away,
    Command,
    Configure,
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
    Teach,
    Unteach,
)
from server.game.events import Event, Refused, Repeated
from server.game.ids import Millis, PlayerId, RoundId, Seat
from server.game.ink import changes
from server.game.inkling import guesses
from server.game.modes.race import phases
from server.game.seats import seating
from server.game.state import Canvas, CustomWord, RoomState
from server.game.view import RoomView
from server.game.words import custom_words, packs

Outcome = list[Event] | Refused | Repeated


class Game:
    """One room in race mode. It knows no clock: whoever holds it sends `Tick` when `deadline` is reached."""

    def __init__(self, state: RoomState) -> None:
        self.state = state

    @classmethod
    def create(cls, code: str, seed: int, settings: Settings, known: Sequence[CustomWord] = ()) -> Game:
        """Make a fresh room that knows some words of the server's. Raises ValueError on settings out of their bounds."""
        if not rules.are_settings_in_bounds(settings) or settings.pack not in packs.BUILT_IN_PACKS:
            raise ValueError(f"settings out of bounds: {settings}")
        return cls(RoomState(code=code, seed=seed, settings=settings, lessons=list(known)))

    def handle(self, command: Command, now: Millis) -> Outcome:
        """Apply a command at room time `now`. Refused and repeated ones change nothing.

        None raises in a state that the rules led to; RuntimeError: what is due in this one cannot be done.
        """
        state = self.state
        now = max(now, state.now)
        outcome = self._apply(command, now)
        if isinstance(outcome, (Refused, Repeated)):
            return outcome
        state.now = now
        if not (isinstance(command, Draw) and isinstance(command.op, Points)):
            outcome += phases.draw_consequences(state, now)
        return outcome

    def _apply(self, command: Command, now: Millis) -> Outcome:
        state = self.state
        match command:
            case Draw():
                return changes.apply_ink_change(state, command, now)
            case MachineGuessed():
                return guesses.take_machine_guess(state, command, now)
            case Join():
                return seating.take_seat(state, command, now)
            case Away():
                return seating.mark_away(state, command, now)
            case Leave():
                return seating.leave_seat(state, command)
            case Kick():
                return seating.kick_player(state, command)
            case Lock():
                return seating.lock_room(state, command)
            case Ready():
                return phases.set_ready(state, command)
            case Configure():
                return phases.change_settings(state, command)
            case Start() | Again():
                return phases.start_game(state, command, now)
            case Done():
                return phases.set_done(state, command)
            case Teach():
                return teaching.add_taught_drawing(state, command)
            case Unteach():
                return teaching.forget_taught_word(state, command)
            case _:
                return phases.pass_time(state, now)

    @property
    def deadline(self) -> Millis | None:
        """Room time at which a `Tick` is wanted, or None."""
        return round_clock.next_deadline(self.state)

    def view(self) -> RoomView:
        """Return the room as everybody sees it."""
        return redact.picture_room(self.state)

    def audience(self, viewer: Seat) -> str:
        """Return "all" or "own": whose ink the viewer may see."""
        return redact.ink_audience(self.state, viewer)

    def seat_of(self, player: PlayerId) -> Seat | None:
        """Return the player's seat, if any."""
        return self.state.seats.get(player)

    def generation(self, player: PlayerId) -> int | None:
        """Return how often the player was welcomed, or None without a seat."""
        seat = self.state.seats.get(player)
        return None if seat is None else self.state.players[seat].generation

    def present(self) -> list[PlayerId]:
        """Return the players who are connected."""
        return [player.id for player in self.state.players.values() if player.here]

    def last_seq(self, seat: Seat) -> int:
        """Return the number of the newest accepted change of a seat's ink in this round."""
        current = self.state.round
        canvas = None if current is None else current.canvases.get(seat)
        return 0 if canvas is None else canvas.seq

    def canvas(self, seat: Seat) -> tuple[int, int, RoundId, redact.DrawnStrokes] | None:
        """Return (revision, seq, round, strokes) of ink that wants a guess; None when nothing is to be guessed."""
        found = self.canvas_to_guess(seat)
        return None if found is None else (found[0], found[0], found[1], redact.canvas_strokes(found[2]))

    def canvas_to_guess(self, seat: Seat) -> tuple[int, RoundId, Canvas] | None:
        """Return (revision, round, the canvas itself) of ink that wants a guess: for reading only."""
        current = self.state.round
        canvas = None if current is None else current.canvases.get(seat)
        if current is None or canvas is None or not canvas.strokes or self.state.phase not in ("drawing", "closing"):
            return None
        return canvas.seq, current.id, canvas

    def seats_to_guess(self) -> list[Seat]:
        """Return the seats whose newest ink has no guess yet: ask for it again after a takeover or an outage."""
        current = self.state.round
        if current is None or self.state.phase not in ("drawing", "closing"):
            return []
        return [seat for seat, canvas in current.canvases.items() if canvas.pending]

    def pack_words(self) -> tuple[str, ...]:
        """Return the words that the network's answers are renormalised over."""
        return packs.pack_words(self.state.settings.pack)

    def taught(self) -> list[CustomWord]:
        """Return the taught words that may be guessed besides the pack's."""
        return custom_words.custom_words_in_play(self.state)
