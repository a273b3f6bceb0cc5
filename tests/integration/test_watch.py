"""The loop as it stands in the Procfile: a real Redis, commands in processes of their own, trainings of a second."""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest

from model.fewshot.imprint import load_columns
from model.ink.simplify import simplify_drawing
from model.registry.versions import ModelRegistry
from model.retraining import player_data
from server import ink_codec
from server import settings as configuration
from server.commands import retrain
from server.db.pipeline import AutoPipeline
from server.drawings.record import DrawingRecord, key_from_origin
from server.drawings.repository import DrawingRepository
from server.game.commands import Sketch, Teach
from server.game.ids import PlayerId
from server.persistence.room_log import RedisRoomLog
from server.rooms import codec
from tests.integration.test_loop import players, small
from tests.unit.game.table import Table
from tests.unit.model.drawings import write_shaky
from tests.unit.model.fewshot.test_imprint import LANTERN_FISH, hands

pytestmark = [pytest.mark.tensorflow, pytest.mark.redis]


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / "golden").mkdir()
    write_shaky(tmp_path / "golden", count=120)
    return tmp_path


def kept(number: int, lesson: player_data.PlayerDrawing) -> DrawingRecord:
    """A drawing of the collection, as somebody made it in a room."""
    strokes = [[axis.tolist() for axis in stroke] for stroke in lesson.ink]
    return DrawingRecord(key=key_from_origin(str(number)), word=lesson.word, at=1_700_000_000_000 + number, recognized=True,
                ink=ink_codec.pack_stored_ink(strokes), source="player", player=lesson.player)  # fmt: skip


async def collect(url: str, some: list[DrawingRecord]) -> None:
    pipe = AutoPipeline(url)
    for one in some:
        await DrawingRepository(pipe).put(one)
    await pipe.close()


def test_whenever_enough_was_drawn_the_watch_trains_judges_and_goes_on(
    redis_url: str, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    registry = ModelRegistry(home / "models")
    small(registry, "small")
    registry.promote("small", "test")
    made = [kept(number, lesson) for number, lesson in enumerate(player_data.read_player_drawings(players(home)))]
    first, second = made[:200], made[200:]
    asyncio.run(collect(redis_url, first))
    monkeypatch.setattr(retrain, "NEW_DRAWINGS_POLL_SECONDS", 0.1)
    monkeypatch.setenv("INKLING_RETRAIN_AFTER", str(len(second)))
    order = argparse.Namespace(
        data_dir=home, source="player", public=[home / "golden"], golden=home / "golden", seconds=1.0,
        players_only=False, json=True,
    )  # fmt: skip
    job = retrain.RetrainJob(order, configuration.load_settings())
    noted: list[int] = []
    note = job._note

    def then(count: int) -> None:
        """After the first run, people draw on; after the second one the host ends the watch."""
        note(count)
        noted.append(count)
        if len(noted) == 1:
            drawing = threading.Thread(target=lambda: asyncio.run(collect(redis_url, second)))
            drawing.start()
            drawing.join()
        else:
            os.kill(os.getpid(), signal.SIGTERM)

    monkeypatch.setattr(job, "_note", then)
    before = {name: signal.getsignal(name) for name in (signal.SIGTERM, signal.SIGINT)}
    try:
        assert job.watch(redis_url) == 0
    finally:
        for name, handler in before.items():
            signal.signal(name, handler)
    assert noted == [len(first), len(made)]
    runs = [one for one in registry.versions() if one.card.training.get("kind") == "retrained"]
    assert len(runs) == 2
    counts = [one.card.training["players' drawings"] for one in sorted(runs, key=lambda one: one.version)]
    assert counts[0] < counts[1]
    assert all(len(one.card.gates["rows"]) == 8 for one in runs)
    passed = [one.version for one in runs if one.card.gates["passed"]]
    assert registry.champion().name in (passed or ["small"])
    assert not list(registry.folder.glob(".lessons-*"))


def inkling(url: str, *words: str) -> dict[str, Any]:
    """Run a command that has to succeed; returns what it printed last."""
    done = subprocess.run(
        [sys.executable, "-m", "server", *words], env={**os.environ, "REDIS_URL": url, "INKLING_MODELS": ""},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


async def test_what_a_room_taught_becomes_a_word_of_the_model(redis_url: str, home: Path) -> None:
    table = Table("ab")
    sketches: list[Sketch] = [
        tuple((tuple(x), tuple(y)) for x, y in simplify_drawing(ink)) for ink in hands(LANTERN_FISH, 15, 5)
    ]
    told = [Teach(PlayerId("ab"[number % 2]), "lantern fish", sketch) for number, sketch in enumerate(sketches)]
    for command in told[:6]:
        table.do(command)
    pipe = AutoPipeline(redis_url)
    log = RedisRoomLog(pipe, "me")
    epoch = await log.create("ABCDEF", codec.encode_snapshot(table.game.state, table.now))
    await log.append("ABCDEF", epoch, 0, [codec.encode_log_entry(command, table.now) for command in told[6:]])
    await pipe.close()
    words = ["model", "teach", "lantern fish", "--room", "ABCDEF", "--data-dir", str(home), "--json"]
    made = await asyncio.to_thread(inkling, redis_url, *words)
    assert (made["word"], made["of"], made["right"] >= 12) == ("lantern fish", 15, True)
    promote = [
        "model",
        "promote",
        made["version"],
        "--data-dir",
        str(home),
        "--golden",
        str(home / "golden"),
        "--force",
    ]
    await asyncio.to_thread(inkling, redis_url, *promote, "--json")
    (column,) = load_columns(ModelRegistry(home / "models").champion())
    assert (column.word, len(column.vector) > 0) == ("lantern fish", True)
    rooms = await asyncio.to_thread(inkling, redis_url, *words, "--scope", "server")
    assert rooms == {"word": "lantern fish", "drawings": 15, "scope": "server"}
