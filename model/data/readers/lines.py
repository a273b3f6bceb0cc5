"""Lines of JSON and CSV, plain or gzipped, in bounded memory, however long a line is and wherever a file is cut."""

from __future__ import annotations

import csv
import gzip
import json
import zlib
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from model.data.readers import ReaderItem

MAX_LINE_BYTES = 8 * 1024 * 1024
"""Bytes of one line."""
MAX_UNPACK_RATIO = 200
"""How many times as long as its file what is unpacked may be, beside the first `UNPACK_ALLOWANCE_BYTES`."""
UNPACK_ALLOWANCE_BYTES = 256 * 1024 * 1024
"""Bytes that any file may unpack to, however small it is."""
SKIP_CHUNK_BYTES = 1 << 20
"""Bytes read at once of a line that is too long."""
EXCERPT_CHARACTERS = 40
"""Characters of a line that is no JSON, to know it by."""
_NOT_UTF8_MESSAGE = "the file is not in UTF-8 (perhaps Latin-1): save it as UTF-8"
_UTF16_BOMS = {b"\xff\xfe": "UTF-16", b"\xfe\xff": "UTF-16"}


class _UnusableJson(ValueError):
    """JSON that means nothing here; the text says why."""


class TruncatedFile(Exception):
    """A file cannot be read any further; the text says why."""


def read_json_rows(path: Path, on_bytes: Callable[[int], None]) -> Iterator[ReaderItem]:
    """Stream the JSON objects of a file, one a line. Empty lines are none."""
    from model.data.readers import DamagedFile, RefusedRow, SourceRow

    encoded_otherwise = False
    for number, line in read_numbered_lines(path, on_bytes):
        if isinstance(line, TruncatedFile):
            yield DamagedFile(str(line))
        elif line is None:
            yield RefusedRow(f"line {number}", f"it is longer than {MAX_LINE_BYTES} bytes")
        elif line.strip():
            try:
                yield SourceRow(f"line {number}", _parse_json_object(line.decode()), line)
            except UnicodeDecodeError:
                # Another encoding is said once a file.
                yield RefusedRow(f"line {number}", "" if encoded_otherwise else _NOT_UTF8_MESSAGE, line)
                encoded_otherwise = True
            except ValueError as error:
                yield RefusedRow(f"line {number}", str(error), line)


def read_csv_rows(path: Path, on_bytes: Callable[[int], None]) -> Iterator[ReaderItem]:
    """Stream the rows of a CSV with a head, as Kaggle's: `drawing` is JSON. A row is one line."""
    from model.data.readers import DamagedFile, RefusedRow, SourceRow

    csv.field_size_limit(MAX_LINE_BYTES)
    head: list[str] | None = None
    encoded_otherwise = False
    for number, line in read_numbered_lines(path, on_bytes):
        place = f"line {number}"
        if isinstance(line, TruncatedFile):
            yield DamagedFile(str(line))
        elif line is None:
            yield RefusedRow(place, f"it is longer than {MAX_LINE_BYTES} bytes")
        elif line.strip():
            try:
                cells = _split_csv_row(line.decode())
                if head is None:
                    head = cells
                    if "drawing" not in head:
                        yield DamagedFile("its head has no column `drawing`")
                        return
                else:
                    yield SourceRow(place, _csv_fields(head, cells), line)
            except UnicodeDecodeError:
                yield RefusedRow(place, "" if encoded_otherwise else _NOT_UTF8_MESSAGE, line)
                encoded_otherwise = True
            except ValueError as error:
                yield RefusedRow(place, str(error), line)
            if head is None:
                yield DamagedFile("its first line is no head with the names of columns")
                return


def _split_csv_row(text: str) -> list[str]:
    try:
        return next(csv.reader([text], strict=True))
    except csv.Error as error:
        raise ValueError(f"its quotes or commas are not those of one row of a CSV ({error})") from None


def _csv_fields(head: list[str], cells: list[str]) -> dict[str, Any]:
    if len(cells) != len(head):
        raise ValueError(f"it has {len(cells)} cells, the head has {len(head)}")
    fields: dict[str, Any] = {name: cell for name, cell in zip(head, cells, strict=True) if cell}
    if "drawing" not in fields:
        raise ValueError("there is nothing in its column `drawing`")
    return {**fields, "drawing": _parse_json(fields["drawing"])}


def _parse_json_object(text: str) -> dict[str, Any]:
    found = _parse_json(text)
    if not isinstance(found, dict):
        kind = "a JSON array: one drawing a line is wanted" if isinstance(found, list) else "no JSON object"
        raise ValueError(f"this is {kind}")
    return found


def _parse_json(text: str) -> Any:
    try:
        return json.loads(text, object_pairs_hook=_reject_duplicate_keys, parse_constant=_reject_constant)
    except _UnusableJson:
        raise
    except json.JSONDecodeError:
        raise ValueError(f"this is no JSON (it begins with {text.strip()[:EXCERPT_CHARACTERS]!r})") from None
    except RecursionError:
        raise ValueError("it is nested too deep") from None
    except ValueError:
        # Python reads no whole number of more than some thousand digits.
        raise ValueError("a number in it has too many digits") from None


def _reject_duplicate_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        twice = next(name for name, count in Counter(name for name, _ in pairs).items() if count > 1)
        raise _UnusableJson(f"it has {twice[:EXCERPT_CHARACTERS]!r} twice")
    return found


def _reject_constant(text: str) -> None:
    raise _UnusableJson(f"{text} is no number that a drawing can have")


def read_numbered_lines(
    path: Path, on_bytes: Callable[[int], None]
) -> Iterator[tuple[int, bytes | TruncatedFile | None]]:
    """Stream lines with their numbers: None for one that is too long, at last perhaps why there is no more."""
    with path.open("rb") as raw:
        file: Any = gzip.GzipFile(fileobj=raw) if path.suffix == ".gz" else raw
        number, before, unpacked = 0, 0, 0
        if path.suffix == ".gz" and not path.stat().st_size:
            yield 1, TruncatedFile("it is cut: there is nothing in it")
            return
        most = UNPACK_ALLOWANCE_BYTES + MAX_UNPACK_RATIO * path.stat().st_size
        while True:
            try:
                line = file.readline(MAX_LINE_BYTES + 1)
                whole = len(line) <= MAX_LINE_BYTES
                while not whole and line and not line.endswith(b"\n"):
                    unpacked += len(line)
                    line = file.readline(SKIP_CHUNK_BYTES)
            except (EOFError, zlib.error, gzip.BadGzipFile) as error:
                cut = "it is cut" if isinstance(error, EOFError) else f"it is damaged ({error})"
                yield number + 1, TruncatedFile(f"{cut} after line {number}")
                return
            now = raw.tell()
            on_bytes(now - before)
            before, unpacked = now, unpacked + len(line)
            if unpacked > most:
                yield number + 1, TruncatedFile(f"it unpacks to more than {most} bytes, after line {number}")
                return
            if not line and whole:
                return
            number += 1
            if number == 1:
                if line[:2] in _UTF16_BOMS:
                    yield 1, TruncatedFile(f"it is in {_UTF16_BOMS[line[:2]]}: save it as UTF-8")
                    return
                line = line.removeprefix(b"\xef\xbb\xbf")
            yield number, line if whole else None
