"""The way of ink through Redis to a network and back, with a network that needs no TensorFlow."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path

import pytest
import redis

from model.answers import Answer, WordMask
from model.ink.strokes import StrokePath
from model.ink.vocabulary import CLASS_INDEX, CLASS_WORDS
from server.db import keys
from server.game.ids import RoundId, Seat
from server.game.ink.canvas import Stroke
from server.guessing import messages
from server.guessing.client.guess_client import GuessClient, open_guess_client
from server.guessing.worker.worker import GuessNetwork, GuessWorker
from server.rooms.ink_buffer import InkBuffer
from server.rooms.ports import GuessAnswer, GuessRequest
from tests.redis_server import RedisServer

pytestmark = pytest.mark.redis

PACK = ("cat", "dog", "The Eiffel Tower")


class FakeNetwork:
    """Guesses the pack's word whose place is the first x of the ink; `gate` holds a batch back."""

    version = "fake-1"

    def __init__(self) -> None:
        self.batches: list[int] = []
        self.began = threading.Event()
        self.gate = threading.Event()
        self.gate.set()
        self.broken = 4000

    def answer(self, paths: Sequence[StrokePath], masks: Sequence[WordMask | None]) -> list[Answer]:
        self.batches.append(len(paths))
        self.began.set()
        self.gate.wait()
        answers = []
        for (points, _), mask in zip(paths, masks, strict=True):
            x = int(points[0][0])
            if x == self.broken:
                raise RuntimeError("this drawing breaks the network")
            assert mask is not None
            allowed = [index for index in range(len(CLASS_WORDS)) if mask[index]]
            answers.append(Answer((allowed[x % len(allowed)],), (0.5 + x / 10000,), 0.25))
        return answers


@contextmanager
def shift(url: str, network: GuessNetwork) -> Iterator[GuessWorker]:
    serving = GuessWorker(url, network)
    thread = threading.Thread(target=serving.run)
    thread.start()
    try:
        yield serving
    finally:
        serving.stop.set()
        if isinstance(network, FakeNetwork):
            network.gate.set()
        thread.join()


def wait_for_requests(client: redis.Redis, count: int) -> None:
    while client.llen(keys.GUESS_QUEUE_KEY) < count:
        time.sleep(0.01)


def watch_beats(client: redis.Redis, count: int) -> bool:
    """Wait for so many beats; False if the sign of life was gone in between."""
    left: list[int] = []
    while sum(later > earlier for earlier, later in pairwise(left)) < count:
        left.append(client.pttl(keys.GUESSER_HEARTBEAT_KEY))
        time.sleep(0.01)
    return min(left) > 0


class Web:
    """A client that keeps what it hears."""

    def __init__(self, client: GuessClient) -> None:
        self.client = client
        self.answers: asyncio.Queue[GuessAnswer] = asyncio.Queue()
        self.changes: asyncio.Queue[bool] = asyncio.Queue()
        client.on_answer = self.answers.put_nowait
        client.on_ready = self.changes.put_nowait


@pytest.fixture
async def web(redis_url: str) -> AsyncIterator[Web]:
    async with open_guess_client(redis_url, hz=50) as client:
        yield Web(client)


def request(seat: int = 0, revision: int = 1, x: int = 0, code: str = "ABCDEF", round: int = 1) -> GuessRequest:
    strokes = [Stroke.of(((x, x + 5, 90), (0, 1, 2), (0, 10, 20)))]
    return GuessRequest(code, Seat(seat), RoundId(round), revision, revision, InkBuffer().follow(strokes), PACK)


async def test_ink_goes_out_and_the_answer_comes_back(redis_url: str, web: Web) -> None:
    before = time.time()
    with shift(redis_url, FakeNetwork()):
        web.client.ask(request(seat=3, revision=7, x=1))
        answer = await web.answers.get()
    assert (answer.code, answer.seat, answer.round, answer.revision) == ("ABCDEF", 3, 1, 7)
    assert answer.guesses == ((sorted(PACK, key=lambda word: CLASS_INDEX[word])[1], 0.5001),)
    assert (answer.doubt, answer.model) == (0.25, "fake-1")
    assert before - 0.01 <= answer.asked_at <= time.time() + 0.01


async def test_readiness_comes_and_goes_with_the_guesser(redis_url: str, web: Web) -> None:
    seen = [web.client.ready]
    with shift(redis_url, FakeNetwork()):
        seen += [await web.changes.get(), web.client.ready]
    seen += [await web.changes.get(), web.client.ready]
    assert seen == [False, True, True, False, False]


