"""Messages between web and guesser: small, bounded, refused when they are not what they say."""

from __future__ import annotations

import msgspec
import pytest

from model.labels import INDEX, WORDS
from server.game.commands import Segment
from server.guessing import wire


def test_a_mask_allows_exactly_the_packs_words() -> None:
    pack = (WORDS[0], WORDS[7], WORDS[8], WORDS[-1])
    bits = wire.allowed(wire.mask_of(pack))
    assert [WORDS[index] for index in range(len(WORDS)) if bits[index]] == list(pack)


def test_a_mask_leaves_unknown_words_out() -> None:
    assert wire.mask_of(["cat", "no such word"]) == wire.mask_of(["cat"])
    assert INDEX["cat"]


@pytest.mark.parametrize("mask", [b"", b"\xff" * 43, b"\xff" * 45, bytes(44)])
def test_a_mask_of_another_size_or_without_words_is_refused(mask: bytes) -> None:
    with pytest.raises(ValueError, match="mask"):
        wire.allowed(mask)


def test_an_ask_survives_the_wire() -> None:
    ask = wire.Ask("0123456789abcdef", 7, (((1, 2), (3, 4), (0, 9)),), wire.mask_of(["cat"]), 12.5, 3)
    again = wire.decode_ask(wire.encode(ask))
    assert again == ask
    assert [[axis.tolist() for axis in stroke] for stroke in wire.ink_of(again.strokes)] == [[[1, 2], [3, 4], [0, 9]]]


@pytest.mark.parametrize("strokes", [(((1, 2), (3,), (0, 9)),), (((1,) * 9000, (1,) * 9000, (0,) * 9000),) * 2])
def test_strokes_of_unequal_axes_or_too_many_points_are_refused(strokes: tuple[Segment, ...]) -> None:
    with pytest.raises(ValueError, match=r"points|length"):
        wire.ink_of(strokes)


@pytest.mark.parametrize(
    "fields",
    [
        ["x" * 16, 1, (), b"", 0.0, 1],
        ["0" * 17, 1, (), b"", 0.0, 1],
        ["0" * 16, -1, (), b"", 0.0, 1],
        ["0" * 16, 1, b"not strokes", b"", 0.0, 1],
        ["0" * 16, 1, [[[4096], [0], [0]]], b"", 0.0, 1],
        ["0" * 16, 1, [[[0], [0], [-1]]], b"", 0.0, 1],
        ["0" * 16, 1, [[[], [], []]], b"", 0.0, 1],
        ["0" * 16, 1, [[[0], [0], [0]]] * 401, b"", 0.0, 1],
        ["0" * 16, 1, (), b"x" * 129, 0.0, 1],
        ["0" * 16, 1, (), b"", "now", 1],
        ["0" * 16, 1, (), b"", 0.0],
    ],
)
def test_an_ask_out_of_bounds_is_refused(fields: list[object]) -> None:
    with pytest.raises(msgspec.DecodeError):
        wire.decode_ask(wire.encode(fields))


def test_answers_are_bounded_too() -> None:
    told = [1, [["cat", 0.5]] * 6, 0.1]
    with pytest.raises(msgspec.DecodeError):
        wire.decode_answers(wire.encode(["g", "v1", 100.0, 1, [told]]))
    with pytest.raises(msgspec.DecodeError):
        wire.decode_answers(wire.encode(["g", "v1", 100.0, 1, [[1, [["cat", 1.5]], 0.1]]]))
