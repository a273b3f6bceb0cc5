"""A word that a room taught goes through Redis to the guesser, which fits it beside its guessing."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import pytest
import redis

from model.answers import Answer, WordMask
from model.ink.strokes import Ink, StrokePath
from model.ink.vocabulary import CLASS_INDEX, CLASS_WORDS
from server.db import keys
from server.game.commands import Sketch
from server.game.ids import RoundId, Seat
from server.game.ink.canvas import Stroke
from server.guessing.client.guess_client import GuessClient, open_guess_client
from server.guessing.worker.worker import GuessWorker
from server.rooms import ink_buffer
from server.rooms.ports import GuessAnswer, GuessRequest, TaughtWord

pytestmark = pytest.mark.redis

SKETCH: Sketch = (((0, 100, 255), (0, 200, 10)),)
KEY = "0123456789abcdef" * 2


@dataclass(frozen=True)
class Learned:
    word: str
    drawings: int


class Apt:
    """Says the newest taught word if there is one, else a cat."""

    version = "apt-1"
    columns = (Learned("space cow", 12),)

    def __init__(self) -> None:
        self.learned: list[tuple[str, int]] = []
        self.may_learn = threading.Event()
        self.may_learn.set()

    def imprint(self, word: str, inks: Sequence[Ink]) -> Learned:
        self.may_learn.wait(10)
        if word == "unlearnable":
            raise ValueError("too few")
        self.learned.append((word, len(inks)))
        return Learned(word, len(inks))

    def answer(
        self,
        paths: Sequence[StrokePath],
        masks: Sequence[WordMask | None],
        taught: Sequence[Sequence[Learned]] | None = None,
    ) -> list[Answer]:
        columns = taught or [()] * len(paths)
        words = [len(CLASS_WORDS) + len(own) - 1 if own else CLASS_INDEX["cat"] for own in columns]
        return [Answer((word,), (0.8,), 0.1) for word in words]


@contextmanager
def at_work(url: str, network: Apt) -> Iterator[None]:
    serving = GuessWorker(url, network)
    thread = threading.Thread(target=serving.run)
    thread.start()
    yield
    serving.stop.set()
    thread.join()


class Room:
    """One drawing that wants guesses, again and again."""

    def __init__(self, client: GuessClient) -> None:
        self.client = client
        self.answers: asyncio.Queue[GuessAnswer] = asyncio.Queue()
        client.on_answer = self.answers.put_nowait
        self._revision = 0

    async def ask(self, *taught: TaughtWord, within: float = 20) -> str:
        """Return the word that leads."""
        self._revision += 1
        ink = ink_buffer.InkBuffer().follow([Stroke.of(((1, 2, 900), (0, 1, 2), (0, 10, 20)))])
        self.client.ask(
            GuessRequest("ABCDEF", Seat(0), RoundId(1), self._revision, self._revision, ink, ("cat", "dog"), taught)
        )
        return (await asyncio.wait_for(self.answers.get(), within)).guesses[0][0]

    async def ask_until(self, word: str, *taught: TaughtWord) -> None:
        while await self.ask(*taught) != word:
            pass


@pytest.fixture
async def room(redis_url: str) -> AsyncIterator[Room]:
    async with open_guess_client(redis_url, hz=50) as client:
        yield Room(client)


async def test_who_draws_a_new_word_at_once_and_stops_gets_it_guessed(redis_url: str, room: Room) -> None:
    """Unchanged ink is not asked about again: the one request must wait until the word is learned."""
    network = Apt()
    network.may_learn.clear()
    other = TaughtWord("moon cheese", KEY[::-1], (SKETCH,) * 12)
    with at_work(redis_url, network):
        drawn = asyncio.create_task(room.ask(TaughtWord("penguin pirate", KEY, (SKETCH,) * 12), other))
        done, _ = await asyncio.wait([drawn], timeout=0.3)
        assert not done
        network.may_learn.set()
        assert await drawn == "moon cheese"
    assert network.learned == [("penguin pirate", 12), ("moon cheese", 12)]


async def test_many_words_that_are_learned_hold_nobody_up(redis_url: str, room: Room) -> None:
    network = Apt()
    network.may_learn.clear()
    many = [TaughtWord(f"word {n}", f"{n:032x}", (SKETCH,) * 12) for n in range(9)]
    with at_work(redis_url, network):
        assert await room.ask(*many) == "cat"
        network.may_learn.set()
        await room.ask_until("word 8", *many)


async def test_a_taught_word_is_guessed_soon_and_fitted_once(redis_url: str, room: Room) -> None:
    network = Apt()
    taught = TaughtWord("penguin pirate", KEY, (SKETCH,) * 12)
    with at_work(redis_url, network):
        assert await room.ask() == "cat"
        assert await room.ask(taught) == "penguin pirate"
        assert await room.ask(taught) == "penguin pirate"
        assert await room.ask() == "cat"
    assert network.learned == [("penguin pirate", 12)]


async def test_more_drawings_are_another_lesson(redis_url: str, room: Room) -> None:
    network = Apt()
    with at_work(redis_url, network):
        await room.ask_until("penguin pirate", TaughtWord("penguin pirate", KEY, (SKETCH,) * 12))
        await room.ask_until("penguin pirate", TaughtWord("penguin pirate", KEY[::-1], (SKETCH,) * 13))
    assert network.learned == [("penguin pirate", 12), ("penguin pirate", 13)]


async def test_what_the_server_was_taught_needs_no_drawings_in_the_request(redis_url: str, room: Room) -> None:
    from server.guessing import messages

    with redis.Redis.from_url(redis_url) as client:
        client.set(
            keys.custom_word_key(KEY),
            messages.encode_guess_message(messages.CustomWordDrawings("moon cheese", (SKETCH,) * 15)),
        )
        client.hset(keys.CUSTOM_WORDS_KEY, "moon cheese", KEY)
    with at_work(redis_url, Apt()):
        await room.ask()
        assert room.client.known == (TaughtWord("moon cheese", KEY), TaughtWord("space cow", ""))
        await room.ask_until("moon cheese", TaughtWord("moon cheese", KEY))
        await room.ask_until("space cow", TaughtWord("space cow", ""))


@pytest.mark.parametrize(
    "taught", [TaughtWord("unlearnable", KEY, (SKETCH,)), TaughtWord("gone", KEY), TaughtWord("unknown", "")]
)
async def test_what_cannot_be_learned_disturbs_nobody(redis_url: str, room: Room, taught: TaughtWord) -> None:
    with at_work(redis_url, Apt()):
        for _ in range(5):
            assert await room.ask(taught) == "cat"


async def test_a_lesson_of_a_room_expires(redis_url: str, room: Room) -> None:
    with at_work(redis_url, Apt()):
        await room.ask_until("penguin pirate", TaughtWord("penguin pirate", KEY, (SKETCH,) * 12))
    with redis.Redis.from_url(redis_url) as client:
        assert 0 < client.ttl(keys.custom_word_key(KEY)) <= 86_400
