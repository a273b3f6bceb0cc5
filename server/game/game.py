"""The door of the rules: commands and time go in, events come out, the state is all there is."""

from __future__ import annotations

from collections.abc import Sequence

from server.game import clock, limits, redact, teaching
from server.game.commands import (
    Again,
    Away,
    Command,
    Configure,
    Draw,
    Join,
    Kick,
    Leave,
    Lock,
    MachineGuessed,
    Points,
    Settings,
    Start,
    Teach,
    Tick,
    Unteach,
)
from server.game.events import Outcome, Refused, Repeated, ViewChanged
from server.game.ids import Millis, PlayerId, RoundId, Seat
from server.game.ink import changes
from server.game.ink.canvas import Canvas
from server.game.inkling import guesses
from server.game.modes.registry import MODES
from server.game.seats import host, seating
from server.game.state import CustomWord, RoomState
from server.game.view import RoomView
from server.game.words import custom_words, packs


class Game:
    """One room. It knows no clock: whoever has it sends `Tick` when `deadline` is reached."""

    def __init__(self, state: RoomState) -> None:
        self.state = state

    @classmethod
    def create(cls, code: str, seed: int, settings: Settings, server_words: Sequence[CustomWord] = ()) -> Game:
        """Make a fresh room that knows some words of the server's. Raises ValueError on settings out of their bounds."""
        if not are_settings_in_bounds(settings) or settings.pack not in packs.BUILT_IN_PACKS:
            raise ValueError(f"settings out of bounds: {settings}")
        return cls(RoomState(code=code, seed=seed, settings=settings, lessons=list(server_words), mode=settings.mode))

    def handle(self, command: Command, now: Millis) -> Outcome:
        """Apply a command at room time `now`. Refused and repeated ones change nothing.

        Raises RuntimeError in a state that the rules never lead to: what is due in it cannot be done.
        """
        state = self.state
        now = max(now, state.now)
        outcome = self._apply(command, now)
        if not isinstance(outcome, list):
            return outcome
        state.now = now
        if not (isinstance(command, Draw) and isinstance(command.op, Points)):
            outcome += clock.apply_room_consequences(state, MODES[state.mode], now)
        return outcome

    def _apply(self, command: Command, now: Millis) -> Outcome:
        state = self.state
        mode = MODES[state.mode]
        match command:
            case Draw():
                return changes.apply_ink_change(state, mode, command, now)
            case MachineGuessed():
                needed = packs.pack_thresholds(state.settings.pack)
                return guesses.take_machine_guess(state, mode, command, now, needed)
            case Tick():
                return clock.pass_time(state, mode, now)
            case Join():
                return seating.take_seat(state, mode, command, now)
            case Away():
                return seating.mark_away(state, command, now)
            case Leave():
                return seating.leave_seat(state, mode, command)
            case Kick():
                return host.kick_player(state, mode, command)
            case Lock():
                return host.lock_room(state, command)
            case Configure():
                return change_settings(state, command)
            case Start() | Again():
                return start_game(state, command, now)
            case Teach():
                return teaching.add_taught_drawing(state, command)
            case Unteach():
                return teaching.forget_taught_word(state, command)
            case _:
                return mode.handle(state, command, now)

    @property
    def deadline(self) -> Millis | None:
        """Room time at which a `Tick` is wanted, or None."""
        state = self.state
        return clock.room_deadline(state, MODES[state.mode])

    def view(self) -> RoomView:
        """Return the room as somebody sees it who has no seat."""
        return redact.picture_room(self.state, self.audience(NO_SEAT))

    def audience(self, viewer: Seat) -> str:
        """Return the audience that a viewer belongs to: all of one may know the same."""
        return redact.audience_of(self.state, viewer)

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
        current = MODES[self.state.mode].current_round(self.state)
        canvas = None if current is None else current.canvases.get(seat)
        return 0 if canvas is None else canvas.seq

    def canvas(self, seat: Seat) -> tuple[int, int, RoundId, redact.DrawnStrokes] | None:
        """Return (revision, seq, round, strokes) of ink that wants a guess; None when nothing is to be guessed."""
        found = self.canvas_to_guess(seat)
        return None if found is None else (found[0], found[0], found[1], found[2].segments())

    def canvas_to_guess(self, seat: Seat) -> tuple[int, RoundId, Canvas] | None:
        """Return (revision, round, the canvas itself) of ink that wants a guess: for reading only."""
        mode = MODES[self.state.mode]
        current = mode.current_round(self.state)
        canvas = None if current is None else current.canvases.get(seat)
        if current is None or canvas is None or not canvas.strokes or not mode.is_guessing(self.state):
            return None
        return canvas.seq, current.id, canvas

    def seats_to_guess(self) -> list[Seat]:
        """Return the seats whose newest ink has no guess yet: ask for it again after a takeover or an outage."""
        mode = MODES[self.state.mode]
        current = mode.current_round(self.state)
        if current is None or not mode.is_guessing(self.state):
            return []
        return [seat for seat, canvas in current.canvases.items() if canvas.pending]

    def pack_words(self) -> tuple[str, ...]:
        """Return the words that the network's answers are renormalised over."""
        return packs.pack_words(self.state.settings.pack)

    def taught(self) -> list[CustomWord]:
        """Return the taught words that may be guessed besides the pack's."""
        return custom_words.custom_words_in_play(self.state)


NO_SEAT = Seat(-1)
"""A viewer who has no seat."""


def are_settings_in_bounds(settings: Settings) -> bool:
    """Say whether the numbers of the settings are within their bounds."""
    low, high = limits.SEATS_PER_ROOM_BOUNDS
    return low <= settings.seats <= high and MODES[settings.mode].are_settings_in_bounds(settings)


def change_settings(state: RoomState, command: Configure) -> Outcome:
    """Change some of the settings between rounds, the mode between games."""
    chosen = command.settings.applied(state.settings)
    code = host.host_refusal_code(state, command.player)
    if not code and state.phase not in ("lobby", "reveal", "podium"):
        code = "not_now"
    if not code and state.phase == "reveal" and command.settings.changes_mode(state.settings):
        code = "not_now"
    if not code and not are_settings_in_bounds(chosen):
        code = "bad_setting"
    if not code and not custom_words.is_known_pack(state, chosen.pack):
        code = "unknown_pack"
    if code:
        return Refused(code)
    if state.settings == chosen:
        return Repeated()
    state.settings = chosen
    return [ViewChanged()]


def start_game(state: RoomState, command: Start | Again, now: Millis) -> Outcome:
    """Begin a game: the first one from the lobby, a rematch from the podium."""
    code = host.host_refusal_code(state, command.player)
    if not code and state.phase != ("lobby" if isinstance(command, Start) else "podium"):
        code = "not_now"
    if code:
        return Refused(code)
    state.game += 1
    state.game_pack = state.settings.pack
    state.mode = state.settings.mode
    state.standard = True
    state.used = []
    state.album = []
    for player in state.players.values():
        player.score = player.hits = player.gained = 0
        player.played = False
    return MODES[state.mode].start_game(state, now)
