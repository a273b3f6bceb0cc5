"""What came in can go out again, and teaches only when it may."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from msgspec.structs import replace

from server.db import keys
from server.db.pipeline import AutoPipeline
from server.drawings.record import encode_record, record_finished_drawing
from server.drawings.repository import DrawingRepository
from server.drawings.training_set import licence_allows_training, write_training_set
from tests.contract.commands import Inkling, read
from tests.contract.persistence.outbox_entries import drawing

pytestmark = pytest.mark.redis

OPEN = "CC BY 4.0 (Google, Quick, Draw!)"


@pytest.fixture
async def pipe(redis_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[AutoPipeline]:
    """A player's drawing, and eight that are imported: two words, two licences, half of them archived."""
    monkeypatch.setenv("INKLING_ERASED", str(tmp_path / "erased"))
    pipe = AutoPipeline(redis_url)
    await DrawingRepository(pipe).put(record_finished_drawing("ABCDEF", "b", 1_600_000_000_000, drawing()))
    for number in range(8):
        line = {
            "word": ("cat", "dog")[number % 2], "key_id": str(number), "timestamp": f"20{20 + number // 4}-01-01",
            "drawing": [[[0, 250, number], [0, 9, 99]]],
        }  # fmt: skip
        path = tmp_path / f"{number}.ndjson"
        path.write_text(json.dumps(line))
    yield pipe
    await pipe.close()


async def fill(inkling: Inkling, folder: Path, undated: AutoPipeline | None = None) -> None:
    """Import eight drawings; into `undated` without the moment of the import, as earlier versions did."""
    for number in range(8):
        licence = () if number in (6, 7) else ("--licence", OPEN)
        assert (await inkling("import", folder / f"{number}.ndjson", *licence)).returncode == 0
    if undated is not None:
        await forget_when_they_came_in(undated)
    assert (await inkling("archive", "--before", "2020-06-01", "--out", folder / "old")).returncode == 0


async def forget_when_they_came_in(pipe: AutoPipeline) -> None:
    """Leave the imports as an earlier version wrote them."""
    for number in range(8):
        record = await DrawingRepository(pipe).get(str(number))
        assert record is not None
        assert record.imported_at > 1_700_000_000_000
        await pipe.run("SET", keys.drawing_key(str(number)), encode_record(replace(record, imported_at=0)))


async def left(inkling: Inkling, folder: Path) -> list[int]:
    await inkling("export", "--format", "simplified", "--source", "import", "--allow-empty", "--out", folder / "out")
    return sorted(int(line["key_id"]) for path in (folder / "out").glob("*.ndjson") for line in read(path))


@pytest.mark.parametrize(
    ("options", "stays"),
    [
        ((), []),
        (("--word", "dog"), [0, 2, 4, 6]),
        (("--licence", "unspecified"), [0, 1, 2, 3, 4, 5]),
        (("--since", "2021-01-01", "--word", "cat"), [0, 1, 2, 3, 5, 7]),
        (("--until", "2021-01-01"), [4, 5, 6, 7]),
    ],
)
async def test_what_a_filter_names_goes_when_it_is_meant_and_never_comes_again(
    pipe: AutoPipeline, inkling: Inkling, tmp_path: Path, options: tuple[str, ...], stays: list[int]
) -> None:
    await fill(inkling, tmp_path, pipe)
    dry = await inkling("remove", "--source", "import", *options, "--json")
    assert json.loads(dry.stdout.splitlines()[-1])["drawings"] == 8 - len(stays)
    assert await left(inkling, tmp_path) == list(range(8))
    done = await inkling("remove", "--source", "import", *options, "--yes", "--json")
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout.splitlines()[-1])
    assert told == {"drawings": 8 - len(stays), "removed": True, "exports": 0, "archives_left": []}
    await inkling("import", tmp_path)
    assert await left(inkling, tmp_path) == stays
    assert (await inkling("export", "--format", "raw", "--out", tmp_path / "players")).returncode == 0


async def test_an_import_goes_by_when_it_came_in_wherever_it_lies(
    pipe: AutoPipeline, inkling: Inkling, tmp_path: Path
) -> None:
    await fill(inkling, tmp_path)
    await asyncio.sleep(1)
    between = datetime.now(UTC).isoformat()
    for number in (10, 11):
        line = {"word": "cat", "key_id": str(number), "drawing": [[[0, 250, number], [0, 9, 99]]]}
        if number == 11:
            line["timestamp"] = "2020-02-02"
        (tmp_path / f"{number}.ndjson").write_text(json.dumps(line))
        assert (await inkling("import", tmp_path / f"{number}.ndjson")).returncode == 0
    assert (await inkling("archive", "--before", "2020-06-01", "--out", tmp_path / "old")).returncode == 0
    done = await inkling("remove", "--source", "import", "--since", between, "--yes", "--json")
    assert json.loads(done.stdout.splitlines()[-1])["drawings"] == 2
    assert await left(inkling, tmp_path) == list(range(8))
    done = await inkling("remove", "--source", "import", "--until", between, "--json")
    assert json.loads(done.stdout.splitlines()[-1])["drawings"] == 8


