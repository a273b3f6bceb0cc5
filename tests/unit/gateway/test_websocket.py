"""Frames in order: to a function where it takes them, else to whoever reads."""

from __future__ import annotations

import asyncio
import struct
import time
from typing import Any
from unittest.mock import Mock

import pytest
from aiohttp import WSMessageTypeError, WSMsgType, web
from aiohttp.test_utils import TestClient, TestServer

from server.gateway.socketio.websocket import (
    READ_BUFFER_LIMIT_BYTES,
    BudgetedWebSocketResponse,
    FrameBudget,
    FrameReader,
    IncomingFrameQueue,
)


def frame(text: str, opcode: int = 1, fin: int = 0x80) -> bytes:
    """One masked frame; the mask leaves the bytes as they are."""
    data = text.encode()
    head = (
        struct.pack("!BB", fin | opcode, 0x80 | len(data))
        if len(data) < 126
        else struct.pack("!BBH", fin | opcode, 0x80 | 126, len(data))
    )
    return head + bytes(4) + data


FRAMES = 120
"""Those of the longest test that is no flood."""


class Fed:
    """A queue behind aiohttp's own parser, with a sink that takes what begins with `now`."""

    def __init__(self) -> None:
        protocol = Mock(_reading_paused=False)
        self.queue = IncomingFrameQueue(protocol, READ_BUFFER_LIMIT_BYTES, loop=asyncio.get_running_loop())
        self.floods = 0
        self.parser = FrameReader(self.queue, 8192, FrameBudget(10.0, FRAMES), self._flood)
        self.said: list[str] = []
        self.queue.sink = self._take

    def _take(self, text: str) -> bool:
        if text.startswith("now"):
            self.said.append(text)
        return text.startswith("now")

    def _flood(self) -> None:
        self.floods += 1

    def feed(self, *frames: bytes) -> None:
        self.parser.feed_data(b"".join(frames))

    async def read(self) -> None:
        """Do what the connection's task does, until it is cancelled."""
        while True:
            message = await self.queue.read()
            await asyncio.sleep(0)
            text = message.data if isinstance(message.data, str) else bytes(message.data)
            self.said.append(f"read {text!r}")


@pytest.fixture
async def fed() -> Any:
    made = Fed()
    reading = asyncio.create_task(made.read())
    await asyncio.sleep(0)
    yield made
    reading.cancel()


async def test_what_the_function_takes_is_done_before_the_parser_returns(fed: Fed) -> None:
    fed.feed(frame("now 1"), frame("now " + "x" * 200))
    assert fed.said == ["now 1", "now " + "x" * 200]


async def test_a_message_in_pieces_is_one_message(fed: Fed) -> None:
    whole = frame("now in", fin=0) + frame(" two", opcode=0)
    for at in range(len(whole)):
        fed.feed(whole[at : at + 1])
    assert fed.said == ["now in two"]


async def test_what_it_does_not_take_goes_to_the_reader_and_what_follows_waits_its_turn(fed: Fed) -> None:
    fed.feed(frame("now 1"), frame("later 2"), frame("now 3"))
    assert fed.said == ["now 1"]
    fed.feed(frame("now 4"))
    while len(fed.said) < 4:
        await asyncio.sleep(0)
    assert fed.said == ["now 1", "read 'later 2'", "read 'now 3'", "read 'now 4'"]
    await asyncio.sleep(0)
    fed.feed(frame("now 5"))
    assert fed.said[-1] == "now 5"


async def test_pings_and_bytes_go_to_the_reader(fed: Fed) -> None:
    fed.feed(frame("now", opcode=9))
    fed.feed(frame("now", opcode=2))
    while len(fed.said) < 2:
        await asyncio.sleep(0)
    assert fed.said == ["read b'now'", "read b'now'"]


async def test_aiohttp_hands_text_frames_to_our_queue_and_ends_what_is_too_long() -> None:
    heard: list[str] = []

    def take(text: str) -> bool:
        heard.append(text)
        return True

    async def serve(request: web.Request) -> web.WebSocketResponse:
        socket = BudgetedWebSocketResponse(1024, 1.0, FrameBudget(1.0, 200), lambda: None)
        await socket.prepare(request)
        socket.offer_text_to(take)
        with pytest.raises(WSMessageTypeError):
            await socket.receive_str()
        return socket

    app = web.Application()
    app.router.add_get("/", serve)
    async with TestClient(TestServer(app)) as client, client.ws_connect("/") as socket:
        for n in range(100):
            await socket.send_str(f"{n}")
        await socket.ping()
        await socket.send_str("x" * 1024)
        last = await socket.receive()
    assert heard == [f"{n}" for n in range(100)]
    assert (last.type, last.data) == (WSMsgType.CLOSE, 1009)


EMPTY = {
    "text": frame(""),
    "bytes": frame("", opcode=2),
    "ping": frame("", opcode=9),
    "pong": frame("", opcode=10),
    "continuation": frame("", opcode=0, fin=0),
}


@pytest.mark.parametrize("kind", EMPTY)
async def test_every_frame_counts_whatever_it_is(kind: str, fed: Fed) -> None:
    first = [frame("now", fin=0)] if kind == "continuation" else []
    fed.feed(*first, *[EMPTY[kind]] * (FRAMES - len(first)))
    assert fed.floods == 0
    fed.feed(*[EMPTY[kind]] * 10_000)
    assert fed.floods == 1
    fed.feed(frame("now"))
    assert "now" not in fed.said


async def test_the_budget_comes_back_with_time(monkeypatch: pytest.MonkeyPatch) -> None:
    budget = FrameBudget(10.0, 3)
    assert [budget.take() for _ in range(4)] == [True, True, True, False]
    steady = time.monotonic
    monkeypatch.setattr(time, "monotonic", lambda: steady() + 0.25)
    assert [budget.take() for _ in range(3)] == [True, True, False]
    monkeypatch.setattr(time, "monotonic", lambda: steady() + 3600)
    assert [budget.take() for _ in range(4)] == [True, True, True, False]
