"""`inkling export` and `inkling scores`, run as commands, re-read by readers that know nothing of Inkling."""

from __future__ import annotations

import contextlib
import gzip
import hashlib
import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from server.db.pipeline import AutoPipeline
from server.db.private.private_redis import private_redis
from server.drawings.record import record_finished_drawing
from server.drawings.repository import DrawingRepository
from server.persistence.leaderboards import RedisLeaderboards
from server.persistence.room_log import RedisRoomLog
from tests.contract.commands import Inkling, read
from tests.contract.persistence.outbox_entries import HOUSE, drawing, ended, player

pytestmark = pytest.mark.redis

DAY = 24 * 3600 * 1000
OFFICIAL = ["word", "countrycode", "timestamp", "recognized", "key_id", "drawing"]


@pytest.fixture
async def pipe(redis_url: str) -> AsyncIterator[AutoPipeline]:
    """A collection of five drawings of two words."""
    pipe = AutoPipeline(redis_url)
    await put(pipe, 1, drawing(round=1))
    await put(pipe, 2, drawing(round=2, recognized=False, hit_at=None, finished_by="time"))
    await put(pipe, 3, drawing(round=3, word="The Eiffel Tower", notes=()))
    await put(pipe, 4, drawing(round=4, source="bot"))
    await put(pipe, 5, drawing(round=5, strokes=(((5, 9), (5, 9), (0, 20)),), finished_by="done"))
    yield pipe
    await pipe.close()


async def put(pipe: AutoPipeline, day: int, finished: Any) -> None:
    await DrawingRepository(pipe).put(record_finished_drawing("ABCDEF", "b", day * DAY + 123, finished))


def command(*words: str | Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run `inkling …` in a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "server", *map(str, words)],
        capture_output=True,
        text=True,
        env={**os.environ, "REDIS_URL": "", **environment},
        stdin=subprocess.DEVNULL,
        check=False,
    )


def rounds(folder: Path) -> list[int]:
    """Which of the five drawings are there, by the round in their provenance."""
    return sorted(line["provenance"]["round"] for path in folder.glob("*.ndjson") for line in read(path))


async def test_an_independent_reader_finds_every_players_drawing(
    pipe: AutoPipeline, inkling: Inkling, tmp_path: Path
) -> None:
    done = await inkling("export", "--format", "raw", "--out", tmp_path)
    assert done.returncode == 0, done.stderr
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "The Eiffel Tower.ndjson",
        "house.ndjson",
        "manifest.json",
    ]
    houses = read(tmp_path / "house.ndjson")
    assert [list(line) for line in houses] == [OFFICIAL] * 3
    assert [line["recognized"] for line in houses] == [True, False, True]
    assert houses[0]["drawing"] == json.loads(json.dumps(HOUSE))
    assert houses[0]["timestamp"] == "1970-01-02 00:00:00.12300 UTC"
    assert houses[0]["countrycode"] == ""
    assert all(0 <= int(line["key_id"]) < 2**64 for line in houses)


async def test_the_manifest_tells_what_was_written(pipe: AutoPipeline, inkling: Inkling, tmp_path: Path) -> None:
    await inkling("export", "--format", "raw", "--out", tmp_path)
    manifest = json.loads((tmp_path / "manifest.json").read_text())
    assert manifest["schema"] == "inkling-export/3"
    assert manifest["counts"] == {"drawings": 4, "words": 2, "recognized": 3}
    assert manifest["licence"] == ["CC BY 4.0"]
    assert manifest["models"] == ["v1", "v2"]
    assert manifest["filters"]["source"] == "player"
    for file in manifest["files"]:
        data = (tmp_path / file["file"]).read_bytes()
        assert hashlib.sha256(data).hexdigest() == file["sha256"]
        assert (len(data), data.count(b"\n")) == (file["bytes"], file["drawings"])


@pytest.mark.parametrize(
    ("options", "wanted"),
    [
        ([], [1, 2, 3, 5]),
        (["--word", "house"], [1, 2, 5]),
        (["--word", "house", "--word", "The Eiffel Tower"], [1, 2, 3, 5]),
        (["--word", "zebra"], []),
        (["--since", "1970-01-03"], [2, 3, 5]),
        (["--since", "1970-01-03", "--until", "1970-01-04"], [2]),
        (["--recognized", "true"], [1, 3, 5]),
        (["--recognized", "false"], [2]),
        (["--model", "v2"], [1, 2, 5]),
        (["--model", "v3"], []),
        (["--source", "bot"], [4]),
        (["--source", "any"], [1, 2, 3, 4, 5]),
        (["--finished"], [1, 3, 5]),
        (["--min-ink", "100"], [1, 2, 3]),
    ],
)
async def test_a_filter_leaves_what_it_names(
    pipe: AutoPipeline, inkling: Inkling, tmp_path: Path, options: list[str], wanted: list[int]
) -> None:
    done = await inkling("export", "--format", "raw", "--out", tmp_path, "--provenance", *options)
    assert done.returncode == (0 if wanted else 1), done.stderr
    assert rounds(tmp_path) == wanted


