"""Lobby, countdown, drawing, closing, reveal, … podium."""

from __future__ import annotations

import pytest

from server.game.commands import Again, Configure, Done, Join, Leave, Ready, Settings, SettingsChange, Start, Tick
from server.game.events import GameEnded, PhaseBegan, ViewChanged
from server.game.game import Game
from server.game.ids import Millis, PlayerId, RoundId
from tests.unit.game.table import Table, none, only

A, B = PlayerId("a"), PlayerId("b")


def phases(table: Table, ms: int) -> list[tuple[int, str]]:
    """Let time pass; return (room time, phase) of every phase that began."""
    found = []
    until = table.now + ms
    while (deadline := table.game.deadline) is not None and deadline <= until:
        events = table.wait(deadline - table.now)
        found += [(int(table.now), event.phase) for event in events if isinstance(event, PhaseBegan)]
    return found


def test_a_game_alone_runs_by_itself_to_the_podium() -> None:
    table = Table("a", rounds=2)
    assert only(table.do(Start(A)), PhaseBegan).phase == "countdown"
    assert phases(table, 100_000) == [
        (3_000, "drawing"),
        (23_000, "reveal"),
        (31_000, "countdown"),
        (34_000, "drawing"),
        (54_000, "reveal"),
        (62_000, "podium"),
    ]


def test_starting_does_not_wait_for_anybody_to_be_ready() -> None:
    table = Table("ab")
    table.do(Ready(A))
    table.start()
    assert table.phase == "drawing"


def test_a_game_starts_from_the_lobby_and_again_from_the_podium_only() -> None:
    table = Table("a", rounds=1)
    assert table.code(Again(A)) == "not_now"
    table.start()
    assert table.code(Start(A)) == "not_now"
    assert table.code(Again(A)) == "not_now"
    table.wait(28_000)
    assert table.phase == "podium"
    assert table.code(Start(A)) == "not_now"
    table.do(Again(A))
    assert table.phase == "countdown"


def test_again_keeps_everybody_and_starts_at_zero() -> None:
    table = Table("ab", rounds=1)
    table.start()
    table.hit("a")
    table.away("b")
    table.wait(20_000)
    assert table.phase == "podium"
    assert table.player("a").score > 0
    table.do(Again(A))
    view = table.game.view()
    assert [player.score for player in view.players] == [0, 0]
    assert [player.gained for player in view.players] == [0, 0]
    assert view.players[0].evening > 0
    assert view.game == 2
    assert view.round is not None
    assert (view.round.id, view.round.n) == (2, 1)


def test_a_reveal_ends_when_all_connected_players_are_ready() -> None:
    table = Table("abc")
    table.start()
    table.to_reveal()
    table.away("c")
    assert none(table.do(Ready(A)), PhaseBegan)
    assert only(table.do(Ready(B)), PhaseBegan).phase == "countdown"
    assert not any(player.ready for player in table.game.view().players)


@pytest.mark.parametrize("gone", ["away", "leave"])
def test_a_reveal_does_not_wait_for_who_went_away(gone: str) -> None:
    table = Table("ab")
    table.start()
    table.to_reveal()
    table.do(Ready(A))
    events = table.away("b") if gone == "away" else table.do(Leave(B))
    assert only(events, PhaseBegan).phase == "countdown"


def test_nobody_ready_is_not_everybody_ready() -> None:
    table = Table("a")
    table.start()
    table.to_reveal()
    table.away("a")
    assert table.phase == "reveal"


def test_ready_can_be_taken_back_and_is_for_lobby_and_reveal() -> None:
    table = Table("ab")
    table.do(Ready(B))
    table.repeated(Ready(B))
    assert table.player("b").ready
    table.do(Ready(B, False))
    assert not table.player("b").ready
    table.start()
    assert table.code(Ready(B)) == "not_now"


