"""Processes as a platform starts them: what they refuse, where they listen, what they say meanwhile."""

from __future__ import annotations

import asyncio
import os

from server.leash import Leash
from server.play import supervise


async def test_play_gives_up_on_a_process_that_refuses_its_settings() -> None:
    leash, stop = Leash(), asyncio.Event()
    try:
        async with asyncio.timeout(60):
            served = await supervise("web", {**os.environ, "REDIS_URL": "", **leash.environment}, leash, stop)
    finally:
        leash.close()
    assert not served
    assert stop.is_set()