async def test_a_long_batch_does_not_look_dead(redis_url: str, web: Web) -> None:
    network = FakeNetwork()
    with shift(redis_url, network):
        assert await web.changes.get()
        network.gate.clear()
        web.client.ask(request())
        with redis.Redis.from_url(redis_url) as client:
            assert await asyncio.to_thread(watch_beats, client, 3)
        assert web.client.ready
        network.gate.set()
        await web.answers.get()


async def test_only_the_newest_ink_waits_behind_an_outstanding_request(redis_url: str, web: Web) -> None:
    network = FakeNetwork()
    with shift(redis_url, network):
        network.gate.clear()
        web.client.ask(request(revision=1))
        await asyncio.to_thread(network.began.wait)
        for revision in range(2, 30):
            web.client.ask(request(revision=revision))
        network.gate.set()
        heard = [(await web.answers.get()).revision, (await web.answers.get()).revision]
    assert heard == [1, 29]
    assert web.answers.empty()
    assert network.batches == [1, 1]


async def test_what_waited_is_guessed_in_one_batch(redis_url: str, web: Web) -> None:
    network = FakeNetwork()
    with shift(redis_url, network) as serving:
        for _ in range(8):
            serving._pace.note(1, 0.001)
            serving._pace.note(64, 0.004)
        network.gate.clear()
        web.client.ask(request(seat=0))
        await asyncio.to_thread(network.began.wait)
        for seat in range(1, 41):
            web.client.ask(request(seat=seat))
        with redis.Redis.from_url(redis_url) as client:
            await asyncio.to_thread(wait_for_requests, client, 40)
        network.gate.set()
        seats = {(await web.answers.get()).seat for _ in range(41)}
    assert seats == set(range(41))
    assert network.batches == [1, 40]


async def test_each_web_process_hears_its_own_answers_only(redis_url: str, web: Web) -> None:
    async with open_guess_client(redis_url, hz=50) as client:
        other = Web(client)
        with shift(redis_url, FakeNetwork()):
            web.client.ask(request(code="AAAAAA"))
            other.client.ask(request(code="BBBBBB"))
            assert (await web.answers.get()).code == "AAAAAA"
            assert (await other.answers.get()).code == "BBBBBB"
        assert web.answers.empty()
        assert other.answers.empty()


async def test_bad_requests_neither_end_the_guesser_nor_hold_up_others(redis_url: str, web: Web) -> None:
    network = FakeNetwork()
    good = messages.GuessRequestMessage(
        "0" * 16, 1, bytes(request().ink), messages.pack_word_mask(PACK), time.time(), 1
    )
    bad = [
        b"",
        b"nonsense",
        messages.encode_guess_message([1, 2, 3]),
        messages.encode_guess_message(["../../etc", 1, good.ink, good.mask, 0.0, 1]),
        messages.encode_guess_message(["0" * 16, -1, good.ink, good.mask, 0.0, 1]),
        messages.encode_guess_message(["0" * 16, 1, b"not ink", good.mask, time.time(), 1]),
        messages.encode_guess_message(["0" * 16, 1, [[[1], [1, 2], [0]]], good.mask, time.time(), 1]),
        messages.encode_guess_message(["0" * 16, 1, good.ink, b"", time.time(), 1]),
        messages.encode_guess_message(["0" * 16, 1, good.ink, bytes(44), time.time(), 1]),
        messages.encode_guess_message(["0" * 16, 1, bytes(request(x=network.broken).ink), good.mask, time.time(), 1]),
    ]
    with redis.Redis.from_url(redis_url) as client, shift(redis_url, network):
        client.rpush(keys.GUESS_QUEUE_KEY, *bad)
        web.client.ask(request(revision=5))
        assert (await web.answers.get()).revision == 5


async def test_a_drawing_that_breaks_the_network_does_not_spoil_its_batch(redis_url: str) -> None:
    network = FakeNetwork()
    serving = GuessWorker(redis_url, network)
    jobs = []
    for number, x in enumerate((1, network.broken, 2)):
        ask = messages.GuessRequestMessage(
            "0" * 16, number, bytes(request(x=x).ink), messages.pack_word_mask(PACK), time.time(), 1
        )
        job = serving._open(messages.encode_guess_message(ask), 0.0)
        assert job is not None
        jobs.append(job)
    told = serving._guess(jobs)
    assert [answer.id for answer in told["0" * 16]] == [0, 2]


