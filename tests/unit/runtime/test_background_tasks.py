"""Background work that fails is noticed and begun again."""

from __future__ import annotations

import asyncio
import logging
import threading

import pytest

from server.runtime import background_tasks


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(background_tasks, "MIN_RESTART_PAUSE_SECONDS", 0.001)
    background_tasks.task_failures.clear()


async def test_what_fails_begins_again_until_it_returns(caplog: pytest.LogCaptureFixture) -> None:
    begun: list[int] = []

    async def work() -> str:
        begun.append(len(begun))
        if len(begun) < 4:
            raise KeyError("unexpected")
        return "done"

    assert await background_tasks.supervise_task(work, "the work") == "done"
    assert len(begun) == 4
    assert background_tasks.task_failures == {"the work": 3}
    assert sum("the work" in record.getMessage() for record in caplog.records) == 3


async def test_a_cancellation_ends_it_whatever_the_work_makes_of_that() -> None:
    started = asyncio.Event()

    async def work() -> None:
        started.set()
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            raise ConnectionError("as some libraries do") from None

    task = background_tasks.supervise_task(work, "the work")
    await started.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert not background_tasks.task_failures


async def test_an_errand_that_fails_is_told(caplog: pytest.LogCaptureFixture) -> None:
    async def errand() -> None:
        raise KeyError("unexpected")

    task = asyncio.create_task(errand(), name="the errand")
    task.add_done_callback(background_tasks.log_task_failure)
    await asyncio.wait([task])
    await asyncio.sleep(0)
    assert background_tasks.task_failures == {"the errand": 1}
    assert "the errand" in caplog.text


def test_a_thread_that_fails_begins_again(caplog: pytest.LogCaptureFixture) -> None:
    done, begun = threading.Event(), []

    def work() -> None:
        begun.append(1)
        if len(begun) < 3:
            raise KeyError("unexpected")
        done.set()

    with caplog.at_level(logging.ERROR):
        thread = background_tasks.supervise_thread(work, "the thread")
        assert done.wait(10)
        thread.join(10)
    assert background_tasks.task_failures == {"the thread": 2}
    assert not thread.is_alive()


def test_a_thread_that_was_told_to_stop_does_not_begin_again() -> None:
    stop, begun = threading.Event(), []

    def work() -> None:
        begun.append(1)
        stop.set()
        raise KeyError("unexpected")

    background_tasks.supervise_thread(work, "the thread", stop).join(10)
    assert len(begun) == 1
