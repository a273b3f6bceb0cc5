"""The collection as retraining reads it: one file a word, without names, in a folder that lives as long as the run."""

from __future__ import annotations

import asyncio
from pathlib import Path

import msgspec
import numpy as np
import numpy.typing as npt

from server.game.words import CANVAS
from server.store import keys
from server.store.collection import Collection
from server.store.formats.lines import safe_name
from server.store.kept import Kept
from server.store.pipe import Pipe

MOST = 600
"""Drawings of one word that leave: the newest. It bounds memory and disk of a run."""


def write_lessons(url: str, folder: Path, source: str = "player") -> int:
    """Write what may teach into `folder`; returns how many drawings. Raises StoreAway."""
    return asyncio.run(_write(url, folder, source))


def count_drawings(url: str) -> int:
    """Return how many drawings the collection holds. Raises StoreAway."""
    return asyncio.run(_count(url))


async def _count(url: str) -> int:
    pipe = Pipe(url)
    try:
        return await Collection(pipe).count()
    finally:
        await pipe.close()


async def _write(url: str, folder: Path, source: str) -> int:
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    pipe, written = Pipe(url), 0
    try:
        collection = Collection(pipe)
        for word in await collection.words():
            lines = [
                _line(kept)
                async for kept in collection.of_word(word, await _since(pipe, word), float("inf"))
                if source in ("any", kept.source) and _allowed(kept)
            ]
            if lines:
                (folder / f"{safe_name(word)}.ndjson").write_bytes(b"\n".join(lines) + b"\n")
            written += len(lines)
    finally:
        await pipe.close()
    return written


async def _since(pipe: Pipe, word: str) -> float:
    """Return when the oldest of the newest `MOST` drawings of a word was made."""
    found = await pipe.run("ZREVRANGE", keys.of_word(word), MOST - 1, MOST - 1, "WITHSCORES")
    return float(found[1]) if found else float("-inf")


def _allowed(kept: Kept) -> bool:
    """Leave out what its player did not agree to, and what was reported or removed."""
    return kept.consent and kept.state == "ok"


def _on_canvas(kept: Kept) -> list[list[list[int]]]:
    """Return the strokes in units of our canvas; imports come in pixels, or in 0..255."""
    times = 1.0
    if kept.source == "import" or kept.form != "raw" or kept.unit != 1:
        side = max((int(np.ptp(axis)) for stroke in _together(kept) for axis in stroke), default=1)
        times = CANVAS * 0.9 / max(side, 1)
    return [[(x * times).astype(int).tolist(), (y * times).astype(int).tolist(), t.tolist()] for x, y, t in kept.arrays]


def _together(kept: Kept) -> list[tuple[npt.NDArray[np.int32], npt.NDArray[np.int32]]]:
    parts = kept.arrays
    return [(np.concatenate([x for x, _, _ in parts]), np.concatenate([y for _, y, _ in parts]))] if parts else []


def _line(kept: Kept) -> bytes:
    return msgspec.json.encode(
        {
            "word": kept.word,
            "drawing": _on_canvas(kept),
            "player": kept.player or kept.key_id,
            "at": kept.at,
            "human": False,
        }
    )
