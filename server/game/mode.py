"""What a way to play has to answer. Everything else is shared, and asks the mode of the room through this protocol."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Protocol

from server.game.commands import Command, ModeCommand, Settings
from server.game.events import Event, Outcome
from server.game.ids import Millis, ModeName, RoundId, Seat
from server.game.ink.canvas import Canvas
from server.game.state import RoomState
from server.game.view import RoundView


class CurrentRound(Protocol):
    """The current or last round of any mode: what those read who share it."""

    @property
    def id(self) -> RoundId:
        """Counts the rounds of the room."""
        ...

    @property
    def canvases(self) -> Mapping[Seat, Canvas]:
        """The canvas of every seat that draws in it."""
        ...

    def clock(self, now: Millis) -> Millis:
        """Return the round's clock (ms) at a room time."""
        ...


@dataclass(frozen=True, slots=True)
class PlayerRound:
    """What everybody sees of one player's round."""

    done: bool = False
    gained: int = 0
    hit_at: Millis | None = None
    first: bool = False


class Mode(Protocol):
    """A set of rules beside the others. A mode has no fields: all that it remembers is in the room's state."""

    @property
    def name(self) -> ModeName:
        """What stored bytes and messages call it."""
        ...

    @property
    def commands(self) -> tuple[type[ModeCommand], ...]:
        """The commands that it alone has."""
        ...

    # -- games -------------------------------------------------------------------------------------------

    def are_settings_in_bounds(self, settings: Settings) -> bool:
        """Say whether the settings that this mode alone reads are within their bounds."""
        ...

    def start_game(self, state: RoomState, now: Millis) -> list[Event]:
        """Begin the first round; scores and album are empty already."""
        ...

    def handle(self, state: RoomState, command: Command, now: Millis) -> Outcome:
        """Apply Ready, Done, or a command of this mode alone."""
        ...

    # -- seats -------------------------------------------------------------------------------------------

    def admit_player(self, state: RoomState, seat: Seat) -> None:
        """Let somebody who has just come take part in what is going on."""
        ...

    def dismiss_player(self, state: RoomState, seat: Seat, kicked: bool) -> list[Event]:
        """Take somebody who is about to go out of the round; the drawing of whoever was not kicked may be kept."""
        ...

    # -- ink and guesses: asked for every message ---------------------------------------------------------

    def current_round(self, state: RoomState) -> CurrentRound | None:
        """Return the current or last round."""
        ...

    def ink_refusal_code(self, state: RoomState, seat: Seat, round_id: RoundId, now: Millis) -> str:
        """Return why a seat may not draw in a round at this time, or nothing."""
        ...

    def note_ink_change(self, state: RoomState, seat: Seat, now: Millis) -> list[Event]:
        """Note that a canvas has changed."""
        ...

    def is_guessing(self, state: RoomState) -> bool:
        """Say whether Inkling guesses at the canvases of the current round now."""
        ...

    def note_guess(self, state: RoomState, seat: Seat, now: Millis) -> list[Event]:
        """Note that Inkling has a new idea of a canvas: let it speak."""
        ...

    # -- time --------------------------------------------------------------------------------------------

    def next_deadline(self, state: RoomState) -> Millis | None:
        """Return the room time of the next thing that happens by itself, or None."""
        ...

    def do_what_is_due(self, state: RoomState, now: Millis) -> list[Event]:
        """Do at least one of the things that are due at `now`."""
        ...

    def apply_consequences(self, state: RoomState, now: Millis) -> list[Event]:
        """Do what follows from whatever has just happened; not asked after points, which are most of all commands."""
        ...

    # -- what leaves the server: asked by `redact` alone -------------------------------------------------------

    def audience(self, state: RoomState, viewer: Seat) -> str:
        """Return which of the mode's audiences a viewer belongs to now."""
        ...

    def sees_ink(self, audience: str) -> bool:
        """Say whether an audience sees ink that is not its own."""
        ...

    def redact_event(self, event: Event, audience: str, own: bool) -> Event | None:
        """Return the event as an audience may learn of it, or None; `own`: it is about the viewer's seat."""
        ...

    def phase_end(self, state: RoomState) -> Millis | None:
        """Return the room time at which the phase ends by itself, as it is shown."""
        ...

    def picture_round(self, state: RoomState, audience: str) -> RoundView | None:
        """Picture the current or last round for an audience."""
        ...

    def picture_player_round(self, state: RoomState, seat: Seat) -> PlayerRound:
        """Picture a player's round; it is the same for all audiences."""
        ...

    # -- what was stored ---------------------------------------------------------------------------------

    def find_faults(self, state: RoomState) -> Iterator[str]:
        """Say what makes no sense about what this mode remembers."""
        ...
