"""A room teaches the machine a word: its players draw it a dozen times, then it is played."""

from __future__ import annotations

from server.game import limits
from server.game.commands import Teach, Unteach
from server.game.events import Outcome, Refused, Repeated, ViewChanged
from server.game.seats.host import host_refusal_code
from server.game.state import CustomWord, RoomState
from server.game.words.custom_words import add_sketch, find_custom_word
from server.game.words.lookalikes import fold_text
from server.game.words.vocabulary import QUICKDRAW_WORDS

_BUILT_IN_WORDS = frozenset(map(fold_text, QUICKDRAW_WORDS))


def add_taught_drawing(state: RoomState, command: Teach) -> Outcome:
    """Take one more drawing of a word, between games."""
    seat = state.seats.get(command.player)
    if seat is None:
        return Refused("not_joined")
    if state.phase not in ("lobby", "podium"):
        return Refused("not_now")
    if fold_text(command.word) in _BUILT_IN_WORDS:
        return Refused("known_word")
    custom_word = find_custom_word(state, command.word)
    if custom_word is None:
        if sum(one.scope == "room" for one in state.lessons) >= limits.MAX_TAUGHT_WORDS_PER_ROOM:
            return Refused("lessons_full")
        custom_word = CustomWord(command.word)
        state.lessons.append(custom_word)
    elif custom_word.scope != "room":
        return Refused("known_word")
    if command.sketch in custom_word.sketches:
        # Sent again because the answer was lost, perhaps after others have drawn.
        return Repeated()
    if (
        custom_word.by.get(seat, 0) >= limits.MAX_DRAWINGS_PER_TEACHER
        or len(custom_word.sketches) >= limits.MAX_DRAWINGS_PER_TAUGHT_WORD
    ):
        return Refused("lessons_full")
    custom_word.by[seat] = custom_word.by.get(seat, 0) + 1
    add_sketch(custom_word, command.sketch)
    return [ViewChanged()]


def forget_taught_word(state: RoomState, command: Unteach) -> Outcome:
    """The host forgets a word that this room taught."""
    code = host_refusal_code(state, command.player)
    if not code and state.phase not in ("lobby", "podium"):
        code = "not_now"
    custom_word = find_custom_word(state, command.word)
    if code or custom_word is None or custom_word.scope != "room":
        return Refused(code or "unknown_word")
    state.lessons.remove(custom_word)
    return [ViewChanged()]
