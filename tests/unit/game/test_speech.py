"""What Inkling says, and which pose it shows."""

from __future__ import annotations

import pytest

from server.game.commands import Points
from server.game.events import GuessWeighed, Hit, Saying
from server.game.ids import Millis
from server.game.ink.canvas import Canvas, Idea, Stroke
from server.game.inkling import speech, thresholds
from tests.unit.game.table import EASY, Table, line, none, only, said


def shown(*guesses: tuple[str, float], doubt: float = 0.0, before: Idea | None = None, prompt: str = "cat") -> Saying:
    canvas = Canvas(strokes=[Stroke.of(((0,), (0,), (0,)))], points=1)
    canvas.idea = speech.update_idea(before or Idea(), guesses, doubt)
    return speech.choose_saying(canvas, prompt, hit=False, now=Millis(0))


@pytest.mark.parametrize(
    ("guesses", "doubt", "pose"),
    [
        ((), 1.0, "puzzled"),
        ((("dog", 0.14),), 0.3, "puzzled"),
        ((("dog", 0.3),), 0.5, "puzzled"),
        ((("dog", 0.15),), 0.3, "watching"),
        ((("dog", 0.74),), 0.1, "watching"),
        ((("dog", 0.75),), 0.1, "sure"),
        ((("cat", 0.14),), 0.3, "puzzled"),
        ((("cat", 0.2),), 0.6, "puzzled"),
        ((("cat", 0.2),), 0.3, "warm"),
        ((("cat", 0.74),), 0.1, "warm"),
        ((("cat", 0.75),), 0.1, "delighted"),
    ],
)
def test_pose(guesses: tuple[tuple[str, float], ...], doubt: float, pose: str) -> None:
    assert shown(*guesses, doubt=doubt).pose == pose


def test_it_wonders_about_the_leading_word_and_two_more() -> None:
    told = shown(("dog", 0.3), ("cow", 0.2), ("pig", 0.1), ("bee", 0.09), ("ant", 0.08))
    assert told == Saying("watching", "", (("dog", 0.3), ("cow", 0.2), ("pig", 0.1)), 0.3)


def test_it_never_wonders_about_the_prompt() -> None:
    assert shown(("dog", 0.3), ("cat", 0.25), ("cow", 0.2)).mutters == (("dog", 0.3), ("cow", 0.2))
    assert shown(("cat", 0.3), ("dog", 0.2)) == Saying("warm", "", (("dog", 0.2),), 0.3)


def test_words_that_are_most_unlikely_are_not_worth_a_murmur() -> None:
    assert shown(("dog", 0.3), ("cow", 0.04)).mutters == (("dog", 0.3),)


def test_without_an_idea_it_names_no_word() -> None:
    assert shown(("dog", 0.1)) == Saying("puzzled", "", (), 0.0)


def test_a_word_that_is_said_is_not_wondered_about_as_well() -> None:
    assert shown(("dog", 0.8), ("cow", 0.1)) == Saying("sure", "dog", (("cow", 0.1),), 0.8)


def test_two_likely_guesses_in_a_row_make_it_speak() -> None:
    once = speech.update_idea(Idea(), (("dog", 0.4),), 0.2)
    assert shown(("dog", 0.4), before=once).says == "dog"
    assert shown(("dog", 0.39), before=once).says == ""
    assert shown(("cow", 0.4), before=once).says == ""


def test_an_unlikely_guess_breaks_the_row() -> None:
    idea = Idea()
    for p in (0.4, 0.39, 0.4):
        idea = speech.update_idea(idea, (("dog", p),), 0.2)
    assert idea.row == 1


def test_doubt_does_not_silence_a_word_that_is_likely_enough() -> None:
    once = speech.update_idea(Idea(), (("dog", 0.45),), 0.55)
    assert shown(("dog", 0.45), doubt=0.55, before=once).says == "dog"


def test_guesses_out_of_order_or_out_of_range_do_no_harm() -> None:
    nan = float("nan")
    idea = speech.update_idea(Idea(), (("dog", 0.2), ("cow", 0.5), ("pig", nan), ("bee", 7.0), ("", 0.9)), nan)
    assert (idea.word, idea.p, idea.doubt) == ("cow", 0.5, 1.0)
    assert idea.guesses == (("cow", 0.5), ("dog", 0.2))


def test_a_likely_word_is_said_after_a_second_of_unchanged_ink() -> None:
    table = Table("a")
    table.start()
    table.draw("a")
    word = table.wrong
    assert said(table.guess("a", (word, 0.4))).says == ""
    assert table.wait(999) == []
    assert said(table.wait(1)).says == word


def test_new_ink_starts_that_second_anew() -> None:
    table = Table("a")
    table.start()
    table.draw("a")
    table.guess("a", (table.wrong, 0.4))
    table.wait(500)
    table.draw("a")
    assert table.wait(2000) == []


def test_a_guess_of_older_ink_does_not_start_that_second() -> None:
    table = Table("a")
    table.start()
    table.draw("a")
    table.draw("a")
    table.guess("a", (table.prompt, 0.4), revision=1)
    assert none(table.wait(2000), Hit)


