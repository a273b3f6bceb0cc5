"""What a row of a file has to be to count as a drawing; everything else is refused in words."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np

MAX_POINTS = 20_000
MAX_STROKES = 2_000
FARTHEST = 1_000_000
"""Coordinates and times beyond it are no drawing's (times: ms; 16 minutes)."""
MAX_LICENCE = 200
"""Characters."""
MAX_TIMESTAMP = 64
"""Characters."""
_KEY = re.compile(r"0|[1-9][0-9]{0,19}")
_FRACTION = re.compile(r"(\d)\.(\d+)")
_ZONE = re.compile(r"\s+([+-]\d\d:?\d\d)$")
_SURROGATE = re.compile(r"[\ud800-\udfff]")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


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


def record_of(fields: Mapping[str, Any]) -> SourceRecord:
    """Check a row. Raises ValueError that says what is wrong with it."""
    word = fields.get("word")
    if not isinstance(word, str):
        raise ValueError("it has no word" if word is None else "its word is no text")
    _whole_text(word, "its word")
    strokes, timed, empty = _strokes(fields.get("drawing"))
    country = fields.get("countrycode")
    if country is not None and not (isinstance(country, str) and len(country) <= 8):
        raise ValueError("countrycode is no short text")
    _whole_text(country or "", "countrycode")
    provenance = fields.get("provenance")
    licence = provenance.get("licence") if isinstance(provenance, dict) else fields.get("licence")
    return SourceRecord(
        word=word,
        strokes=strokes,
        timed=timed,
        key=_key(fields.get("key_id")),
        made=_moment(fields.get("timestamp")),
        country=country or "",
        recognized=_recognized(fields.get("recognized")),
        licence=licence_of(licence),
        empty_strokes=empty,
    )


def licence_of(licence: Any) -> str:
    """Check a licence's text; empty where none is given. Raises ValueError."""
    if licence is None:
        return ""
    if not isinstance(licence, str) or len(licence) > MAX_LICENCE:
        raise ValueError(f"its licence is no text of at most {MAX_LICENCE} characters")
    return _whole_text(licence, "its licence")


def _whole_text(text: str, what: str) -> str:
    if _SURROGATE.search(text):
        raise ValueError(f"{what} has half a character in it (a lone surrogate)")
    return text


def _strokes(drawing: Any) -> tuple[list[list[list[float]]], bool, int]:
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
    if points > MAX_POINTS or len(strokes) > MAX_STROKES:
        raise ValueError(
            f"it has {points} points in {len(strokes)} strokes; at most {MAX_POINTS} in {MAX_STROKES} are taken"
        )
    if any(type(value) not in (int, float) for stroke in strokes for axis in stroke for value in axis):
        raise ValueError("a coordinate or time is no number")
    return _bounded(strokes, axes == {3}), axes == {3}, len(drawing) - len(strokes)


def _bounded(strokes: list[list[list[float]]], timed: bool) -> list[list[list[float]]]:
    try:
        flat = np.array([value for stroke in strokes for axis in stroke[:2] for value in axis], float)
        times = np.array([value for stroke in strokes for value in stroke[2]] if timed else [0], float)
    except OverflowError:
        raise ValueError(f"a coordinate or time is beyond {FARTHEST}") from None
    if not (np.isfinite(flat).all() and np.isfinite(times).all()):
        raise ValueError("a coordinate or time is infinite")
    first = 0.0
    if abs(times[0]) > FARTHEST:
        first = float(times[0])  # absolute milliseconds
    if np.abs(flat).max() > FARTHEST or np.abs(times - first).max() > FARTHEST:
        raise ValueError(f"a coordinate or time is beyond {FARTHEST}")
    if not first:
        return strokes
    return [[x, y, [value - first for value in t]] for x, y, t in strokes]


def _key(key: Any) -> int | None:
    if key in (None, ""):
        return None
    if isinstance(key, int) and not isinstance(key, bool):
        key = str(key)
    if not isinstance(key, str) or not _KEY.fullmatch(key) or int(key) >= 2**64:
        raise ValueError(
            f"key_id {str(key)[:40]!r} is no whole number of 64 bits, without sign, spaces and leading zeros"
        )
    return int(key)


def _recognized(value: Any) -> bool | None:
    if value is None:
        return None
    if isinstance(value, int) and value in (0, 1):
        return bool(value)
    if isinstance(value, str) and value.lower() in ("true", "false"):
        return value.lower() == "true"
    raise ValueError("recognized must be true or false")


def _moment(stamp: Any) -> int | None:
    """Read a time as ISO 8601, UTC unless it says otherwise, as µs since 1970."""
    if stamp in (None, ""):
        return None
    told = f"timestamp {str(stamp)[:40]!r}"
    if not isinstance(stamp, str) or len(stamp) > MAX_TIMESTAMP or stamp.isdecimal():
        raise ValueError(f"{told} is no time such as 2017-03-01 20:41:36.70725 UTC")
    text = _ZONE.sub(r"\1", stamp.strip().removesuffix(" UTC"))
    text = _FRACTION.sub(lambda found: f"{found[1]}.{found[2][:6]:0<6}", text)
    try:
        if re.search(r"[T ]24", text):
            raise ValueError
        read = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(f"{told} is no time such as 2017-03-01 20:41:36.70725 UTC") from None
    read = read if read.tzinfo else read.replace(tzinfo=UTC)
    return _checked((read - _EPOCH) // timedelta(microseconds=1), told)


def _checked(made: int, told: str) -> int:
    if made <= 0:
        raise ValueError(f"{told} is before 1970")
    if made > time.time() * 1_000_000:
        raise ValueError(f"{told} is in the future")
    return made
