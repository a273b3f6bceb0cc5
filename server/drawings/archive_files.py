"""The parquet files of an archive: records as Redis had them, with what they are found by. Nothing here asks Redis."""

from __future__ import annotations

import fcntl
import logging
import os
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from server.drawings.formats.parquet import ROWS_PER_GROUP, ParquetTableWriter
from server.drawings.record import DrawingRecord, decode_record, encode_record
from server.drawings.unreadable import UnreadableDrawings

ARCHIVE_SCHEMA = pa.schema(
    [
        ("key_id", pa.string()),
        ("word", pa.string()),
        ("at", pa.int64()),
        ("player", pa.string()),
        ("record", pa.binary()),
    ]
)
_RECORD_COLUMNS = ["key_id", "record"]
ARCHIVE_LOCK_FILE = ".lock"
log = logging.getLogger(__name__)
READ_ERRORS = (pa.ArrowException, OSError, ValueError)
"""What reading a file raises that is cut, changed or not there."""


def open_archive_file(path: Path) -> ParquetTableWriter:
    """Begin a file."""
    return ParquetTableWriter(path, ARCHIVE_SCHEMA, _archive_row)


def _archive_row(record: DrawingRecord) -> dict[str, object]:
    return {
        "key_id": record.key_id,
        "word": record.word,
        "at": record.at,
        "player": record.player,
        "record": encode_record(record),
    }


def read_word_and_count(path: Path) -> tuple[str, int]:
    """Return the word of a file's drawings and how many there are. A file holds one word, whatever its folder is called."""
    with pq.ParquetFile(path) as file:
        for batch in file.iter_batches(1, columns=["word"]):
            return str(batch.column(0)[0].as_py()), int(file.metadata.num_rows)
    return "", 0


def read_archived_records(path: Path, unreadable: UnreadableDrawings) -> Iterator[list[DrawingRecord]]:
    """Stream a file's drawings, some at a time. One that cannot be read costs itself."""
    with pq.ParquetFile(path) as file:
        for batch in file.iter_batches(ROWS_PER_GROUP // 2, columns=_RECORD_COLUMNS):
            yield _decode_records(path, pa.Table.from_batches([batch]), unreadable)


def _decode_records(path: Path, rows: pa.Table, unreadable: UnreadableDrawings) -> list[DrawingRecord]:
    found, bad = list[DrawingRecord](), 0
    for key_id, data in zip(rows.column("key_id"), rows.column("record"), strict=True):
        try:
            found.append(decode_record(data.as_py()))
        except ValueError as error:
            bad += 1
            unreadable.add(key_id.as_py(), f" in {path}", error)
    if bad:
        log.warning("archive file %s: %d drawings cannot be read and were passed over", path, bad)
    return found


def read_archived_keys(path: Path) -> Iterator[list[tuple[str, int, str]]]:
    """Stream key_id, time and player's hash of what is in a file, some at a time."""
    with pq.ParquetFile(path) as file:
        for batch in file.iter_batches(ROWS_PER_GROUP // 2, columns=["key_id", "at", "player"]):
            yield list(zip(*(column.to_pylist() for column in batch.columns), strict=True))


def read_newest_first(path: Path, after: float, unreadable: UnreadableDrawings) -> Iterator[list[DrawingRecord]]:
    """Stream a file's drawings from its end, in groups of which the newest was made later than `after` (ms, UTC)."""
    with pq.ParquetFile(path) as file:
        at = file.schema_arrow.get_field_index("at")
        for group in reversed(range(file.num_row_groups)):
            statistics = file.metadata.row_group(group).column(at).statistics
            if statistics is not None and statistics.has_min_max and statistics.max <= after:
                continue
            records = _decode_records(path, file.read_row_group(group, columns=_RECORD_COLUMNS), unreadable)
            yield records[::-1]


def read_player_records(path: Path, player: str, unreadable: UnreadableDrawings) -> list[DrawingRecord]:
    """Return a player's drawings in a file."""
    found: list[DrawingRecord] = []
    with pq.ParquetFile(path) as file:
        for group in range(file.num_row_groups):
            owners = file.read_row_group(group, columns=["player"]).column(0)
            if pc.any(mine := pc.equal(owners, player)).as_py():
                rows = file.read_row_group(group, columns=_RECORD_COLUMNS).filter(mine)
                found += _decode_records(path, rows, unreadable)
    return found


def count_rows_to_remove(path: Path, key_ids: Collection[str], player: str = "", until: int = 0) -> int:
    """Count the rows that are to go: those named, and those of a player made until a moment (ms, UTC)."""
    with pq.ParquetFile(path) as file:
        return sum(
            pc.sum(_rows_to_remove(batch, key_ids, player, until)).as_py() or 0
            for batch in file.iter_batches(ROWS_PER_GROUP * 10, columns=["key_id", "at", "player"])
        )


def rewrite_without(path: Path, key_ids: Collection[str], player: str = "", until: int = 0) -> None:
    """Replace a file by one without some rows, or remove it if none is left. Records are copied, not read."""
    part, left = path.with_suffix(".part"), 0
    try:
        with pq.ParquetFile(path) as file, pq.ParquetWriter(part, ARCHIVE_SCHEMA, compression="zstd") as writer:
            for batch in file.iter_batches(ROWS_PER_GROUP):
                rows = batch.filter(pc.invert(_rows_to_remove(batch, key_ids, player, until)))
                if rows.num_rows:
                    writer.write_table(pa.Table.from_batches([rows]))
                    left += rows.num_rows
        fsync_path(part)
        if left:
            part.replace(path)
        else:
            path.unlink()
        fsync_path(path.parent)
    finally:
        part.unlink(missing_ok=True)


def _rows_to_remove(batch: pa.RecordBatch, key_ids: Collection[str], player: str, until: int) -> pa.Array:
    column = {name: batch.column(batch.schema.get_field_index(name)) for name in ("key_id", "at", "player")}
    named = pc.is_in(column["key_id"], value_set=pa.array(list(key_ids), pa.string()))
    if not player:
        return named
    return pc.or_(named, pc.and_(pc.equal(column["player"], player), pc.less_equal(column["at"], until)))


def fsync_path(path: Path) -> None:
    """Wait until a file or folder is on the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextmanager
def lock_archive(folder: Path) -> Iterator[None]:
    """Hold an archive against others who add to it or rewrite it; waits for them. Raises OSError."""
    handle = os.open(folder / ARCHIVE_LOCK_FILE, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)
