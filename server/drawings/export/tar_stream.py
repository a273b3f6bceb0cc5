"""A finished export as one tar that nobody has written: any range of it can be read, and its length is known before."""

from __future__ import annotations

import os
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

TAR_BLOCK_BYTES = 512
"""Bytes of a block: headers take one, and files are padded to whole ones (POSIX ustar)."""
TAR_END_BYTES = 2 * TAR_BLOCK_BYTES
"""Zero bytes that end an archive: two blocks."""
TAR_READ_BYTES = 1 << 18
"""Bytes read at once from a file that is packed."""


@dataclass(frozen=True, slots=True)
class TarPart:
    """A file or a folder of files; `size` is its length in the tar, padding and headers included."""

    name: str
    size: int


def padded_tar_bytes(size: int) -> int:
    """Return how long a file of some bytes is in a tar, with its header."""
    return TAR_BLOCK_BYTES + -(-size // TAR_BLOCK_BYTES) * TAR_BLOCK_BYTES


@dataclass(frozen=True, slots=True)
class TarStream:
    """The files of a folder as a tar; `etag` is another one when they are."""

    root: Path
    parts: list[TarPart]
    etag: str

    @property
    def size(self) -> int:
        """How long it is."""
        return sum(part.size for part in self.parts) + TAR_END_BYTES

    def read(self, start: int, stop: int) -> Iterator[bytes]:
        """Stream the bytes start … stop-1. Raises OSError; ValueError if a file has another length than was said."""
        return _stream_range(self.root, self.parts, start, stop)


def _stream_range(root: Path, parts: list[TarPart], start: int, stop: int) -> Iterator[bytes]:
    at = 0
    for part in parts:
        if at + part.size > start and at < stop:
            file_at = at
            for path in _list_files(root / part.name):
                size = path.stat().st_size
                if file_at + padded_tar_bytes(size) > start and file_at < stop:
                    name = str(path.relative_to(root))
                    yield from _slice_chunks(_stream_entry(path, name, size), file_at, start, stop)
                file_at += padded_tar_bytes(size)
            if file_at != at + part.size:
                raise ValueError(f"{root / part.name} has changed")
        at += part.size
    yield from _slice_chunks(iter([bytes(TAR_END_BYTES)]), at, start, stop)


def _list_files(path: Path) -> list[Path]:
    """List a file, or the files of a folder in order."""
    return sorted(Path(entry.path) for entry in os.scandir(path)) if path.is_dir() else [path]


def _stream_entry(path: Path, name: str, size: int) -> Iterator[bytes]:
    head = tarfile.TarInfo(name)
    head.size, head.mode = size, 0o644
    yield head.tobuf(tarfile.GNU_FORMAT, "utf-8", "surrogateescape")
    with path.open("rb") as file:
        while chunk := file.read(TAR_READ_BYTES):
            yield chunk
    if size % TAR_BLOCK_BYTES:
        yield bytes(TAR_BLOCK_BYTES - size % TAR_BLOCK_BYTES)


def _slice_chunks(chunks: Iterator[bytes], at: int, start: int, stop: int) -> Iterator[bytes]:
    """Leave of chunks that begin at some place what lies in start … stop-1."""
    for chunk in chunks:
        piece = chunk[max(0, start - at) : max(0, stop - at)]
        if piece:
            yield piece
        at += len(chunk)
        if at >= stop:
            return
