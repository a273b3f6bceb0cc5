"""Reads in a row keep a distance; a single one never waits."""

from __future__ import annotations

import asyncio

import pytest

from server.gateway.lull import Lull

APART = 0.005


class Desk:
    """A lull whose time is moved by hand."""

    def __init__(self) -> None:
        self.time, self.slept = 100.0, []  # type: float, list[float]
        self.lull = Lull(lambda: self.time, self._sleep, APART)

    def _sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.time += seconds

    async def read(self, messages: int = 1) -> None:
        """Take in what came together."""
        for _ in range(messages):
            self.lull.read()
        await asyncio.sleep(0)


async def test_a_message_after_a_quiet_while_is_not_waited_for() -> None:
    desk = Desk()
    for _ in range(5):
        await desk.read()
        desk.time += APART
    assert desk.slept == []


async def test_what_comes_right_after_a_read_is_followed_by_a_rest_until_its_time() -> None:
    desk = Desk()
    await desk.read()
    desk.time += 0.001
    await desk.read()
    assert desk.slept == [pytest.approx(APART - 0.001)]


async def test_messages_that_come_together_are_followed_by_one_rest() -> None:
    desk = Desk()
    await desk.read()
    await desk.read(messages=40)
    assert len(desk.slept) == 1


async def test_a_stream_of_messages_is_read_at_even_distances_however_long_each_read_takes() -> None:
    desk = Desk()
    for _ in range(100):
        await desk.read(messages=3)
        desk.time += 0.002
    assert desk.time == pytest.approx(100 + 99 * APART + 0.002)


async def test_a_loop_that_is_busy_never_rests() -> None:
    desk = Desk()
    for _ in range(10):
        await desk.read(messages=100)
        desk.time += 2 * APART
    assert desk.slept == []
