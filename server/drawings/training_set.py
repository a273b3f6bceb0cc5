"""The collection as retraining reads it: one file a word, without names, in a folder that lives as long as the run."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path

import msgspec
import numpy as np
import numpy.typing as npt

from server.drawings.dataset import open_dataset
from server.drawings.file_names import word_file_name
from server.drawings.filter import DrawingFilter
from server.drawings.record import DrawingRecord
from server.game.ids import CANVAS_SIDE_UNITS

MAX_TRAINING_DRAWINGS_PER_WORD = 600
"""Drawings of one word that leave: the newest. It bounds memory and disk of a run."""


_OPEN_LICENCE = re.compile(
    r"(?:cc0|cc[ -]by|creative commons (?:zero|attribution)|public domain|pddl|odc[ -]by|cdla-permissive|mit|bsd|apache)(?![a-z])",
    re.IGNORECASE,
)
_RESTRICTED_LICENCE = re.compile(r"\b(?:n[cd]|non-?commercial|no-?deriv\w*)\b", re.IGNORECASE)


def write_training_set(url: str, erased: Path, folder: Path, source: str = "player") -> int:
    """Write what may teach into `folder`; returns how many drawings. `erased` is the file of tombstones.

    Raises StoreUnavailable, OSError.
    """
    return asyncio.run(_write_training_set(url, erased, folder, source))


def count_drawings(url: str, tombstone_file: Path) -> int:
    """Return how many drawings the collection holds, archived ones included. Raises StoreUnavailable."""
    return asyncio.run(_count_drawings(url, tombstone_file))


def may_teach(record: DrawingRecord) -> bool:
    """Say whether a drawing may teach: its player agreed, or its licence says so; nobody reported or removed it."""
    return record.state == "ok" and (
        record.consent or (record.source == "import" and licence_allows_training(record.licence))
    )


def licence_allows_training(licence: str) -> bool:
    """Say whether a licence's text begins with one that allows changed works for any purpose: CC0, CC BY, CC BY-SA, MIT …"""
    return _OPEN_LICENCE.match(licence.strip()) is not None and _RESTRICTED_LICENCE.search(licence) is None


async def _count_drawings(url: str, tombstone_file: Path) -> int:
    async with open_dataset(url, tombstone_file) as dataset:
        return await dataset.count()


async def _write_training_set(url: str, erased: Path, folder: Path, source: str) -> int:
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    written = 0
    async with open_dataset(url, erased) as dataset:
        for word in await dataset.words(DrawingFilter(source=source)):
            newest = await dataset.newest(
                word,
                MAX_TRAINING_DRAWINGS_PER_WORD,
                lambda record: source in ("any", record.source) and may_teach(record),
            )
            if newest:
                lines = [_training_line(record) for record in newest]
                (folder / f"{word_file_name(word)}.ndjson").write_bytes(b"\n".join(lines) + b"\n")
            written += len(newest)
    return written


def _strokes_on_canvas(record: DrawingRecord) -> list[list[list[int]]]:
    """Return the strokes in units of our canvas; imports come in pixels, or in 0..255."""
    times = 1.0
    if record.source == "import" or record.form != "raw" or record.unit != 1:
        side = max((int(np.ptp(axis)) for stroke in _concatenated(record) for axis in stroke), default=1)
        times = CANVAS_SIDE_UNITS * 0.9 / max(side, 1)
    return [
        [(x * times).astype(int).tolist(), (y * times).astype(int).tolist(), t.tolist()] for x, y, t in record.arrays
    ]


def _concatenated(record: DrawingRecord) -> list[tuple[npt.NDArray[np.int32], npt.NDArray[np.int32]]]:
    parts = record.arrays
    return [(np.concatenate([x for x, _, _ in parts]), np.concatenate([y for _, y, _ in parts]))] if parts else []


def _training_line(record: DrawingRecord) -> bytes:
    return msgspec.json.encode(
        {
            "word": record.word,
            "drawing": _strokes_on_canvas(record),
            "player": record.player or record.key_id,
            "at": record.at,
            "human": False,
        }
    )