async def test_provenance_names_nobody(pipe: AutoPipeline, inkling: Inkling, tmp_path: Path) -> None:
    await inkling("export", "--format", "raw", "--out", tmp_path, "--provenance")
    text = (tmp_path / "house.ndjson").read_text()
    first = json.loads(text.splitlines()[0])
    assert list(first) == [*OFFICIAL, "provenance"]
    assert first["provenance"]["guesses"][0]["words"] == {"square": 0.5, "envelope": 0.125}
    assert first["provenance"]["device"] == {"pointer": "pen", "width": 1440, "height": 900}
    assert player(0) not in text
    assert "ABCDEF" not in text


async def test_json_is_one_object_a_line(pipe: AutoPipeline, inkling: Inkling, tmp_path: Path) -> None:
    done = await inkling("export", "--format", "raw", "--out", tmp_path, "--json")
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert [line.get("word") for line in lines] == ["The Eiffel Tower", "house", None]
    assert lines[-1]["drawings"] == 4


async def test_a_second_export_replaces_the_first_and_nothing_else(
    pipe: AutoPipeline, inkling: Inkling, tmp_path: Path
) -> None:
    await inkling("export", "--format", "raw", "--out", tmp_path)
    (tmp_path / "mine.txt").write_text("not Inkling's")
    await inkling("export", "--format", "raw", "--out", tmp_path, "--word", "house")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["house.ndjson", "manifest.json", "mine.txt"]


@pytest.mark.parametrize(
    "options",
    [
        ["--format", "zip"],
        ["--format", "raw", "--since", "yesterday"],
        ["--format", "raw", "--recognized", "perhaps"],
        ["--format", "raw", "--min-ink", "much"],
        [],
    ],
)
async def test_wrong_options_are_bad_usage(inkling: Inkling, tmp_path: Path, options: list[str]) -> None:
    done = await inkling("export", "--out", tmp_path, *options)
    assert done.returncode == 2
    assert "usage: inkling export" in done.stderr


async def test_an_unknown_format_is_told_which_exist(inkling: Inkling, tmp_path: Path) -> None:
    assert "raw" in (await inkling("export", "--out", tmp_path, "--format", "zip")).stderr


@pytest.mark.parametrize("words", [("export", "--format", "raw", "--out", "x"), ("scores",)])
async def test_without_redis_a_command_fails_and_says_so(
    inkling: Inkling, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...], tmp_path: Path
) -> None:
    monkeypatch.setenv("REDIS_URL", f"unix://{tmp_path}/nothing")
    monkeypatch.chdir(tmp_path)
    done = await inkling(*words)
    assert done.returncode == 1
    assert done.stderr.strip()


async def test_export_joins_the_private_redis_of_a_data_folder_or_starts_it(tmp_path: Path) -> None:
    data, out = tmp_path / "data", tmp_path / "out"
    words = ("export", "--format", "raw", "--out", out, "--data-dir", data)
    async with private_redis(data) as url:
        pipe = AutoPipeline(url)
        await put(pipe, 1, drawing())
        await pipe.close()
        assert command(*words).returncode == 0
        assert len(read(out / "house.ndjson")) == 1
    (out / "house.ndjson").unlink()
    assert command(*words).returncode == 0
    assert len(read(out / "house.ndjson")) == 1
    assert not (data / "redis" / "socket").exists()


