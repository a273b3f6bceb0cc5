"""Every operation of the HTTP API: what it takes, what it answers, why it may refuse. A test compares with the routes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, Literal

from msgspec import Meta

from server import api_types, export_types
from server.protocol import Code, TryIn
from server.rooms.summary import Card

TokenRole = Literal["", "owner", "operator"]
"""Whose token opens it: a player's (or a recovery code), or the operator's. Where nobody's is needed, a player's says
whose browser it is: limits count browsers before addresses."""

IMAGE_PNG, IMAGE_SVG, IMAGE_GIF = "image/png", "image/svg+xml", "image/gif"
TEXT_PLAIN, APPLICATION_JSON = "text/plain", "application/json"
APPLICATION_ZIP, APPLICATION_TAR, APPLICATION_OCTET_STREAM = (
    "application/zip",
    "application/x-tar",
    "application/octet-stream",
)

SkipCount = Annotated[int, Meta(ge=0, le=9_999_999)]

PATH_PARAMETERS: dict[str, Any] = {
    "code": Code,
    "id": api_types.DrawingId,
    "export": export_types.ExportId,
    "recipe": Annotated[str, Meta(max_length=64)],
    "word": str,
    "kind": Literal["png", "svg", "gif"],
    "path": str,
}
"""The parts of an address, typed."""


@dataclass(frozen=True, slots=True)
class HttpOperation:
    """One method on one address."""

    name: str
    method: str
    path: str
    does: str
    gives: Any = api_types.EmptyAnswer
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
    who: tuple[TokenRole, ...] = ("",)
    refuses: tuple[str, ...] = ()


_OWNER_REFUSALS = ("bad_code", "too_many", "saving_paused")
_OPERATOR_REFUSALS = ("admin_off", "wrong_admin_token", "too_many")
_RATE_LIMIT_REFUSALS = ("too_many", "network_busy")
_ROOM_REFUSALS = ("unknown_room", "room_lost", "room_newer", "too_many", "network_busy", "saving_paused")
_SKIP_QUERY = (("skip", SkipCount, "Drawings to pass over: `next` of the page before."),)

HTTP_OPERATIONS = (
    HttpOperation("makeRoom", "POST", "/api/rooms", "Make a room. It is gone when nobody comes.", api_types.RoomMade, 201,
              who=("", "owner"), refuses=(*_RATE_LIMIT_REFUSALS, "server_full", "saving_paused")),
    HttpOperation("getRoom", "GET", "/api/rooms/{code}", "Tell somebody with a room's link who is there.", Card,
              who=("", "owner"), refuses=_ROOM_REFUSALS),
    HttpOperation("getRoomQr", "GET", "/api/rooms/{code}/qr.svg", "Draw the room's link as a QR code.", (IMAGE_SVG,),
              query=(("origin", str, "What the link begins with: where the page was opened."),), who=("", "owner"),
              refuses=("bad_message", *_ROOM_REFUSALS)),
    HttpOperation("getInfo", "GET", "/api/info", "Tell a client what it has to know before a room.", api_types.Info),
    HttpOperation("getScores", "GET", "/api/scores", "Read a score board, best first.", list[api_types.ScoreLine],
              query=(("board", Literal["all", "day"], "All time (what is meant without), or today in UTC."),
                     ("pack", str, "The pack that was played; `easy` without.")),
              refuses=("bad_message", "saving_paused")),
    HttpOperation("listRecipes", "GET", "/api/try", "List every recipe, and which of them have a trained run.",
              list[api_types.Recipe], refuses=("guesser_away", "slow_down", "try_failed")),
    HttpOperation("tryRecipe", "POST", "/api/try/{recipe}",
              "Ask what a network says of a drawing (≤ 512 kB of JSON, equally long x, y and t), or of the file of a "
              "picture (≤ 2 MiB, ≤ 16 million pixels).", api_types.TryAnswer, takes=TryIn,
              takes_files=(IMAGE_PNG, "image/jpeg", "image/webp", APPLICATION_OCTET_STREAM),
              who=("", "owner"),
              refuses=("unknown_recipe", "not_trained", "bad_message", "bad_ink", "bad_picture", "too_large", *_RATE_LIMIT_REFUSALS,
                       "slow_down", "guesser_away", "try_failed")),
    HttpOperation("listWords", "GET", "/api/drawings", "List the words of the gallery.", api_types.GalleryWords,
              refuses=("saving_paused",)),
    HttpOperation("listDrawings", "GET", "/api/drawings/of/{word}", "Read a page of a word's drawings.", api_types.GalleryPage,
              query=_SKIP_QUERY, refuses=("bad_message", "saving_paused")),
    HttpOperation("getStrip", "GET", "/api/drawings/strip", "Read some drawings for a first page.", api_types.GalleryPreview,
              refuses=("saving_paused",)),
    HttpOperation("getDrawing", "GET", "/api/drawings/{id}",
              "Read one drawing: a shown one, one's own, or as the operator any.", api_types.DrawingDetails,
              who=("", "owner", "operator"), refuses=("unknown_drawing", *_OWNER_REFUSALS)),
    HttpOperation("reportDrawing", "POST", "/api/drawings/{id}/report",
              "Put a shown drawing before the operator; it is out of sight until then.", status=202,
              who=("", "owner"), refuses=("unknown_drawing", *_RATE_LIMIT_REFUSALS, "saving_paused")),
    HttpOperation("drawDrawing", "GET", "/d/{id}.{kind}", "Draw a shown drawing; the GIF draws itself.", (IMAGE_PNG, IMAGE_SVG, IMAGE_GIF),
              refuses=("unknown_drawing", "network_busy", "saving_paused")),
    HttpOperation("listOwn", "GET", "/api/mine", "Read a page of one's own drawings.", api_types.OwnDrawings, query=_SKIP_QUERY,
              who=("owner",), refuses=("bad_message", *_OWNER_REFUSALS)),
    HttpOperation("zipOwn", "GET", "/api/mine.zip", "Fetch all of one's own drawings: ndjson with provenance, and a PNG each.",
              (APPLICATION_ZIP,), who=("owner",), refuses=("network_busy", *_OWNER_REFUSALS)),
    HttpOperation("eraseAllOwn", "DELETE", "/api/mine", "Erase all of one's own drawings.", api_types.Erased, who=("owner",),
              refuses=_OWNER_REFUSALS),
    HttpOperation("eraseOwn", "DELETE", "/api/mine/{id}", "Erase one of one's own drawings.", api_types.Erased, who=("owner",),
              refuses=("unknown_drawing", *_OWNER_REFUSALS)),
    HttpOperation("listHeld", "GET", "/api/held", "Read what was reported, and what was not looked at yet.", api_types.HeldDrawings,
              query=(("before", SkipCount, "`next` of the page before: an hour."),), who=("operator",),
              refuses=("bad_message", "saving_paused", *_OPERATOR_REFUSALS)),
    HttpOperation("judgeDrawing", "POST", "/api/held/{id}", "Carry out the operator's verdict.", takes=api_types.VerdictIn,
              who=("operator",), refuses=("bad_message", "unknown_drawing", "saving_paused", *_OPERATOR_REFUSALS)),
    HttpOperation("listExports", "GET", "/api/exports", "Tell of all exports.", list[export_types.ExportState], who=("operator",),
              refuses=_OPERATOR_REFUSALS),
    HttpOperation("startExport", "POST", "/api/exports", "Begin an export; they wait for each other, and 20 are kept.",
              export_types.ExportState, 202, takes=export_types.ExportOrder, who=("operator",),
              refuses=("bad_filter", "exports_full", "no_room", "too_large", *_OPERATOR_REFUSALS)),
    HttpOperation("getExport", "GET", "/api/exports/{export}", "Tell how far an export is, and which files are complete.",
              export_types.ExportState, who=("operator",), refuses=("unknown_export", *_OPERATOR_REFUSALS)),
    HttpOperation("removeExport", "DELETE", "/api/exports/{export}", "Stop an export and delete it.", who=("operator",),
              refuses=("unknown_export", *_OPERATOR_REFUSALS)),
    HttpOperation("resumeExport", "POST", "/api/exports/{export}/resume",
              "Go on after an interruption or a full disk; after a restart it goes on by itself.", export_types.ExportState, 202, who=("operator",),
              refuses=("unknown_export", *_OPERATOR_REFUSALS)),
    HttpOperation("getExportFile", "GET", "/api/exports/{export}/files/{path}",
              "Fetch a complete file; `Range` is honoured.", (APPLICATION_OCTET_STREAM,), ranges=True, who=("operator",),
              refuses=("unknown_export", *_OPERATOR_REFUSALS)),
    HttpOperation("getExportTar", "GET", "/api/exports/{export}/export.tar",
              "Fetch all files of a finished export in one; `Range` and `If-Range` are honoured.", (APPLICATION_TAR,), ranges=True,
              who=("operator",), refuses=("unknown_export", *_OPERATOR_REFUSALS)),
    HttpOperation("getOpenApi", "GET", "/api/openapi.json", "Fetch the document of the HTTP API.", dict[str, Any]),
    HttpOperation("getAsyncApi", "GET", "/api/asyncapi.json", "Fetch the document of the socket.", dict[str, Any]),
    HttpOperation("isAlive", "GET", "/healthz", "Answer while the process lives.", (TEXT_PLAIN,)),
    HttpOperation("isReady", "GET", "/readyz", "Tell whether games can be played and guessed; 503 when not.", api_types.Readiness,
              also=(503,)),
    HttpOperation("getMetrics", "GET", "/metrics", "Read the figures in Prometheus' text format.", (TEXT_PLAIN,)),
)  # fmt: skip
"""In the order of the page in docs/protocol.md."""
