"""Messages between web and guesser: small, bounded, refused when they are not what they say."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import pytest

from model.ink.vocabulary import CLASS_INDEX, CLASS_WORDS
from server.game.commands import Segment
from server.game.ink.canvas import Stroke
from server.guessing import messages
from server.ink_codec import unpack_guess_ink
from server.rooms.ink_buffer import InkBuffer


def test_a_mask_allows_exactly_the_packs_words() -> None:
    pack = (CLASS_WORDS[0], CLASS_WORDS[7], CLASS_WORDS[8], CLASS_WORDS[-1])
    bits = messages.unpack_word_mask(messages.pack_word_mask(pack))
    assert [CLASS_WORDS[index] for index in range(len(CLASS_WORDS)) if bits[index]] == list(pack)


def test_a_mask_leaves_unknown_words_out() -> None:
    assert messages.pack_word_mask(["cat", "no such word"]) == messages.pack_word_mask(["cat"])
    assert CLASS_INDEX["cat"]


@pytest.mark.parametrize("mask", [b"", b"\xff" * 43, b"\xff" * 45, bytes(44)])
def test_a_mask_of_another_size_or_without_words_is_refused(mask: bytes) -> None:
    with pytest.raises(ValueError, match="mask"):
        messages.unpack_word_mask(mask)


def test_an_ask_survives_the_wire() -> None:
    ink = packed([[[1, 2], [3, 4], [0, 9]], [[5], [6], [10]]])
    ask = messages.GuessRequestMessage("0123456789abcdef", 7, ink, messages.pack_word_mask(["cat"]), 12.5, 3)
    again = messages.decode_guess_request(messages.encode_guess_message(ask))
    assert again == ask
    points, ends = unpack_guess_ink(again.ink)
    assert (points.tolist(), ends) == ([[1, 3], [2, 4], [5, 6]], [2, 3])


@pytest.mark.parametrize("strokes", [(((1, 2), (3,), (0, 9)),), (((1,) * 9000, (1,) * 9000, (0,) * 9000),) * 2])
def test_strokes_of_unequal_axes_or_too_many_points_are_refused(strokes: tuple[Segment, ...]) -> None:
    with pytest.raises(ValueError, match=r"points|length"):
        messages.ink_from_strokes(strokes)


def packed(strokes: Sequence[Sequence[Sequence[int]]]) -> bytes:
    return bytes(InkBuffer().follow([Stroke.of((tuple(x), tuple(y), tuple(t))) for x, y, t in strokes]))


@pytest.mark.parametrize(
    "ink",
    [
        b"",
        b"\x01",
        b"not packed ink",
        packed([[[1], [2], [3]]])[:-1],
        packed([[[1], [2], [3]]]) + b"\0",
        packed([[[4096], [0], [0]]]),
        packed([[[0], [4096], [0]]]),
        packed([[[1], [2], [3]]]) + bytes(4),
        packed([[[], [], []]]),
        packed([[[0], [0], [0]]] * 401),
        packed([[[0] * 12_001, [0] * 12_001, [0] * 12_001]]),
    ],
)
def test_packed_ink_out_of_bounds_is_refused(ink: bytes) -> None:
    with pytest.raises(ValueError, match="packed ink"):
        unpack_guess_ink(ink)


@pytest.mark.parametrize(
    "fields",
    [
        ["x" * 16, 1, b"", b"", 0.0, 1],
        ["0" * 17, 1, b"", b"", 0.0, 1],
        ["0" * 16, -1, b"", b"", 0.0, 1],
        ["0" * 16, 1, "not bytes", b"", 0.0, 1],
        ["0" * 16, 1, b"x" * 200_000, b"", 0.0, 1],
        ["0" * 16, 1, b"", b"x" * 129, 0.0, 1],
        ["0" * 16, 1, b"", b"", "now", 1],
        ["0" * 16, 1, b"", b"", 0.0],
    ],
)
def test_an_ask_out_of_bounds_is_refused(fields: list[object]) -> None:
    with pytest.raises(msgspec.DecodeError):
        messages.decode_guess_request(messages.encode_guess_message(fields))


def test_answers_are_bounded_too() -> None:
    told = [1, [["cat", 0.5]] * 6, 0.1]
    with pytest.raises(msgspec.DecodeError):
        messages.decode_guess_reply(messages.encode_guess_message(["g", "v1", 100.0, 1, [told]]))
    with pytest.raises(msgspec.DecodeError):
        messages.decode_guess_reply(messages.encode_guess_message(["g", "v1", 100.0, 1, [[1, [["cat", 1.5]], 0.1]]]))
