"""Words besides the built-in ones: which of them can be played, and what is drawn of them."""

from __future__ import annotations

import hashlib

from server.game import downsample, rules
from server.game.commands import Segment, Sketch
from server.game.state import CustomWord, RoomState, Round
from server.game.words.lookalikes import fold_text

TAUGHT_PACK = "taught"
"""The pack of all words that this room can play besides the built-in ones."""
_INK_UNITS_PER_SKETCH_UNIT = 16
"""A sketch is in 0..255, ink in 0..4095."""


def find_custom_word(state: RoomState, word: str) -> CustomWord | None:
    """Return what a room knows of a word besides the built-in ones."""
    wanted = fold_text(word)
    return next((lesson for lesson in state.lessons if fold_text(lesson.word) == wanted), None)


def is_word_playable(lesson: CustomWord) -> bool:
    """Say whether a word can be played."""
    return lesson.scope != "room" or len(lesson.sketches) >= rules.MIN_DRAWINGS_PER_TAUGHT_WORD


def custom_words_in_play(state: RoomState) -> list[CustomWord]:
    """Return the taught words that are in the room's pack: its own always, the server's with their own pack."""
    every = state.settings.pack == TAUGHT_PACK
    return [lesson for lesson in state.lessons if is_word_playable(lesson) and (every or lesson.scope == "room")]


def learn_from_round(state: RoomState, current: Round) -> None:
    """Take what was drawn of a taught word, by players who let drawings be kept, so that it is fitted anew."""
    lesson = find_custom_word(state, current.prompt)
    if lesson is None or lesson.scope != "room" or current.void:
        return
    for seat, canvas in sorted(current.canvases.items()):
        player = state.players.get(seat)
        agreed = player is not None and player.keep and state.settings.keep
        if (
            agreed
            and (canvas.hit or canvas.done)
            and canvas.strokes
            and len(lesson.sketches) < rules.MAX_DRAWINGS_PER_TAUGHT_WORD
        ):
            add_sketch(lesson, sketch_from_ink(tuple(stroke.segment() for stroke in canvas.strokes)))


def sketch_from_ink(strokes: tuple[Segment, ...]) -> Sketch:
    """Make a sketch of ink."""
    thinned = downsample.thin_strokes(strokes, rules.MAX_POINTS_PER_SKETCH)[: rules.MAX_STROKES_PER_SKETCH]
    return tuple(
        (tuple(v // _INK_UNITS_PER_SKETCH_UNIT for v in x), tuple(v // _INK_UNITS_PER_SKETCH_UNIT for v in y))
        for x, y, _ in thinned
    )


def add_sketch(lesson: CustomWord, sketch: Sketch) -> None:
    """Add a drawing; the key is another one then, so that whoever learned the word learns it anew."""
    lesson.sketches.append(sketch)
    told = f"{lesson.word}\n{lesson.key}\n{sketch}"
    lesson.key = hashlib.blake2b(told.encode(), digest_size=16).hexdigest()