def test_a_likely_prompt_becomes_a_hit_dated_by_its_ink() -> None:
    table = Table("a")
    table.start()
    table.wait(2000)
    table.draw("a")
    table.wait(300)
    assert said(table.guess("a", (table.prompt, 0.4))).pose == "warm"
    hit = only(table.wait(1000), Hit)
    assert hit.at == 2000


def test_after_a_clear_the_row_begins_anew() -> None:
    table = Table("a")
    table.start()
    table.draw("a")
    table.guess("a", (table.wrong, 0.5))
    table.clear("a")
    table.draw("a", Points((line(),)))
    assert said(table.guess("a", (table.wrong, 0.5))).says == ""


def test_after_the_hit_it_stays_delighted_whatever_is_drawn() -> None:
    table = Table("ab")
    table.start()
    table.hit("a")
    table.draw("a")
    told = said(table.guess("a", (table.wrong, 0.95)))
    assert told == Saying("delighted", table.prompt, (), 0.0)
    assert said(table.clear("a")).pose == "delighted"


def test_the_hit_and_the_word_come_together() -> None:
    table = Table("a")
    table.start()
    table.draw("a")
    events = table.guess("a", (table.prompt, 0.75))
    assert said(events).says == table.prompt
    assert only(events, Hit).seat == 0


def test_a_word_said_in_vain_is_ruled_out_and_the_others_share_what_it_had() -> None:
    table = Table("a")
    table.start()
    table.draw("a")
    assert said(table.guess("a", (table.wrong, 0.8), (table.prompt, 0.18))).says == table.wrong
    table.draw("a")
    events = table.guess("a", (table.wrong, 0.8), (table.prompt, 0.18))
    assert said(events).says == table.prompt, "0.18 of the 0.2 that are left"
    assert only(events, Hit).seat == 0


def test_what_is_left_beside_a_word_said_in_vain_is_not_made_much_of() -> None:
    idea = speech.update_idea(Idea(), (("dog", 0.99), ("cow", 0.006)), 0.004, thresholds.BOLD_THRESHOLDS, ["dog"])
    assert idea.word == "cow"
    assert idea.p == pytest.approx(0.12)
    assert idea.doubt == pytest.approx(0.08)


def test_a_wrong_word_is_shown_as_long_as_it_leads_and_then_not_again() -> None:
    table = Table("a")
    table.start()
    shown = []
    for word, p in ((table.wrong, 0.9), (table.wrong, 0.8), (table.prompt, 0.1), (table.wrong, 0.8)):
        table.draw("a")
        shown.append(said(table.guess("a", (word, p))).says)
    assert shown == [table.wrong, table.wrong, "", ""]


def test_what_was_said_in_vain_is_known_after_a_clear_but_not_in_the_next_round() -> None:
    table = Table("a", rounds=2)
    table.start()
    table.draw("a")
    table.guess("a", (table.wrong, 0.9))
    table.clear("a")
    table.draw("a")
    assert said(table.guess("a", (table.wrong, 0.9))).says == ""
    table.to_reveal()
    table.wait(60_000)
    assert all(not canvas.vain for canvas in table.round.canvases.values())


def test_on_ink_that_rests_it_says_what_it_would_not_say_in_passing() -> None:
    table = Table("a")
    table.start()
    table.draw("a")
    assert said(table.guess("a", (table.wrong, 0.2))).says == ""
    assert said(table.wait(1000)).says == table.wrong


@pytest.mark.parametrize(("p", "doubt"), [(0.19, 0.0), (0.3, 0.5)])
def test_what_it_has_no_idea_of_it_does_not_say_however_long_the_ink_rests(p: float, doubt: float) -> None:
    table = Table("a")
    table.start()
    table.draw("a")
    table.guess("a", (table.wrong, p), doubt=doubt)
    assert none(table.wait(5000), GuessWeighed)


def test_in_a_pack_of_words_that_are_alike_it_takes_longer_to_speak() -> None:
    rows = dict.fromkeys(("easy", "animals"), 0)
    for pack in rows:
        table = Table("a", pack=pack)
        table.start()
        says = ""
        while not says:
            table.draw("a")
            says = said(table.guess("a", (table.wrong, 0.5))).says
            rows[pack] += 1
    assert rows == {"easy": thresholds.BOLD_THRESHOLDS.row, "animals": thresholds.STEADY_THRESHOLDS.row}
    assert thresholds.BOLD_THRESHOLDS.row < thresholds.STEADY_THRESHOLDS.row


def test_on_ink_that_goes_on_resting_it_says_one_word_a_second() -> None:
    table = Table("a")
    table.start()
    table.draw("a")
    other = next(word for word in EASY if word not in (table.wrong, table.prompt))
    assert (
        said(table.guess("a", (table.wrong, 0.8), (other, 0.1), (table.prompt, 0.06), ("door", 0.005))).says
        == table.wrong
    )
    assert table.wait(999) == []
    assert said(table.wait(1)).says == other
    hit = only(table.wait(1000), Hit)
    assert hit.at == 0, "dated by the ink, which is as old as that"
    assert table.wait(3000) == []


def test_it_stops_where_it_has_no_idea_of_the_next_word() -> None:
    table = Table("a")
    table.start()
    table.draw("a")
    table.guess("a", (table.wrong, 0.8), (table.prompt, 0.02), doubt=0.1)
    assert none(table.wait(5000), GuessWeighed), "half of what is left is doubt"
