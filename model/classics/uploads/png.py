"""What a PNG holds beside what its head says: data that inflates to more than the picture is refused before it is decoded."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator

PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
KEPT_CHUNK_TYPES = frozenset({b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND"})
"""The chunks that a picture is made of; texts and profiles may be compressed, too, and nobody looks at them."""
CHANNELS_OF_COLOUR_TYPE = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
"""Of each colour type."""
INTERLACE_PASSES = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))
"""Of an interlaced picture: where each begins (x, y), and its steps."""
INFLATE_PIECE_BYTES = 64 * 1024
"""Bytes inflated at a time."""


class DecompressionBomb(ValueError):
    """A PNG whose data are not what its head says."""


def strip_extra_chunks(data: bytes) -> bytes:
    """Return the PNG without what is no part of its picture. Raises DecompressionBomb when it holds more than its head says."""
    chunks = list(_read_chunks(data))
    if not chunks or chunks[0][0] != b"IHDR" or len(chunks[0][1]) != 13:
        raise DecompressionBomb("the file has no head")
    _check_inflated_size((body for kind, body, _ in chunks if kind == b"IDAT"), _expected_data_bytes(chunks[0][1]))
    return PNG_SIGNATURE + b"".join(whole for _, _, whole in chunks)


def _read_chunks(data: bytes) -> Iterator[tuple[bytes, bytes, bytes]]:
    """Yield kind, body and all bytes of each chunk that is kept."""
    at = len(PNG_SIGNATURE)
    while at + 8 <= len(data):
        (size,) = struct.unpack(">I", data[at : at + 4])
        kind, end = data[at + 4 : at + 8], at + 12 + size
        if kind in KEPT_CHUNK_TYPES:
            yield kind, data[at + 8 : at + 8 + size], data[at:end]
        if kind == b"IEND":
            return
        at = end


def _expected_data_bytes(head: bytes) -> int:
    """Return how many bytes the rows of a picture are, each with its filter's byte."""
    width, height, depth, colour, _, _, interlaced = struct.unpack(">IIBBBBB", head)
    if colour not in CHANNELS_OF_COLOUR_TYPE or depth not in (1, 2, 4, 8, 16):
        raise DecompressionBomb("the head is none of a PNG")
    bits = CHANNELS_OF_COLOUR_TYPE[colour] * depth
    total = 0
    for x, y, across, down in INTERLACE_PASSES if interlaced else ((0, 0, 1, 1),):
        columns, rows = -(-(width - x) // across), -(-(height - y) // down)
        if columns > 0 and rows > 0:
            total += rows * (1 + -(-columns * bits // 8))
    return total


def _check_inflated_size(bodies: Iterator[bytes], most: int) -> None:
    """Inflate piece by piece, keeping nothing. Raises DecompressionBomb beyond `most` bytes."""
    inflater, size = zlib.decompressobj(), 0
    try:
        for body in bodies:
            waiting = body
            while waiting:
                size += len(inflater.decompress(waiting, INFLATE_PIECE_BYTES))
                waiting = inflater.unconsumed_tail
                if size > most:
                    raise DecompressionBomb("the file holds more than the picture of its head")
    except zlib.error:
        raise DecompressionBomb("the file is damaged") from None
