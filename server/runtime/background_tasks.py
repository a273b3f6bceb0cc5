"""Work that goes on in the background for as long as a process lives: whatever ends unexpectedly is noticed and begun again."""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections import Counter
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

log = logging.getLogger(__name__)

MIN_RESTART_PAUSE_SECONDS, MAX_RESTART_PAUSE_SECONDS = 0.1, 5.0
"""Seconds until work that failed begins again; twice as long each time."""
BACKOFF_RESET_SECONDS = 10.0
"""Seconds after which work that fails does so for a new reason: it begins again soon."""

task_failures: Counter[str] = Counter()
"""Name of the work → how often it ended with an error, in this process."""


T = TypeVar("T")


def supervise_task(work: Callable[[], Coroutine[Any, Any, T]], name: str) -> asyncio.Task[T]:
    """Do `work` in a task until it returns or the task is cancelled; an error is logged and counted, and it begins again."""
    return asyncio.create_task(_restart_on_error(work, name), name=name)


def log_task_failure(task: asyncio.Task[Any]) -> None:
    """Log and count the error that a task ended with that is done once: `task.add_done_callback(log_task_failure)`."""
    if not task.cancelled() and (error := task.exception()) is not None:
        task_failures[task.get_name()] += 1
        log.error("task %s failed", task.get_name(), exc_info=error)


def supervise_thread(work: Callable[[], None], name: str, stop: threading.Event | None = None) -> threading.Thread:
    """Do the same in a daemon thread; `stop` says that no error matters any more."""
    ended = stop or threading.Event()

    def repeat() -> None:
        pause = MIN_RESTART_PAUSE_SECONDS
        while not ended.is_set():
            began = time.monotonic()
            try:
                work()
            except Exception:
                pause = _log_failure(name, began, pause)
                ended.wait(pause)
            else:
                return

    thread = threading.Thread(target=repeat, name=name, daemon=True)
    thread.start()
    return thread


async def _restart_on_error(work: Callable[[], Coroutine[Any, Any, T]], name: str) -> T:
    task, pause = asyncio.current_task(), MIN_RESTART_PAUSE_SECONDS
    assert task is not None
    while True:
        began = time.monotonic()
        try:
            return await work()
        except Exception:
            if task.cancelling():
                # Some libraries turn a cancellation into an error of their own.
                raise asyncio.CancelledError from None
            pause = _log_failure(name, began, pause)
        await asyncio.sleep(pause)


def _log_failure(name: str, began: float, pause: float) -> float:
    """Log and count a failure; returns how long to wait."""
    task_failures[name] += 1
    pause = (
        MIN_RESTART_PAUSE_SECONDS
        if time.monotonic() - began > BACKOFF_RESET_SECONDS
        else min(2 * pause, MAX_RESTART_PAUSE_SECONDS)
    )
    log.exception("background task %s failed; it begins again in %.1f s", name, pause)
    return pause
