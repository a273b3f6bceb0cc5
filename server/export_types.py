"""What the HTTP API of exports takes and answers, typed; the other half of `server.api_types`."""

from __future__ import annotations

from typing import Annotated, Literal, NotRequired, TypedDict

from msgspec import Meta, Struct

from server.api_types import Share

ExportId = Annotated[str, Meta(pattern="^[0-9a-f]{16}$")]

EXPORT_FORMAT_NAMES = [
    "raw", "simplified", "csv", "bin", "npy", "npz", "parquet", "tfrecord", "webdataset", "png", "svg", "gif", "imagefolder",
]  # fmt: skip
"""Names of `server.drawings.formats.registry.EXPORT_FORMATS`, in order; a test compares them."""
DRAWING_SOURCE_NAMES = ["player", "bot", "import", "teach", "any"]
"""Names of `server.drawings.filter.DRAWING_SOURCES`."""


class ExportOrder(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One export. Times are ms since 1970 (UTC), `until` exclusive; what is null is not asked for."""

    format: Annotated[str, Meta(extra_json_schema={"enum": EXPORT_FORMAT_NAMES})]
    words: Annotated[list[str], Meta(min_length=1, max_length=2000)] | None = None
    since: float | None = None
    until: float | None = None
    recognized: bool | None = None
    model: str | None = None
    """A version that looked at the drawing."""
    source: Annotated[str, Meta(extra_json_schema={"enum": DRAWING_SOURCE_NAMES})] = "player"
    finished: bool = False
    """Only drawings that nobody cut off."""
    min_ink: Annotated[float, Meta(ge=0)] | None = None
    """Pen-down length on the canvas, which is 4096 wide."""
    provenance: bool = False
    stable_players: bool = False
    """Whether players get the same names in every export (their hash); else they are random for each."""
    max_doubt: Share | None = None
    """What the network doubted last, at most."""
    min_hit: Share | None = None
    """What the network once gave the word, at least."""
    dedup: bool = False
    """Of a word's drawings with the same simplified strokes only the first."""
    limit: Annotated[int, Meta(ge=1)] | None = None
    """The first ones of each word."""
    sample: Annotated[int, Meta(ge=1, le=1_000_000)] | None = None
    """So many of each word at random: the same ones for the same seed."""
    seed: Annotated[int, Meta(ge=0, lt=2**53)] = 0
    split: Annotated[str, Meta(pattern="^[0-9]{1,3}:[0-9]{1,3}:[0-9]{1,3}$")] | None = None
    """Shares of train, validation and test, as 78:10:12; a person's drawings are all in one of them."""
    untimed: bool = False
    """Whether a raw export holds drawings without times, with null for t; else they are left out."""


class ExportedFile(TypedDict):
    """A complete file of an export."""

    file: str
    bytes: int
    word: NotRequired[str]
    drawings: NotRequired[int]
    sha256: NotRequired[str]
    recognized: NotRequired[int]
    models: NotRequired[list[str]]
    licences: NotRequired[list[str]]
    part: NotRequired[str]
    """train, validation or test, where the export is split into folders."""
    tar_bytes: NotRequired[int]
    """Its length in the tar, with headers and padding."""


class ExportState(TypedDict):
    """How far an export is."""

    id: ExportId
    order: ExportOrder
    state: Literal["waiting", "running", "done", "failed", "interrupted"]
    drawings: int
    """Written so far."""
    expected: int
    """At most so many."""
    files: list[ExportedFile]
    error: NotRequired[str]
    began: NotRequired[str | None]
    empty_because: NotRequired[list[str]]
    """Why a finished export holds nothing."""
