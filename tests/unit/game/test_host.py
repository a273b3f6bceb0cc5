"""Somebody is in charge, and it is never somebody who is gone for long."""

from __future__ import annotations

from server.game.commands import Join, Kick, Leave, Start
from server.game.events import HostChanged
from server.game.ids import PlayerId, Seat
from tests.unit.game.table import Table, none, only

A = PlayerId("a")


def test_the_first_to_come_is_the_host_without_a_word() -> None:
    table = Table()
    assert none(table.do(Join(A, "A")), HostChanged)
    assert table.game.view().host == 0


def test_after_twenty_seconds_the_longest_present_player_takes_over() -> None:
    table = Table("a")
    for name in "bc":
        table.wait(1000)
        table.join(name)
    table.away("b")
    table.do(Join(PlayerId("b"), "B"))
    table.away("a")
    assert none(table.wait(19_999), HostChanged)
    assert only(table.wait(1), HostChanged).seat == table.seat("b")


def test_a_reconnection_counts_as_a_new_presence() -> None:
    table = Table("abc")
    table.wait(1000)
    table.away("b")
    table.do(Join(PlayerId("b"), "B"))
    table.away("a")
    assert only(table.wait(20_000), HostChanged).seat == table.seat("c")


def test_a_host_who_comes_back_in_time_stays_host() -> None:
    table = Table("ab")
    table.away("a")
    table.wait(19_999)
    table.do(Join(A, "A"))
    assert none(table.wait(60_000), HostChanged)
    assert table.game.view().host == 0


def test_a_former_host_comes_back_as_a_player() -> None:
    table = Table("ab")
    table.away("a")
    table.wait(20_000)
    table.do(Join(A, "A"))
    assert table.game.view().host == table.seat("b")
    assert table.code(Start(A)) == "not_host"


def test_nobody_present_means_nobody_takes_over_until_somebody_comes() -> None:
    table = Table("ab")
    table.away("a")
    table.away("b")
    assert table.game.deadline is None
    table.wait(60_000)
    assert only(table.do(Join(PlayerId("b"), "B")), HostChanged).seat == table.seat("b")


def test_the_host_who_comes_back_first_is_still_the_host() -> None:
    table = Table("ab")
    table.away("a")
    table.away("b")
    table.wait(60_000)
    table.do(Join(A, "A"))
    assert table.game.view().host == 0


def test_a_leaving_host_is_replaced_at_once() -> None:
    table = Table("ab")
    assert only(table.do(Leave(A)), HostChanged).seat == table.seat("b")


def test_people_come_before_bots() -> None:
    table = Table("a")
    table.join("b", source="bot")
    table.wait(1000)
    table.join("c")
    table.do(Leave(A))
    assert table.game.view().host == table.seat("c")


def test_a_bot_takes_over_when_nobody_else_is_there() -> None:
    table = Table("a")
    table.join("b", source="bot")
    table.do(Leave(A))
    assert table.game.view().host == table.seat("b")


def test_kicking_leaves_the_host_in_charge() -> None:
    table = Table("ab")
    assert none(table.do(Kick(A, Seat(1))), HostChanged)
