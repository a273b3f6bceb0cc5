"""Folders that `inkling play` of older versions left on a disk are opened as if nothing had happened."""

from __future__ import annotations

import json
import shutil
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from model.registry import artifact
from model.registry.versions import ModelRegistry
from server.db import keys
from server.db.pipeline import AutoPipeline
from server.db.private.private_redis import private_redis
from server.persistence.leaderboards import RedisLeaderboards
from server.persistence.room_log import RedisRoomLog
from server.rooms.room import Room
from tests.contract.commands import Inkling, read
from tests.contract.persistence.test_stored import ink_and_points, known
from tests.contract.stored.folders.record import ARCHIVE_PATH
from tests.contract.stored.record import plain
from tests.integration.table import table

RECORDED = sorted(path for path in (Path(__file__).parents[1] / "stored" / "folders").iterdir() if path.is_dir())


@dataclass
class Home:
    """A copy of what an older version left, and the Redis that was started on it."""

    data: Path
    archive: Path
    pipe: AutoPipeline
    expected: dict[str, Any]
    lines: dict[str, list[dict[str, Any]]]
    """What that version exported."""


@pytest.fixture(params=[path for path in RECORDED if (path / "data").is_dir()], ids=lambda path: path.name)
async def home(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Home]:
    for name in ("data", "archive"):
        shutil.copytree(request.param / name, tmp_path / name)
    for name in ("REDIS_URL", "INKLING_ERASED", "INKLING_MODELS"):
        monkeypatch.delenv(name, raising=False)
    expected = json.loads((request.param / "expected" / "expected.json").read_text(encoding="utf-8"))
    lines = {path.name: read(path) for path in (request.param / "expected").glob("*.ndjson")}
    async with private_redis(tmp_path / "data") as url:
        pipe = AutoPipeline(url)
        await pipe.run("SREM", keys.ARCHIVE_FOLDERS_KEY, ARCHIVE_PATH)
        await pipe.run("SADD", keys.ARCHIVE_FOLDERS_KEY, str(tmp_path / "archive"))
        yield Home(tmp_path / "data", tmp_path / "archive", pipe, expected, lines)
        await pipe.close()


async def test_rooms_go_on_where_they_were_and_boards_are_read(home: Home) -> None:
    assert len(home.expected["states"]) == 2
    async with table(RedisRoomLog(home.pipe)) as made:
        assert await made.rooms.rescue() == 2
        for code, state in home.expected["states"].items():
            room = await made.rooms.find(code)
            assert isinstance(room, Room)
            assert ink_and_points(known(plain(room.game.state), state)) == ink_and_points(state)
    boards = await RedisLeaderboards(home.pipe).top("all", "easy")
    assert [[line.name, line.score] for line in boards] == home.expected["boards"]


async def test_drawings_are_exported_as_that_version_exported_them(
    home: Home, inkling: Inkling, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("REDIS_URL")
    words = ("--source", "any", "--provenance", "--stable-players", "--untimed", "--data-dir", home.data)
    done = await inkling("export", "--format", "raw", "--out", tmp_path / "out", *words)
    assert done.returncode == 0, done.stderr
    exported = {path.name: read(path) for path in (tmp_path / "out").glob("*.ndjson")}
    assert {name: [line["key_id"] for line in lines] for name, lines in exported.items()} == {
        name: [line["key_id"] for line in lines] for name, lines in home.lines.items()
    }
    for name, lines in home.lines.items():
        for now, then in zip(exported[name], lines, strict=True):
            assert now["word"] == then["word"]
            assert [stroke[:2] for stroke in now["drawing"]] == [stroke[:2] for stroke in then["drawing"]]
            assert known(now["provenance"], then["provenance"]) == then["provenance"]


async def test_an_archive_is_read_and_what_was_erased_stays_away(
    home: Home, inkling: Inkling, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("REDIS_URL")
    await home.pipe.run("DEL", keys.ERASED_DRAWINGS_KEY, keys.ERASED_PLAYERS_KEY, keys.ERASED_STATE_KEY)
    done = await inkling("export", "--count", "--source", "any", "--json", "--data-dir", home.data)
    counts = {row["word"]: row["drawings"] for row in map(json.loads, done.stdout.splitlines())}
    assert {word: count for word, count in counts.items() if word} == {
        lines[0]["word"]: len(lines) for lines in home.lines.values()
    }
    assert (home.data / "erased").read_text().count("\n") >= 3
    assert await home.pipe.run("HLEN", keys.ERASED_PLAYERS_KEY) == 1


async def test_a_shelf_of_models_is_read(home: Home) -> None:
    registry = ModelRegistry(home.data / "models")
    assert registry.champion().name == home.expected["shelf"]["champion"]
    assert [[one.version, one.state] for one in registry.versions()] == home.expected["shelf"]["versions"]
    card = artifact.read_game_card(registry.champion())
    network, weights = artifact.build_network_from_card(card), artifact.read_weights(registry.champion())
    network.set_weights(weights)
    assert all(np.isfinite(array).all() for array in weights)
