"""What leaves the collection for a retraining, and the command that asks for it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from model.retraining import player_data
from server import ink_codec
from server.db.pipeline import AutoPipeline
from server.drawings import training_set as store
from server.drawings.record import DrawingRecord, key_from_origin
from server.drawings.repository import DrawingRepository
from server.drawings.training_set import count_drawings, write_training_set

pytestmark = pytest.mark.redis

STROKES = (((100, 3000, 3100), (200, 220, 3900), (0, 40, 90)), ((500, 600), (700, 800), (120, 150)))


def kept(number: int, **changes: Any) -> DrawingRecord:
    """One drawing of the collection."""
    told: dict[str, Any] = {
        "key": key_from_origin(str(number)), "word": "cat", "at": 1_700_000_000_000 + number, "recognized": True,
        "ink": ink_codec.pack_stored_ink(STROKES), "source": "player", "player": f"p{number % 3}",
    }  # fmt: skip
    return DrawingRecord(**{**told, **changes})


async def fill(url: str, *made: DrawingRecord) -> None:
    pipe = AutoPipeline(url)
    for one in made:
        await DrawingRepository(pipe).put(one)
    await pipe.close()


async def written(url: str, folder: Path, source: str = "player") -> list[player_data.PlayerDrawing]:
    import asyncio

    count = await asyncio.to_thread(write_training_set, url, folder.parent / "erased", folder, source)
    found = list(player_data.read_player_drawings(folder)) if count else []
    assert len(found) == count
    return found


async def test_only_what_players_agreed_to_and_nobody_reported_may_teach(redis_url: str, tmp_path: Path) -> None:
    await fill(
        redis_url, kept(1), kept(2, consent=False), kept(3, state="held"), kept(4, state="removed"),
        kept(5, source="bot"), kept(6, source="import"), kept(7, word="dog"),
    )  # fmt: skip
    found = await written(redis_url, tmp_path / "a")
    assert sorted((one.word, one.at % 10, one.player) for one in found) == [("cat", 1, "p1"), ("dog", 7, "p1")]
    assert [[axis.tolist() for axis in stroke] for stroke in found[0].ink] == [[list(a) for a in s] for s in STROKES]
    assert {one.at % 10 for one in await written(redis_url, tmp_path / "b", "bot")} == {5}
    assert len(await written(redis_url, tmp_path / "c", "any")) == 4


async def test_imports_come_as_large_as_our_canvas(redis_url: str, tmp_path: Path) -> None:
    small = ink_codec.pack_stored_ink((((0, 255), (0, 100), (0, 0)),))
    await fill(redis_url, kept(1, source="import", form="simplified", ink=small))
    (found,) = await written(redis_url, tmp_path / "a", "import")
    assert found.ink[0][0].max() > 3000


async def test_the_newest_of_a_word_leave(redis_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "MAX_TRAINING_DRAWINGS_PER_WORD", 3)
    await fill(redis_url, *(kept(number) for number in range(8)))
    assert sorted(one.at % 10 for one in await written(redis_url, tmp_path / "a")) == [5, 6, 7]


def retrain(url: str, home: Path, *words: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "REDIS_URL": url, "INKLING_MODELS": "", "INKLING_PUBLIC": "", "INKLING_GOLDEN": ""}
    return subprocess.run(
        [sys.executable, "-m", "server", "retrain", "--data-dir", str(home), *words],
        env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip


def test_an_empty_collection_is_said_and_leaves_nothing_behind(redis_url: str, tmp_path: Path) -> None:
    done = retrain(redis_url, tmp_path)
    assert done.returncode == 1
    assert "no drawings of --source player that may teach" in done.stderr
    assert list((tmp_path / "models").iterdir()) == []


async def test_without_public_drawings_it_says_the_command(redis_url: str, tmp_path: Path) -> None:
    import asyncio

    await fill(redis_url, kept(1))
    assert await asyncio.to_thread(count_drawings, redis_url, tmp_path / "erased") == 1
    done = await asyncio.to_thread(retrain, redis_url, tmp_path, "--json")
    assert done.returncode == 1
    assert f"inkling model fetch --words all --limit 1000 --out {tmp_path}/public/simplified" in done.stderr
    assert list((tmp_path / "models").iterdir()) == []


async def test_a_word_for_the_whole_server_is_taught_and_forgotten(redis_url: str, tmp_path: Path) -> None:
    import asyncio

    import redis

    (tmp_path / "fish.ndjson").write_text(
        "\n".join(json.dumps({"drawing": [[[0, number, 255], [0, 99, 1]]]}) for number in range(5))
    )

    def teach(*words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "server", "model", "teach", "lantern fish", "--scope", "server", *words],
            env={**os.environ, "REDIS_URL": redis_url}, capture_output=True, text=True, check=False,
        )  # fmt: skip

    done = await asyncio.to_thread(teach, "--data", str(tmp_path), "--json")
    assert (done.returncode, json.loads(done.stdout)["drawings"]) == (0, 5)
    with redis.Redis.from_url(redis_url) as client:
        (key,) = client.hvals("taught")
        assert client.ttl(b"taught:" + key) == -1
        assert (await asyncio.to_thread(teach, "--data", str(tmp_path), "--forget")).returncode == 0
        assert client.hlen("taught") == 0
