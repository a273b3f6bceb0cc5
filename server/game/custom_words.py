"""Words besides the built-in ones: which of them can be played, and what is drawn of them."""

from __future__ import annotations

import hashlib

from server.game import downsample, rules
from server.game.commands import Segment, Sketch
from server.game.naming import folded
from server.game.state import Lesson, Round, State

TAUGHT_PACK = "taught"
"""The pack of all words that this room can play besides the built-in ones."""
_TIMES = 16
"""A sketch is in 0..255, ink in 0..4095."""


def find(state: State, word: str) -> Lesson | None:
    """Return what a room knows of a word besides the built-in ones."""
    wanted = folded(word)
    return next((lesson for lesson in state.lessons if folded(lesson.word) == wanted), None)


def is_ready(lesson: Lesson) -> bool:
    """Say whether a word can be played."""
    return lesson.scope != "room" or len(lesson.sketches) >= rules.TEACH_DRAWINGS


def in_play(state: State) -> list[Lesson]:
    """Return the taught words that are in the room's pack: its own always, the server's with their own pack."""
    every = state.settings.pack == TAUGHT_PACK
    return [lesson for lesson in state.lessons if is_ready(lesson) and (every or lesson.scope == "room")]


def learn_from_round(state: State, current: Round) -> None:
    """Take what was drawn of a taught word, by players who let drawings be kept, so that it is fitted anew."""
    lesson = find(state, current.prompt)
    if lesson is None or lesson.scope != "room" or current.void:
        return
    for seat, canvas in sorted(current.canvases.items()):
        player = state.players.get(seat)
        agreed = player is not None and player.keep and state.settings.keep
        if agreed and (canvas.hit or canvas.done) and canvas.strokes and len(lesson.sketches) < rules.TEACH_MOST:
            add(lesson, sketch_of(tuple(stroke.segment() for stroke in canvas.strokes)))


def sketch_of(strokes: tuple[Segment, ...]) -> Sketch:
    """Make a sketch of ink."""
    thinned = downsample.thin(strokes, rules.SKETCH_POINTS)[: rules.SKETCH_STROKES]
    return tuple((tuple(v // _TIMES for v in x), tuple(v // _TIMES for v in y)) for x, y, _ in thinned)


def add(lesson: Lesson, sketch: Sketch) -> None:
    """Add a drawing; the key is another one then, so that whoever learned the word learns it anew."""
    lesson.sketches.append(sketch)
    told = f"{lesson.word}\n{lesson.key}\n{sketch}"
    lesson.key = hashlib.blake2b(told.encode(), digest_size=16).hexdigest()
