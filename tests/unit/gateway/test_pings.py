"""Connections are judged by the steady clock."""

from __future__ import annotations

import time

import pytest

from server.gateway.socketio import engine


@pytest.mark.parametrize("jump", [3600.0, -3600.0])
async def test_a_wall_clock_that_is_set_while_a_ping_is_on_its_way_cuts_nobody(
    jump: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = engine.EngineServer(async_mode="aiohttp", ping_interval=0, ping_timeout=10)
    connection = engine.EngineSocket(server, "sid")
    connection._ping()
    wall = time.time
    monkeypatch.setattr(time, "time", lambda: wall() + jump)
    assert await connection.check_ping_timeout()
    assert not connection.closed


async def test_who_does_not_answer_a_ping_is_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    server = engine.EngineServer(async_mode="aiohttp", ping_interval=0, ping_timeout=10)
    connection = engine.EngineSocket(server, "sid")
    server.sockets["sid"] = connection
    connection._ping()
    steady = time.monotonic
    monkeypatch.setattr(time, "monotonic", lambda: steady() + 11)
    assert not await connection.check_ping_timeout()
    assert connection.closed
