"""Seats are kept; who may take one, and who may not."""

from __future__ import annotations

import pytest

from server.game.commands import (
    Away,
    Command,
    Configure,
    Device,
    Done,
    Join,
    Kick,
    Leave,
    Lock,
    Ready,
    Settings,
    Start,
)
from server.game.events import PhaseBegan, PlayerCameBack, PlayerJoined, PlayerLeft, PlayerWentAway, ViewChanged
from server.game.ids import PlayerId, RoundId, Seat
from tests.unit.game.table import Table, none, only

A, B, C = PlayerId("a"), PlayerId("b"), PlayerId("c")


def test_seats_are_numbered_in_order_of_arrival() -> None:
    table = Table("abc")
    assert [table.seat(name) for name in "abc"] == [0, 1, 2]


def test_joining_is_announced() -> None:
    assert only(Table().do(Join(A, "Ann")), PlayerJoined).seat == 0


def test_two_of_one_name_are_told_apart_for_as_long_as_both_are_there() -> None:
    table = Table()
    for player, name in ((A, "Anna"), (B, "Аnna"), (C, "anna")):
        table.do(Join(player, name))
    assert [player.name for player in table.game.view().players] == ["Anna", "Аnna 2", "anna 3"]
    table.do(Join(B, "Аnna"))
    table.do(Join(A, "Anna"))
    assert [player.name for player in table.game.view().players] == ["Anna", "Аnna 2", "anna 3"]
    table.do(Leave(A))
    assert [player.name for player in table.game.view().players] == ["Аnna 2", "anna 3"]
    table.do(Join(B, "Bob"))
    assert [player.name for player in table.game.view().players] == ["Bob", "anna 3"]


def test_a_seat_survives_an_absence_with_score_and_canvas() -> None:
    table = Table("ab")
    table.start()
    table.hit("b")
    assert only(table.away("b"), PlayerWentAway).seat == 1
    assert not table.player("b").here
    assert only(table.do(Join(B, "Bob")), PlayerCameBack).seat == 1
    assert table.player("b").here
    assert table.player("b").hit_at is not None
    assert table.canvas("b").points == 2


def test_coming_back_brings_name_avatar_consent_and_device_up_to_date() -> None:
    table = Table("a")
    table.away("a")
    doodle = (((1, 2), (3, 4)),)
    table.do(Join(A, "Zoë", doodle, keep=True, device=Device("pen", 800, 600), generation=3))
    player = table.game.state.players[Seat(0)]
    assert (player.name, player.avatar, player.keep, player.device.pointer) == ("Zoë", doodle, True, "pen")
    assert table.game.generation(A) == 3


def test_a_token_generation_never_falls() -> None:
    table = Table()
    table.do(Join(A, "A", generation=5))
    table.do(Join(A, "A", generation=4))
    assert table.game.generation(A) == 5


def test_joining_while_connected_is_no_news_but_a_new_avatar_is() -> None:
    table = Table("a")
    assert table.do(Join(A, "A")) == [ViewChanged()]
    assert only(table.do(Join(A, "A", (((1,), (1,)),))), PlayerCameBack).seat == 0


def test_going_away_twice_is_going_away_once() -> None:
    table = Table("a")
    table.away("a")
    table.repeated(Away(A))


def test_a_full_room_is_full() -> None:
    table = Table("ab", seats=2)
    assert table.code(Join(C, "C")) == "room_full"


def test_an_absent_player_still_holds_the_seat() -> None:
    table = Table("ab", seats=2)
    table.away("b")
    assert table.code(Join(C, "C")) == "room_full"
    table.do(Join(B, "B"))


def test_fewer_seats_than_players_send_nobody_away() -> None:
    table = Table("abc")
    table.do(Configure(A, Settings(seats=1)))
    assert len(table.game.view().players) == 3
    assert table.code(Join(PlayerId("d"), "D")) == "room_full"


