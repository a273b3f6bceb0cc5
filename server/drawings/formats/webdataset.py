"""webdataset: a tar in which the files of one drawing stand together and share their name."""

from __future__ import annotations

import tarfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from server.drawings.formats.images import draw_png
from server.drawings.formats.ndjson import encode_raw_line
from server.drawings.record import DrawingRecord

WEBDATASET_SIDE_PIXELS = 256
"""Pixels a side of the pictures."""


class WebdatasetWriter:
    """A word's tar. Its files carry no time, so that the same drawings make the same bytes."""

    def __init__(self, path: Path, tell: Callable[[DrawingRecord], dict[str, Any] | None]) -> None:
        self._tell = tell
        self._file = path.open("wb")

    def add(self, drawings: Sequence[DrawingRecord]) -> None:
        """Add some drawings."""
        for record in drawings:
            self._put(f"{record.key_id}.json", encode_raw_line(record, self._tell(record)))
            self._put(f"{record.key_id}.png", draw_png(record, WEBDATASET_SIDE_PIXELS))

    def close(self) -> None:
        """Complete the tar."""
        self._file.write(bytes(2 * tarfile.BLOCKSIZE))
        self._file.close()

    def abandon(self) -> None:
        """Close it."""
        self._file.close()

    def _put(self, name: str, data: bytes) -> None:
        head = tarfile.TarInfo(name)
        head.size, head.mode = len(data), 0o644
        self._file.write(head.tobuf(tarfile.USTAR_FORMAT) + data + bytes(-len(data) % tarfile.BLOCKSIZE))
