"""How much one browser or address may do."""

from __future__ import annotations

import logging
from collections.abc import Callable

import pytest

from server.access import rate_limits as module
from server.access.rate_limits import WRONG_CODES_PER_ADDRESS_PER_MINUTE, RateLimits
from server.access.refusal_log import REFUSAL_LOG_INTERVAL_SECONDS
from server.access.token_buckets import MAX_TRACKED_KEYS, KeyedTokenBuckets
from server.settings import ServerSettings
from tests.unit.access.test_client_address import request
from tests.unit.access.test_token_buckets import Time

SCHOOL = "203.0.113.7"


def test_a_school_is_one_address_and_gets_in() -> None:
    limits = RateLimits(ServerSettings(), Time())
    assert {limits.open_socket(SCHOOL) for _ in range(2000)} == {""}
    assert {limits.admit_browser(None, SCHOOL) for _ in range(2000)} == {""}
    assert {limits.make_room(None, SCHOOL) for _ in range(600)} == {""}
    assert {limits.make_room(f"pupil {n}", SCHOOL) for n in range(600)} == {""}


def test_a_browser_makes_so_many_rooms_a_minute_and_its_neighbours_do_not_mind() -> None:
    time = Time()
    limits = RateLimits(ServerSettings(rooms_per_minute=2), time)
    assert [limits.make_room("browser", SCHOOL) for _ in range(3)] == ["", "", "too_many"]
    assert limits.make_room("neighbour", SCHOOL) == ""
    time.now += 60
    assert limits.make_room("browser", SCHOOL) == ""


def test_all_browsers_of_an_address_make_so_many_rooms_a_minute() -> None:
    limits = RateLimits(ServerSettings(rooms_per_address=3), Time())
    assert [limits.make_room(str(n), "a") for n in range(4)] == ["", "", "", "network_busy"]
    assert limits.make_room(None, "a") == "network_busy"
    assert limits.make_room(None, "b") == ""


def test_without_a_token_an_address_counts_as_one_browser_for_what_costs_much() -> None:
    limits = RateLimits(ServerSettings(tries_per_minute=2), Time())
    assert [limits.try_recipe(None, "a") for _ in range(3)] == ["", "", "too_many"]
    assert limits.try_recipe("browser", "a") == ""
    assert {limits.report(None, "a") for _ in range(module.REPORTS_PER_BROWSER_PER_MINUTE)} == {""}
    assert limits.report(None, "a") == "too_many"


def test_a_browser_that_tries_wrong_codes_has_to_wait_and_its_neighbours_do_not() -> None:
    time = Time()
    limits = RateLimits(ServerSettings(wrong_codes=3), time)
    for _ in range(3):
        assert limits.may_try_code("browser", SCHOOL, True) == ""
        limits.note_wrong_code("browser", SCHOOL, True)
    assert limits.may_try_code("browser", SCHOOL, True) == "too_many"
    assert limits.may_try_code("neighbour", SCHOOL, True) == ""
    time.now += 60
    assert limits.may_try_code("browser", SCHOOL, True) == ""


def test_right_codes_cost_nothing() -> None:
    limits = RateLimits(ServerSettings(wrong_codes=1), Time())
    assert {limits.may_try_code("browser", "a", False) for _ in range(50)} == {""}


def test_an_address_with_ever_new_browsers_has_to_wait_too_and_known_ones_do_not() -> None:
    limits = RateLimits(ServerSettings(), Time())
    for number in range(WRONG_CODES_PER_ADDRESS_PER_MINUTE):
        assert limits.may_try_code(str(number), "a", False) == ""
        limits.note_wrong_code(str(number), "a", False)
    assert limits.may_try_code("another", "a", False) == "network_busy"
    assert limits.may_try_code("another", "a", True) == ""
    assert limits.may_ask_about_room(None, "a") == limits.may_try_code("another", "b", False) == ""


def test_join_links_that_lead_nowhere_count_against_the_browser_or_all_without_a_token() -> None:
    limits = RateLimits(ServerSettings(wrong_codes=2), Time())
    for _ in range(WRONG_CODES_PER_ADDRESS_PER_MINUTE):
        assert limits.may_ask_about_room(None, "a") == ""
        limits.note_unknown_room(None, "a")
    assert [limits.may_ask_about_room(None, "a"), limits.may_ask_about_room(None, "b")] == ["network_busy", ""]
    assert limits.may_try_code("new", "a", False) == ""
    for _ in range(2):
        assert limits.may_ask_about_room("browser", "a") == ""
        limits.note_unknown_room("browser", "a")
    assert [limits.may_ask_about_room("browser", "a"), limits.may_ask_about_room("neighbour", "a")] == ["too_many", ""]


