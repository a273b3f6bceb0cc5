"""The input pipeline: processes that augment, cut and rasterise. They import neither Keras nor TensorFlow."""

from __future__ import annotations

import multiprocessing
import queue
from collections import defaultdict, deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Protocol

import numpy as np
import numpy.typing as npt

from model.data.quickdraw import LabelledDrawing, list_drawing_files, read_labelled_drawings
from model.data.split import assign_part
from model.ink.augment import augment_strokes, graft_strokes
from model.ink.negatives import JUNK_KINDS, make_junk
from model.ink.raster import STAMP_SIDE_PIXELS, crop_stamps, rasterise_paths
from model.ink.strokes import Ink, StrokePath, ink_to_path, take_path_prefix

MAX_DRAWINGS_PER_FILE = 400
"""Drawings of one file that are in memory at once; of larger files the next ones take the place of the oldest."""
VIEWS_PER_REPLACED_DRAWING = 8
"""One drawing is replaced for so many views, if there are more than fit."""
JUDGED_DRAWINGS_PER_WORD = 8
"""Drawings of one word that judge (and calibrate), so that the few large words do not."""
JUNK_SHARE = 0.05
"""Share of the samples that are junk."""
GRAFT_SHARE = 0.05
"""How many drawings get strokes of another word, if there is a teacher to name the result."""
MIN_INK_SHARE = 0.10
"""Cut views are cut at a share of the ink from here to 1."""


@dataclass(frozen=True, slots=True)
class TrainingBatch:
    """One batch of n views, of n / 2 varied drawings: the first half of the rows whole, the second half cut.

    pictures uint8 (n, 32, 32, 3), scalars (n, 3), class (n,; −1 is junk), place among the first drawings (n,; −1 is
    none of them), share of ink (n,), pure (n,; False where something of another word was put in).
    """

    pictures: npt.NDArray[np.uint8]
    scalars: npt.NDArray[np.float32]
    labels: npt.NDArray[np.int64]
    source: npt.NDArray[np.int64]
    share: npt.NDArray[np.float32]
    pure: npt.NDArray[np.bool_]
    bitmaps: npt.NDArray[np.uint8]
    """What the teachers see: varied drawings, whole, (n / 2, 28, 28); none unless asked for."""
    bitmap_index: npt.NDArray[np.int64]
    """Which of the bitmaps each view belongs to (n,)."""


def stream_part(path: Path, part: str) -> Iterator[LabelledDrawing]:
    """Read one file's drawings of one part of the split, one after the other."""
    return (
        drawing for drawing in read_labelled_drawings(path) if drawing.ink and assign_part(drawing.identity) == part
    )


def load_drawings(folders: list[Path], part: str, cap: int = MAX_DRAWINGS_PER_FILE) -> list[LabelledDrawing]:
    """Read the first drawings of one part of the split, at most `cap` a file, in a fixed order."""
    return [
        drawing
        for folder in folders
        for path in list_drawing_files(folder)
        for drawing in islice(stream_part(path, part), cap)
    ]


class DrawingPool:
    """Drawings to make samples of, in bounded memory: any number may follow on disk.

    It begins with what `load_drawings` reads. Whatever a file holds beyond that comes in later, and takes the place of the
    oldest of the same file; `share` = (i, n) says that this is the i-th of n pools that divide it among them.
    """

    def __init__(self, folders: list[Path], cap: int = MAX_DRAWINGS_PER_FILE, share: tuple[int, int] = (0, 1)) -> None:
        self.drawings: list[LabelledDrawing] = []
        self.paths: list[StrokePath] = []
        self.first: list[bool] = []
        self.of_word: dict[int, list[int]] = defaultdict(list)
        self._following: deque[tuple[Iterator[LabelledDrawing], deque[int]]] = deque()
        for folder in folders:
            for path in list_drawing_files(folder):
                self._open(path, cap, share)

    def _open(self, path: Path, cap: int, share: tuple[int, int]) -> None:
        stream = stream_part(path, "train")
        places: deque[int] = deque()
        for drawing in islice(stream, cap):
            places.append(len(self.drawings))
            self.of_word[drawing.label].append(len(self.drawings))
            self.drawings.append(drawing)
            self.paths.append(ink_to_path(drawing.ink))
            self.first.append(True)
        if len(places) == cap:
            self._following.append((islice(stream, share[0], None, share[1]), places))

    def replace_oldest(self, count: int) -> None:
        """Let `count` drawings in, word by word, as long as there are any."""
        while count and self._following:
            stream, places = self._following.popleft()
            drawing = next(stream, None)
            if drawing is None:
                continue
            place = places.popleft()
            self.drawings[place], self.paths[place], self.first[place] = drawing, ink_to_path(drawing.ink), False
            places.append(place)
            self._following.append((stream, places))
            count -= 1