async def test_requests_nobody_waits_for_any_more_are_dropped(redis_url: str, web: Web) -> None:
    network = FakeNetwork()
    with redis.Redis.from_url(redis_url) as client, shift(redis_url, network):
        assert await web.changes.get()
        old = messages.GuessRequestMessage(
            "0" * 16, 1, bytes(request().ink), messages.pack_word_mask(PACK), time.time() - 60, 1
        )
        client.rpush(keys.GUESS_QUEUE_KEY, *[messages.encode_guess_message(old)] * 5)
        web.client.ask(request())
        await web.answers.get()
    assert sum(network.batches) == 1


async def test_a_lost_request_is_asked_again(redis_url: str, web: Web) -> None:
    with redis.Redis.from_url(redis_url) as client:
        client.set(
            keys.GUESSER_HEARTBEAT_KEY,
            messages.encode_guess_message(messages.HeartbeatMessage("fake", "fake-1", 100.0)),
        )
        assert await web.changes.get()
        web.client.ask(request(revision=4))
        assert await asyncio.to_thread(client.blpop, [keys.GUESS_QUEUE_KEY], 2)
        with shift(redis_url, FakeNetwork()):
            assert (await web.answers.get()).revision == 4


async def test_nothing_is_asked_while_no_guesser_is_there(redis_url: str, web: Web) -> None:
    web.client.ask(request(revision=1))
    web.client.ask(request(revision=2))
    await asyncio.sleep(0.1)
    with redis.Redis.from_url(redis_url) as client:
        assert client.llen(keys.GUESS_QUEUE_KEY) == 0
    with shift(redis_url, FakeNetwork()):
        assert (await web.answers.get()).revision == 2


async def test_a_dropped_room_hears_nothing_more(redis_url: str, web: Web) -> None:
    network = FakeNetwork()
    with shift(redis_url, network):
        network.gate.clear()
        web.client.ask(request(code="AAAAAA"))
        await asyncio.to_thread(network.began.wait)
        web.client.drop("AAAAAA")
        network.gate.set()
        web.client.ask(request(code="BBBBBB"))
        assert (await web.answers.get()).code == "BBBBBB"
    assert web.answers.empty()


async def test_guessing_goes_on_after_redis_was_killed(own_redis: RedisServer) -> None:
    async with open_guess_client(own_redis.url, hz=50) as client:
        web = Web(client)
        with shift(own_redis.url, FakeNetwork()):
            for revision in range(1, 4):
                client.ask(request(revision=revision))
                assert (await web.answers.get()).revision == revision
                own_redis.kill()
                client.ask(request(revision=100 + revision))
                own_redis.start()
                assert (await web.answers.get()).revision == 100 + revision


async def test_the_guesser_takes_what_it_took_to_the_end_when_told_to_stop(redis_url: str, web: Web) -> None:
    network = FakeNetwork()
    with shift(redis_url, network) as serving:
        network.gate.clear()
        web.client.ask(request(revision=9))
        await asyncio.to_thread(network.began.wait)
        serving.stop.set()
        network.gate.set()
        assert (await web.answers.get()).revision == 9


@pytest.mark.tensorflow
async def test_the_champion_guesses_through_the_queue(redis_url: str, web: Web, tmp_path: Path) -> None:
    pytest.importorskip("tensorflow")
    from model.serving.predictor import Predictor

    try:
        network = Predictor.load(threads=1)
    except FileNotFoundError as missing:
        pytest.skip(f"no champion yet: {missing}")
    with shift(redis_url, network):
        web.client.ask(request(revision=1))
        answer = await web.answers.get()
    assert {word for word, _ in answer.guesses} <= set(PACK)
    assert sum(share for _, share in answer.guesses) + answer.doubt == pytest.approx(1, abs=0.01)
    assert answer.model == network.version


def start_guesser(redis_url: str) -> subprocess.Popen[bytes]:
    """Start `inkling guesser`."""
    environment = {**os.environ, "REDIS_URL": redis_url}
    return subprocess.Popen([sys.executable, "-m", "server", "guesser"], env=environment)


@pytest.mark.tensorflow
@pytest.mark.parametrize("sign", [signal.SIGTERM, signal.SIGINT])
async def test_the_guesser_process_guesses_until_it_is_told_to_stop(
    redis_url: str, web: Web, sign: signal.Signals
) -> None:
    process = start_guesser(redis_url)
    web.client.ask(request(revision=3))
    assert (await web.answers.get()).revision == 3
    process.send_signal(sign)
    assert await asyncio.to_thread(process.wait) == 0


def test_the_guesser_needs_an_address_of_redis() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "server", "guesser"],
        env={**os.environ, "REDIS_URL": ""},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert "REDIS_URL" in done.stderr
