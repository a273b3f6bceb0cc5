"""One drawing as bytes and as a line of a file."""

from __future__ import annotations

import json

import msgspec
import pytest

from server.drawings import record
from server.drawings.formats import ndjson
from server.drawings.record import record_finished_drawing
from tests.contract.persistence.outbox_entries import HOUSE, drawing


def test_a_kept_drawing_survives_its_bytes() -> None:
    one = record_finished_drawing("ABCDEF", "birth", 1234, drawing())
    again = record.decode_record(record.encode_record(one))
    assert again == one
    assert again.strokes == HOUSE


def test_bytes_of_an_earlier_version_with_fewer_fields_are_read() -> None:
    one = record_finished_drawing("ABCDEF", "birth", 1234, drawing())
    fields = msgspec.msgpack.decode(record._encode_msgpack(one))
    assert record.decode_record(record._compress(msgspec.msgpack.encode(fields[:-2]))) == one


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x01",
        b"\x02" + record.encode_record(record_finished_drawing("ABCDEF", "birth", 1, drawing()))[1:],
        b"\x01\x03\x00",
    ],
)
def test_bytes_that_are_no_record_are_refused(data: bytes) -> None:
    with pytest.raises(ValueError, match="damaged"):
        record.decode_record(data)


def test_a_kept_drawing_holds_neither_room_nor_player() -> None:
    data = record._encode_msgpack(record_finished_drawing("ABCDEF", "birth", 1234, drawing(seat=5)))
    assert b"ABCDEF" not in data
    assert drawing(seat=5).player.encode() not in data


def test_a_hundred_guesses_take_few_bytes() -> None:
    notes = drawing().notes * 50
    data = record.encode_record(record_finished_drawing("ABCDEF", "birth", 1234, drawing(notes=notes)))
    assert len(data) < 700


@pytest.mark.parametrize(
    ("at", "stamp"),
    [(0, "1970-01-01 00:00:00.00000 UTC"), (1488400896707, "2017-03-01 20:41:36.70700 UTC")],
)
def test_a_timestamp_looks_like_the_official_ones(at: int, stamp: str) -> None:
    assert ndjson.format_timestamp(at) == stamp


def test_a_line_is_compact_json_with_the_official_keys_first() -> None:
    one = record_finished_drawing("ABCDEF", "birth", 0, drawing())
    line = ndjson.encode_raw_line(one, ndjson.build_provenance(one)).removesuffix(b"\n")
    assert line.startswith(
        b'{"word":"house","countrycode":"","timestamp":"1970-01-01 00:00:00.00000 UTC","recognized":true,'
    )
    assert b"\n" not in line
    assert list(json.loads(line))[-2:] == ["drawing", "provenance"]