async def test_what_an_archive_holds_that_is_away_goes_before_anybody_reads_it_again(
    pipe: AutoPipeline, inkling: Inkling, tmp_path: Path
) -> None:
    await fill(inkling, tmp_path)
    (tmp_path / "old").rename(tmp_path / "elsewhere")
    words = ("remove", "--source", "import", "--word", "cat")
    for options in (), ("--yes",):
        done = await inkling(*words, *options, "--json")
        told = json.loads(done.stdout.splitlines()[-1])
        assert (done.returncode, told["drawings"]) == (1, 2)
        assert told["archives_left"] == [f"{tmp_path / 'old'}: it is not there now"]
        assert "An archive is out of reach" in done.stderr
    # It is not taken for the archive that is away, and a Redis of before knows the removal again.
    assert (await inkling("archive", "--before", "2022-01-01", "--out", tmp_path / "old")).returncode == 1
    await pipe.run("DEL", keys.PENDING_REMOVALS_KEY)
    (tmp_path / "old").mkdir()
    assert await left(inkling, tmp_path) == [5, 7]
    # What somebody takes in again meanwhile is meant to be there.
    assert (await inkling("import", tmp_path / "0.ndjson")).returncode == 0
    (tmp_path / "old").rmdir()
    (tmp_path / "elsewhere").rename(tmp_path / "old")
    assert await left(inkling, tmp_path) == [0, 1, 3, 5, 7]
    assert (await inkling("import", tmp_path / "2.ndjson")).returncode == 0
    assert await pipe.run("EXISTS", keys.PENDING_REMOVALS_KEY) == 0
    done = await inkling("erase", "--pending", "--json")
    assert json.loads(done.stdout)["archived"] == 1
    # What comes in later is not meant, and a Redis of before does not ask for it again.
    line = {"word": "cat", "key_id": "99", "timestamp": "2020-02-02", "drawing": [[[0, 250, 77], [0, 9, 99]]]}
    (tmp_path / "99.ndjson").write_text(json.dumps(line))
    await inkling("import", tmp_path)
    await inkling("archive", "--before", "2020-06-01", "--out", tmp_path / "old")
    assert await left(inkling, tmp_path) == [0, 1, 3, 5, 7, 99]


async def test_what_a_damaged_archive_holds_goes_when_it_can_be_read(
    pipe: AutoPipeline, inkling: Inkling, tmp_path: Path
) -> None:
    await fill(inkling, tmp_path)
    file = tmp_path / "old" / "cat" / "00001.parquet"
    whole = file.read_bytes()
    file.write_bytes(whole[:-9])
    words = ("remove", "--source", "import", "--word", "cat")
    for options in (), ("--yes",):
        done = await inkling(*words, *options)
        assert done.returncode == 1
        assert str(file) in done.stderr
    assert await left(inkling, tmp_path) == [1, 3, 5, 7]
    file.write_bytes(whole)
    assert await left(inkling, tmp_path) == [1, 3, 5, 7]


async def test_held_drawings_go_too_and_nothing_goes_by_mistake(
    pipe: AutoPipeline, inkling: Inkling, tmp_path: Path
) -> None:
    await fill(inkling, tmp_path)
    await DrawingRepository(pipe).judge("6", "held", 0)
    assert (await inkling("remove", "--source", "any", "--yes")).returncode == 2
    assert (await inkling("remove", "--yes")).returncode == 2
    assert (await inkling("remove", "--source", "import", "--word", "zebra", "--yes")).returncode == 1
    assert await left(inkling, tmp_path) == [0, 1, 2, 3, 4, 5, 7]
    await inkling("remove", "--source", "import", "--yes")
    assert await DrawingRepository(pipe).get("6") is None


async def test_imports_teach_when_their_licence_allows_it(
    pipe: AutoPipeline, inkling: Inkling, redis_url: str, tmp_path: Path
) -> None:
    await fill(inkling, tmp_path)
    folder = tmp_path / "teaching"
    count = await asyncio.to_thread(write_training_set, redis_url, tmp_path / "erased", folder, "import")
    assert count == 6
    assert sorted(int(line["player"]) for path in folder.glob("*") for line in read(path)) == [0, 1, 2, 3, 4, 5]


@pytest.mark.parametrize(
    ("licence", "allows"),
    [
        (OPEN, True), ("CC0 1.0", True), ("cc-by-sa-4.0", True), ("Public Domain", True), ("MIT", True), ("ODC-BY", True),
        ("Creative Commons Attribution 4.0", True), ("unspecified", False), ("", False), ("CC BY-NC 4.0", False),
        ("CC BY-SA-NC", False), ("cc-by-nd-4.0", False), ("Creative Commons Attribution-NonCommercial", False),
        ("mitigated", False), ("all rights reserved, not CC BY", False),
    ],
)  # fmt: skip
def test_which_licences_allow_to_teach(licence: str, allows: bool) -> None:
    assert licence_allows_training(licence) is allows