def test_an_address_holds_so_many_sockets_and_those_without_any_are_forgotten() -> None:
    limits = RateLimits(ServerSettings(sockets_per_address=2), Time())
    assert [limits.open_socket("a") for _ in range(3)] == ["", "", "network_full"]
    assert limits.open_socket("b") == ""
    limits.close_socket("a")
    assert limits.open_socket("a") == ""
    for address in "aab":
        limits.close_socket(address)
    assert not limits._sockets


def test_an_address_opens_so_many_sockets_a_minute() -> None:
    time = Time()
    limits = RateLimits(ServerSettings(openings_per_minute=60), time)
    assert [limits.open_socket("a") for _ in range(61)] == [""] * 60 + ["network_busy"]
    time.now += 1
    assert limits.open_socket("a") == ""


@pytest.mark.parametrize("code", sorted(module.REFUSAL_COSTS))
def test_what_comes_to_nothing_is_paid_by_the_newcomers_of_its_address(code: str) -> None:
    time = Time()
    limits = RateLimits(ServerSettings(players_per_minute=60), time)
    assert limits.refuse(code, "a") == code
    came = [limits.admit_browser(None, "a") for _ in range(60)]
    assert came == [""] * (60 - module.REFUSAL_COSTS[code]) + ["network_busy"] * module.REFUSAL_COSTS[code]
    assert limits.admit_browser("known", "a") == limits.admit_browser(None, "b") == ""
    time.now += 1
    assert limits.admit_browser(None, "a") == ""


def test_coming_back_after_a_flood_costs_the_browser_time_and_its_neighbours_nothing() -> None:
    time = Time()
    limits = RateLimits(ServerSettings(), time)
    for _ in range(5):
        limits.note_flood("browser", SCHOOL)
    assert limits.admit_browser("browser", SCHOOL) == "flood"
    assert limits.admit_browser("neighbour", SCHOOL) == ""
    assert {limits.open_socket(SCHOOL) for _ in range(500)} == {""}
    time.now += 81
    assert limits.admit_browser("browser", SCHOOL) == ""


def test_newcomers_of_an_address_that_floods_with_ever_new_browsers_pay_ever_more() -> None:
    time = Time()
    limits = RateLimits(ServerSettings(), time)
    floods = 0
    while limits.admit_browser(None, "a") == "":
        floods += 1
        limits.note_flood(str(floods), "a")
    assert 5 <= floods <= 12
    time.now += module.MAX_DEBT_SECONDS - 1
    assert limits.admit_browser(None, "a") == "network_busy"
    time.now += 2
    assert limits.admit_browser(None, "a") == ""


TICK = 0.1
"""Seconds."""


class Child:
    """One child of a school that does one thing all the time, as often as it may."""

    def __init__(self, limits: RateLimits) -> None:
        self.limits, self.ticks, self.cut = limits, 0, 0

    def flood(self) -> None:
        """Come in as somebody new or, refused that, flood before saying who one is."""
        if self.limits.open_socket(SCHOOL) == "":
            new = self.limits.admit_browser(None, SCHOOL) == ""
            self.limits.note_flood(f"flooder {self.ticks}" if new else None, SCHOOL)
            self.limits.close_socket(SCHOOL)
            self.cut += 1

    def stay_silent(self) -> None:
        """Open twelve connections a second; each is cut after a while."""
        for _ in range(2 if self.ticks % 5 == 0 else 1):
            if self.limits.open_socket(SCHOOL) == "":
                self.limits.refuse("no_introduction", SCHOOL)
                self.limits.close_socket(SCHOOL)
                self.cut += 1

    def guess_links(self) -> None:
        """Ask for twenty rooms a second that are not there."""
        for _ in range(2):
            self.cut += self.limits.may_ask_about_room(None, SCHOOL) != ""
            self.limits.note_unknown_room(None, SCHOOL)

    def guess_codes(self) -> None:
        """Join twenty rooms a second that are not there, each time as somebody new."""
        for turn in range(2):
            if self.limits.open_socket(SCHOOL) == "":
                name = f"guesser {self.ticks} {turn}"
                if self.limits.admit_browser(None, SCHOOL) == "":
                    self.cut += self.limits.may_try_code(name, SCHOOL, False) != ""
                    self.limits.note_wrong_code(name, SCHOOL, False)
                self.limits.close_socket(SCHOOL)


