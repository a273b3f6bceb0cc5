"""A finished export as one tar that nobody has written: any range of it can be read, and its length is known before."""

from __future__ import annotations

import os
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

BLOCK = 512
END = 2 * BLOCK
CHUNK = 1 << 18


@dataclass(frozen=True, slots=True)
class TarPart:
    """A file or a folder of files; `size` is its length in the tar, padding and headers included."""

    name: str
    size: int


def padded(size: int) -> int:
    """Return how long a file of some bytes is in a tar, with its header."""
    return BLOCK + -(-size // BLOCK) * BLOCK


@dataclass(frozen=True, slots=True)
class TarStream:
    """The files of a folder as a tar; `etag` is another one when they are."""

    root: Path
    parts: list[TarPart]
    etag: str

    @property
    def size(self) -> int:
        """How long it is."""
        return sum(part.size for part in self.parts) + END

    def read(self, start: int, stop: int) -> Iterator[bytes]:
        """Stream the bytes start … stop-1. Raises OSError; ValueError if a file has another length than was said."""
        return _read(self.root, self.parts, start, stop)


def _read(root: Path, parts: list[TarPart], start: int, stop: int) -> Iterator[bytes]:
    at = 0
    for part in parts:
        if at + part.size > start and at < stop:
            reached = at
            for path in _files(root / part.name):
                size = path.stat().st_size
                if reached + padded(size) > start and reached < stop:
                    name = str(path.relative_to(root))
                    yield from _cut(_entry(path, name, size), reached, start, stop)
                reached += padded(size)
            if reached != at + part.size:
                raise ValueError(f"{root / part.name} has changed")
        at += part.size
    yield from _cut(iter([bytes(END)]), at, start, stop)


def _files(path: Path) -> list[Path]:
    """List a file, or the files of a folder in order."""
    return sorted(Path(entry.path) for entry in os.scandir(path)) if path.is_dir() else [path]


def _entry(path: Path, name: str, size: int) -> Iterator[bytes]:
    head = tarfile.TarInfo(name)
    head.size, head.mode = size, 0o644
    yield head.tobuf(tarfile.GNU_FORMAT, "utf-8", "surrogateescape")
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            yield chunk
    if size % BLOCK:
        yield bytes(BLOCK - size % BLOCK)


def _cut(chunks: Iterator[bytes], at: int, start: int, stop: int) -> Iterator[bytes]:
    """Leave of chunks that begin at some place what lies in start … stop-1."""
    for chunk in chunks:
        piece = chunk[max(0, start - at) : max(0, stop - at)]
        if piece:
            yield piece
        at += len(chunk)
        if at >= stop:
            return
