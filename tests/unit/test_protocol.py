"""The one door for untrusted input, and the documents that describe it."""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from server import protocol, protocol_types
from server.protocol import BadMessage, decode_message

ROOT = Path(__file__).resolve().parents[2]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text(max_size=10), inner, max_size=5),
    max_leaves=20,
)


def test_the_pages_types_are_not_stale() -> None:
    assert protocol_types.GENERATED_FILE.read_text(encoding="utf-8") == protocol_types.generate_typescript()


@pytest.mark.parametrize(
    ("event", "raw"),
    [
        ("nonsense", "{}"),
        ("start", ""),
        ("start", "[" * 10_000),
        ("start", '{"id":1,"extra":2}'),
        ("start", '{"id":9999999999999999999999}'),
        ("start", '{"id":1e400}'),
        ("start", '{"id":NaN}'),
        ("ink", '{"round":1,"seq":1,"segments":[]}'),
        ("ink", '{"round":1,"seq":1,"segments":[[[4096],[0],[0]]]}'),
        ("ink", '{"round":1,"seq":1,"segments":[[[-1],[0],[0]]]}'),
        ("ink", '{"round":1,"seq":0,"segments":[[[1],[0],[0]]]}'),
        ("ink", '{"round":1,"seq":1,"segments":[[[' + ",".join(["1"] * 65) + "],[0],[0]]]}"),
        ("join", '{"id":1,"code":"ABCDE0","name":"x","tab":"t"}'),
        ("settings", '{"id":1,"rounds":21,"seconds":20,"seats":4,"pack":"easy","open_table":false,"keep":true}'),
    ],
)
def test_what_is_out_of_bounds_is_refused(event: str, raw: str) -> None:
    with pytest.raises(BadMessage):
        decode_message(event, raw)


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(sorted(protocol.INBOUND)), JSON)
def test_any_json_is_a_message_or_a_bad_message(event: str, value: object) -> None:
    try:
        message = decode_message(event, json.dumps(value))
    except BadMessage:
        return
    assert isinstance(message, protocol.INBOUND[event])


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(sorted(protocol.INBOUND)), st.binary(max_size=80))
def test_any_bytes_are_a_message_or_a_bad_message(event: str, raw: bytes) -> None:
    with suppress(BadMessage):
        assert isinstance(decode_message(event, raw), protocol.INBOUND[event])


def test_a_packet_is_one_socketio_event() -> None:
    text = protocol.encode_packet(protocol.Notice("saving", False))
    assert text == '2["notice",{"kind":"saving","ok":false}]'
