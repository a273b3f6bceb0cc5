"""Parquet: our own exports, and tables of others with the same columns."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from model.data.readers import Item

COLUMNS = ("word", "drawing", "key_id", "countrycode", "timestamp", "recognized", "licence")
BATCH = 500


def read_table(path: Path, moved: Callable[[int], None]) -> Iterator[Item]:
    """Stream the rows of a parquet file that has the columns `word` and `drawing`."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    from model.data.readers import Damaged, Refused, Row

    size, number = path.stat().st_size, 0
    try:
        with pq.ParquetFile(path) as file:
            there = [name for name in COLUMNS if name in file.schema_arrow.names]
            if "drawing" not in there:
                yield Refused("the table", "it has no column `drawing`")
                return
            if "word" in there and not pa.types.is_string(file.schema_arrow.field("word").type):
                yield Refused("the table", "its words are no names (class numbers differ between copies)")
                return
            for batch in file.iter_batches(BATCH, columns=there):
                for fields in batch.to_pylist():
                    number += 1
                    yield Row(f"row {number}", _row(fields))
                moved(size * batch.num_rows // max(file.metadata.num_rows, 1))
    except (pa.ArrowException, OSError) as error:
        yield Damaged(f"it is no parquet file, or damaged after row {number} ({error})")


def _row(fields: dict[str, Any]) -> dict[str, Any]:
    fields = {name: value for name, value in fields.items() if value is not None}
    if isinstance(moment := fields.get("timestamp"), datetime):
        fields["timestamp"] = moment.isoformat()
    strokes = fields.get("drawing")
    if isinstance(strokes, list):
        fields["drawing"] = [_stroke(stroke) for stroke in strokes]
    return fields


def _stroke(stroke: Any) -> Any:
    if not isinstance(stroke, dict):
        return stroke
    return [stroke[axis] for axis in ("x", "y", "t") if stroke.get(axis) is not None]