@pytest.mark.parametrize("does", [Child.flood, Child.stay_silent, Child.guess_links, Child.guess_codes])
def test_whatever_one_child_does_for_ten_minutes_its_class_comes_in(does: Callable[[Child], None]) -> None:
    time = Time()
    limits = RateLimits(ServerSettings(), time)
    child = Child(limits)
    for child.ticks in range(int(600 / TICK)):
        does(child)
        time.now += TICK
        # Everybody comes back, looks through the link's door, and joins, four times a minute.
        pupil = child.ticks % 150
        if pupil < 39:
            came = [limits.open_socket(SCHOOL), limits.admit_browser(f"pupil {pupil}", SCHOOL),
                    limits.may_ask_about_room(f"pupil {pupil}", SCHOOL), limits.may_try_code(f"pupil {pupil}", SCHOOL, True)]  # fmt: skip
            limits.close_socket(SCHOOL)
            assert came == [""] * 4, time.now
    assert child.cut > 1000
    assert all(
        len(bucket._buckets) <= MAX_TRACKED_KEYS
        for bucket in vars(limits).values()
        if isinstance(bucket, KeyedTokenBuckets)
    )
    assert len(limits._flooders._strikes) <= MAX_TRACKED_KEYS


def test_new_browsers_count_against_their_address_and_known_ones_do_not() -> None:
    limits = RateLimits(ServerSettings(players_per_minute=2), Time())
    assert [limits.admit_browser(None, "a") for _ in range(3)] == ["", "", "network_busy"]
    assert limits.admit_browser("known", "a") == ""
    assert limits.admit_browser(None, "b") == ""


def test_a_trusted_network_has_no_limits_as_an_address_and_its_people_have() -> None:
    few = ServerSettings(trusted_networks="10.1.0.0/16, 2001:db8::/32", sockets_per_address=1, openings_per_minute=1,
                   players_per_minute=1, rooms_per_address=1, rooms_per_minute=1)  # fmt: skip
    limits = RateLimits(few, Time())
    for address in ("10.1.2.3", "2001:db8::7"):
        assert {limits.open_socket(address) for _ in range(50)} == {""}
        assert {limits.admit_browser(None, address) for _ in range(50)} == {""}
        assert [limits.make_room(address, address) for _ in range(2)] == ["", "too_many"]
    limits.note_flood("browser", "10.1.2.3")
    assert limits.admit_browser("browser", "10.1.2.3") == "flood"


def test_one_home_with_ipv6_is_one_address_however_many_it_uses() -> None:
    limits = RateLimits(ServerSettings(sockets_per_address=2), Time())
    home = [f"2001:db8:1:2::{n}" for n in range(3)]
    assert [limits.open_socket(address) for address in home] == ["", "", "network_full"]
    assert limits.open_socket("2001:db8:1:3::1") == ""


def test_refusals_are_counted_and_logged_once_a_minute_and_kind(caplog: pytest.LogCaptureFixture) -> None:
    time = Time()
    limits = RateLimits(ServerSettings(rooms_per_minute=1, sockets_per_address=0), time)
    with caplog.at_level(logging.WARNING):
        for _ in range(40):
            limits.make_room("browser", SCHOOL)
        limits.make_room("other", "198.51.100.1")
        limits.make_room("other", "198.51.100.1")
        limits.open_socket(SCHOOL)
    assert limits.refusals.counts == {"too_many": 40, "network_full": 1}
    assert [record.getMessage() for record in caplog.records] == [
        f"refused 1 times with too_many, from {SCHOOL}",
        f"refused 1 times with network_full, from {SCHOOL}",
    ]
    caplog.clear()
    time.now += REFUSAL_LOG_INTERVAL_SECONDS
    limits.refusals.flush()
    limits.refusals.flush()
    assert [record.getMessage() for record in caplog.records] == [
        f"refused 39 times with too_many, from {SCHOOL} (38) and 1 other addresses"
    ]


def test_a_proxy_that_is_not_trusted_is_told_of(caplog: pytest.LogCaptureFixture) -> None:
    limits = RateLimits(ServerSettings(trusted_proxies="10.0.0.1"), Time())
    with caplog.at_level(logging.WARNING):
        assert limits.address_of(request("10.0.0.1", "203.0.113.9")) == "203.0.113.9"
        assert not caplog.records
        assert limits.address_of(request("172.18.0.2", "203.0.113.9")) == "172.18.0.2"
    assert "from 172.18.0.2" in caplog.text
    assert "INKLING_TRUSTED_PROXIES" in caplog.text
    assert limits.proxies.counts == {"untrusted_proxy": 1}