def test_everybody_ready_in_the_lobby_does_not_start_the_game() -> None:
    table = Table("a")
    assert table.do(Ready(A)) == [ViewChanged()]
    assert table.phase == "lobby"


def test_settings_change_between_rounds_only() -> None:
    table = Table("a", rounds=2)
    table.do(Configure(A, Settings(rounds=2, seconds=10)))
    table.do(Start(A))
    assert table.code(Configure(A, Settings(rounds=3))) == "not_now"
    table.wait(3000)
    assert table.code(Configure(A, Settings(rounds=3))) == "not_now"
    table.wait(10_000)
    assert table.phase == "reveal"
    table.do(Configure(A, Settings(rounds=2, seconds=30)))
    table.wait(8000)
    assert table.round.seconds == 30
    table.wait(3000 + 30_000 + 8000)
    assert table.phase == "podium"
    table.do(Configure(A, Settings(rounds=1)))


def test_a_change_of_one_setting_leaves_the_others_as_they_are() -> None:
    table = Table("a")
    table.do(Configure(A, SettingsChange(seconds=60)))
    table.do(Configure(A, SettingsChange(open_table=True)))
    table.do(Configure(A, SettingsChange(keep=False)))
    assert table.game.state.settings == Settings(seconds=60, open_table=True, keep=False)
    assert table.code(Configure(A, SettingsChange(rounds=21))) == "bad_setting"
    table.repeated(Configure(A, SettingsChange(seconds=60)))
    table.repeated(Configure(A, SettingsChange()))


def test_settings_out_of_bounds_and_unknown_packs_are_refused() -> None:
    table = Table("a")
    assert table.code(Configure(A, Settings(rounds=21))) == "bad_setting"
    assert table.code(Configure(A, Settings(pack="nonsense"))) == "unknown_pack"
    table.repeated(Configure(A, Settings()))


def test_a_room_is_not_made_with_settings_out_of_bounds() -> None:
    with pytest.raises(ValueError, match="out of bounds"):
        Game.create("ABCDEF", 1, Settings(seats=99))


def test_a_game_that_was_cut_short_ends_after_the_reveal() -> None:
    table = Table("a", rounds=6)
    table.start()
    table.to_reveal()
    table.do(Configure(A, Settings(rounds=1)))
    assert only(table.wait(8000), GameEnded).game == 1
    assert table.phase == "podium"


def test_when_everybody_connected_has_hit_or_is_done_five_seconds_are_left() -> None:
    table = Table("abc")
    table.start()
    table.away("c")
    table.hit("a")
    assert table.round.ends == 23_000
    assert ViewChanged() in table.finish("b")
    assert table.round.ends == table.now + 5000
    assert table.game.view().until == table.now + 5000


def test_the_fallen_clock_falls_once() -> None:
    table = Table("ab")
    table.start()
    table.finish("a")
    table.finish("b")
    ends = table.round.ends
    table.wait(2000)
    table.away("b")
    table.join("c")
    assert table.round.ends == ends


def test_late_in_the_round_the_clock_does_not_rise_to_five_seconds() -> None:
    table = Table("a")
    table.start()
    table.wait(17_000)
    table.finish("a")
    assert table.round.ends == 23_000


def test_the_clock_falls_when_the_last_who_draws_goes_away() -> None:
    table = Table("ab")
    table.start()
    table.finish("a")
    table.away("b")
    assert table.round.ends == table.now + 5000


def test_done_is_for_the_round_that_runs() -> None:
    table = Table("ab")
    assert table.code(Done(A, RoundId(1))) == "not_now"
    table.do(Start(A))
    assert table.code(Done(A, RoundId(1))) == "not_now"
    table.wait(3000)
    assert table.code(Done(A, RoundId(2))) == "not_now"
    table.finish("a")
    table.repeated(Done(A, RoundId(1)))
    assert table.player("a").done
    table.to_reveal()
    assert table.code(Done(B, RoundId(1))) == "round_over"
    table.wait(8000)
    assert table.code(Done(B, RoundId(1))) == "round_over"


