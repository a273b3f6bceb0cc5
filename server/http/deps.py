"""What the HTTP side is made of."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from server.access.rate_limits import RateLimits
from server.api_types import (
    DrawingCard,
    DrawingDetails,
    Erased,
    GalleryPage,
    GalleryWord,
    HeldDrawings,
    OwnDrawingsPage,
    ScoreLine,
)
from server.export_types import ExportState
from server.game.words.packs import Pack
from server.metrics import Meters
from server.rooms.directory import RoomDirectory
from server.settings import ServerSettings


class LeaderboardReader(Protocol):
    """Where the score boards are read."""

    async def top(self, board: str, pack: str) -> Sequence[ScoreLine]:
        """Return the lines of a board, best first. Raises StoreUnavailable."""


TimedStrokes = tuple[tuple[tuple[int, ...], tuple[int, ...], tuple[int, ...]], ...]
"""x, y, t of each stroke."""


class DemoService(Protocol):
    """What answers on the page /try: a refusal's code or none, and JSON for the page."""

    async def list_recipes(self) -> tuple[str, bytes]:
        """List what can be tried."""

    async def ask(self, recipe: str, strokes: TimedStrokes, picture: bytes) -> tuple[str, bytes]:
        """Answer for strokes, or without any for the file of a picture."""


class GalleryService(Protocol):
    """What people see of the collection. Every call raises StoreUnavailable."""

    async def words(self) -> list[GalleryWord]:
        """List the words of the gallery."""

    async def of_word(self, word: str, skip: int) -> GalleryPage:
        """Return a page of a word's shown drawings."""

    async def strip(self) -> list[DrawingCard]:
        """Return some shown drawings for the first page."""

    async def one(self, key_id: str, owner: str | None, operator: bool) -> DrawingDetails | None:
        """Return one drawing if this visitor may see it."""

    async def picture(self, key_id: str, kind: str) -> bytes | None:
        """Draw one that everybody may see."""

    async def report(self, key_id: str) -> bool:
        """Put a shown drawing before the operator."""

    async def held(self, before: int) -> HeldDrawings:
        """Return what waits for the operator."""

    async def judge(self, key_id: str, verdict: str) -> bool:
        """Carry out the operator's verdict."""

    async def own(self, owner: str, skip: int) -> OwnDrawingsPage:
        """Return a page of a player's drawings."""

    async def forget(self, owner: str, key_id: str) -> Erased | None:
        """Erase one of a player's drawings. Raises OSError."""

    async def forget_all(self, owner: str) -> Erased:
        """Erase all of a player's drawings. Raises OSError."""

    def zipped(self, owner: str) -> AsyncIterator[bytes]:
        """Stream a zip of a player's drawings."""


class OwnerResolver(Protocol):
    """Whose drawings a token or a recovery code is about."""

    def owner(self, token: str) -> str | None:
        """Return the owner; None if the token is not good here."""

    def recovery(self, owner: str) -> str:
        """Return the code that opens an owner's drawings on any device."""


class TarSource(Protocol):
    """All files of an export as one tar."""

    @property
    def size(self) -> int:
        """How many bytes it has."""

    @property
    def etag(self) -> str:
        """Another one when the tar is another one."""

    def read(self, start: int, stop: int) -> Iterator[bytes]:
        """Stream the bytes start … stop-1. Raises OSError, ValueError."""


class ExportService(Protocol):
    """Exports in processes of their own, one after the other."""

    async def run_next(self) -> None:
        """Start the one that has waited longest, unless one is running."""

    async def start(self, body: bytes) -> ExportState:
        """Queue one. Raises InvalidExport, TooManyExports, OSError."""

    async def resume(self, name: str) -> ExportState | None:
        """Queue one again."""

    def all(self) -> list[ExportState]:
        """Tell of all."""

    def state(self, name: str) -> ExportState | None:
        """Tell of one."""

    async def file(self, name: str, path: str) -> Path | None:
        """Find a complete file of one. Raises StoreUnavailable, OSError."""

    async def tar(self, name: str) -> TarSource | None:
        """Return all files of a finished one. Raises StoreUnavailable, OSError."""

    async def remove(self, name: str) -> bool:
        """Stop and delete one."""


@dataclass(frozen=True, slots=True)
class HttpDeps:
    """Everything the routes need, handed over by the composition root."""

    settings: ServerSettings
    rooms: RoomDirectory
    boards: LeaderboardReader
    limits: RateLimits
    guesser_ready: Callable[[], bool]
    store_ready: Callable[[], Awaitable[bool]]
    packs: Mapping[str, Pack]
    metrics: Callable[[], dict[str, float]]
    demo: DemoService
    drawings: GalleryService
    owners: OwnerResolver
    exports: ExportService
    meters: Meters = field(default_factory=Meters)
