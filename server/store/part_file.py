"""A word's file or folder while it is being written."""

from __future__ import annotations

import contextlib
import hashlib
import os
from array import array
from collections.abc import Callable
from pathlib import Path

from model.simplify import TOGETHER
from server.store.export_folder import SUMS, FileEntry, remove
from server.store.formats import Writer
from server.store.kept import Kept
from server.store.tar_stream import padded

CHUNK = 1 << 20


class PartFile:
    """A word's file or folder: it gets its name when it is complete, and exists only if it has drawings."""

    def __init__(self, folder: Path, name: str, open: Callable[[Path], Writer]) -> None:
        self._folder, self._name, self._open = folder, name, open
        self._part = folder / (name + ".part")
        self._writer: Writer | None = None
        self._waiting: list[Kept] = []
        self.keys = array("Q")
        """The drawings in it."""
        self._recognized = 0
        self._models: set[str] = set()
        self._licences: set[str] = set()

    def add(self, kept: Kept) -> None:
        """Add one drawing."""
        if self._writer is None:
            self._part.parent.mkdir(parents=True, exist_ok=True)
            remove(self._part)
            self._writer = self._open(self._part)
        self._waiting.append(kept)
        if len(self._waiting) == TOGETHER:
            self._writer.add(self._waiting)
            self._waiting = []
        self.keys.append(kept.key)
        self._recognized += bool(kept.recognized)
        self._models.update(kept.models)
        self._licences.add(kept.licence)

    def close(self, word: str, part: str = "") -> FileEntry | None:
        """Complete it; returns what the manifest tells of it, None if there is no drawing. `part` is train, validation or test."""
        if self._writer is None:
            return None
        self._writer.add(self._waiting)
        self._waiting = []
        self._writer.close()
        self._writer = None
        size, digest, tarred = _measure(self._part)
        self._part.replace(self._folder / self._name)
        return FileEntry(
            word,
            self._name,
            len(self.keys),
            size,
            digest,
            self._recognized,
            sorted(self._models),
            sorted(self._licences),
            tarred,
            part,
        )

    def abandon(self) -> None:
        """Leave nothing behind."""
        if self._writer is not None:
            with contextlib.suppress(OSError, ValueError):
                self._writer.abandon()
        remove(self._part)


def _measure(path: Path) -> tuple[int, str, int]:
    """Return bytes and sha256 of a file (of a folder: all bytes, and the sha256 of its list), and its bytes in a tar."""
    if path.is_dir():
        sizes = [entry.stat().st_size for entry in os.scandir(path)]
        path = path / SUMS
    else:
        sizes = [path.stat().st_size]
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            digest.update(chunk)
    return sum(sizes), digest.hexdigest(), sum(map(padded, sizes))
