"""How much one connection, browser or address may do."""

from __future__ import annotations

from server.gateway import limits as module
from server.gateway.limits import ADDRESS_CODES, Bucket, Keyed, Limits
from server.settings import Settings


class Time:
    """A clock that is moved by hand."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_a_bucket_gives_its_burst_and_then_its_rate() -> None:
    time = Time()
    bucket = Bucket(2.0, 3, time)
    assert [bucket.take() for _ in range(4)] == [True, True, True, False]
    time.now += 0.5
    assert [bucket.take(), bucket.take()] == [True, False]


def test_a_bucket_never_holds_more_than_its_burst() -> None:
    time = Time()
    bucket = Bucket(2.0, 3, time)
    time.now += 1000
    assert not bucket.take(4)
    assert bucket.take(3)


def test_looking_into_a_bucket_takes_nothing() -> None:
    bucket = Bucket(1.0, 1, Time())
    assert not bucket.empty
    assert not bucket.empty
    assert bucket.take()
    assert bucket.empty


def test_keys_are_counted_apart() -> None:
    keyed = Keyed(1, Time())
    assert keyed.take("a")
    assert not keyed.take("a")
    assert keyed.take("b")


def test_no_more_keys_are_remembered_than_allowed() -> None:
    keyed = Keyed(1, Time())
    for number in range(module.KEYS + 50):
        keyed.take(str(number))
    assert len(keyed._buckets) == module.KEYS
    assert not keyed.may(str(module.KEYS + 49))
    assert keyed.may("0")


def test_an_address_makes_so_many_rooms_a_minute() -> None:
    time = Time()
    limits = Limits(Settings(rooms_per_minute=2), time)
    assert [limits.make_room("a") for _ in range(3)] == [True, True, False]
    assert limits.make_room("b")
    time.now += 60
    assert limits.make_room("a")


def test_a_browser_that_tries_wrong_codes_has_to_wait_and_its_neighbours_do_not() -> None:
    time = Time()
    limits = Limits(Settings(wrong_codes=3), time)
    for _ in range(3):
        assert limits.may_try_code("browser", "school")
        limits.wrong_code("browser", "school")
    assert not limits.may_try_code("browser", "school")
    assert limits.may_try_code("neighbour", "school")
    time.now += 60
    assert limits.may_try_code("browser", "school")


def test_right_codes_cost_nothing() -> None:
    limits = Limits(Settings(wrong_codes=1), Time())
    assert all(limits.may_try_code("browser", "a") for _ in range(50))


def test_an_address_with_ever_new_browsers_has_to_wait_too() -> None:
    limits = Limits(Settings(), Time())
    for number in range(ADDRESS_CODES):
        assert limits.may_try_code(str(number), "a")
        limits.wrong_code(str(number), "a")
    assert not limits.may_try_code("another", "a")
    assert not limits.may_look("a")
    assert limits.may_look("b")


def test_an_address_holds_so_many_sockets() -> None:
    limits = Limits(Settings(sockets_per_address=2), Time())
    assert [limits.open_socket("a") for _ in range(3)] == [True, True, False]
    assert limits.open_socket("b")
    limits.close_socket("a")
    assert limits.open_socket("a")


def test_addresses_without_sockets_are_forgotten() -> None:
    limits = Limits(Settings(), Time())
    for number in range(100):
        assert limits.open_socket(str(number))
        limits.close_socket(str(number))
    assert not limits._sockets
