"""A drawing of a file as a record of the collection: checked, in whole numbers, with a name of its own."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from model.data.source_record import SourceRecord
from model.ink.simplify import simplify_drawing
from server import ink_codec
from server.drawings.record import DrawingRecord, key_from_origin
from server.text import MAX_IMPORTED_WORD_CHARACTERS, clean_text

UNITS_PER_PIXEL = 1000
"""For drawings with fractions of a pixel: official raw files have three decimals."""
SIMPLIFIED_SIDE = 255
"""Largest x and y of official simplified drawings."""
UNSPECIFIED_LICENCE = "unspecified"


@dataclass(frozen=True, slots=True)
class ScaledInk:
    """Ink in whole numbers, `unit` of them to the pixel of its file."""

    strokes: list[list[npt.NDArray[np.int64]]]
    unit: int
    simplified: bool
    """Whether it looks like an official simplified drawing."""


def record_from_import(record: SourceRecord, licence: str = UNSPECIFIED_LICENCE, imported_at: int = 0) -> DrawingRecord:
    """Turn a drawing of a file, imported at a time (ms since 1970, UTC), into what is stored.

    `licence` is for drawings that name none. Raises ValueError where its word is none.
    """
    word = _check_word(record.word)
    ink = _scale_to_whole_numbers(record.strokes, record.timed)
    millis, micros = divmod(record.made or 0, 1000)
    return DrawingRecord(
        key=_key_of_strokes(record, ink.simplified) if record.key is None else record.key,
        word=word,
        at=millis,
        recognized=record.recognized,
        ink=ink_codec.pack_stored_ink(ink.strokes, timed=record.timed),
        source="import",
        licence=record.licence or licence,
        consent=False,
        unit=ink.unit,
        form="simplified" if ink.simplified else "raw",
        country=record.country,
        micros=micros,
        imported_at=imported_at,
    )


def _check_word(text: str) -> str:
    word = clean_text(text, MAX_IMPORTED_WORD_CHARACTERS)
    if word is None or any(unicodedata.category(letter) == "Cc" for letter in text):
        raise ValueError(f"the word must have 1 to {MAX_IMPORTED_WORD_CHARACTERS} visible characters")
    return word


def _scale_to_whole_numbers(strokes: Sequence[Sequence[Sequence[float]]], timed: bool) -> ScaledInk:
    """Scale x and y so that nothing of a pixel's fraction is lost; times are rounded to whole ms."""
    xy = np.concatenate([np.asarray(axis, float) for stroke in strokes for axis in stroke[:2]])
    whole = bool((xy == np.rint(xy)).all())
    unit = 1 if whole else UNITS_PER_PIXEL
    scales = (unit, unit, 1)
    scaled = [
        [np.rint(np.asarray(axis) * scale).astype(np.int64) for axis, scale in zip(stroke, scales, strict=False)]
        for stroke in strokes
    ]
    return ScaledInk(scaled, unit, not timed and whole and xy.min() >= 0 and xy.max() <= SIMPLIFIED_SIDE)


def _key_of_strokes(record: SourceRecord, simplified: bool) -> int:
    """Name a drawing by its simplified strokes."""
    strokes: Any
    if simplified:
        strokes = [[[int(value) for value in axis] for axis in stroke] for stroke in record.strokes]
    else:
        strokes = simplify_drawing(record.strokes)
    return key_from_origin(json.dumps(strokes))
