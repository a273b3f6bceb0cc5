"""The ways to play, by name. A new mode is a folder beside `race` and a line here."""

from __future__ import annotations

from server.game.ids import ModeName
from server.game.mode import Mode
from server.game.modes.race.mode import Race
from server.game.state import RoomState

MODES: dict[ModeName, Mode] = {
    "race": Race(),
}


def mode_of(state: RoomState) -> Mode:
    """Return the mode of the running or the last game."""
    return MODES[state.mode]
