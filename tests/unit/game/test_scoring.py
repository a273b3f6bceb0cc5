"""Scores, standings, the board of the evening, and which games are standard."""

from __future__ import annotations

import pytest

from server.game.commands import Again, Configure, Leave, Settings
from server.game.events import GameEnded
from server.game.ids import PlayerId
from tests.unit.game.table import Table, only

A, B = PlayerId("a"), PlayerId("b")


def play(table: Table, *hitters: str) -> GameEnded:
    """Play a game to the podium; in every round the hitters hit, one second after the other."""
    if table.phase == "podium":
        table.do(Again(A))
        table.wait(3000)
    else:
        table.start()
    while True:
        for name in hitters:
            table.wait(1000)
            table.hit(name)
        events = table.to_reveal() + table.wait(8000)
        if table.phase == "podium":
            return only(events, GameEnded)
        table.wait(3000)


def test_points_join_the_score_on_the_reveal() -> None:
    table = Table("ab")
    table.start()
    table.hit("a")
    assert (table.player("a").gained, table.player("a").score) == (110, 0)
    table.to_reveal()
    assert (table.player("a").gained, table.player("a").score) == (110, 110)


def test_standings_are_best_first_and_ties_share_a_place() -> None:
    table = Table("abcd", rounds=1)
    table.start()
    table.wait(1000)
    table.hit("c")
    table.hit("d")
    table.draw("b")
    table.guess("b", (table.prompt, 0.19))
    ended = only(table.wait(30_000), GameEnded)
    assert [(line.name, line.place, line.hits) for line in ended.standings] == [
        ("C", 1, 1),
        ("D", 1, 1),
        ("B", 3, 0),
        ("A", 4, 0),
    ]


def test_standings_leave_out_who_neither_drew_nor_is_here() -> None:
    table = Table("abc", rounds=1)
    table.away("c")
    assert [line.name for line in play(table, "a").standings] == ["A", "B"]


def test_who_drew_and_went_away_is_in_the_standings() -> None:
    table = Table("ab", rounds=1)
    table.start()
    table.hit("b")
    table.away("b")
    assert [line.name for line in only(table.wait(30_000), GameEnded).standings] == ["B", "A"]


def test_who_left_is_not() -> None:
    table = Table("ab", rounds=1)
    table.start()
    table.hit("b")
    table.do(Leave(B))
    assert [line.name for line in only(table.wait(30_000), GameEnded).standings] == ["A"]


def test_a_game_that_nobody_is_left_of_has_no_result() -> None:
    table = Table("a", rounds=1)
    table.start()
    table.do(Leave(A))
    assert not [event for event in table.wait(60_000) if isinstance(event, GameEnded)]
    assert table.phase == "podium"


def test_the_board_of_the_evening_adds_up_points_and_wins_over_games() -> None:
    table = Table("ab", rounds=1)
    first = play(table, "a", "b")
    second = play(table, "b", "a")
    total = {line.name: line.score for line in first.standings}
    for line in second.standings:
        total[line.name] += line.score
    assert table.player("a").evening == total["A"]
    assert table.player("b").evening == total["B"]
    assert (table.player("a").wins, table.player("b").wins) == (1, 1)


def test_a_game_alone_has_points_for_the_evening_but_no_win() -> None:
    table = Table("a", rounds=1)
    play(table, "a")
    assert table.player("a").evening > 0
    assert table.player("a").wins == 0


def test_a_game_without_points_has_no_winner() -> None:
    table = Table("ab", rounds=1)
    play(table)
    assert table.player("a").wins == 0


def test_a_standard_game_is_six_rounds_of_twenty_seconds_hidden_with_two_people() -> None:
    ended = play(Table("ab"), "a", "b")
    assert ended.standard
    assert (ended.game, ended.pack) == (1, "easy")


@pytest.mark.parametrize(
    "settings", [{"rounds": 5}, {"seconds": 30}, {"open_table": True}], ids=["rounds", "seconds", "open"]
)
def test_other_rules_make_it_no_standard_game(settings: dict[str, int]) -> None:
    assert not play(Table("ab", **settings), "a", "b").standard


def test_other_packs_may_be_standard() -> None:
    ended = play(Table("ab", pack="animals"), "a", "b")
    assert (ended.standard, ended.pack) == (True, "animals")


def test_one_person_and_a_bot_are_not_two_people() -> None:
    table = Table("a")
    table.join("b", source="bot")
    assert not play(table, "a", "b").standard


def test_one_person_and_an_idle_one_are_not_two_people() -> None:
    assert not play(Table("ab"), "a").standard


def test_rules_changed_in_mid_game_make_it_no_standard_game() -> None:
    table = Table("ab")
    table.start()
    table.to_reveal()
    table.do(Configure(A, Settings(pack="food")))
    table.wait(8000 + 3000)
    table.hit("a")
    table.hit("b")
    table.to_reveal()
    table.do(Configure(A, Settings()))
    ended = only(table.wait(300_000), GameEnded)
    assert not ended.standard
    assert ended.pack == "easy"


def test_the_next_game_may_be_standard_again() -> None:
    table = Table("ab", rounds=1)
    assert not play(table, "a", "b").standard
    table.do(Configure(A, Settings()))
    assert play(table, "a", "b").standard


def test_who_drew_in_the_last_game_only_is_not_in_the_standings_of_this_one() -> None:
    table = Table("ab", rounds=1)
    play(table, "a", "b")
    table.away("b")
    assert [line.name for line in play(table, "a").standings] == ["A"]
