"""What the HTTP side is made of."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from msgspec import Struct

from server.game.packs import Pack
from server.gateway.limits import Limits
from server.metrics import Meters
from server.rooms.directory import Rooms
from server.settings import Settings


class Boards(Protocol):
    """Where the score boards are read."""

    async def top(self, board: str, pack: str) -> Sequence[Struct]:
        """Return the lines of a board, best first. Raises StoreAway."""


Strokes = tuple[tuple[tuple[int, ...], tuple[int, ...], tuple[int, ...]], ...]
"""x, y, t of each stroke."""


class Tries(Protocol):
    """Who answers what visitors try: a refusal's code or none, and JSON for the page."""

    async def shelf(self) -> tuple[str, bytes]:
        """List what can be tried."""

    async def ask(self, recipe: str, strokes: Strokes, picture: bytes) -> tuple[str, bytes]:
        """Answer for strokes, or without any for the file of a picture."""


@dataclass(frozen=True, slots=True)
class Deps:
    """Everything the routes need, handed over by the composition root."""

    settings: Settings
    rooms: Rooms
    boards: Boards
    limits: Limits
    guesser_ready: Callable[[], bool]
    store_ready: Callable[[], Awaitable[bool]]
    packs: Mapping[str, Pack]
    metrics: Callable[[], dict[str, float]]
    tries: Tries
    meters: Meters = field(default_factory=Meters)
