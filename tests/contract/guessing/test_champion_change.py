"""The champion changes while people draw: foreman and guesser processes are real, the networks are not."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from itertools import pairwise
from pathlib import Path

import pytest

from model.registry.versions import ModelRegistry
from server.game.ids import RoundId, Seat
from server.game.ink.canvas import Stroke
from server.guessing import supervisor as foreman_module
from server.guessing.client.guess_client import GuessClient, open_guess_client
from server.guessing.client.pacing import GUESS_RETRY_AFTER_SECONDS
from server.guessing.supervisor import ModelSupervisor
from server.rooms.ink_buffer import InkBuffer
from server.rooms.ports import GuessAnswer, GuessRequest

pytestmark = pytest.mark.redis

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def registry(tmp_path: Path) -> ModelRegistry:
    found = ModelRegistry(tmp_path / "models")
    put(found, "a", "good")
    found.promote("a", "")
    return found


def put(registry: ModelRegistry, version: str, kind: str) -> None:
    folder = registry.folder / version
    folder.mkdir(parents=True)
    (folder / "card.json").write_text(json.dumps({"version": version, "kind": kind}))


class Drawer:
    """Somebody who draws all the time; each change of the ink wants a guess."""

    def __init__(self, client: GuessClient) -> None:
        self.models: list[str] = []
        self.times: list[float] = []
        self._client, self._news = client, asyncio.Condition()
        client.on_answer = lambda answer: self._heard(answer)
        self._revision = 0

    def ask(self) -> None:
        self._revision += 1
        strokes = [Stroke.of(((1, 2, 900), (0, 1, 2), (0, 10, 20)))]
        self._client.ask(
            GuessRequest(
                "ABCDEF",
                Seat(0),
                RoundId(1),
                self._revision,
                self._revision,
                InkBuffer().follow(strokes),
                ("cat", "dog"),
            )
        )

    def _heard(self, answer: GuessAnswer) -> None:
        self.models.append(answer.model)
        self.times.append(time.monotonic())
        self.ask()
        asyncio.get_running_loop().create_task(self._tell())

    async def _tell(self) -> None:
        async with self._news:
            self._news.notify_all()

    async def until(self, done: Callable[[], bool]) -> None:
        async with self._news:
            await self._news.wait_for(done)

    @property
    def longest_wait(self) -> float:
        """Seconds between two guesses, at most."""
        return max(later - earlier for earlier, later in pairwise(self.times))


@asynccontextmanager
async def at_work(
    redis_url: str, registry: ModelRegistry, trial: float
) -> AsyncIterator[tuple[ModelSupervisor, Drawer]]:
    """Run a foreman with `a` in service and somebody who draws."""

    def command(folder: Path) -> list[str]:
        return [sys.executable, "-m", "tests.contract.guessing.fake_guesser", str(folder)]

    environment = {**os.environ, "REDIS_URL": redis_url, "PYTHONPATH": str(ROOT)}
    foreman = ModelSupervisor(registry, command, environment, trial)
    async with open_guess_client(redis_url, hz=20) as client:
        drawer = Drawer(client)
        working = asyncio.create_task(foreman.run())
        drawer.ask()
        await drawer.until(lambda: len(drawer.models) >= 10)
        yield foreman, drawer
        foreman.stop.set()
        await working


async def test_a_new_champion_takes_over_and_nobody_asks_twice(redis_url: str, registry: ModelRegistry) -> None:
    put(registry, "b", "good")
    async with at_work(redis_url, registry, trial=0.3) as (_, drawer):
        registry.promote("b", "")
        await drawer.until(lambda: drawer.models[-1] == "b")
        came = len(drawer.models)
        await drawer.until(lambda: len(drawer.models) >= came + 40)
    changes = [pair for pair in pairwise(drawer.models) if pair[0] != pair[1]]
    assert changes[0] == ("a", "b")
    assert drawer.models[-1] == "b"
    assert registry.service().champion == "b"
    assert drawer.longest_wait < GUESS_RETRY_AFTER_SECONDS


@pytest.mark.parametrize(
    ("kind", "why"),
    [
        ("errs", "nothing fits"),
        ("slow", "took more than"),
        ("tires", "worn out"),
        ("dies", "ended with code 3"),
        ("unfit", "says the same of everything"),
        ("unstartable", "ended with code 5"),
    ],
)
async def test_a_bad_champion_is_rolled_back_while_the_old_one_guesses_on(
    redis_url: str, registry: ModelRegistry, kind: str, why: str
) -> None:
    put(registry, "b", kind)
    async with at_work(redis_url, registry, trial=600) as (_, drawer):
        registry.promote("b", "")
        await drawer.until(lambda: registry.service().champion == "a")
        came = len(drawer.models)
        await drawer.until(lambda: len(drawer.models) >= came + 20)
    assert why in registry.service().why
    assert registry.service().barred == ("b",)
    assert drawer.models[-20:] == ["a"] * 20
    if kind != "dies":
        # What a killed process had taken is asked for again, as always.
        assert drawer.longest_wait < GUESS_RETRY_AFTER_SECONDS


async def test_a_guesser_that_is_killed_is_started_again(redis_url: str, registry: ModelRegistry) -> None:
    async with at_work(redis_url, registry, trial=1) as (foreman, drawer):
        assert foreman.pid is not None
        first = foreman.pid
        os.kill(first, signal.SIGKILL)
        await drawer.until(lambda: foreman.pid not in (None, first))
        came = len(drawer.models)
        await drawer.until(lambda: len(drawer.models) >= came + 5)
    assert registry.service().champion == "a"


async def test_a_champion_that_dies_again_and_again_is_withdrawn(redis_url: str, registry: ModelRegistry) -> None:
    put(registry, "b", "dies")
    async with at_work(redis_url, registry, trial=0.0) as (_, drawer):
        registry.promote("b", "")
        await drawer.until(lambda: registry.service().barred == ("b",))
        came = len(drawer.models)
        await drawer.until(lambda: len(drawer.models) >= came + 5)
    assert registry.service().champion == drawer.models[-1] == "a"


async def test_a_kill_at_the_start_is_not_the_models_fault(
    redis_url: str, registry: ModelRegistry, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """As when two guessers side by side are more than memory holds for a moment."""
    monkeypatch.setattr(foreman_module, "KILLED_RESTART_PAUSE_SECONDS", 0.05)
    put(registry, "b", "too large at first")
    async with at_work(redis_url, registry, trial=0.1) as (_, drawer):
        registry.promote("b", "")
        await drawer.until(lambda: drawer.models[-1] == "b")
    assert registry.service().champion == "b"
    assert registry.service().barred == ()
    assert caplog.text.count("is memory short?") == 2


async def test_what_is_killed_at_every_start_is_withdrawn_and_may_be_promoted_again(
    redis_url: str, registry: ModelRegistry, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(foreman_module, "KILLED_RESTART_PAUSE_SECONDS", 0.05)
    put(registry, "b", "too large")
    async with at_work(redis_url, registry, trial=0.1) as (_, drawer):
        registry.promote("b", "")
        await drawer.until(lambda: registry.service().champion == "a")
        came = len(drawer.models)
        await drawer.until(lambda: len(drawer.models) >= came + 5)
    assert "3 times in a row" in registry.service().why
    assert registry.service().barred == ()
    assert set(drawer.models) == {"a"}


async def test_the_only_champion_is_tried_until_it_fits(
    redis_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(foreman_module, "KILLED_RESTART_PAUSE_SECONDS", 0.05)
    only = ModelRegistry(tmp_path / "models")
    put(only, "a", "too large at first")
    only.promote("a", "")
    async with at_work(redis_url, only, trial=0.1) as (_, drawer):
        assert drawer.models[-1] == "a"
