"""A player's drawings as a zip that is streamed: one ndjson with provenance, and a PNG each."""

from __future__ import annotations

import io
import zipfile
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

from server.drawings.file_names import word_file_name
from server.drawings.formats import ndjson
from server.drawings.record import DrawingRecord

ZIP_EPOCH = (1980, 1, 1, 0, 0, 0)
"""The time that all files in a zip carry: the earliest that a zip can say."""

PageStream = Callable[[], AsyncIterator[list[DrawingRecord]]]


async def stream_player_zip(
    drawings: PageStream, draw_png: Callable[[DrawingRecord], Awaitable[bytes]]
) -> AsyncIterator[bytes]:
    """Stream a zip of drawings, which `drawings` streams page by page as often as it is called."""
    buffer = _ZipBuffer()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        with archive.open(zipfile.ZipInfo("drawings.ndjson", ZIP_EPOCH), "w", force_zip64=True) as file:
            async for page in drawings():
                for record in page:
                    file.write(ndjson.encode_raw_line(record, ndjson.build_provenance(record, lambda _: "me")))
                yield buffer.take()
        async for page in drawings():
            for record in page:
                name = f"{word_file_name(record.word)}-{record.key_id}.png"
                archive.writestr(zipfile.ZipInfo(name, ZIP_EPOCH), await draw_png(record))
                yield buffer.take()
    yield buffer.take()


class _ZipBuffer(io.RawIOBase):
    """Where a zip is written to and taken from, piece by piece."""

    def __init__(self) -> None:
        super().__init__()
        self._parts: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self._parts.append(bytes(data))
        return len(data)

    def take(self) -> bytes:
        """Return what was written since the last time."""
        data = b"".join(self._parts)
        self._parts = []
        return data