async def test_an_empty_collection_exports_an_empty_manifest_if_that_is_allowed(
    inkling: Inkling, tmp_path: Path
) -> None:
    words = ("export", "--format", "raw", "--out", tmp_path)
    done = await inkling(*words)
    assert (done.returncode, done.stderr) == (1, "Nothing was exported: the collection holds no drawings.\n")
    assert list(tmp_path.iterdir()) == []
    assert (await inkling(*words, "--allow-empty")).returncode == 0
    assert [path.name for path in tmp_path.iterdir()] == ["manifest.json"]


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        (("--word", "zebra"), "no drawing of 'zebra' is kept"),
        (("--source", "import"), "--source import leaves none"),
        (("--since", "2000-01-01"), "--since or --until leaves none"),
        (("--model", "v3"), "--model v3 leaves none"),
        (("--min-ink", "1e9"), "--min-ink leaves none"),
        (("--recognized", "false", "--model", "v2", "--finished"), "--finished leaves none"),
        (("--source", "import", "--model", "v9"), "the filters together leave none"),
    ],
)
async def test_an_export_of_nothing_says_why(
    pipe: AutoPipeline, inkling: Inkling, tmp_path: Path, options: tuple[str, ...], reason: str
) -> None:
    done = await inkling("export", "--format", "raw", "--out", tmp_path, *options)
    assert done.returncode == 1
    assert reason in done.stderr
    await inkling("export", "--format", "raw", "--out", tmp_path, *options, "--allow-empty")
    assert any(reason in why for why in json.loads((tmp_path / "manifest.json").read_text())["empty_because"])


@pytest.mark.data
async def test_lines_have_the_shape_of_official_raw_files(pipe: AutoPipeline, inkling: Inkling, tmp_path: Path) -> None:
    folder = Path(os.environ.get("INKLING_DATA", "")) / "quickdraw" / "raw"
    official = folder / "house.ndjson.gz"
    if not os.environ.get("INKLING_DATA") or not official.exists():
        pytest.skip("INKLING_DATA names no folder with official raw drawings")
    await inkling("export", "--format", "raw", "--out", tmp_path)
    ours = read(tmp_path / "house.ndjson")
    with gzip.open(official, "rt", encoding="utf-8") as lines:
        theirs = [json.loads(line) for line in lines]
    for line in theirs:
        assert [key for key in line if key in OFFICIAL] == OFFICIAL
        assert shape(line) == shape(ours[0])
    assert all(shape(line) == shape(theirs[0]) for line in ours)


def shape(line: dict[str, Any]) -> list[Any]:
    """Types of all official values; a drawing's strokes are x, y and t, equally long, times rising."""
    for x, y, t in line["drawing"]:
        assert len(x) == len(y) == len(t)
        assert t == sorted(t)
    types = [type(line[key]) for key in OFFICIAL]
    stamp = line["timestamp"]
    return [*types, len(stamp.split()), stamp.endswith(" UTC"), line["key_id"].isdigit()]


# -- scores ----------------------------------------------------------------------------------------------


async def test_scores_print_the_board_one_object_a_line(redis_url: str, inkling: Inkling) -> None:
    await _games(redis_url)
    done = await inkling("scores", "--json")
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert [(line["place"], line["name"], line["score"]) for line in lines] == [
        (1, "player 1", 400),
        (2, "player 0", 300),
    ]
    assert lines[0]["board"] == "all"
    assert lines[0]["pack"] == "easy"


async def test_scores_for_people_show_names_and_points(redis_url: str, inkling: Inkling) -> None:
    await _games(redis_url)
    done = await inkling("scores")
    assert done.returncode == 0, done.stderr
    assert "player 1" in done.stdout
    assert "400" in done.stdout


async def test_scores_of_a_room_add_up_its_evening(redis_url: str, inkling: Inkling) -> None:
    await _games(redis_url)
    done = await inkling("scores", "--room", "abcdef", "--json")
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert [(line["name"], line["score"], line["games"]) for line in lines] == [
        ("player 1", 600, 2),
        ("player 0", 400, 2),
    ]


async def test_scores_of_another_day_are_not_todays(redis_url: str, inkling: Inkling) -> None:
    await _games(redis_url)
    done = await inkling("scores", "--board", "day", "--json")
    assert (done.returncode, done.stdout) == (0, "")


async def test_a_room_without_a_finished_game_is_no_error_but_an_unknown_one_is(
    redis_url: str, inkling: Inkling
) -> None:
    pipe = AutoPipeline(redis_url)
    await RedisRoomLog(pipe).create("ABCDEF", b"start")
    await pipe.close()
    assert "no finished game yet" in (await inkling("scores", "--room", "ABCDEF")).stdout
    unknown = await inkling("scores", "--room", "BCDEFG")
    assert unknown.returncode == 1
    assert "no room BCDEFG" in unknown.stderr
    assert (await inkling("scores", "--room", "nonsense")).returncode == 2


async def _games(redis_url: str) -> None:
    async with contextlib.AsyncExitStack() as stack:
        pipe = AutoPipeline(redis_url)
        stack.push_async_callback(pipe.close)
        await RedisLeaderboards(pipe).put("ABCDEF", "b", DAY, ended(300, 200, game=1))
        await RedisLeaderboards(pipe).put("ABCDEF", "b", DAY, ended(100, 400, game=2))
