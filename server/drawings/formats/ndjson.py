"""Raw and simplified ndjson of Quick, Draw!: one drawing a line, the official keys first and in the official order."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec

from model.ink.simplify import simplify_batch
from server.drawings.record import DrawingRecord

_encode_json = msgspec.json.Encoder().encode

SimplifiedStrokes = list[list[list[int]]]


def encode_raw_line(kept: DrawingRecord, provenance: dict[str, Any] | None = None) -> bytes:
    """Return one line: x and y in whole units of our canvas (0..4095; imports: their own pixels), t in ms, null where it has no times."""
    drawing: Any = kept.strokes
    if kept.unit != 1:
        drawing = [[[x / kept.unit for x in xs], [y / kept.unit for y in ys], ts] for xs, ys, ts in kept.strokes]
    if not kept.timed:
        drawing = [[xs, ys, None] for xs, ys, _ in drawing]
    return _encode_line(kept, drawing, provenance)


def encode_simplified_lines(
    some: Sequence[DrawingRecord], provenance: Callable[[DrawingRecord], dict[str, Any] | None] = lambda _: None
) -> Iterator[bytes]:
    """Return lines: x and y in 0..255, as Google's own steps make them."""
    for kept, strokes in zip(some, simplify_drawings(some), strict=True):
        yield _encode_line(kept, strokes, provenance(kept))


CSV_COLUMNS = ("countrycode", "drawing", "key_id", "recognized", "timestamp", "word")
"""As in the files on Kaggle."""
CSV_HEADER = (",".join(CSV_COLUMNS) + "\n").encode()


def encode_csv_rows(some: Sequence[DrawingRecord]) -> Iterator[bytes]:
    """Return rows of CSV: x and y in 0..255; what is not known is an empty cell."""
    for kept, strokes in zip(some, simplify_drawings(some), strict=True):
        cells = {**_official_fields(kept), "drawing": _encode_json(strokes).decode()}
        text = io.StringIO()
        csv.writer(text, lineterminator="\n").writerow([cells[name] for name in CSV_COLUMNS])
        yield text.getvalue().encode()


def simplify_drawings(some: Sequence[DrawingRecord]) -> Iterator[SimplifiedStrokes]:
    """Simplify drawings, in order; those that were imported simplified stay as they are."""
    made = iter(simplify_batch([kept.arrays for kept in some if kept.form != "simplified"]))
    for kept in some:
        yield [[list(x), list(y)] for x, y, _ in kept.strokes] if kept.form == "simplified" else next(made)


def _encode_line(kept: DrawingRecord, drawing: Any, provenance: dict[str, Any] | None) -> bytes:
    record = _official_fields(kept) | {"drawing": drawing}
    if provenance is not None:
        record["provenance"] = provenance
    return _encode_json(record) + b"\n"


def _official_fields(kept: DrawingRecord) -> dict[str, Any]:
    return {
        "word": kept.word,
        "countrycode": kept.country,
        "timestamp": format_timestamp(kept.at, kept.micros) if kept.dated else None,
        "recognized": kept.recognized,
        "key_id": kept.key_id,
    }


def format_timestamp(at: int, micros: int = 0) -> str:
    """Write a moment (ms, and microseconds after it; UTC) as the official files do, with five decimals; six where needed."""
    moment = datetime.fromtimestamp(at // 1000, UTC).strftime("%Y-%m-%d %H:%M:%S")
    fraction = f"{at % 1000:03d}{micros:03d}"
    return f"{moment}.{fraction if micros % 10 else fraction[:5]} UTC"


def build_provenance(kept: DrawingRecord, alias: Callable[[str], str] = lambda player: player) -> dict[str, Any]:
    """Tell how a drawing came to be, without a name, an address or the player's id; `alias` renames the player's hash."""
    return {
        "source": kept.source,
        "player": alias(kept.player) if kept.player else "",
        "licence": kept.licence,
        "consent": kept.consent,
        "timed": kept.timed,
        "game": kept.game,
        "round": kept.round,
        "pack": kept.pack,
        "seconds": kept.seconds,
        "open_table": kept.open_table,
        "finished_by": kept.finished_by,
        "first_point_at": kept.first_point_at,
        "hit_at": kept.hit_at,
        "points": kept.points,
        "device": {"pointer": kept.pointer, "width": kept.width, "height": kept.height},
        "models": kept.models,
        "guesses": [
            {"at": note.at, "words": dict(note.guesses), "doubt": note.doubt, "model": note.model}
            for note in kept.guesses
        ],
    }
