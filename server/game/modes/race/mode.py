"""Race: everybody draws the same prompt at once, and whoever Inkling understands first is first."""

from __future__ import annotations

from server.game.commands import Command, Done, ModeCommand, Ready
from server.game.events import Event, Outcome, Refused
from server.game.ids import Millis, ModeName, Seat
from server.game.modes.race import faults, hits, phases, results, round_clock, rules, visibility
from server.game.modes.race.state import RaceCanvas, Round
from server.game.seats import seating
from server.game.state import RoomState


class Race:
    """The rules of the race, as `server.game.mode.Mode` asks for them."""

    name: ModeName = "race"
    commands: tuple[type[ModeCommand], ...] = ()

    are_settings_in_bounds = staticmethod(rules.are_round_settings_in_bounds)
    ink_refusal_code = staticmethod(phases.ink_refusal_code)
    note_ink_change = staticmethod(hits.note_ink_change)
    note_guess = staticmethod(hits.note_guess)
    next_deadline = staticmethod(round_clock.next_deadline)
    do_what_is_due = staticmethod(phases.do_what_is_due)
    apply_consequences = staticmethod(phases.apply_consequences)
    audience = staticmethod(visibility.ink_audience)
    sees_ink = staticmethod(visibility.sees_all_ink)
    redact_event = staticmethod(visibility.redact_race_event)
    phase_end = staticmethod(visibility.phase_end)
    picture_round = staticmethod(visibility.picture_round)
    picture_player_round = staticmethod(visibility.picture_player_round)
    find_faults = staticmethod(faults.find_faults)

    def start_game(self, state: RoomState, now: Millis) -> list[Event]:
        """Begin the first round."""
        return phases.begin_round(state, 1, now)

    def handle(self, state: RoomState, command: Command, now: Millis) -> Outcome:
        """Apply Ready or Done; there is nothing else that a race alone has."""
        match command:
            case Ready():
                return seating.set_ready(state, command, ("lobby", "reveal"))
            case Done():
                return phases.set_done(state, command)
            case _:
                return Refused("not_now")

    def admit_player(self, state: RoomState, seat: Seat) -> None:
        """Give somebody who comes in time a canvas in the round."""
        if state.round is not None and state.phase in ("countdown", "drawing"):
            state.round.canvases[seat] = RaceCanvas()

    def dismiss_player(self, state: RoomState, seat: Seat, kicked: bool) -> list[Event]:
        """Take a player's canvas away; the drawing of whoever leaves may be kept."""
        events = [] if kicked else results.finish_canvas(state, seat, "left")
        if state.round is not None:
            state.round.canvases.pop(seat, None)
        return events

    def current_round(self, state: RoomState) -> Round | None:
        """Return the current or last round."""
        return state.round

    def is_guessing(self, state: RoomState) -> bool:
        """Say whether guesses still count."""
        return state.phase in ("drawing", "closing")
