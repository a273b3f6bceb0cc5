"""Token buckets and strikes, by key."""

from __future__ import annotations

from server.access import token_buckets as module
from server.access.token_buckets import (
    FIRST_BAN_SECONDS,
    MAX_BAN_SECONDS,
    STRIKES_FORGOTTEN_AFTER_SECONDS,
    KeyedTokenBuckets,
    StrikeCounter,
    TokenBucket,
)


class Time:
    """A clock that is moved by hand."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_a_bucket_gives_its_burst_and_then_its_rate() -> None:
    time = Time()
    bucket = TokenBucket(2.0, 3, time)
    assert [bucket.take() for _ in range(4)] == [True, True, True, False]
    time.now += 0.5
    assert [bucket.take(), bucket.take()] == [True, False]


def test_a_bucket_never_holds_more_than_its_burst() -> None:
    time = Time()
    bucket = TokenBucket(2.0, 3, time)
    time.now += 1000
    assert not bucket.take(4)
    assert bucket.take(3)


def test_looking_into_a_bucket_takes_nothing() -> None:
    bucket = TokenBucket(1.0, 1, Time())
    assert not bucket.empty
    assert not bucket.empty
    assert bucket.take()
    assert bucket.empty


def test_keys_are_counted_apart() -> None:
    keyed = KeyedTokenBuckets(1, Time())
    assert keyed.take("a")
    assert not keyed.take("a")
    assert keyed.take("b")


def test_no_more_keys_are_remembered_than_allowed() -> None:
    keyed = KeyedTokenBuckets(1, Time())
    for number in range(module.MAX_TRACKED_KEYS + 50):
        keyed.take(str(number))
    assert len(keyed._buckets) == module.MAX_TRACKED_KEYS
    assert not keyed.may(str(module.MAX_TRACKED_KEYS + 49))
    assert keyed.may("0")


def test_a_bucket_may_be_charged_what_it_does_not_have_but_never_owes_more_than_a_while() -> None:
    time = Time()
    bucket = TokenBucket(2.0, 3, time)
    bucket.charge(1_000_000, debt_seconds=30)
    time.now += 30
    assert not bucket.take()
    time.now += 0.5
    assert bucket.take()


def test_each_strike_bars_twice_as_long_as_the_last() -> None:
    time = Time()
    strikes = StrikeCounter(time)
    assert not strikes.barred("a")
    for wait in (FIRST_BAN_SECONDS, 2 * FIRST_BAN_SECONDS, 4 * FIRST_BAN_SECONDS):
        strikes.add("a")
        time.now += wait - 0.1
        assert strikes.barred("a")
        time.now += 0.2
        assert not strikes.barred("a")
    assert not strikes.barred("b")


def test_strikes_are_forgotten_and_no_wait_is_longer_than_the_longest() -> None:
    time = Time()
    strikes = StrikeCounter(time)
    assert [strikes.add("a") for _ in range(40)] == list(range(1, 41))
    time.now += MAX_BAN_SECONDS
    assert not strikes.barred("a")
    time.now += STRIKES_FORGOTTEN_AFTER_SECONDS
    assert strikes.add("a") == 1


def test_no_more_strikes_are_remembered_than_allowed() -> None:
    strikes = StrikeCounter(Time())
    for number in range(module.MAX_TRACKED_KEYS + 50):
        strikes.add(str(number))
    assert not strikes.barred("0")
    assert strikes.barred(str(module.MAX_TRACKED_KEYS + 49))
