"""The raw format of Quick, Draw!: one drawing a line, with timing."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

import msgspec

from server.store.kept import Kept

_encode = msgspec.json.Encoder().encode


def line_of(kept: Kept, provenance: bool) -> bytes:
    """Return one line without its end: the official keys first, in the official order.

    x and y are whole units of our canvas (0..4095), t milliseconds since the drawing's first point.
    """
    record: dict[str, Any] = {
        "word": kept.word,
        "countrycode": "",
        "timestamp": timestamp_of(kept.at),
        "recognized": kept.recognized,
        "key_id": kept.key_id,
        "drawing": kept.strokes,
    }
    if provenance:
        record["provenance"] = provenance_of(kept)
    return _encode(record)


def timestamp_of(at: int) -> str:
    """Write a moment (ms, UTC) as the official files do, with five decimals."""
    moment = datetime.fromtimestamp(at // 1000, UTC).strftime("%Y-%m-%d %H:%M:%S")
    return f"{moment}.{at % 1000:03d}00 UTC"


def file_of(word: str) -> str:
    """Name the file of a word; letters that a file name cannot hold are escaped."""
    return quote(word, safe=" '()") + ".ndjson"


def provenance_of(kept: Kept) -> dict[str, Any]:
    """Tell how a drawing came to be; without a name, an address or the player's id."""
    return {
        "source": kept.source,
        "player": kept.player,
        "licence": kept.licence,
        "consent": kept.consent,
        "game": kept.game,
        "round": kept.round,
        "pack": kept.pack,
        "seconds": kept.seconds,
        "open_table": kept.open_table,
        "finished_by": kept.finished_by,
        "first_point_at": kept.first_point_at,
        "hit_at": kept.hit_at,
        "points": kept.points,
        "device": {"pointer": kept.pointer, "width": kept.width, "height": kept.height},
        "models": kept.models,
        "guesses": [
            {"at": note.at, "words": dict(note.guesses), "doubt": note.doubt, "model": note.model}
            for note in kept.guesses
        ],
    }