def test_a_tick_before_its_time_changes_no_phase() -> None:
    table = Table("a")
    table.do(Start(A))
    assert table.do(Tick()) == []
    assert table.phase == "countdown"


def test_a_late_tick_does_each_thing_at_its_own_time() -> None:
    table = Table("a", rounds=1)
    table.do(Start(A))
    table.now = Millis(24_000)
    began = [event.phase for event in table.do(Tick()) if isinstance(event, PhaseBegan)]
    assert began == ["drawing", "reveal"]
    assert table.game.deadline == 31_000


def test_time_never_runs_backwards_inside() -> None:
    table = Table("a")
    table.wait(1000)
    table.do(Ready(A))
    table.now = Millis(10)
    table.do(Ready(A, False))
    assert table.game.state.now == 1000


def test_the_countdown_shows_the_prompt_on_its_card() -> None:
    table = Table("a")
    table.do(Start(A))
    view = table.game.view()
    assert view.until == 3000
    assert view.round is not None
    assert (view.round.prompt, view.round.ends, view.round.of) == (table.prompt, 23_000, 6)


def test_who_joins_in_the_countdown_draws_with_the_others() -> None:
    table = Table("a")
    table.do(Start(A))
    table.do(Join(B, "B"))
    table.wait(3000)
    table.draw("b")


def test_the_closing_round_waits_for_guesses_on_ink_that_came_in_time() -> None:
    table = Table("ab")
    table.start()
    table.wait(19_950)
    table.draw("a")
    assert only(table.wait(50), PhaseBegan).phase == "closing"
    assert table.game.view().until == table.now + 1000
    table.wait(400)
    events = table.guess("a", (table.prompt, 0.8))
    assert only(events, PhaseBegan).phase == "reveal"
    assert table.player("a").hit_at == 19_950
    assert table.player("a").gained == 60


def test_the_closing_round_waits_for_a_second_at_most() -> None:
    table = Table("a")
    table.start()
    table.wait(19_950)
    table.draw("a")
    table.wait(50)
    assert none(table.wait(999), PhaseBegan)
    assert only(table.wait(1), PhaseBegan).phase == "reveal"
    assert table.code(table.answer("a", (table.prompt, 0.9))) == "round_over"


def test_a_round_without_anything_outstanding_ends_at_once() -> None:
    table = Table("a")
    table.start()
    table.draw("a")
    table.guess("a", (table.wrong, 0.2))
    assert only(table.wait(20_000), PhaseBegan).phase == "reveal"


def test_ink_of_those_who_have_hit_holds_nobody_up() -> None:
    table = Table("ab")
    table.start()
    table.hit("a")
    table.wait(19_900)
    table.draw("a")
    assert only(table.wait(100), PhaseBegan).phase == "reveal"


def test_the_closing_round_lets_a_likely_prompt_ripen() -> None:
    table = Table("a")
    table.start()
    table.wait(19_500)
    table.draw("a")
    table.guess("a", (table.prompt, 0.5))
    assert only(table.wait(500), PhaseBegan).phase == "closing"
    table.wait(500)
    assert table.phase == "reveal"
    assert table.player("a").hit_at == 19_500


def test_a_leaver_who_was_waited_for_ends_the_closing_round() -> None:
    table = Table("ab")
    table.start()
    table.wait(19_950)
    table.draw("b")
    table.wait(50)
    assert only(table.do(Leave(B)), PhaseBegan).phase == "reveal"


def test_a_new_game_may_use_the_words_of_the_one_before_once_fifty_others_were_drawn() -> None:
    table = Table("a", rounds=2, seconds=10)
    table.start()
    table.wait(60_000)
    assert len(table.game.state.used) == 2
    table.do(Again(A))
    assert table.game.state.used == [table.prompt]
