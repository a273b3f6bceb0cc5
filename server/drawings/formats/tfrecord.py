"""TFRecord of `tf.train.Example`, written without TensorFlow: two small formats, protobuf's and the record's frame."""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence

import google_crc32c

from server.drawings.formats.binary import draw_bitmap
from server.drawings.formats.ndjson import simplify_drawings
from server.drawings.formats.sketch_rnn import to_stroke3
from server.drawings.record import DrawingRecord

_BYTES_LIST, _FLOAT_LIST, _INT64_LIST = 1, 2, 3
"""Which list of a `Feature` is set."""
_WIRE_TYPE_LENGTH = 2
"""How all fields here are written: a length, then bytes."""
_CRC_MASK_DELTA = 0xA282EAD8


def encode_tfrecords(drawings: Sequence[DrawingRecord]) -> Iterator[bytes]:
    """Write drawings, each as a record of one Example.

    `ink` is (dx, dy, pen lifted) for each point in order, `shape` its (points, 3), `bitmap` 28 × 28 bytes, 0 is paper;
    `timestamp` is µs since 1970, -1 where it is not known, as is `recognized`.
    """
    for record, strokes in zip(drawings, simplify_drawings(drawings), strict=True):
        ink = to_stroke3(strokes)
        yield frame_tfrecord(
            encode_tf_example({
                "bitmap": _protobuf_field(_BYTES_LIST, _protobuf_field(1, draw_bitmap(strokes).tobytes())),
                "countrycode": _text_feature(record.country),
                "ink": _protobuf_field(_FLOAT_LIST, _protobuf_field(1, ink.astype("<f4").tobytes())),
                "key_id": _text_feature(record.key_id),
                "licence": _text_feature(record.licence),
                "recognized": _int64_feature(-1 if record.recognized is None else int(record.recognized)),
                "shape": _int64_feature(*ink.shape),
                "source": _text_feature(record.source),
                "timestamp": _int64_feature(record.at * 1000 + record.micros if record.dated else -1),
                "word": _text_feature(record.word),
            })
        )  # fmt: skip


def encode_tf_example(features: dict[str, bytes]) -> bytes:
    """Write an Example of features that are written already."""
    return _protobuf_field(
        1,
        b"".join(
            _protobuf_field(1, _protobuf_field(1, name.encode()) + _protobuf_field(2, data))
            for name, data in features.items()
        ),
    )


def frame_tfrecord(data: bytes) -> bytes:
    """Write a record: its length and its bytes, each followed by a masked CRC-32C."""
    length = struct.pack("<Q", len(data))
    return length + struct.pack("<I", _masked_crc32c(length)) + data + struct.pack("<I", _masked_crc32c(data))


def _text_feature(text: str) -> bytes:
    return _protobuf_field(_BYTES_LIST, _protobuf_field(1, text.encode()))


def _int64_feature(*values: int) -> bytes:
    return _protobuf_field(_INT64_LIST, _protobuf_field(1, b"".join(_varint(value & (2**64 - 1)) for value in values)))


def _protobuf_field(number: int, data: bytes) -> bytes:
    return _varint(number << 3 | _WIRE_TYPE_LENGTH) + _varint(len(data)) + data


def _varint(value: int) -> bytes:
    drawings = bytearray()
    while value > 0x7F:
        drawings.append(value & 0x7F | 0x80)
        value >>= 7
    drawings.append(value)
    return bytes(drawings)


def _masked_crc32c(data: bytes) -> int:
    crc: int = google_crc32c.value(data)
    return ((crc >> 15 | crc << 17) + _CRC_MASK_DELTA) & 0xFFFFFFFF
