"""Work that is repeated until it is done."""

from __future__ import annotations

import pytest

from server.rooms.ports import StoreUnavailable
from server.runtime.retry import retry_until_done


class Work:
    """Fails so often, then returns."""

    def __init__(self, failures: int) -> None:
        self.failures, self.times = failures, 0

    async def __call__(self) -> str:
        self.times += 1
        if self.times <= self.failures:
            raise StoreUnavailable(f"failure {self.times}")
        return "done"


async def test_it_pauses_after_each_failure_and_returns_what_the_work_does() -> None:
    work, pauses, failures = Work(3), [], []

    async def sleep(seconds: float) -> None:
        pauses.append(seconds)

    found = await retry_until_done(work, StoreUnavailable, 0.25, lambda error: failures.append(str(error)), sleep)
    assert found == "done"
    assert pauses == [0.25] * 3
    assert failures == ["failure 1", "failure 2", "failure 3"]


async def test_other_errors_are_raised_at_once() -> None:
    work = Work(1)
    with pytest.raises(StoreUnavailable):
        await retry_until_done(work, ValueError, 0.0)
    assert work.times == 1


async def test_what_hears_of_a_failure_may_end_the_attempts() -> None:
    def give_up(error: Exception) -> None:
        raise error

    work = Work(9)
    with pytest.raises(StoreUnavailable, match="failure 1"):
        await retry_until_done(work, StoreUnavailable, 0.0, give_up)
    assert work.times == 1
