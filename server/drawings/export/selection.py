"""Which drawings an export takes: the one place for filter, times, repeats, sample and limit. Formats only write."""

from __future__ import annotations

import hashlib
import heapq
from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass

import msgspec

from model.ink.simplify import SIMPLIFY_BATCH_SIZE
from server.drawings.dataset import Dataset
from server.drawings.filter import DrawingFilter
from server.drawings.formats.ndjson import SimplifiedStrokes, simplify_drawings
from server.drawings.record import DrawingRecord

WITHOUT_TIMES, REPEATED = "without_times", "repeated"
"""Why a drawing that the filter wants may still be left out."""


@dataclass(frozen=True, slots=True)
class ExportSelection:
    """What is taken of each word. Sample and limit count after everything else has been left out."""

    filter: DrawingFilter
    timed: bool = False
    """Only drawings whose points have times."""
    dedup: bool = False
    """Of drawings of a word with the same simplified strokes only the first."""
    sample: int | None = None
    """So many of each word at random: always the same ones for the same seed, whatever else is there."""
    limit: int | None = None
    """The first ones of each word."""
    seed: int = 0

    async def of_word(
        self, dataset: Dataset, word: str, left_out: Counter[str], advance: Callable[[], None] = lambda: None
    ) -> AsyncIterator[DrawingRecord]:
        """Stream what is taken of a word; counts in `left_out`. `advance` is called for each that the filter wants.

        Memory: with dedup and sample a number for each drawing of the word, else flat.
        """
        drawn = None if self.sample is None else await self._draw(dataset, word, self.sample)
        taken = 0
        async for record in self._distinct(dataset, word, left_out, advance):
            if drawn is None or record.key in drawn:
                yield record
                taken += 1
                if taken == self.limit:
                    return

    async def _draw(self, dataset: Dataset, word: str, count: int) -> set[int]:
        """Choose by lot: those with the lowest hashes."""
        lowest: list[tuple[int, int]] = []
        async for record in self._distinct(dataset, word, Counter()):
            lot = (-_hash64(f"{self.seed} {record.key}".encode()), record.key)
            if len(lowest) < count:
                heapq.heappush(lowest, lot)
            elif lot > lowest[0]:
                heapq.heapreplace(lowest, lot)
        return {key for _, key in lowest}

    async def _distinct(
        self, dataset: Dataset, word: str, left_out: Counter[str], advance: Callable[[], None] = lambda: None
    ) -> AsyncIterator[DrawingRecord]:
        seen = set[int]()
        async for batch in batch_drawings(dataset.of_word(word, self.filter)):
            for record, name in zip(batch, stroke_hashes(batch) if self.dedup else [0] * len(batch), strict=True):
                advance()
                if self.timed and not record.timed:
                    left_out[WITHOUT_TIMES] += 1
                elif self.dedup and name in seen:
                    left_out[REPEATED] += 1
                else:
                    yield record
                if self.dedup:
                    seen.add(name)


def stroke_hashes(batch: Sequence[DrawingRecord]) -> list[int]:
    """Return a number for each drawing that is the same for those with the same simplified strokes."""
    return [stroke_hash(strokes) for strokes in simplify_drawings(batch)]


def stroke_hash(strokes: SimplifiedStrokes) -> int:
    """Return the number of simplified strokes."""
    return _hash64(msgspec.json.encode(strokes))


def _hash64(data: bytes) -> int:
    return int.from_bytes(hashlib.blake2b(data, digest_size=8).digest(), "big")


async def batch_drawings(drawings: AsyncIterator[DrawingRecord]) -> AsyncIterator[list[DrawingRecord]]:
    """Gather drawings, as many as are simplified at once."""
    batch: list[DrawingRecord] = []
    async for record in drawings:
        batch.append(record)
        if len(batch) == SIMPLIFY_BATCH_SIZE:
            yield batch
            batch = []
    if batch:
        yield batch
