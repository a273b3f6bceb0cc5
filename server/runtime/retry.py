"""Work that is repeated until it is done, such as a write while the store is away."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

T = TypeVar("T")


async def retry_until_done(
    work: Callable[[], Awaitable[T]],
    retry_on: type[Exception],
    pause_seconds: float,
    on_failure: Callable[[Exception], None] = lambda error: None,
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
) -> T:
    """Repeat work that may be repeated until it returns; other errors than `retry_on` are raised.

    `on_failure` hears of each failure. What it raises ends the attempts.
    """
    while True:
        try:
            return await work()
        except retry_on as error:
            on_failure(error)
        await sleep(pause_seconds)
