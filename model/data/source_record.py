"""What a row of a file has to be to count as a drawing; everything else is refused in words."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np

MAX_SOURCE_POINTS = 20_000
"""Points of a drawing that is taken from elsewhere."""
MAX_SOURCE_STROKES = 2_000
"""Strokes of a drawing that is taken from elsewhere."""
MAX_ABSOLUTE_VALUE = 1_000_000
"""Coordinates and times beyond it are no drawing's (times: ms; 16 minutes)."""
MAX_LICENCE_CHARACTERS = 200
"""Characters."""
MAX_TIMESTAMP_CHARACTERS = 64
"""Characters."""
_KEY_ID_PATTERN = re.compile(r"0|[1-9][0-9]{0,19}")
_SECOND_FRACTION = re.compile(r"(\d)\.(\d+)")
_UTC_OFFSET = re.compile(r"\s+([+-]\d\d:?\d\d)$")
_LONE_SURROGATE = re.compile(r"[\ud800-\udfff]")
_UNIX_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class SourceRecord:
    """A drawing as its file has it. Strokes are [x…], [y…] and, if `timed`, [t…] in ms from the first point."""

    word: str
    strokes: list[list[list[float]]]
    timed: bool
    key: int | None = None
    made: int | None = None
    """µs since 1970, UTC; None where the file does not tell."""
    country: str = ""
    recognized: bool | None = None
    licence: str = ""
    empty_strokes: int = 0
    """How many strokes without a point were left out."""


def parse_source_record(fields: Mapping[str, Any]) -> SourceRecord:
    """Check a row. Raises ValueError that says what is wrong with it."""
    word = fields.get("word")
    if not isinstance(word, str):
        raise ValueError("it has no word" if word is None else "its word is no text")
    _reject_surrogates(word, "its word")
    strokes, timed, empty = _parse_strokes(fields.get("drawing"))
    country = fields.get("countrycode")
    if country is not None and not (isinstance(country, str) and len(country) <= 8):
        raise ValueError("countrycode is no short text")
    _reject_surrogates(country or "", "countrycode")
    provenance = fields.get("provenance")
    licence = provenance.get("licence") if isinstance(provenance, dict) else fields.get("licence")
    return SourceRecord(
        word=word,
        strokes=strokes,
        timed=timed,
        key=_parse_key_id(fields.get("key_id")),
        made=_parse_timestamp(fields.get("timestamp")),
        country=country or "",
        recognized=_parse_recognized(fields.get("recognized")),
        licence=parse_licence(licence),
        empty_strokes=empty,
    )


def parse_licence(licence: Any) -> str:
    """Check a licence's text; empty where none is given. Raises ValueError."""
    if licence is None:
        return ""
    if not isinstance(licence, str) or len(licence) > MAX_LICENCE_CHARACTERS:
        raise ValueError(f"its licence is no text of at most {MAX_LICENCE_CHARACTERS} characters")
    return _reject_surrogates(licence, "its licence")


def _reject_surrogates(text: str, what: str) -> str:
    if _LONE_SURROGATE.search(text):
        raise ValueError(f"{what} has half a character in it (a lone surrogate)")
    return text


