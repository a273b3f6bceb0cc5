"""A room teaches the machine a word: its players draw it a dozen times, then it is played."""

from __future__ import annotations

from server.game import rules
from server.game.commands import Teach, Unteach
from server.game.custom_words import add, find
from server.game.events import Changed, Event, Refused, Repeated
from server.game.naming import folded
from server.game.seats import host_fault
from server.game.state import Lesson, State
from server.game.vocabulary import WORDS

Outcome = list[Event] | Refused | Repeated

_KNOWN = frozenset(map(folded, WORDS))


def teach(state: State, command: Teach) -> Outcome:
    """Take one more drawing of a word, between games."""
    seat = state.seats.get(command.player)
    if seat is None:
        return Refused("not_joined")
    if state.phase not in ("lobby", "podium"):
        return Refused("not_now")
    if folded(command.word) in _KNOWN:
        return Refused("known_word")
    lesson = find(state, command.word)
    if lesson is None:
        if sum(one.scope == "room" for one in state.lessons) >= rules.TAUGHT_WORDS:
            return Refused("lessons_full")
        lesson = Lesson(command.word)
        state.lessons.append(lesson)
    elif lesson.scope != "room":
        return Refused("known_word")
    if command.sketch in lesson.sketches:
        # Sent again because the answer was lost, perhaps after others have drawn.
        return Repeated()
    if lesson.by.get(seat, 0) >= rules.TEACH_EACH or len(lesson.sketches) >= rules.TEACH_MOST:
        return Refused("lessons_full")
    lesson.by[seat] = lesson.by.get(seat, 0) + 1
    add(lesson, command.sketch)
    return [Changed()]


def unteach(state: State, command: Unteach) -> Outcome:
    """The host forgets a word that this room taught."""
    code = host_fault(state, command.player)
    if not code and state.phase not in ("lobby", "podium"):
        code = "not_now"
    lesson = find(state, command.word)
    if code or lesson is None or lesson.scope != "room":
        return Refused(code or "unknown_word")
    state.lessons.remove(lesson)
    return [Changed()]
