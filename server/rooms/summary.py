"""The card of a room: what somebody with the link may know before joining."""

from __future__ import annotations

from dataclasses import dataclass

from server.game.ids import Phase


@dataclass(frozen=True, slots=True)
class CardPlayer:
    """A name on the card."""

    name: str
    here: bool


@dataclass(frozen=True, slots=True)
class Card:
    """Who is there and whether there is room."""

    code: str
    phase: Phase
    players: tuple[CardPlayer, ...]
    seats: int
    """How many may sit."""
    taken: int
    locked: bool
