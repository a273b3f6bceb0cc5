"""A room teaches the machine a word."""

from __future__ import annotations

import pytest

from server.game import limits
from server.game.commands import Configure, Settings, Sketch, Teach, Unteach
from server.game.events import DrawingFinished
from server.game.ids import PlayerId
from server.game.modes.race import rules
from server.game.state import CustomWord
from tests.unit.game.table import Table

SHAPE: Sketch = (((0, 100, 255), (0, 200, 10)),)


def sketch(number: int) -> Sketch:
    return (((0, 100, number % 256), (0, 200, number // 256)),)


def teach(table: Table, name: str, word: str, times: int, start: int = 0) -> None:
    for number in range(start, start + times):
        table.do(Teach(PlayerId(name), word, sketch(number)))


def taught(table: Table, word: str = "penguin pirate") -> Table:
    """A table whose two players have drawn a word a dozen times."""
    teach(table, "a", word, 7)
    teach(table, "b", word, limits.MIN_DRAWINGS_PER_TAUGHT_WORD - 7, 7)
    return table


@pytest.fixture
def table() -> Table:
    return Table("ab")


def test_a_word_is_ready_after_a_dozen_drawings_by_anybody(table: Table) -> None:
    teach(table, "a", "penguin pirate", 7)
    (one,) = table.game.view().taught
    assert (one.word, one.drawings, one.needed, one.ready) == ("penguin pirate", 7, 12, False)
    assert table.game.taught() == []
    teach(table, "b", "Penguin Pirate", 5, 7)
    (one,) = table.game.view().taught
    assert (one.drawings, one.ready) == (12, True)
    assert [lesson.word for lesson in table.game.taught()] == ["penguin pirate"]


def test_the_new_word_is_the_next_prompt_and_marked(table: Table) -> None:
    taught(table).start()
    current = table.game.view().round
    assert current is not None
    assert (current.prompt, current.display, current.taught) == ("penguin pirate", "penguin pirate", True)
    assert not table.game.state.standard


def test_it_comes_first_once_and_then_like_any_other(table: Table) -> None:
    taught(table).start()
    prompts = [table.prompt]
    while table.round.n < 6:
        table.to_reveal()
        table.wait(rules.REVEAL_MS + rules.COUNTDOWN_MS)
        prompts.append(table.prompt)
    assert prompts[0] == "penguin pirate"
    assert prompts.count("penguin pirate") == 1


def test_a_word_not_drawn_often_enough_is_not_played(table: Table) -> None:
    teach(table, "a", "penguin pirate", limits.MIN_DRAWINGS_PER_TAUGHT_WORD - 1)
    table.start()
    current = table.game.view().round
    assert current is not None
    assert current.prompt != "penguin pirate"
    assert not current.taught


@pytest.mark.parametrize("word", ["cat", "The eiffel TOWER"])
def test_what_it_knows_need_not_be_taught(table: Table, word: str) -> None:
    assert table.code(Teach(PlayerId("a"), word, SHAPE)) == "known_word"


def test_there_are_bounds(table: Table) -> None:
    for word in ("a one", "a two", "a three"):
        teach(table, "a", word, 1)
    assert table.code(Teach(PlayerId("a"), "a four", SHAPE)) == "lessons_full"
    teach(table, "b", "a one", limits.MAX_DRAWINGS_PER_TEACHER, 1)
    assert table.code(Teach(PlayerId("b"), "a one", SHAPE)) == "lessons_full"
    assert table.code(Unteach(PlayerId("b"), "a one")) == "not_host"
    assert table.code(Unteach(PlayerId("a"), "nothing")) == "unknown_word"
    table.do(Unteach(PlayerId("a"), "A One"))
    teach(table, "b", "a four", 1)
    assert [one.word for one in table.game.view().taught] == ["a two", "a three", "a four"]


def test_nobody_teaches_in_the_middle_of_a_game_or_from_outside(table: Table) -> None:
    assert table.code(Teach(PlayerId("z"), "penguin pirate", SHAPE)) == "not_joined"
    table.start()
    assert table.code(Teach(PlayerId("a"), "penguin pirate", SHAPE)) == "not_now"


def test_the_same_drawing_sent_twice_counts_once(table: Table) -> None:
    teach(table, "a", "penguin pirate", 1)
    table.repeated(Teach(PlayerId("a"), "penguin pirate", sketch(0)))
    assert table.game.view().taught[0].drawings == 1


def test_a_drawing_sent_again_after_others_have_drawn_counts_once(table: Table) -> None:
    teach(table, "a", "penguin pirate", 1)
    teach(table, "b", "penguin pirate", 2, 1)
    table.repeated(Teach(PlayerId("a"), "penguin pirate", sketch(0)))
    assert table.game.view().taught[0].drawings == 3


def test_every_drawing_gives_the_lesson_another_key(table: Table) -> None:
    keys = set()
    for number in range(5):
        teach(table, "a", "penguin pirate", 1, number)
        keys.add(table.game.state.lessons[0].key)
    assert len(keys) == 5


def test_drawings_of_the_game_refit_it_if_their_players_let_them_be_kept(table: Table) -> None:
    table.join("k", keep=True)
    taught(table).start()
    before = table.game.state.lessons[0].key
    for name in "abk":
        table.draw(name)
        table.finish(name)
        table.guess(name, ("cat", 0.1))
    events = table.to_reveal()
    assert table.game.view().taught[0].drawings == limits.MIN_DRAWINGS_PER_TAUGHT_WORD + 1
    assert table.game.state.lessons[0].key != before
    (kept,) = [event for event in events if isinstance(event, DrawingFinished)]
    assert (kept.word, kept.source) == ("penguin pirate", "teach")


def test_words_of_the_server_are_a_pack_of_their_own(table: Table) -> None:
    ask = Configure(PlayerId("a"), Settings(pack="taught"))
    assert table.code(ask) == "unknown_pack"
    table.game.state.lessons.append(CustomWord("space cow", key="k", scope="server"))
    assert table.game.taught() == []
    assert table.code(Teach(PlayerId("a"), "Space Cow", SHAPE)) == "known_word"
    table.do(ask)
    assert [lesson.word for lesson in table.game.taught()] == ["space cow"]
    table.start()
    current = table.game.view().round
    assert current is not None
    assert current.prompt == "space cow"
    assert len(table.game.pack_words()) > 30
