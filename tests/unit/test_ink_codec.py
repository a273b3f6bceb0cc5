"""Ink in the collection is what was drawn, number by number."""

from __future__ import annotations

import gzip
import json
import zlib
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.ink.strokes import count_points, ink_from_lists
from server import ink_codec
from tests.contract.persistence.outbox_entries import HOUSE
from tests.unit.model.drawings import data

NUMBER = st.integers(-(2**31), 2**31 - 1)
STROKE = st.integers(1, 20).flatmap(lambda n: st.tuples(*[st.lists(NUMBER, min_size=n, max_size=n)] * 3))


@given(st.lists(STROKE, max_size=8), st.booleans())
def test_any_ink_comes_back_as_it_was(strokes: list[tuple[list[int], list[int], list[int]]], timed: bool) -> None:
    again = ink_codec.unpack_stored_ink(ink_codec.pack_stored_ink(strokes, timed=timed))
    wanted = [(x, y, t if timed else [0] * len(t)) for x, y, t in strokes]
    assert [tuple(axis.tolist() for axis in stroke) for stroke in again] == wanted


@pytest.mark.parametrize("cut", range(1, 20))
def test_a_piece_of_packed_ink_is_no_ink(cut: int) -> None:
    with pytest.raises(ValueError, match="packed ink"):
        ink_codec.unpack_stored_ink(ink_codec.pack_stored_ink(HOUSE)[:-cut])


@given(st.binary(max_size=200))
def test_any_other_bytes_are_refused_with_a_value_error_or_are_ink(data: bytes) -> None:
    try:
        ink = ink_codec.unpack_stored_ink(data)
    except ValueError:
        return
    assert all(len(x) == len(y) == len(t) > 0 for x, y, t in ink)


@given(
    st.one_of(
        st.binary(max_size=60),
        st.tuples(st.lists(STROKE, max_size=4), st.integers(0, 60), st.integers(0, 255)),
    )
)
def test_the_quick_check_refuses_what_cannot_be_unpacked_and_nothing_else(damage: bytes | tuple[Any, int, int]) -> None:
    if isinstance(damage, bytes):
        data = damage
    else:
        packed = bytearray(ink_codec.pack_stored_ink(damage[0]))
        packed[damage[1] % len(packed)] = damage[2]
        data = bytes(packed)
    try:
        ink_codec.unpack_stored_ink(data)
    except ValueError:
        with pytest.raises(ValueError, match="packed ink"):
            ink_codec.check_stored_ink(data)
    else:
        ink_codec.check_stored_ink(data)


@pytest.mark.parametrize("header", [[5, 1], [60_001, 1], [3, 0], [3, 30_000]])
def test_a_wrong_header_is_refused(header: list[int]) -> None:
    with pytest.raises(ValueError, match="packed ink"):
        ink_codec.unpack_stored_ink(ink_codec.encode_varints(np.array(header)))


def test_real_ink_packs_small() -> None:
    with gzip.open(data("quickdraw", "raw", "cat.ndjson.gz"), "rt") as lines:
        inks = [ink_from_lists(json.loads(line)["drawing"]) for line in lines]
    sizes = [len(zlib.compress(ink_codec.pack_stored_ink(ink), 9)) for ink in inks]
    assert sum(sizes) < 3.2 * sum(map(count_points, inks))


@pytest.mark.parametrize("strokes", [[[[], [], []]], [[[1], [1], [1]]] * 2001, [[[1] * 20_001] * 3]])
def test_what_is_too_much_or_empty_is_not_packed(strokes: list[list[list[int]]]) -> None:
    with pytest.raises(ValueError, match="points"):
        ink_codec.pack_stored_ink(strokes)