def _parse_strokes(drawing: Any) -> tuple[list[list[list[float]]], bool, int]:
    if drawing is None:
        raise ValueError("it has no drawing")
    if not isinstance(drawing, list) or not all(isinstance(stroke, list) for stroke in drawing):
        raise ValueError("drawing must be a list of strokes [[x…], [y…]] or [[x…], [y…], [t…]]")
    # A third axis of null is what our own exports write for drawings without times.
    drawing = [stroke[:2] if len(stroke) == 3 and stroke[2] is None else stroke for stroke in drawing]
    if any(not isinstance(axis, list) for stroke in drawing for axis in stroke):
        raise ValueError("drawing must be a list of strokes [[x…], [y…]] or [[x…], [y…], [t…]]")
    strokes = [stroke for stroke in drawing if any(stroke)]
    if not strokes:
        raise ValueError("there is nothing drawn")
    axes = {len(stroke) for stroke in strokes}
    if axes == {2, 3}:
        raise ValueError("some strokes have times and some have none")
    if axes not in ({2}, {3}):
        raise ValueError("a stroke must be [[x…], [y…]] or [[x…], [y…], [t…]]")
    if any(len({len(axis) for axis in stroke}) != 1 for stroke in strokes):
        raise ValueError("the axes of a stroke differ in length")
    points = sum(len(stroke[0]) for stroke in strokes)
    if points > MAX_SOURCE_POINTS or len(strokes) > MAX_SOURCE_STROKES:
        raise ValueError(
            f"it has {points} points in {len(strokes)} strokes; at most {MAX_SOURCE_POINTS} in {MAX_SOURCE_STROKES} are taken"
        )
    if any(type(value) not in (int, float) for stroke in strokes for axis in stroke for value in axis):
        raise ValueError("a coordinate or time is no number")
    return _check_bounds(strokes, axes == {3}), axes == {3}, len(drawing) - len(strokes)


def _check_bounds(strokes: list[list[list[float]]], timed: bool) -> list[list[list[float]]]:
    try:
        flat = np.array([value for stroke in strokes for axis in stroke[:2] for value in axis], float)
        times = np.array([value for stroke in strokes for value in stroke[2]] if timed else [0], float)
    except OverflowError:
        raise ValueError(f"a coordinate or time is beyond {MAX_ABSOLUTE_VALUE}") from None
    if not (np.isfinite(flat).all() and np.isfinite(times).all()):
        raise ValueError("a coordinate or time is infinite")
    first = 0.0
    if abs(times[0]) > MAX_ABSOLUTE_VALUE:
        first = float(times[0])  # absolute milliseconds
    if np.abs(flat).max() > MAX_ABSOLUTE_VALUE or np.abs(times - first).max() > MAX_ABSOLUTE_VALUE:
        raise ValueError(f"a coordinate or time is beyond {MAX_ABSOLUTE_VALUE}")
    if not first:
        return strokes
    return [[x, y, [value - first for value in t]] for x, y, t in strokes]


def _parse_key_id(key: Any) -> int | None:
    if key in (None, ""):
        return None
    if isinstance(key, int) and not isinstance(key, bool):
        key = str(key)
    if not isinstance(key, str) or not _KEY_ID_PATTERN.fullmatch(key) or int(key) >= 2**64:
        raise ValueError(
            f"key_id {str(key)[:40]!r} is no whole number of 64 bits, without sign, spaces and leading zeros"
        )
    return int(key)


def _parse_recognized(value: Any) -> bool | None:
    if value is None:
        return None
    if isinstance(value, int) and value in (0, 1):
        return bool(value)
    if isinstance(value, str) and value.lower() in ("true", "false"):
        return value.lower() == "true"
    raise ValueError("recognized must be true or false")


def _parse_timestamp(stamp: Any) -> int | None:
    """Read a time as ISO 8601, UTC unless it says otherwise, as µs since 1970."""
    if stamp in (None, ""):
        return None
    told = f"timestamp {str(stamp)[:40]!r}"
    if not isinstance(stamp, str) or len(stamp) > MAX_TIMESTAMP_CHARACTERS or stamp.isdecimal():
        raise ValueError(f"{told} is no time such as 2017-03-01 20:41:36.70725 UTC")
    text = _UTC_OFFSET.sub(r"\1", stamp.strip().removesuffix(" UTC"))
    text = _SECOND_FRACTION.sub(lambda found: f"{found[1]}.{found[2][:6]:0<6}", text)
    try:
        if re.search(r"[T ]24", text):
            raise ValueError
        read = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(f"{told} is no time such as 2017-03-01 20:41:36.70725 UTC") from None
    read = read if read.tzinfo else read.replace(tzinfo=UTC)
    return _check_timestamp((read - _UNIX_EPOCH) // timedelta(microseconds=1), told)


def _check_timestamp(made: int, told: str) -> int:
    if made <= 0:
        raise ValueError(f"{told} is before 1970")
    if made > time.time() * 1_000_000:
        raise ValueError(f"{told} is in the future")
    return made
