"""The way of a drawing or a picture that somebody tries: through Redis, answered once, stored nowhere."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import redis

from model.ink.strokes import Ink
from server.db import keys
from server.guessing.demo import messages as wire
from server.guessing.demo.client import MAX_CONCURRENT_TRIES, open_demo_client
from server.guessing.demo.worker import DemoWorker
from tests.redis_server import RedisServer

pytestmark = pytest.mark.redis

STROKES = (((10, 20), (30, 40), (0, 9)),)


class Refusing(ValueError):
    code = "not_trained"


class FakeCabinet:
    """Says how much it was shown."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.gate = threading.Event()
        self.gate.set()

    def list_recipes(self) -> list[dict[str, Any]]:
        return [{"name": "mnist"}]

    def answer(self, name: str, ink: Ink | None, picture: bytes | None) -> dict[str, Any]:
        self.gate.wait()
        self.asked.append(name)
        if name == "untrained":
            raise Refusing
        if name == "broken":
            raise RuntimeError("a fault of ours")
        return {"points": sum(len(stroke[0]) for stroke in ink or []), "bytes": len(picture or b"")}


@contextmanager
def desk(url: str, cabinet: FakeCabinet) -> Iterator[DemoWorker]:
    serving = DemoWorker(url, cabinet)
    thread = threading.Thread(target=serving.run)
    thread.start()
    try:
        yield serving
    finally:
        serving.stop.set()
        cabinet.gate.set()
        thread.join()


async def heard(url: str, count: int = 1) -> None:
    """Wait until so many guessers listen."""
    with redis.Redis.from_url(url) as client:
        asked = keys.demo_questions_channel(0)
        while dict(client.pubsub_numsub(asked))[asked.encode()] < count:
            await asyncio.sleep(0.01)


async def test_strokes_pictures_and_the_list_are_answered(redis_url: str) -> None:
    with desk(redis_url, FakeCabinet()):
        async with open_demo_client(redis_url) as client:
            await heard(redis_url)
            assert await client.list_recipes() == ("", b'[{"name": "mnist"}]')
            assert await client.ask("mnist", STROKES, b"") == ("", b'{"points": 2, "bytes": 0}')
            assert await client.ask("mnist", (), b"x" * 2_000_000) == ("", b'{"points": 0, "bytes": 2000000}')


async def test_refusals_and_faults_are_codes_and_the_desk_goes_on(redis_url: str) -> None:
    with desk(redis_url, FakeCabinet()):
        async with open_demo_client(redis_url) as client:
            await heard(redis_url)
            assert (await client.ask("untrained", STROKES, b""))[0] == "not_trained"
            assert (await client.ask("broken", STROKES, b""))[0] == "try_failed"
            with redis.Redis.from_url(redis_url) as other:
                other.publish(keys.demo_questions_channel(0), b"\xc1nonsense")
            uneven = (((1, 2), (3,), (0, 9)),)
            assert (await client.ask("mnist", uneven, b""))[0] == "try_failed"
            assert (await client.ask("mnist", STROKES, b""))[0] == ""


async def test_without_a_guesser_the_answer_comes_at_once(redis_url: str) -> None:
    async with open_demo_client(redis_url) as client:
        async with asyncio.timeout(2):
            assert await client.list_recipes() == ("guesser_away", b"")


async def test_of_several_guessers_one_answers(redis_url: str) -> None:
    cabinets = [FakeCabinet(), FakeCabinet()]
    with desk(redis_url, cabinets[0]), desk(redis_url, cabinets[1]):
        async with open_demo_client(redis_url) as client:
            await heard(redis_url, 2)
            for _ in range(5):
                assert (await client.ask("mnist", STROKES, b""))[0] == ""
            await asyncio.sleep(0.1)
    assert sum(len(cabinet.asked) for cabinet in cabinets) == 5


async def test_a_process_asks_a_few_things_at_a_time(redis_url: str) -> None:
    cabinet = FakeCabinet()
    cabinet.gate.clear()
    with desk(redis_url, cabinet):
        async with open_demo_client(redis_url) as client:
            await heard(redis_url)
            asked = [asyncio.create_task(client.ask("mnist", STROKES, b"")) for _ in range(MAX_CONCURRENT_TRIES + 1)]
            await asyncio.sleep(0.05)
            assert [task.result()[0] for task in asked if task.done()] == ["slow_down"]
            cabinet.gate.set()
            assert sorted(code for code, _ in await asyncio.gather(*asked)) == ["", "", "", "", "slow_down"]


async def test_nothing_that_is_tried_is_stored_not_even_in_the_append_only_file(own_redis: RedisServer) -> None:
    with desk(own_redis.url, FakeCabinet()):
        async with open_demo_client(own_redis.url) as client:
            await heard(own_redis.url)
            assert (await client.ask("mnist", (), b"a very private picture" * 50))[0] == ""
            assert (await client.ask("mnist", (((1234, 2345), (3456, 4000), (0, 9)),), b""))[0] == ""
    with redis.Redis.from_url(own_redis.url) as client_:
        assert all(key.startswith(b"try:claim:") for key in client_.scan_iter())
    for file in own_redis.folder.rglob("*.aof"):
        assert b"private picture" not in file.read_bytes()


async def test_it_goes_on_after_redis_was_away(own_redis: RedisServer) -> None:
    with desk(own_redis.url, FakeCabinet()):
        async with open_demo_client(own_redis.url) as client:
            await heard(own_redis.url)
            own_redis.kill()
            assert (await client.list_recipes())[0] == "guesser_away"
            own_redis.start()
            async with asyncio.timeout(30):
                while (await client.list_recipes())[0]:
                    await asyncio.sleep(0.05)


def test_a_question_is_bounded() -> None:
    question = wire.DemoQuestionMessage("0" * 16, "1" * 16, "mnist", (), b"x" * (wire.MAX_UPLOADED_PICTURE_BYTES + 1))
    with pytest.raises(ValueError, match="length"):
        wire.decode_demo_question(wire.encode_demo_message(question))


async def test_another_database_of_the_same_server_is_another_inkling(redis_url: str) -> None:
    """Channels know no database numbers."""
    with desk(redis_url, FakeCabinet()):
        await heard(redis_url)
        async with open_demo_client(redis_url + "?db=1") as client:
            assert await client.list_recipes() == ("guesser_away", b"")
