"""TFRecord of `tf.train.Example`, written without TensorFlow: two small formats, protobuf's and the record's frame."""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence

import google_crc32c

from server.drawings.formats.binary import bitmap_of
from server.drawings.formats.ndjson import simplified
from server.drawings.formats.sketch_rnn import strokes_of
from server.drawings.record import Kept

_BYTES, _FLOATS, _INTS = 1, 2, 3
"""Which list of a `Feature` is set."""
_LENGTH = 2
"""How all fields here are written: a length, then bytes."""
_MASK = 0xA282EAD8


def records_of(some: Sequence[Kept]) -> Iterator[bytes]:
    """Write drawings, each as a record of one Example.

    `ink` is (dx, dy, pen lifted) for each point in order, `shape` its (points, 3), `bitmap` 28 × 28 bytes, 0 is paper;
    `timestamp` is µs since 1970, -1 where it is not known, as is `recognized`.
    """
    for kept, strokes in zip(some, simplified(some), strict=True):
        ink = strokes_of(strokes)
        yield framed(
            example({
                "bitmap": _field(_BYTES, _field(1, bitmap_of(strokes).tobytes())),
                "countrycode": _text(kept.country),
                "ink": _field(_FLOATS, _field(1, ink.astype("<f4").tobytes())),
                "key_id": _text(kept.key_id),
                "licence": _text(kept.licence),
                "recognized": _ints(-1 if kept.recognized is None else int(kept.recognized)),
                "shape": _ints(*ink.shape),
                "source": _text(kept.source),
                "timestamp": _ints(kept.at * 1000 + kept.micros if kept.dated else -1),
                "word": _text(kept.word),
            })
        )  # fmt: skip


def example(features: dict[str, bytes]) -> bytes:
    """Write an Example of features that are written already."""
    return _field(1, b"".join(_field(1, _field(1, name.encode()) + _field(2, told)) for name, told in features.items()))


def framed(data: bytes) -> bytes:
    """Write a record: its length and its bytes, each followed by a masked CRC-32C."""
    length = struct.pack("<Q", len(data))
    return length + struct.pack("<I", _masked(length)) + data + struct.pack("<I", _masked(data))


def _text(text: str) -> bytes:
    return _field(_BYTES, _field(1, text.encode()))


def _ints(*values: int) -> bytes:
    return _field(_INTS, _field(1, b"".join(_varint(value & (2**64 - 1)) for value in values)))


def _field(number: int, data: bytes) -> bytes:
    return _varint(number << 3 | _LENGTH) + _varint(len(data)) + data


def _varint(value: int) -> bytes:
    some = bytearray()
    while value > 0x7F:
        some.append(value & 0x7F | 0x80)
        value >>= 7
    some.append(value)
    return bytes(some)


def _masked(data: bytes) -> int:
    crc: int = google_crc32c.value(data)
    return ((crc >> 15 | crc << 17) + _MASK) & 0xFFFFFFFF
