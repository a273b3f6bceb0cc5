"""Drawings as pages show them: a card for a list, and a whole one with what the network guessed."""

from __future__ import annotations

from server.api_types import DrawingCard, DrawingDetails, DrawingInfo
from server.drawings.record import DrawingRecord
from server.game.commands import Segment
from server.game.downsample import thin_strokes
from server.game.events import GuessNote
from server.game.ids import CANVAS_SIDE_UNITS
from server.game.inkling import thresholds
from server.game.words.packs import display

MAX_THUMBNAIL_POINTS = 400
"""Points of a drawing on a card."""
UNTIMED_POINT_MS = 40
"""Between two points of a drawing that has no times, where a page plays it."""


def is_visible(record: DrawingRecord) -> bool:
    """Say whether strangers may see a drawing."""
    return record.state == "ok" and record.approved > 0


def drawing_card(record: DrawingRecord) -> DrawingCard:
    """Describe a drawing for a list: thinned, on our canvas."""
    return {**_drawing_about(record), "strokes": thin_strokes(_on_canvas(record), MAX_THUMBNAIL_POINTS)}


def drawing_with_guesses(record: DrawingRecord) -> DrawingDetails:
    """Describe a drawing for its own page."""
    return {
        **_drawing_about(record),
        "strokes": _on_canvas(record),
        "first_point_at": record.first_point_at,
        "licence": record.licence,
        "thoughts": [
            {"at": note.at, "words": [(display(word), p) for word, p in note.guesses], "idea": _has_idea(note)}
            for note in record.guesses
        ],
    }


def _has_idea(note: GuessNote) -> bool:
    return (
        note.doubt < thresholds.NO_IDEA_DOUBT
        and bool(note.guesses)
        and note.guesses[0][1] >= thresholds.MIN_IDEA_PROBABILITY
    )


def _drawing_about(record: DrawingRecord) -> DrawingInfo:
    return {
        "id": record.key_id,
        "word": record.word,
        "display": display(record.word),
        "at": record.at,
        "recognized": bool(record.recognized),
        "hit_at": record.hit_at,
        "state": record.state,
        "shown": is_visible(record),
    }


def _on_canvas(record: DrawingRecord) -> tuple[Segment, ...]:
    """Return strokes on our canvas, with times: imports have other units, and perhaps no times."""
    strokes = record.strokes
    if record.source != "import":
        return strokes
    low = min(min(min(x), min(y)) for x, y, _ in strokes)
    high = max(max(max(x), max(y)) for x, y, _ in strokes)
    scale = (CANVAS_SIDE_UNITS - 1) / max(high - low, 1)
    untimed = not any(t[-1] for _, _, t in strokes)
    now, fitted = 0, []
    for x, y, t in strokes:
        end = now + UNTIMED_POINT_MS * len(x)
        fitted_x, fitted_y = (tuple(round((value - low) * scale) for value in axis) for axis in (x, y))
        fitted.append((fitted_x, fitted_y, tuple(range(now, end, UNTIMED_POINT_MS)) if untimed else t))
        now = end
    return tuple(fitted)
