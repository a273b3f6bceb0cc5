"""The record of one drawing as bytes: its ink with all times, and how it came to be."""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Sequence
from itertools import accumulate, islice

import msgspec
import numpy as np
from msgspec import Struct

from model.ink.strokes import Ink
from server import ink_codec
from server.decode_errors import DECODE_ERRORS
from server.game.commands import Segment
from server.game.events import DrawingFinished, GuessNote
from server.game.ids import Millis, PlayerId

DEFAULT_LICENCE = "CC BY 4.0"
MODERATION_STATES = ("ok", "held", "removed")
"""Moderation: held waits for the operator, removed stays only so that it never comes back. Neither is ever exported."""
MAX_RECORD_BYTES = 512 * 1024
"""Of a record that is not compressed: what is longer is neither written nor read."""

_ZLIB_DICTIONARY = (
    b"removed held undecided keyboard mouse touch import teach bot player left time hit done CC BY 4.0 animals food hard class easy "
    b"20261121-0000 raw simplified ok"
)
"""What records often say: zlib starts with it. Whoever changes it takes another version byte."""
_RECORD_VERSION = b"\x01"


class PackedGuesses(Struct, frozen=True, array_like=True):
    """All guesses of a drawing; words and models once each, all numbers packed, probabilities and doubt in thousandths."""

    words: tuple[str, ...] = ()
    models: tuple[str, ...] = ()
    packed: bytes = b""
    """For all notes: how many words each has; ms since the note before; model; doubt; then all words, then how probable."""


class DrawingRecord(Struct, frozen=True, array_like=True):
    """What is stored under a drawing's key. New fields go to the end and have a default."""

    key: int
    """The drawing's name: below 2**63 when we gave it."""
    word: str
    at: int
    """Wall clock (ms since 1970, UTC) when the drawing was finished; 0 for an import whose file does not tell."""
    recognized: bool | None
    """None where the file that it was imported from did not say."""
    ink: bytes
    source: str
    player: str = ""
    """Hash of the player's id: the same person's drawings can be held out together, nobody can be found."""
    game: int = 0
    round: int = 0
    seat: int = 0
    points: int = 0
    hit_at: int | None = None
    first_point_at: int = 0
    finished_by: str = ""
    open_table: bool = False
    seconds: int = 0
    pack: str = ""
    pointer: str = ""
    width: int = 0
    height: int = 0
    notes: PackedGuesses = PackedGuesses()
    licence: str = DEFAULT_LICENCE
    consent: bool = True
    state: str = "ok"
    approved: int = 0
    """How often the operator said that strangers may see it; 0: they may not."""
    unit: int = 1
    """What x and y are multiplied with, to be whole numbers: imports keep their fractions of a pixel."""
    looked_at: bool = False
    """Whether the operator has judged it."""
    form: str = "raw"
    """raw; or simplified: x, y in 0..255 as an official file had them."""
    country: str = ""
    """Of imports: as their file had it."""
    micros: int = 0
    """Of imports: microseconds after `at`."""
    mode: str = "race"
    """The mode of the game that it was drawn in."""
    imported_at: int = 0
    """Of imports: when it came in (ms since 1970, UTC); 0 for those that an earlier version imported."""

    @property
    def key_id(self) -> str:
        """The drawing's name as files and pages write it."""
        return str(self.key)

    @property
    def arrays(self) -> Ink:
        """The ink as whole numbers: x, y (0..4095, or `unit` to the pixel) and t (ms) of each stroke."""
        return ink_codec.unpack_stored_ink(self.ink)

    @property
    def person(self) -> str:
        """Whose drawings stay together when they are split; an import's is itself, as nobody is known."""
        return self.player or self.key_id

    @property
    def dated(self) -> bool:
        """Whether it is known when it was drawn."""
        return self.at > 0 or self.source != "import"

    @property
    def timed(self) -> bool:
        """Whether its points have times."""
        return ink_codec.stored_ink_is_timed(self.ink)

    @property
    def strokes(self) -> tuple[Segment, ...]:
        """The same as plain tuples."""
        return tuple((tuple(x.tolist()), tuple(y.tolist()), tuple(t.tolist())) for x, y, t in self.arrays)

    @property
    def models(self) -> tuple[str, ...]:
        """Versions of the networks that guessed at it."""
        return self.notes.models

    @property
    def finished(self) -> bool:
        """Whether the player ended it, rather than the clock or the door."""
        return self.finished_by in ("done", "hit")

    @property
    def guesses(self) -> tuple[GuessNote, ...]:
        """Every guess with its time, as it was noted: one for each change of the top word or of 5 % in its probability.

        None where they are damaged: the drawing itself is still good.
        """
        try:
            return _unpack_guesses(self.notes)
        except (ValueError, IndexError, StopIteration):
            return ()

    @property
    def last_doubt(self) -> float | None:
        """What the network doubted last (0 to 1); None if it never guessed."""
        guesses = self.guesses
        return guesses[-1].doubt if guesses else None

    @property
    def best_hit(self) -> float:
        """The highest probability that the network ever gave the word (0 to 1); 0 if it never did."""
        return max((p for note in self.guesses for word, p in note.guesses if word == self.word), default=0.0)