class TrainingSampler:
    """Draws training samples; each worker process has one of its own."""

    def __init__(self, pool: DrawingPool, seed: int, strength: float = 1.0, with_teacher: bool = False) -> None:
        self._pool, self._strength, self._with_teacher = pool, strength, with_teacher
        self._rng = np.random.default_rng(seed)
        self._words = np.array(sorted(pool.of_word))
        weight = np.array([len(pool.of_word[int(word)]) for word in self._words]) ** 0.25
        self._weight = weight / weight.sum()

    def batch(self, size: int) -> TrainingBatch:
        """Make one batch of `size` views, two of each varied drawing."""
        half = size // 2
        labels, source = np.full(half, -1), np.full(half, -1)
        share = np.ones(size, np.float32)
        pure = np.ones(half, bool)
        whole: list[StrokePath] = []
        cut: list[StrokePath] = []
        for place, word in enumerate(self._rng.choice(self._words, half, p=self._weight)):
            if self._rng.random() < JUNK_SHARE:
                whole.append(ink_to_path(self._make_junk()))
                cut.append(ink_to_path(self._make_junk()))
                continue
            chosen = self._pick(int(word))
            labels[place], source[place] = word, chosen if self._pool.first[chosen] else -1
            path = self._augmented(chosen, int(word))
            if self._with_teacher and self._rng.random() < GRAFT_SHARE:
                path, pure[place] = graft_strokes(path, self._any_augmented(), self._rng), False
            share[place + half] = self._rng.uniform(MIN_INK_SHARE, 1.0)
            whole.append(path)
            cut.append(take_path_prefix(*path, float(share[place + half])))
        pictures, scalars = rasterise_paths([*whole, *cut])
        bitmaps = (
            crop_stamps(pictures[:half]).copy()
            if self._with_teacher
            else np.zeros((0, STAMP_SIDE_PIXELS, STAMP_SIDE_PIXELS), np.uint8)
        )
        self._pool.replace_oldest(size // VIEWS_PER_REPLACED_DRAWING)
        labels, source, pure = (np.tile(part, 2) for part in (labels, source, pure))
        return TrainingBatch(pictures, scalars, labels, source, share, pure, bitmaps, np.tile(np.arange(half), 2))

    def _augmented(self, place: int, word: int) -> StrokePath:
        donor = self._pick(word)
        same_format = self._pool.drawings[donor].raw == self._pool.drawings[place].raw
        lender = self._pool.paths[donor] if same_format else None
        return augment_strokes(self._pool.paths[place], self._rng, lender, self._strength)

    def _any_augmented(self) -> StrokePath:
        return augment_strokes(self._pool.paths[int(self._rng.integers(len(self._pool.paths)))], self._rng)

    def _pick(self, word: int) -> int:
        places = self._pool.of_word[word]
        return places[int(self._rng.integers(len(places)))]

    def _make_junk(self) -> Ink:
        kind = JUNK_KINDS[int(self._rng.integers(len(JUNK_KINDS)))]
        words = self._rng.choice(self._words, int(self._rng.integers(3, 6)), replace=False)
        lenders = [self._pool.drawings[self._pick(int(word))] for word in words]
        inks = [lender.ink for lender in lenders if not lender.raw]
        if kind == "mixture" and len(inks) < 3:
            kind = "scribble"
        return make_junk(kind, self._rng, inks)


class BatchMaker(Protocol):
    """Makes batches; `TrainingSampler` is one."""

    def batch(self, size: int) -> TrainingBatch:
        """Make one batch of `size` views."""


BatchMakerFactory = Callable[[int, tuple[int, int]], BatchMaker]
"""Seed and share (see `DrawingPool`) → a maker; it travels to the workers, so it must be picklable."""


def _make_sampler(
    folders: list[Path], strength: float, with_teacher: bool, seed: int, share: tuple[int, int]
) -> TrainingSampler:
    return TrainingSampler(DrawingPool(folders, share=share), seed, strength, with_teacher)


def _run_batch_worker(
    make: BatchMakerFactory, size: int, seed: int, share: tuple[int, int], batches: multiprocessing.Queue[TrainingBatch]
) -> None:
    maker = make(seed, share)
    parent = multiprocessing.parent_process()
    while True:
        batch = maker.batch(size)
        while True:
            try:
                batches.put(batch, timeout=5)
                break
            except queue.Full:
                if parent is None or not parent.is_alive():
                    batches.cancel_join_thread()  # nobody will ever read what waits
                    return  # the trainer was killed; nobody else would end this process


class Feed:
    """Worker processes and the queue of batches they fill. Start it before a backend is imported."""

    def __init__(self, folders: list[Path], size: int, seed: int, workers: int, strength: float = 1.0,
                 with_teacher: bool = False) -> None:  # fmt: skip
        self._start(partial(_make_sampler, folders, strength, with_teacher), size, seed, workers)

    def _start(self, make: BatchMakerFactory, size: int, seed: int, workers: int) -> None:
        context = multiprocessing.get_context("spawn")
        self._queue: multiprocessing.Queue[TrainingBatch] = context.Queue(maxsize=24)
        self._workers = [
            context.Process(
                target=_run_batch_worker,
                args=(make, size, seed + 1000 * number, (number, workers), self._queue),
                daemon=True,
            )
            for number in range(workers)
        ]
        for worker in self._workers:
            worker.start()

    def __iter__(self) -> Iterator[TrainingBatch]:
        while True:
            try:
                yield self._queue.get(timeout=5)
            except queue.Empty:
                if not any(worker.is_alive() for worker in self._workers):
                    raise ValueError("the processes that make batches have ended; see their messages above") from None

    def close(self) -> None:
        """End the workers."""
        for worker in self._workers:
            worker.terminate()
            worker.join()
