"""Parquet: our own exports, and tables of others with the same columns."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from model.data.readers.lines import MAX_LINE_BYTES

if TYPE_CHECKING:
    import pyarrow as pa

    from model.data.readers import ReaderItem

PARQUET_COLUMNS = ("word", "drawing", "key_id", "countrycode", "timestamp", "recognized", "licence")
ROWS_PER_BATCH = 50
"""Rows that are unpacked at once."""
MAX_VALUES_PER_ROW_GROUP = 64 * 1024 * 1024
"""Values of a column in one group of rows: all of them can be in one row, and a few bytes of a file can tell of many."""
_TIMESTAMP_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECONDS_PER_UNIT = {"s": 1_000_000, "ms": 1_000, "us": 1}


def read_parquet_rows(path: Path, on_bytes: Callable[[int], None]) -> Iterator[ReaderItem]:
    """Stream the rows of a parquet file that has the columns `word` and `drawing`."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    from model.data.readers import DamagedFile, RefusedRow, SourceRow

    size, number = path.stat().st_size, 0
    try:
        with pq.ParquetFile(path) as file:
            columns = {field.name: field.type for field in file.schema_arrow if field.name in PARQUET_COLUMNS}
            groups = file.metadata
        if "drawing" not in columns:
            yield RefusedRow("the table", "it has no column `drawing`")
            return
        if "word" in columns and not _is_text_type(columns["word"]):
            yield RefusedRow("the table", "its words are no names (class numbers differ between copies)")
            return
        if too_much := _find_oversized_group(groups):
            yield DamagedFile(too_much)
            return
        # A text that is written once for many rows stays one text.
        texts = [name for name, kind in columns.items() if _is_text_type(kind)]
        with pq.ParquetFile(path, read_dictionary=texts) as file:
            for batch in file.iter_batches(ROWS_PER_BATCH, columns=list(columns)):
                for place in range(batch.num_rows):
                    number += 1
                    row = batch.slice(place, 1)
                    if row.column("drawing").nbytes > MAX_LINE_BYTES:
                        yield RefusedRow(f"row {number}", f"its drawing is longer than {MAX_LINE_BYTES} bytes")
                    else:
                        yield SourceRow(f"row {number}", _row_fields(row))
                on_bytes(size * batch.num_rows // max(groups.num_rows, 1))
    except (pa.ArrowException, OSError) as error:
        yield DamagedFile(f"it is no parquet file, or damaged after row {number} ({error})")


def _is_text_type(kind: pa.DataType) -> bool:
    import pyarrow as pa

    kind = kind.value_type if pa.types.is_dictionary(kind) else kind
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind))


def _find_oversized_group(told: Any) -> str:
    """Say what of a file's groups of rows does not fit into memory; empty if all does."""
    from model.data.readers import MAX_UNPACKED_BYTES

    for number in range(told.num_row_groups):
        group = told.row_group(number)
        columns = [group.column(place) for place in range(group.num_columns)]
        columns = [column for column in columns if column.path_in_schema.partition(".")[0] in PARQUET_COLUMNS]
        if sum(column.total_uncompressed_size for column in columns) > MAX_UNPACKED_BYTES:
            return f"row group {number + 1} unpacks to more than {MAX_UNPACKED_BYTES} bytes: write smaller groups"
        if any(column.num_values > MAX_VALUES_PER_ROW_GROUP for column in columns):
            return f"row group {number + 1} has more than {MAX_VALUES_PER_ROW_GROUP} values in a column: write smaller groups"
    return ""


def _row_fields(row: pa.RecordBatch) -> dict[str, Any]:
    import pyarrow as pa

    fields: dict[str, Any] = {}
    for name, column in zip(row.schema.names, row.columns, strict=True):
        if not column[0].is_valid:
            continue
        if pa.types.is_timestamp(column.type):
            fields[name] = _format_timestamp(column.cast(pa.int64())[0].as_py(), column.type.unit)
        else:
            fields[name] = column[0].as_py()
    strokes = fields.get("drawing")
    if isinstance(strokes, list):
        fields["drawing"] = [_stroke_axes(stroke) for stroke in strokes]
    return fields


def _format_timestamp(count: int, unit: str) -> str:
    """Write a time as ISO 8601, to the microsecond; one that no calendar has as what it is."""
    micros = count // 1000 if unit == "ns" else count * _MICROSECONDS_PER_UNIT[unit]
    try:
        return (_TIMESTAMP_EPOCH + timedelta(microseconds=micros)).isoformat()
    except OverflowError:
        return f"{count} {unit} after 1970"


def _stroke_axes(stroke: Any) -> Any:
    if not isinstance(stroke, dict):
        return stroke
    return [stroke[axis] for axis in ("x", "y", "t") if stroke.get(axis) is not None]
