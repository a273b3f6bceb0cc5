"""Messages between web processes and guessers, as msgpack; every field is bounded."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated

import msgspec
import numpy as np
import numpy.typing as npt
from msgspec import Meta, Struct

from model.ink.strokes import Ink
from model.ink.vocabulary import CLASS_INDEX, CLASS_WORDS
from server.game.ids import CANVAS_SIDE_UNITS, MAX_POINTS_PER_DRAWING, MAX_STROKES_PER_DRAWING

WebProcessId = Annotated[str, Meta(pattern="^[0-9a-f]{16}$")]
"""Names one web process for its lifetime; its answers wait under a key that holds it."""
BoundedCount = Annotated[int, Meta(ge=0, le=2**53)]
CoordinateAxis = Annotated[
    tuple[Annotated[int, Meta(ge=0, lt=CANVAS_SIDE_UNITS)], ...], Meta(min_length=1, max_length=MAX_POINTS_PER_DRAWING)
]
PointTimes = Annotated[
    tuple[Annotated[int, Meta(ge=0, lt=2**31)], ...], Meta(min_length=1, max_length=MAX_POINTS_PER_DRAWING)
]
BoundedStrokes = Annotated[
    tuple[tuple[CoordinateAxis, CoordinateAxis, PointTimes], ...], Meta(max_length=MAX_STROKES_PER_DRAWING)
]
WordText = Annotated[str, Meta(max_length=64)]
UnitFraction = Annotated[float, Meta(ge=0, le=1)]
CustomWordKey = Annotated[str, Meta(pattern="^([0-9a-f]{32})?$")]
ByteAxis = Annotated[tuple[Annotated[int, Meta(ge=0, le=255)], ...], Meta(min_length=1, max_length=400)]
ShortName = Annotated[str, Meta(max_length=128)]
GuessesPerSecond = Annotated[float, Meta(ge=0, le=1e9)]
BoundedSeconds = Annotated[float, Meta(ge=0, le=1e9)]


class GuessRequestMessage(Struct, frozen=True, array_like=True):
    """One drawing that wants a guess."""

    web: WebProcessId
    id: BoundedCount
    ink: Annotated[bytes, Meta(max_length=2 + 2 * MAX_STROKES_PER_DRAWING + 4 * MAX_POINTS_PER_DRAWING)]
    """Packed as in `server.rooms.ink_buffer`; compressing would cost the web process more than all the rest."""
    mask: Annotated[bytes, Meta(max_length=128)]
    """Bit i (of byte i // 8, lowest first): word i of `model.ink.vocabulary.CLASS_WORDS` is in the room's pack."""
    at: float
    """When it left, in seconds of Redis's clock: the only one that both sides can read."""
    drawings: BoundedCount
    """How many drawings of this web process ask now or asked lately."""
    taught: Annotated[tuple[tuple[WordText, CustomWordKey], ...], Meta(max_length=64)] = ()
    """More words, and the key of their drawings; without one the model knows the word itself."""


class CustomWordDrawings(Struct, frozen=True, array_like=True):
    """What is stored under a custom word's key: the word and its drawings, x and y in 0..255."""

    word: WordText
    sketches: Annotated[
        tuple[Annotated[tuple[tuple[ByteAxis, ByteAxis], ...], Meta(max_length=40)], ...], Meta(max_length=1000)
    ]


class DrawingGuesses(Struct, frozen=True, array_like=True):
    """What the network thinks of one drawing: most probable first, at most five."""

    id: BoundedCount
    guesses: Annotated[tuple[tuple[WordText, UnitFraction], ...], Meta(max_length=5)]
    doubt: UnitFraction
    waited: BoundedSeconds = 0.0
    """From leaving the web process to being taken out of the queue, on Redis's clock."""


class GuessReplyMessage(Struct, frozen=True, array_like=True):
    """All answers of one batch for one web process, and how busy the guesser is."""

    guesser: ShortName
    model: ShortName
    rate: GuessesPerSecond
    """Guesses a second that this guesser can make, as measured."""
    drawings: BoundedCount
    """Drawings that ask now or asked lately, of all web processes."""
    answers: Annotated[tuple[DrawingGuesses, ...], Meta(max_length=1024)]
    size: BoundedCount = 0
    """Drawings of the whole batch, those of other web processes included."""
    raster: BoundedSeconds = 0.0
    """What drawing the batch's pictures took."""
    network: BoundedSeconds = 0.0
    """What the network, mask, temperature and ranking took."""


class HeartbeatMessage(Struct, frozen=True, array_like=True):
    """A heartbeat of a warmed guesser."""

    guesser: ShortName
    model: ShortName
    rate: GuessesPerSecond
    words: Annotated[tuple[WordText, ...], Meta(max_length=256)] = ()
    """What its model was taught besides the built-in words."""


encode_guess_message = msgspec.msgpack.Encoder().encode
decode_guess_request = msgspec.msgpack.Decoder(GuessRequestMessage).decode
decode_guess_reply = msgspec.msgpack.Decoder(GuessReplyMessage).decode
decode_custom_word = msgspec.msgpack.Decoder(CustomWordDrawings).decode
decode_heartbeat = msgspec.msgpack.Decoder(HeartbeatMessage).decode


def pack_word_mask(words: Iterable[str]) -> bytes:
    """Return the bits of a pack's words; words that the network does not know are left out."""
    bits = bytearray((len(CLASS_WORDS) + 7) // 8)
    for word in words:
        index = CLASS_INDEX.get(word)
        if index is not None:
            bits[index // 8] |= 1 << index % 8
    return bytes(bits)


def custom_word_inks(drawings: CustomWordDrawings) -> list[Ink]:
    """Return the drawings as ink. Raises ValueError if a stroke's axes differ in length."""
    if any(len(x) != len(y) for sketch in drawings.sketches for x, y in sketch):
        raise ValueError("a stroke's axes differ in length")
    return [
        [(np.array(x, np.int32) * 16, np.array(y, np.int32) * 16, np.zeros(len(x), np.int32)) for x, y in sketch]
        for sketch in drawings.sketches
    ]


def ink_from_strokes(strokes: BoundedStrokes) -> Ink:
    """Return the strokes as arrays. Raises ValueError if their axes differ in length or there are too many points."""
    if sum(len(x) for x, _, _ in strokes) > MAX_POINTS_PER_DRAWING:
        raise ValueError(f"more than {MAX_POINTS_PER_DRAWING} points")
    if any(not len(x) == len(y) == len(t) for x, y, t in strokes):
        raise ValueError("a stroke's axes differ in length")
    return [(np.array(x, np.int32), np.array(y, np.int32), np.array(t, np.int32)) for x, y, t in strokes]


def unpack_word_mask(mask: bytes) -> npt.NDArray[np.bool_]:
    """Return one truth value per word. Raises ValueError if no word is allowed."""
    if len(mask) != (len(CLASS_WORDS) + 7) // 8:
        raise ValueError(f"a mask has {(len(CLASS_WORDS) + 7) // 8} bytes, not {len(mask)}")
    bits = np.unpackbits(np.frombuffer(mask, np.uint8), count=len(CLASS_WORDS), bitorder="little").astype(bool)
    if not bits.any():
        raise ValueError("a mask allows no word")
    return bits