_encode_msgpack = msgspec.msgpack.Encoder().encode
_decode_msgpack = msgspec.msgpack.Decoder(DrawingRecord).decode


def encode_record(record: DrawingRecord) -> bytes:
    """Write a record: a version byte, then msgpack in zlib that knows the usual words.

    Raises ValueError for one that `decode_record` would not read.
    """
    plain = _encode_msgpack(record)
    if len(plain) > MAX_RECORD_BYTES:
        raise ValueError(f"a drawing's record has at most {MAX_RECORD_BYTES} bytes, not {len(plain)}")
    return _compress(plain)


def _compress(plain: bytes) -> bytes:
    deflate = zlib.compressobj(9, zlib.DEFLATED, -15, 9, zlib.Z_DEFAULT_STRATEGY, _ZLIB_DICTIONARY)
    return _RECORD_VERSION + deflate.compress(plain) + deflate.flush()


def decode_record(data: bytes) -> DrawingRecord:
    """Read a record. Raises ValueError on bytes that `encode_record` did not write."""
    inflate = zlib.decompressobj(-15, _ZLIB_DICTIONARY)
    try:
        plain = inflate.decompress(memoryview(data)[1:], MAX_RECORD_BYTES + 1)
        if data[:1] != _RECORD_VERSION or not inflate.eof:
            raise ValueError("a drawing's record is damaged or too new")
        record = _decode_msgpack(plain)
        ink_codec.check_stored_ink(record.ink)
        return record
    except (*DECODE_ERRORS, zlib.error) as error:
        raise ValueError(f"a drawing's record is damaged: {error}") from None


def hash_player(player: PlayerId) -> str:
    """Return what the collection knows a player by; an id cannot be found from it."""
    return hashlib.blake2b(player.encode(), digest_size=8).hexdigest()


def key_from_origin(place: str) -> int:
    """Name a drawing by where it came from, always alike: 63 bits, so that Redis packs sets of them."""
    return int.from_bytes(hashlib.blake2b(place.encode(), digest_size=8).digest(), "big") >> 1


def key_from_round(code: str, birth: str, drawing: DrawingFinished) -> int:
    """Name a drawing of a room."""
    return key_from_origin(f"{code} {birth} {drawing.game} {drawing.round} {drawing.seat}")


def record_finished_drawing(
    code: str, birth: str, at: int, drawing: DrawingFinished, licence: str = DEFAULT_LICENCE
) -> DrawingRecord:
    """Turn a finished drawing into what is stored: without its player's name, id, room or address."""
    return DrawingRecord(
        key=key_from_round(code, birth, drawing),
        word=drawing.word,
        at=at,
        recognized=drawing.recognized,
        ink=ink_codec.pack_stored_ink(drawing.strokes),
        source=drawing.source,
        player=hash_player(drawing.player),
        game=drawing.game,
        round=drawing.round,
        seat=drawing.seat,
        points=drawing.points,
        hit_at=drawing.hit_at,
        first_point_at=drawing.first_point_at,
        finished_by=drawing.finished_by,
        open_table=drawing.open_table,
        seconds=drawing.seconds,
        pack=drawing.pack,
        pointer=drawing.device.pointer,
        width=drawing.device.width,
        height=drawing.device.height,
        notes=_pack_guesses(drawing.notes),
        licence=licence,
        mode=drawing.mode,
    )


def _pack_guesses(notes: Sequence[GuessNote]) -> PackedGuesses:
    if not notes:
        return PackedGuesses()
    words = {
        word: place for place, word in enumerate(dict.fromkeys(word for note in notes for word, _ in note.guesses))
    }
    models = {model: place for place, model in enumerate(dict.fromkeys(note.model for note in notes))}
    before = (0, *(note.at for note in notes))
    columns = (
        [len(notes)],
        [len(note.guesses) for note in notes],
        [note.at - last for note, last in zip(notes, before, strict=False)],
        [models[note.model] for note in notes],
        [round(note.doubt * 1000) for note in notes],
        [words[word] for note in notes for word, _ in note.guesses],
        [round(probability * 1000) for note in notes for _, probability in note.guesses],
    )
    return PackedGuesses(
        tuple(words), tuple(models), ink_codec.encode_varints(np.concatenate(columns).astype(np.int64))
    )


def _unpack_guesses(notes: PackedGuesses) -> tuple[GuessNote, ...]:
    if not notes.packed:
        return ()
    numbers = iter(ink_codec.decode_varints(notes.packed).tolist())
    count = next(numbers)
    sizes, steps, models, doubts = (list(islice(numbers, count)) for _ in range(4))
    words = [notes.words[place] for place in islice(numbers, sum(sizes))]
    pairs = iter(zip(words, (probability / 1000 for probability in numbers), strict=True))
    return tuple(
        GuessNote(Millis(at), tuple(islice(pairs, size)), doubt / 1000, notes.models[model])
        for size, at, model, doubt in zip(sizes, accumulate(steps), models, doubts, strict=True)
    )
