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


def encode_raw_line(record: DrawingRecord, provenance: dict[str, Any] | None = None) -> bytes:
    """Return one line: x and y in whole units of our canvas (0..4095; imports: their own pixels), t in ms, null where it has no times."""
    drawing: Any = record.strokes
    if record.unit != 1:
        drawing = [[[x / record.unit for x in xs], [y / record.unit for y in ys], ts] for xs, ys, ts in record.strokes]
    if not record.timed:
        drawing = [[xs, ys, None] for xs, ys, _ in drawing]
    return _encode_line(record, drawing, provenance)


def encode_simplified_lines(
    drawings: Sequence[DrawingRecord], provenance: Callable[[DrawingRecord], dict[str, Any] | None] = lambda _: None
) -> Iterator[bytes]:
    """Return lines: x and y in 0..255, as Google's own steps make them."""
    for record, strokes in zip(drawings, simplify_drawings(drawings), strict=True):
        yield _encode_line(record, strokes, provenance(record))


CSV_COLUMNS = ("countrycode", "drawing", "key_id", "recognized", "timestamp", "word")
"""As in the files on Kaggle."""
CSV_HEADER = (",".join(CSV_COLUMNS) + "\n").encode()


def encode_csv_rows(drawings: Sequence[DrawingRecord]) -> Iterator[bytes]:
    """Return rows of CSV: x and y in 0..255; what is not known is an empty cell."""
    for record, strokes in zip(drawings, simplify_drawings(drawings), strict=True):
        cells = {**_official_fields(record), "drawing": _encode_json(strokes).decode()}
        text = io.StringIO()
        csv.writer(text, lineterminator="\n").writerow([cells[name] for name in CSV_COLUMNS])
        yield text.getvalue().encode()


def simplify_drawings(drawings: Sequence[DrawingRecord]) -> Iterator[SimplifiedStrokes]:
    """Simplify drawings, in order; those that were imported simplified stay as they are."""
    made = iter(simplify_batch([record.arrays for record in drawings if record.form != "simplified"]))
    for record in drawings:
        yield [[list(x), list(y)] for x, y, _ in record.strokes] if record.form == "simplified" else next(made)


def _encode_line(record: DrawingRecord, drawing: Any, provenance: dict[str, Any] | None) -> bytes:
    fields = _official_fields(record) | {"drawing": drawing}
    if provenance is not None:
        fields["provenance"] = provenance
    return _encode_json(fields) + b"\n"


def _official_fields(record: DrawingRecord) -> dict[str, Any]:
    return {
        "word": record.word,
        "countrycode": record.country,
        "timestamp": format_timestamp(record.at, record.micros) if record.dated else None,
        "recognized": record.recognized,
        "key_id": record.key_id,
    }


def format_timestamp(at: int, micros: int = 0) -> str:
    """Write a moment (ms, and microseconds after it; UTC) as the official files do, with five decimals; six where needed."""
    moment = datetime.fromtimestamp(at // 1000, UTC).strftime("%Y-%m-%d %H:%M:%S")
    fraction = f"{at % 1000:03d}{micros:03d}"
    return f"{moment}.{fraction if micros % 10 else fraction[:5]} UTC"


def build_provenance(record: DrawingRecord, alias: Callable[[str], str] = lambda player: player) -> dict[str, Any]:
    """Tell how a drawing came to be, without a name, an address or the player's id; `alias` renames the player's hash."""
    return {
        "source": record.source,
        "player": alias(record.player) if record.player else "",
        "licence": record.licence,
        "consent": record.consent,
        "timed": record.timed,
        "game": record.game,
        "round": record.round,
        "pack": record.pack,
        "seconds": record.seconds,
        "open_table": record.open_table,
        "finished_by": record.finished_by,
        "first_point_at": record.first_point_at,
        "hit_at": record.hit_at,
        "points": record.points,
        "device": {"pointer": record.pointer, "width": record.width, "height": record.height},
        "models": record.models,
        "guesses": [
            {"at": note.at, "words": dict(note.guesses), "doubt": note.doubt, "model": note.model}
            for note in record.guesses
        ],
    }
