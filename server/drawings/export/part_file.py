"""A word's file or folder while it is being written."""

from __future__ import annotations

import contextlib
import hashlib
import os
from array import array
from collections.abc import Callable
from pathlib import Path

from model.ink.simplify import SIMPLIFY_BATCH_SIZE
from server.drawings.export.folder.files import CHECKSUMS_FILE, find_part_files, remove_path
from server.drawings.export.folder.journal import ExportFileEntry
from server.drawings.export.folder.ownership import remove_owned_path
from server.drawings.export.tar_stream import padded_tar_bytes
from server.drawings.formats.writer import FormatWriter
from server.drawings.record import DrawingRecord

HASH_CHUNK_BYTES = 1 << 20
"""Bytes read at once from a file that is hashed."""


class PartFile:
    """A word's file or folder: it gets its name when it is complete, and exists only if it has drawings."""

    def __init__(self, folder: Path, name: str, open: Callable[[Path], FormatWriter]) -> None:
        self._folder, self._name, self._open = folder, name, open
        self._part = folder / (name + ".part")
        self._writer: FormatWriter | None = None
        self._begun = False
        self._measures: tuple[int, str, int] | None = None
        self._waiting: list[DrawingRecord] = []
        self.keys = array("Q")
        """The drawings in it."""
        self._recognized = 0
        self._models: set[str] = set()
        self._licences: set[str] = set()

    def add(self, record: DrawingRecord) -> None:
        """Add one drawing."""
        if self._writer is None:
            self._part.parent.mkdir(parents=True, exist_ok=True)
            for path in find_part_files(self._folder, self._name):
                remove_path(path)
            self._begun = True
            self._writer = self._open(self._part)
        self._waiting.append(record)
        if len(self._waiting) == SIMPLIFY_BATCH_SIZE:
            self._writer.add(self._waiting)
            self._waiting = []
        self.keys.append(record.key)
        self._recognized += bool(record.recognized)
        self._models.update(record.models)
        self._licences.add(record.licence)

    def complete(self) -> bool:
        """Write all that is missing; returns whether there is anything. Its name still is whose it was. Raises OSError."""
        if self._writer is not None:
            self._writer.add(self._waiting)
            self._waiting = []
            self._writer.close()
            self._writer = None
            self._measures = _measure_path(self._part)
        return self._measures is not None

    def close(self, word: str, part: str = "") -> ExportFileEntry | None:
        """Complete it and take its name, from whatever has it.

        Returns what the manifest tells of it, None if there is no drawing. `part` is train, validation or test. Raises
        OSError, where a folder with something else in it has the name, too.
        """
        self.complete()
        if self._measures is None:
            return None
        size, digest, tarred = self._measures
        target = self._folder / self._name
        if self._part.is_dir():
            remove_owned_path(target)  # a folder cannot take the place of anything but an empty one
        self._part.replace(target)
        return ExportFileEntry(
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
        if self._begun:
            remove_path(self._part)


def _measure_path(path: Path) -> tuple[int, str, int]:
    """Return bytes and sha256 of a file (of a folder: all bytes, and the sha256 of its list), and its bytes in a tar."""
    if path.is_dir():
        sizes = [entry.stat().st_size for entry in os.scandir(path)]
        path = path / CHECKSUMS_FILE
    else:
        sizes = [path.stat().st_size]
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(HASH_CHUNK_BYTES):
            digest.update(chunk)
    return sum(sizes), digest.hexdigest(), sum(map(padded_tar_bytes, sizes))
