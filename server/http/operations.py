"""Every operation of the HTTP API: what it takes, what it answers, why it may refuse. A test compares with the routes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, Literal

from msgspec import Meta

from server import api_types
from server.protocol import Code, TryIn
from server.rooms.summary import Card

Who = Literal["", "owner", "operator"]
"""Whose token opens it: a player's (or a recovery code), or the operator's. Where nobody's is needed, a player's says
whose browser it is: limits count browsers before addresses."""

PNG, SVG, GIF = "image/png", "image/svg+xml", "image/gif"
TEXT, JSON = "text/plain", "application/json"
ZIP, TAR, BYTES = "application/zip", "application/x-tar", "application/octet-stream"

Skip = Annotated[int, Meta(ge=0, le=9_999_999)]

PATHS: dict[str, Any] = {
    "code": Code,
    "id": api_types.DrawingId,
    "export": api_types.ExportId,
    "recipe": Annotated[str, Meta(max_length=64)],
    "word": str,
    "kind": Literal["png", "svg", "gif"],
    "path": str,
}
"""The parts of an address, typed."""


@dataclass(frozen=True, slots=True)
class Operation:
    """One method on one address."""

    name: str
    method: str
    path: str
    does: str
    gives: Any = api_types.Nothing
    """Type of the JSON answer, or a tuple of media types of files."""
    status: int = 200
    also: tuple[int, ...] = ()
    """Other states with the same answer."""
    ranges: bool = False
    """Whether a part of the file may be asked for (206; 416: there is no such part)."""
    takes: Any = None
    """Type of the JSON body."""
    takes_files: tuple[str, ...] = ()
    """Media types of files that are taken instead."""
    query: tuple[tuple[str, Any, str], ...] = ()
    """(name, type, what it is)."""
    who: tuple[Who, ...] = ("",)
    refuses: tuple[str, ...] = ()


_OWNER = ("bad_code", "too_many", "saving_paused")
_OPERATOR = ("admin_off", "wrong_admin_token", "too_many")
_OFTEN = ("too_many", "network_busy")
_ROOM = ("unknown_room", "room_lost", "room_newer", "too_many", "network_busy", "saving_paused")
_SKIP = (("skip", Skip, "Drawings to pass over: `next` of the page before."),)

OPERATIONS = (
    Operation("makeRoom", "POST", "/api/rooms", "Make a room. It is gone when nobody comes.", api_types.RoomMade, 201,
              who=("", "owner"), refuses=(*_OFTEN, "server_full", "saving_paused")),
    Operation("getRoom", "GET", "/api/rooms/{code}", "Tell somebody with a room's link who is there.", Card,
              who=("", "owner"), refuses=_ROOM),
    Operation("getRoomQr", "GET", "/api/rooms/{code}/qr.svg", "Draw the room's link as a QR code.", (SVG,),
              query=(("origin", str, "What the link begins with: where the page was opened."),), who=("", "owner"),
              refuses=("bad_message", *_ROOM)),
    Operation("getInfo", "GET", "/api/info", "Tell a client what it has to know before a room.", api_types.Info),
    Operation("getScores", "GET", "/api/scores", "Read a score board, best first.", list[api_types.ScoreLine],
              query=(("board", Literal["all", "day"], "All time (what is meant without), or today in UTC."),
                     ("pack", str, "The pack that was played; `easy` without.")),
              refuses=("bad_message", "saving_paused")),
    Operation("listRecipes", "GET", "/api/try", "List every recipe, and which of them have a trained run.",
              list[api_types.Recipe], refuses=("guesser_away", "slow_down", "try_failed")),
    Operation("tryRecipe", "POST", "/api/try/{recipe}",
              "Ask what a network says of a drawing (≤ 512 kB of JSON, equally long x, y and t), or of the file of a "
              "picture (≤ 2 MiB, ≤ 16 million pixels).", api_types.TryAnswer, takes=TryIn,
              takes_files=(PNG, "image/jpeg", "image/webp", BYTES),
              who=("", "owner"),
              refuses=("unknown_recipe", "not_trained", "bad_message", "bad_ink", "bad_picture", "too_large", *_OFTEN,
                       "slow_down", "guesser_away", "try_failed")),
    Operation("listWords", "GET", "/api/drawings", "List the words of the gallery.", api_types.GalleryWords,
              refuses=("saving_paused",)),
    Operation("listDrawings", "GET", "/api/drawings/of/{word}", "Read a page of a word's drawings.", api_types.Wall,
              query=_SKIP, refuses=("bad_message", "saving_paused")),
    Operation("getStrip", "GET", "/api/drawings/strip", "Read some drawings for a first page.", api_types.Strip,
              refuses=("saving_paused",)),
    Operation("getDrawing", "GET", "/api/drawings/{id}",
              "Read one drawing: a shown one, one's own, or as the operator any.", api_types.DrawingWhole,
              who=("", "owner", "operator"), refuses=("unknown_drawing", *_OWNER)),
    Operation("reportDrawing", "POST", "/api/drawings/{id}/report",
              "Put a shown drawing before the operator; it is out of sight until then.", status=202,
              who=("", "owner"), refuses=("unknown_drawing", *_OFTEN, "saving_paused")),
    Operation("drawDrawing", "GET", "/d/{id}.{kind}", "Draw a shown drawing; the GIF draws itself.", (PNG, SVG, GIF),
              refuses=("unknown_drawing", "network_busy", "saving_paused")),
    Operation("listOwn", "GET", "/api/mine", "Read a page of one's own drawings.", api_types.Own, query=_SKIP,
              who=("owner",), refuses=("bad_message", *_OWNER)),
    Operation("zipOwn", "GET", "/api/mine.zip", "Fetch all of one's own drawings: ndjson with provenance, and a PNG each.",
              (ZIP,), who=("owner",), refuses=("network_busy", *_OWNER)),
    Operation("eraseAllOwn", "DELETE", "/api/mine", "Erase all of one's own drawings.", api_types.Erased, who=("owner",),
              refuses=_OWNER),
    Operation("eraseOwn", "DELETE", "/api/mine/{id}", "Erase one of one's own drawings.", api_types.Erased, who=("owner",),
              refuses=("unknown_drawing", *_OWNER)),
    Operation("listHeld", "GET", "/api/held", "Read what was reported, and what was not looked at yet.", api_types.Held,
              query=(("before", Skip, "`next` of the page before: an hour."),), who=("operator",),
              refuses=("bad_message", "saving_paused", *_OPERATOR)),
    Operation("judgeDrawing", "POST", "/api/held/{id}", "Carry out the operator's verdict.", takes=api_types.VerdictIn,
              who=("operator",), refuses=("bad_message", "unknown_drawing", "saving_paused", *_OPERATOR)),
    Operation("listExports", "GET", "/api/exports", "Tell of all exports.", list[api_types.ExportState], who=("operator",),
              refuses=_OPERATOR),
    Operation("startExport", "POST", "/api/exports", "Begin an export; they wait for each other, and 20 are kept.",
              api_types.ExportState, 202, takes=api_types.ExportOrder, who=("operator",),
              refuses=("bad_filter", "exports_full", "no_room", "too_large", *_OPERATOR)),
    Operation("getExport", "GET", "/api/exports/{export}", "Tell how far an export is, and which files are complete.",
              api_types.ExportState, who=("operator",), refuses=("unknown_export", *_OPERATOR)),
    Operation("removeExport", "DELETE", "/api/exports/{export}", "Stop an export and delete it.", who=("operator",),
              refuses=("unknown_export", *_OPERATOR)),
    Operation("resumeExport", "POST", "/api/exports/{export}/resume",
              "Go on after an interruption or a full disk; after a restart it goes on by itself.", api_types.ExportState, 202, who=("operator",),
              refuses=("unknown_export", *_OPERATOR)),
    Operation("getExportFile", "GET", "/api/exports/{export}/files/{path}",
              "Fetch a complete file; `Range` is honoured.", (BYTES,), ranges=True, who=("operator",),
              refuses=("unknown_export", *_OPERATOR)),
    Operation("getExportTar", "GET", "/api/exports/{export}/export.tar",
              "Fetch all files of a finished export in one; `Range` and `If-Range` are honoured.", (TAR,), ranges=True,
              who=("operator",), refuses=("unknown_export", *_OPERATOR)),
    Operation("getOpenApi", "GET", "/api/openapi.json", "Fetch the document of the HTTP API.", dict[str, Any]),
    Operation("getAsyncApi", "GET", "/api/asyncapi.json", "Fetch the document of the socket.", dict[str, Any]),
    Operation("isAlive", "GET", "/healthz", "Answer while the process lives.", (TEXT,)),
    Operation("isReady", "GET", "/readyz", "Tell whether games can be played and guessed; 503 when not.", api_types.Ready,
              also=(503,)),
    Operation("getMetrics", "GET", "/metrics", "Read the figures in Prometheus' text format.", (TEXT,)),
)  # fmt: skip
"""In the order of the page in docs/protocol.md."""
