"""Words besides the built-in ones: which of them can be played, and what is drawn of them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from server.game import downsample, limits
from server.game.commands import Segment, Sketch
from server.game.ids import Seat
from server.game.state import CustomWord, RoomState
from server.game.words.lookalikes import fold_text
from server.game.words.packs import BUILT_IN_PACKS

TAUGHT_PACK = "taught"
"""The pack of all words that this room can play besides the built-in ones."""
_INK_UNITS_PER_SKETCH_UNIT = 16
"""A sketch is in 0..255, ink in 0..4095."""


def find_custom_word(state: RoomState, word: str) -> CustomWord | None:
    """Return what a room knows of a word besides the built-in ones."""
    wanted = fold_text(word)
    return next((custom_word for custom_word in state.lessons if fold_text(custom_word.word) == wanted), None)


def is_word_playable(custom_word: CustomWord) -> bool:
    """Say whether a word can be played."""
    return custom_word.scope != "room" or len(custom_word.sketches) >= limits.MIN_DRAWINGS_PER_TAUGHT_WORD


def custom_words_in_play(state: RoomState) -> list[CustomWord]:
    """Return the taught words that are in the room's pack: its own always, the server's with their own pack."""
    every = state.settings.pack == TAUGHT_PACK
    return [word for word in state.lessons if is_word_playable(word) and (every or word.scope == "room")]


def is_known_pack(state: RoomState, name: str) -> bool:
    """Say whether a room can play a pack: a built-in one, or its own while there are words in it."""
    return name in BUILT_IN_PACKS or (name == TAUGHT_PACK and any(map(is_word_playable, state.lessons)))


def learn_from_drawings(state: RoomState, word: str, drawings: Iterable[tuple[Seat, tuple[Segment, ...]]]) -> None:
    """Take what was drawn of a taught word, by players who let drawings be kept, so that it is fitted anew."""
    custom_word = find_custom_word(state, word)
    if custom_word is None or custom_word.scope != "room" or not state.settings.keep:
        return
    for seat, strokes in drawings:
        player = state.players.get(seat)
        is_full = len(custom_word.sketches) >= limits.MAX_DRAWINGS_PER_TAUGHT_WORD
        if player is not None and player.keep and strokes and not is_full:
            add_sketch(custom_word, sketch_from_ink(strokes))


def sketch_from_ink(strokes: tuple[Segment, ...]) -> Sketch:
    """Make a sketch of ink."""
    thinned = downsample.thin_strokes(strokes, limits.MAX_POINTS_PER_SKETCH)[: limits.MAX_STROKES_PER_SKETCH]
    return tuple(
        (tuple(v // _INK_UNITS_PER_SKETCH_UNIT for v in x), tuple(v // _INK_UNITS_PER_SKETCH_UNIT for v in y))
        for x, y, _ in thinned
    )


def add_sketch(custom_word: CustomWord, sketch: Sketch) -> None:
    """Add a drawing; the key is another one then, so that whoever learned the word learns it anew."""
    custom_word.sketches.append(sketch)
    text = f"{custom_word.word}\n{custom_word.key}\n{sketch}"
    custom_word.key = hashlib.blake2b(text.encode(), digest_size=16).hexdigest()
