"""A mode for tests: a race in which only the host may know the prompt and the hits, and may skip the round."""

from __future__ import annotations

from dataclasses import dataclass, replace

from server.game.commands import Command, ModeCommand
from server.game.events import Event, Hit, Outcome, ViewChanged
from server.game.ids import Millis, PlayerId, Seat
from server.game.modes.race.mode import Race
from server.game.state import RoomState
from server.game.view import RoundView


@dataclass(frozen=True, slots=True)
class Skip(ModeCommand):
    """The round is over at once."""

    player: PlayerId


class Secretive(Race):
    """It answers as the race does, but for what is secret and its own command."""

    commands = (Skip,)

    def handle(self, state: RoomState, command: Command, now: Millis) -> Outcome:
        if isinstance(command, Skip) and state.round is not None:
            state.round.ends = now
            return [ViewChanged()]
        return super().handle(state, command, now)

    def audience(self, state: RoomState, viewer: Seat) -> str:
        return "knows" if viewer == state.host else "guesses"

    def sees_ink(self, audience: str) -> bool:
        return True

    def redact_event(self, event: Event, audience: str, own: bool) -> Event | None:
        return None if isinstance(event, Hit) and audience == "guesses" else event

    def picture_round(self, state: RoomState, audience: str) -> RoundView | None:
        view = super().picture_round(state, audience)
        return view if view is None or audience == "knows" else replace(view, prompt="", display="")
