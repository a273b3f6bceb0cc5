"""What waits leaves together, at a distance, and again after a failure."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress

import pytest

from server.db.coalescing_sender import CoalescingSender
from server.rooms.ports import StoreUnavailable

INTERVAL, RETRY = 0.1, 0.05


class Mail:
    """Takes all that waits each time; fails so often."""

    def __init__(self, failures: int = 0) -> None:
        self.waiting: list[int] = []
        self.sent: list[list[int]] = []
        self.times: list[float] = []
        self.failures = failures

    async def send(self) -> bool:
        self.times.append(time.monotonic())
        if self.failures:
            self.failures -= 1
            raise StoreUnavailable("away")
        taken, self.waiting = self.waiting, []
        if taken:
            self.sent.append(taken)
        return bool(taken)


@asynccontextmanager
async def running(mail: Mail) -> AsyncIterator[CoalescingSender]:
    sender = CoalescingSender(mail.send, INTERVAL, RETRY)
    task = asyncio.create_task(sender.run())
    yield sender
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


async def until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(5):
        while not true():
            await asyncio.sleep(0.001)


async def test_the_first_leaves_at_once_and_the_rest_together_after_the_interval() -> None:
    mail = Mail()
    async with running(mail) as sender:
        for number in range(5):
            mail.waiting.append(number)
            sender.wake()
            await until(lambda: bool(mail.sent))
        await until(lambda: len(mail.sent) == 2)
    assert mail.sent == [[0], [1, 2, 3, 4]]
    assert mail.times[1] - mail.times[0] >= INTERVAL * 0.95


async def test_a_call_that_sent_nothing_keeps_nobody_waiting() -> None:
    mail = Mail()
    async with running(mail) as sender:
        sender.wake()
        await until(lambda: len(mail.times) == 1)
        mail.waiting.append(1)
        sender.wake()
        await until(lambda: bool(mail.sent))
    assert mail.times[1] - mail.times[0] < INTERVAL / 2


async def test_a_failure_is_tried_again_without_being_woken() -> None:
    mail = Mail(failures=2)
    async with running(mail) as sender:
        mail.waiting.append(1)
        sender.wake()
        await until(lambda: bool(mail.sent))
    assert len(mail.times) == 3
    assert mail.times[1] - mail.times[0] >= RETRY * 0.95


async def test_what_may_wait_leaves_in_time_or_with_what_leaves_before() -> None:
    mail = Mail()
    async with running(mail) as sender:
        mail.waiting.append(1)
        sender.wake_within(0.05)
        assert not sender.is_due()
        await until(lambda: mail.sent == [[1]])
        mail.waiting.append(2)
        sender.wake_within(60)
        sender.wake()
        assert sender.is_due()
        await until(lambda: mail.sent == [[1], [2]])
        sender.wake_within(0.01)
        await until(lambda: len(mail.times) == 3)


async def test_an_appointment_is_replaced_by_the_next_one() -> None:
    mail = Mail()
    async with running(mail) as sender:
        sender.wake_at(time.monotonic() + 0.02)
        sender.wake_at(None)
        await asyncio.sleep(0.05)
        assert mail.times == []
        sender.wake_at(time.monotonic() + 60)
        sender.wake_at(time.monotonic() + 0.02)
        await until(lambda: len(mail.times) == 1)


async def test_what_waits_is_sent_by_the_next_run_after_an_error_nobody_expected() -> None:
    calls = 0

    async def send() -> bool:
        nonlocal calls
        calls += 1
        if calls == 1:
            raise RuntimeError("no permission")
        return True

    sender = CoalescingSender(send, INTERVAL, RETRY)
    sender.wake()
    with pytest.raises(RuntimeError):
        await sender.run()
    again = asyncio.create_task(sender.run())
    async with asyncio.timeout(5):
        while calls < 2:
            await asyncio.sleep(0.001)
    again.cancel()
