"""Parquet: the columns of an export, and files that are written a row group at a time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from server.drawings.formats.ndjson import build_provenance
from server.drawings.record import DrawingRecord

ROWS_PER_GROUP = 1000
"""Drawings of a row group: what a reader and a writer hold at once."""

_STROKE_TYPE = pa.struct([("x", pa.list_(pa.float32())), ("y", pa.list_(pa.float32())), ("t", pa.list_(pa.int32()))])
_GUESS_TYPE = pa.struct(
    [
        ("at", pa.int32()),
        ("words", pa.list_(pa.string())),
        ("probabilities", pa.list_(pa.float32())),
        ("doubt", pa.float32()),
        ("model", pa.string()),
    ]
)
EXPORT_COLUMNS = [
    ("key_id", pa.string(), "64-bit name of the drawing"),
    ("word", pa.string(), "what was to be drawn; a name, never a class index"),
    ("countrycode", pa.string(), "of imports, as their file had it; else empty"),
    ("timestamp", pa.timestamp("us", "UTC"), "when the drawing was finished; null where an import does not tell"),
    (
        "recognized",
        pa.bool_(),
        "whether Inkling said the word in time; of imports, as their file had it, null where it does not tell",
    ),
    (
        "drawing",
        pa.list_(_STROKE_TYPE),
        "strokes of x, y (0..4095; imports: their own pixels) and t (ms since the first point, null without times)",
    ),
    ("licence", pa.string(), "licence of this drawing"),
    ("source", pa.string(), "player, bot, import or teach"),
]
PROVENANCE_COLUMNS = [
    ("player", pa.string(), "the same for one person's drawings within this export; random unless asked"),
    ("timed", pa.bool_(), "whether its points have times"),
    ("game", pa.int32(), "counts the games of the room"),
    ("round", pa.int32(), "counts the rounds of the room"),
    ("pack", pa.string(), "pack of words"),
    ("seconds", pa.int32(), "length of the round"),
    ("open_table", pa.bool_(), "whether everybody saw the drawing being made"),
    ("finished_by", pa.string(), "done, hit, time or left"),
    ("first_point_at", pa.int32(), "ms from the round's start to the first point"),
    ("hit_at", pa.int32(), "ms of the round at the hit; null without one"),
    ("points", pa.int32(), "what it was worth"),
    ("pointer", pa.string(), "mouse, touch, pen, keyboard or empty"),
    ("width", pa.int32(), "of the page"),
    ("height", pa.int32(), "of the page"),
    (
        "guesses",
        pa.list_(_GUESS_TYPE),
        "what the network thought, whenever its top word or 5 % of its probability changed",
    ),
]
"""Names, types and meanings, as they stand in docs/data.md and in the card."""


def export_schema(provenance: bool) -> pa.Schema:
    """Return the schema of an export."""
    return pa.schema(
        [(name, kind) for name, kind, _ in (EXPORT_COLUMNS + PROVENANCE_COLUMNS if provenance else EXPORT_COLUMNS)]
    )


def picture_schema(provenance: bool) -> pa.Schema:
    """Return the schema of a table of pictures: the file's name, and what an export tells beside the ink."""
    beside = [field for field in export_schema(provenance) if field.name != "drawing"]
    return pa.schema([("file_name", pa.string()), *beside])


class ParquetTableWriter:
    """One word's parquet file, written a row group at a time."""

    def __init__(self, path: Path, schema: pa.Schema, row: Callable[[DrawingRecord], dict[str, Any]]) -> None:
        self._schema, self._row = schema, row
        self._writer = pq.ParquetWriter(path, schema, compression="zstd")
        self._rows: list[dict[str, Any]] = []

    def add(self, drawings: Sequence[DrawingRecord]) -> None:
        """Add some drawings."""
        for record in drawings:
            self._rows.append(self._row(record))
            if len(self._rows) == ROWS_PER_GROUP:
                self._flush()

    def close(self) -> None:
        """Write the rest and the footer."""
        self._flush()
        self._writer.close()

    def abandon(self) -> None:
        """Close without the rest."""
        self._writer.close()

    def _flush(self) -> None:
        if self._rows:
            self._writer.write_table(pa.Table.from_pylist(self._rows, self._schema))
            self._rows = []


def export_row(record: DrawingRecord, provenance: bool, alias: Callable[[str], str]) -> dict[str, Any]:
    """Return a drawing as a row of an export."""
    row: dict[str, Any] = {
        "key_id": record.key_id,
        "word": record.word,
        "countrycode": record.country,
        "timestamp": record.at * 1000 + record.micros if record.dated else None,
        "recognized": record.recognized,
        "drawing": [
            {"x": x / record.unit, "y": y / record.unit, "t": t if record.timed else None} for x, y, t in record.arrays
        ],
        "licence": record.licence,
        "source": record.source,
    }
    if provenance:
        fields = build_provenance(record, alias)
        row |= {name: fields[name] for name, _, _ in PROVENANCE_COLUMNS if name in fields} | fields["device"]
        row["guesses"] = [
            {**note, "words": list(note["words"]), "probabilities": list(note["words"].values())}
            for note in fields["guesses"]
        ]
    return row


def picture_row(record: DrawingRecord, provenance: bool, alias: Callable[[str], str]) -> dict[str, Any]:
    """Return a row of a table of pictures."""
    row = export_row(record, provenance, alias)
    del row["drawing"]
    return {"file_name": f"{record.key_id}.png"} | row
