"""Messages between web processes and guessers, as msgpack; every field is bounded."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import accumulate
from struct import unpack_from
from typing import Annotated

import msgspec
import numpy as np
import numpy.typing as npt
from msgspec import Meta, Struct

from model.ink.strokes import Ink, Trace
from model.ink.vocabulary import INDEX, WORDS
from server.game.ids import CANVAS, MAX_POINTS, MAX_STROKES

WebId = Annotated[str, Meta(pattern="^[0-9a-f]{16}$")]
"""Names one web process for its lifetime; its answers wait under a key that holds it."""
Count = Annotated[int, Meta(ge=0, le=2**53)]
Axis = Annotated[tuple[Annotated[int, Meta(ge=0, lt=CANVAS)], ...], Meta(min_length=1, max_length=MAX_POINTS)]
Times = Annotated[tuple[Annotated[int, Meta(ge=0, lt=2**31)], ...], Meta(min_length=1, max_length=MAX_POINTS)]
Strokes = Annotated[tuple[tuple[Axis, Axis, Times], ...], Meta(max_length=MAX_STROKES)]
Word = Annotated[str, Meta(max_length=64)]
Share = Annotated[float, Meta(ge=0, le=1)]
LessonKey = Annotated[str, Meta(pattern="^([0-9a-f]{32})?$")]
Bytes = Annotated[tuple[Annotated[int, Meta(ge=0, le=255)], ...], Meta(min_length=1, max_length=400)]
Name = Annotated[str, Meta(max_length=128)]
Rate = Annotated[float, Meta(ge=0, le=1e9)]
Seconds = Annotated[float, Meta(ge=0, le=1e9)]


class Ask(Struct, frozen=True, array_like=True):
    """One drawing that wants a guess."""

    web: WebId
    id: Count
    ink: Annotated[bytes, Meta(max_length=2 + 2 * MAX_STROKES + 4 * MAX_POINTS)]
    """Packed as in `server.rooms.ink_buffer`; compressing would cost the web process more than all the rest."""
    mask: Annotated[bytes, Meta(max_length=128)]
    """Bit i (of byte i // 8, lowest first): word i of `model.ink.vocabulary.WORDS` is in the room's pack."""
    at: float
    """When it left, in seconds of Redis's clock: the only one that both sides can read."""
    drawings: Count
    """How many drawings this web process has in the air."""
    taught: Annotated[tuple[tuple[Word, LessonKey], ...], Meta(max_length=64)] = ()
    """More words, and the key of their drawings; without one the model knows the word itself."""


class Lesson(Struct, frozen=True, array_like=True):
    """What is stored under a lesson's key: the word and its drawings, x and y in 0..255."""

    word: Word
    sketches: Annotated[
        tuple[Annotated[tuple[tuple[Bytes, Bytes], ...], Meta(max_length=40)], ...], Meta(max_length=1000)
    ]


class Told(Struct, frozen=True, array_like=True):
    """What the network thinks of one drawing: most probable first, at most five."""

    id: Count
    guesses: Annotated[tuple[tuple[Word, Share], ...], Meta(max_length=5)]
    doubt: Share
    waited: Seconds = 0.0
    """From leaving the web process to being taken out of the queue, on Redis's clock."""


class Answers(Struct, frozen=True, array_like=True):
    """All answers of one batch for one web process, and how busy the guesser is."""

    guesser: Name
    model: Name
    rate: Rate
    """Guesses a second that this guesser can make, as measured."""
    drawings: Count
    """Drawings in the air, of all web processes."""
    told: Annotated[tuple[Told, ...], Meta(max_length=1024)]
    size: Count = 0
    """Drawings of the whole batch, those of other web processes included."""
    raster: Seconds = 0.0
    """What drawing the batch's pictures took."""
    network: Seconds = 0.0
    """What the network, mask, temperature and ranking took."""


class Beat(Struct, frozen=True, array_like=True):
    """A sign of life of a warmed guesser."""

    guesser: Name
    model: Name
    rate: Rate
    words: Annotated[tuple[Word, ...], Meta(max_length=256)] = ()
    """What its model was taught besides the built-in words."""


encode = msgspec.msgpack.Encoder().encode
decode_ask = msgspec.msgpack.Decoder(Ask).decode
decode_answers = msgspec.msgpack.Decoder(Answers).decode
decode_lesson = msgspec.msgpack.Decoder(Lesson).decode
decode_beat = msgspec.msgpack.Decoder(Beat).decode


def mask_of(words: Iterable[str]) -> bytes:
    """Return the bits of a pack's words; words that the network does not know are left out."""
    bits = bytearray((len(WORDS) + 7) // 8)
    for word in words:
        index = INDEX.get(word)
        if index is not None:
            bits[index // 8] |= 1 << index % 8
    return bytes(bits)


def inks_of(lesson: Lesson) -> list[Ink]:
    """Return a lesson's drawings as ink. Raises ValueError if a stroke's axes differ in length."""
    if any(len(x) != len(y) for sketch in lesson.sketches for x, y in sketch):
        raise ValueError("a stroke's axes differ in length")
    return [
        [(np.array(x, np.int32) * 16, np.array(y, np.int32) * 16, np.zeros(len(x), np.int32)) for x, y in sketch]
        for sketch in lesson.sketches
    ]


def ink_of(strokes: Strokes) -> Ink:
    """Return the strokes as arrays. Raises ValueError if their axes differ in length or there are too many points."""
    if sum(len(x) for x, _, _ in strokes) > MAX_POINTS:
        raise ValueError(f"more than {MAX_POINTS} points")
    if any(not len(x) == len(y) == len(t) for x, y, t in strokes):
        raise ValueError("a stroke's axes differ in length")
    return [(np.array(x, np.int32), np.array(y, np.int32), np.array(t, np.int32)) for x, y, t in strokes]


def unpacked(data: bytes) -> Trace:
    """Return packed ink as one path. Raises ValueError unless it is what a web process sends, within bounds.

    The points stay the bytes that came; nothing is copied.
    """
    strokes = int.from_bytes(data[:2], "little")
    start = 2 + 2 * strokes
    if len(data) < max(start, 2):
        raise ValueError("packed ink has a wrong length")
    counts = unpack_from(f"<{strokes}H", data, 2)
    points = sum(counts)
    if len(data) != start + 4 * points:
        raise ValueError("packed ink has a wrong length")
    if strokes > MAX_STROKES or points > MAX_POINTS or 0 in counts:
        raise ValueError("packed ink has an empty stroke, or more strokes or points than a drawing may have")
    flat = np.frombuffer(data, "<u2", 2 * points, start)
    if points and np.maximum.reduce(flat) >= CANVAS:
        raise ValueError("packed ink leaves the canvas")
    return flat.reshape(2, points).T, list(accumulate(counts))


def allowed(mask: bytes) -> npt.NDArray[np.bool_]:
    """Return one truth value per word. Raises ValueError if no word is allowed."""
    if len(mask) != (len(WORDS) + 7) // 8:
        raise ValueError(f"a mask has {(len(WORDS) + 7) // 8} bytes, not {len(mask)}")
    bits = np.unpackbits(np.frombuffer(mask, np.uint8), count=len(WORDS), bitorder="little").astype(bool)
    if not bits.any():
        raise ValueError("a mask allows no word")
    return bits