def test_a_locked_room_looks_like_no_room_to_strangers() -> None:
    table = Table("ab")
    table.do(Lock(A, True))
    assert table.code(Join(C, "C")) == "unknown_room"
    table.away("b")
    table.do(Join(B, "B"))
    table.do(Lock(A, False))
    table.do(Join(C, "C"))


def test_locking_a_locked_room_changes_nothing() -> None:
    table = Table("a")
    table.do(Lock(A, True))
    table.repeated(Lock(A, True))


def test_a_seat_that_was_given_up_is_gone_and_its_number_is_not_used_again() -> None:
    table = Table("ab")
    assert only(table.do(Leave(B)), PlayerLeft) == PlayerLeft(Seat(1), kicked=False)
    assert table.game.seat_of(B) is None
    assert table.join("b") == 2


def test_a_kicked_player_cannot_come_back() -> None:
    table = Table("ab")
    assert only(table.do(Kick(A, Seat(1))), PlayerLeft) == PlayerLeft(Seat(1), kicked=True)
    assert table.code(Join(B, "Bob again")) == "kicked"


def test_a_player_who_left_may_be_forgotten_but_not_who_was_kicked_before_the_room_was_locked() -> None:
    table = Table("abc")
    table.do(Kick(A, Seat(1)))
    table.do(Leave(C))
    table.do(Lock(A, True))
    assert table.code(Join(B, "B")) == "kicked"
    assert table.code(Join(C, "C")) == "unknown_room"


def test_hosts_cannot_kick_themselves_or_an_empty_seat() -> None:
    table = Table("a")
    assert table.code(Kick(A, Seat(0))) == "not_now"
    assert table.code(Kick(A, Seat(9))) == "unknown_seat"


@pytest.mark.parametrize(
    "command", [Kick(B, Seat(0)), Lock(B, True), Start(B), Configure(B, Settings())], ids=lambda c: type(c).__name__
)
def test_only_the_host_may(command: Command) -> None:
    assert Table("ab").code(command) == "not_host"


@pytest.mark.parametrize(
    "command",
    [Kick(C, Seat(0)), Lock(C, True), Start(C), Away(C), Leave(C), Ready(C), Done(C, RoundId(1))],
    ids=lambda c: type(c).__name__,
)
def test_strangers_may_nothing(command: Command) -> None:
    assert Table("ab").code(command) == "not_joined"


def test_a_late_joiner_plays_from_the_current_round() -> None:
    table = Table("a")
    table.start()
    table.wait(5000)
    table.join("b")
    table.hit("b")
    assert table.player("b").hit_at == 5000


def test_who_joins_while_the_round_closes_plays_from_the_next() -> None:
    table = Table("a")
    table.start()
    table.wait(19_900)
    table.draw("a")
    table.wait(150)
    assert table.phase == "closing"
    table.join("b")
    assert table.seat("b") not in table.round.canvases
    table.wait(1000 + 8000 + 3000)
    table.draw("b")


def test_an_absent_player_blocks_nobody() -> None:
    table = Table("ab")
    table.start()
    table.away("b")
    table.hit("a")
    events = table.wait(5000)
    assert only(events, PhaseBegan).phase == "reveal"


def test_a_game_goes_on_to_the_podium_without_anybody() -> None:
    table = Table("a", rounds=2)
    table.start()
    table.away("a")
    table.wait(100_000)
    assert table.phase == "podium"
    assert table.game.deadline is None


def test_a_room_from_which_everybody_left_takes_newcomers() -> None:
    table = Table("a")
    table.start()
    table.do(Leave(A))
    table.wait(1_000_000)
    assert table.phase == "podium"
    assert none(table.do(Join(B, "B")), PlayerLeft)
    assert table.game.view().host == table.seat("b")


def test_who_is_present_is_known() -> None:
    table = Table("ab")
    table.away("a")
    assert table.game.present() == [B]
