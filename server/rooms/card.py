"""The card of a room: what somebody with the link may know before joining."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CardPlayer:
    """A name on the card."""

    name: str
    here: bool


@dataclass(frozen=True, slots=True)
class Card:
    """Who is there and whether there is room."""

    code: str
    phase: str
    players: tuple[CardPlayer, ...]
    seats: int
    taken: int
    locked: bool
