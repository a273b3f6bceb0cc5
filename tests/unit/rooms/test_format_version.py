"""Older, newer and damaged bytes are told apart."""

from __future__ import annotations

from random import Random

import msgspec
import pytest

from server.decode_errors import DECODE_ERRORS
from server.rooms.format_version import FormatTooNew, add_format_version, split_format_version


def test_what_a_newer_version_wrote_is_no_damage() -> None:
    with pytest.raises(FormatTooNew):
        split_format_version(add_format_version(9, msgspec.msgpack.encode([{"seat": 3}, "ink", 2.5])), 8)


def test_damage_is_hardly_ever_taken_for_a_newer_version() -> None:
    chance, newer = Random(16), 0
    for _ in range(5000):
        try:
            split_format_version(chance.randbytes(200), 8)
        except FormatTooNew:
            newer += 1
        except DECODE_ERRORS:
            continue
    assert newer == 0


def test_a_document_that_was_cut_off_is_damage() -> None:
    whole = add_format_version(9, msgspec.msgpack.encode(list(range(100))))
    with pytest.raises(DECODE_ERRORS):
        split_format_version(whole[:50], 8)
