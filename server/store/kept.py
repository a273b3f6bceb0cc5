"""One kept drawing as bytes: packed ink, and how it came to be (FEATURES.md 2.3)."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import msgspec
from msgspec import Struct

from model.strokes import pack, unpack
from server.game.commands import Segment
from server.game.events import DrawingFinished, GuessNote
from server.game.words import Millis

LICENCE = "CC BY 4.0"


class Notes(Struct, frozen=True, array_like=True):
    """All guesses of a drawing; words and models once each, probabilities and doubt in thousandths."""

    words: tuple[str, ...] = ()
    models: tuple[str, ...] = ()
    rows: tuple[tuple[int, ...], ...] = ()
    """at (ms in the round), model index, doubt, then word index and probability, most probable first."""


class Kept(Struct, frozen=True, array_like=True):
    """What is stored under a drawing's key. New fields go to the end and have a default."""

    key_id: str
    word: str
    at: int
    """Wall clock (ms since 1970, UTC) when the drawing was finished."""
    recognized: bool
    ink: bytes
    source: str
    player: str
    """Hash of the player's id: the same person's drawings can be held out together, nobody can be found."""
    game: int
    round: int
    seat: int
    points: int
    hit_at: int | None
    first_point_at: int
    finished_by: str
    open_table: bool
    seconds: int
    pack: str
    pointer: str
    width: int
    height: int
    notes: Notes
    licence: str = LICENCE
    consent: bool = True

    @property
    def strokes(self) -> tuple[Segment, ...]:
        """The ink: (x, y, t) of each stroke, x and y in 0..4095, t in ms."""
        return tuple((tuple(x.tolist()), tuple(y.tolist()), tuple(t.tolist())) for x, y, t in unpack(self.ink))

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
        """Every guess with its time, as it was noted."""
        return _unpack_notes(self.notes)


encode = msgspec.msgpack.Encoder().encode
decode = msgspec.msgpack.Decoder(Kept).decode


def key_id(code: str, birth: str, drawing: DrawingFinished) -> str:
    """Name a drawing: 64 bits as a decimal string, always the same ones for the same drawing."""
    place = f"{code} {birth} {drawing.game} {drawing.round} {drawing.seat}"
    return str(int.from_bytes(hashlib.blake2b(place.encode(), digest_size=8).digest(), "big"))


def keep(code: str, birth: str, at: int, drawing: DrawingFinished) -> Kept:
    """Turn a finished drawing into what is stored: without its player's name, id, room or address."""
    return Kept(
        key_id=key_id(code, birth, drawing),
        word=drawing.word,
        at=at,
        recognized=drawing.recognized,
        ink=pack(drawing.strokes),
        source=drawing.source,
        player=hashlib.blake2b(drawing.player.encode(), digest_size=8).hexdigest(),
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
        notes=_pack_notes(drawing.notes),
    )


def _pack_notes(notes: Sequence[GuessNote]) -> Notes:
    words: dict[str, int] = {}
    models: dict[str, int] = {}
    rows = []
    for note in notes:
        row = [note.at, models.setdefault(note.model, len(models)), round(note.doubt * 1000)]
        for word, probability in note.guesses:
            row += [words.setdefault(word, len(words)), round(probability * 1000)]
        rows.append(tuple(row))
    return Notes(tuple(words), tuple(models), tuple(rows))


def _unpack_notes(notes: Notes) -> tuple[GuessNote, ...]:
    return tuple(
        GuessNote(
            at=Millis(row[0]),
            guesses=tuple(
                (notes.words[word], probability / 1000) for word, probability in zip(row[3::2], row[4::2], strict=True)
            ),
            doubt=row[2] / 1000,
            model=notes.models[row[1]],
        )
        for row in notes.rows
    )
