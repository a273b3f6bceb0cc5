"""Whose files are whose: an export takes only what is its own."""

from __future__ import annotations

import errno
import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from server.db.pipeline import AutoPipeline
from server.drawings.file_names import word_file_name
from server.drawings.formats.registry import EXPORT_FORMATS
from server.drawings.record import record_finished_drawing
from server.drawings.repository import DrawingRepository
from tests.contract.commands import Inkling
from tests.contract.persistence.outbox_entries import drawing

pytestmark = pytest.mark.redis

WORDS = ("cat", "Cat", "manifest.json", "README.md", "漢" * 29, "../up", "con", "data")


@pytest.fixture
async def pipe(redis_url: str) -> AsyncIterator[AutoPipeline]:
    """A drawing of each word."""
    pipe = AutoPipeline(redis_url)
    for number, word in enumerate(WORDS):
        await DrawingRepository(pipe).put(
            record_finished_drawing("ABCDEF", "b", number * 1000, drawing(round=number, word=word))
        )
    yield pipe
    await pipe.close()


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("format", sorted(EXPORT_FORMATS))
async def test_any_word_leaves_in_any_format_and_the_manifest_says_it(
    pipe: AutoPipeline, inkling: Inkling, tmp_path: Path, format: str
) -> None:
    out = tmp_path / "out"
    done = await inkling("export", "--format", format, "--out", out)
    assert done.returncode == 0, done.stderr
    manifest = json.loads((out / "manifest.json").read_text())
    assert sorted(file["word"] for file in manifest["files"]) == sorted(WORDS)
    assert len({file["file"].casefold() for file in manifest["files"]}) == len(WORDS)
    assert all((out / file["file"]).resolve().is_relative_to(out) for file in manifest["files"])
    assert [path.name for path in tmp_path.iterdir()] == ["out"]
    # What it wrote it may replace.
    before = contents(out)
    assert (await inkling("export", "--format", format, "--out", out)).returncode == 0
    assert contents(out).keys() == before.keys()


async def test_any_word_can_be_archived_and_comes_back(pipe: AutoPipeline, inkling: Inkling, tmp_path: Path) -> None:
    assert (await inkling("archive", "--before", "2000-01-01", "--out", tmp_path / "old")).returncode == 0
    assert await DrawingRepository(pipe).count() == 0
    await inkling("export", "--format", "simplified", "--out", tmp_path / "out")
    manifest = json.loads((tmp_path / "out" / "manifest.json").read_text())
    assert sorted(file["word"] for file in manifest["files"]) == sorted(WORDS)


async def test_an_archive_of_before_with_other_names_is_read_by_what_is_in_its_files(
    pipe: AutoPipeline, inkling: Inkling, tmp_path: Path
) -> None:
    await inkling("archive", "--before", "2000-01-01", "--out", tmp_path / "old")
    for word, name in (("Cat", "Cat"), ("../up", "..%2Fup")):
        (tmp_path / "old" / word_file_name(word)).rename(tmp_path / "old" / name)
    # A disk that takes `Cat` for `cat` has put both into one folder.
    (tmp_path / "old" / "Cat" / "00001.parquet").rename(tmp_path / "old" / "cat" / "00002.parquet")
    await inkling("export", "--format", "simplified", "--out", tmp_path / "out")
    manifest = json.loads((tmp_path / "out" / "manifest.json").read_text())
    assert sorted(file["word"] for file in manifest["files"]) == sorted(WORDS)


FOREIGN = [
    ("png", "cat/holiday.jpg", "cat"),
    ("png", "manifest.json", "manifest.json"),
    ("raw", "cat.ndjson", "cat.ndjson"),
    ("raw", "cat.ndjson.part", "cat.ndjson.part"),
    ("raw", "manifest.json.new", "manifest.json.new"),
    ("raw", "export.journal", "export.journal"),
    ("raw", "export.keys/mine", "export.keys"),
    ("raw", "export.keys", "export.keys"),
    ("png", "cat", "cat"),
    ("npz", "cat.npz.part.train", "cat.npz.part.train"),
    ("parquet", "README.md", "README.md"),
    ("parquet", "data/cat.parquet", "data/cat.parquet"),
]


@pytest.mark.parametrize(("format", "foreign", "named"), FOREIGN)
async def test_what_is_not_its_own_is_in_the_way_before_the_first_byte(
    pipe: AutoPipeline, inkling: Inkling, tmp_path: Path, format: str, foreign: str, named: str
) -> None:
    (tmp_path / foreign).parent.mkdir(exist_ok=True)
    (tmp_path / foreign).write_text("somebody else's")
    before = contents(tmp_path)
    for options in ((), ("--resume",)):
        done = await inkling("export", "--format", format, "--out", tmp_path, *options)
        assert done.returncode == 1
        assert f"holds what is not an export's: {named}." in done.stderr
        assert "--force" in done.stderr
        assert {name: data for name, data in contents(tmp_path).items() if name != "export.lock"} == before
    done = await inkling("export", "--format", format, "--out", tmp_path, "--force")
    if (tmp_path / named).is_dir() and foreign != named:
        assert (done.returncode, contents(tmp_path).items() >= before.items()) == (1, True)
        assert f"holds folders with what is not an export's: {named}." in done.stderr
    else:
        assert done.returncode == 0, done.stderr
        assert f"Replacing in {tmp_path}: {named}" in done.stderr


async def test_what_lies_beside_is_nobodys_business(pipe: AutoPipeline, inkling: Inkling, tmp_path: Path) -> None:
    for name in ("mine.txt", "dog.ndjson", "dog.ndjson.part", "data/mine.parquet.part", "dog/1.png"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("somebody else's")
    before = contents(tmp_path)
    for format in ("raw", "parquet", "png", "raw"):
        done = await inkling("export", "--format", format, "--out", tmp_path, "--word", "cat")
        assert done.returncode == 0, done.stderr
        assert contents(tmp_path).items() >= before.items()


async def test_a_picture_of_ones_own_in_an_exports_folder_stays(
    pipe: AutoPipeline, inkling: Inkling, tmp_path: Path
) -> None:
    await inkling("export", "--format", "png", "--out", tmp_path)
    (tmp_path / "cat" / "holiday.jpg").write_text("somebody else's")
    done = await inkling("export", "--format", "png", "--out", tmp_path)
    assert done.returncode == 1
    assert "cat/holiday.jpg" in done.stderr
    assert (await inkling("export", "--format", "raw", "--out", tmp_path)).returncode == 0
    assert (tmp_path / "cat" / "holiday.jpg").read_text() == "somebody else's"
    assert [path.name for path in (tmp_path / "cat").iterdir()] == ["holiday.jpg"]


@pytest.mark.parametrize(("format", "foreign"), [("png", "zebra/holiday.jpg"), ("raw", "zebra.ndjson")])
async def test_a_word_of_which_nothing_is_written_is_blocked_by_nothing_and_replaces_nothing(
    pipe: AutoPipeline, inkling: Inkling, tmp_path: Path, format: str, foreign: str
) -> None:
    (tmp_path / foreign).parent.mkdir(exist_ok=True)
    (tmp_path / foreign).write_text("somebody else's")
    words = ("export", "--format", format, "--out", tmp_path, "--word", "zebra")
    for options, code in (("--force",), 1), (("--word", "cat"), 0), (("--word", "cat", "--force"), 0):
        done = await inkling(*words, *options)
        assert done.returncode == code, done.stderr
        assert (tmp_path / foreign).read_text() == "somebody else's"
    assert (await inkling(*words, "--allow-empty")).returncode == 0
    assert {name for name in contents(tmp_path) if name != "SHA256SUMS"} == {foreign, "manifest.json"}


async def test_what_is_forced_is_named_in_full_and_stays_until_the_new_file_is_there(
    pipe: AutoPipeline, inkling: Inkling, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = sorted(f"{word_file_name(word)}.ndjson" for word in WORDS)
    for name in names:
        (tmp_path / name).write_text("somebody else's")
    words = ("export", "--format", "raw", "--out", tmp_path, "--force")
    with monkeypatch.context() as full:
        full.setattr("server.drawings.export.part_file._measure_path", no_room)
        failed = await inkling(*words)
    assert failed.returncode == 1
    assert all(name in failed.stderr.split("Replacing in")[1].splitlines()[0] for name in names)
    assert {name: text for name, text in contents(tmp_path).items() if name != "export.journal"} == dict.fromkeys(
        names, b"somebody else's"
    )
    assert (await inkling(*words, "--resume")).returncode == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([*names, "manifest.json"])
    assert all(json.loads((tmp_path / name).read_text())["key_id"] for name in names)


@pytest.mark.parametrize("format", ["raw", "png", "parquet"])
async def test_an_export_that_is_empty_or_fails_leaves_the_one_before_it(
    pipe: AutoPipeline, inkling: Inkling, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, format: str
) -> None:
    words = ("export", "--format", format, "--out", tmp_path)
    await inkling(*words)
    before = contents(tmp_path)
    assert (await inkling(*words, "--word", "zebra")).returncode == 1
    assert contents(tmp_path) == before
    with monkeypatch.context() as full:
        full.setattr("server.drawings.export.part_file._measure_path", no_room)
        assert (await inkling(*words, "--word", "cat")).returncode == 1
    assert {name: text for name, text in contents(tmp_path).items() if name != "export.journal"} == before
    # The next one knows whose all of it is, and what it does not write anew goes when it is complete.
    assert (await inkling("export", "--format", "simplified", "--out", tmp_path, "--word", "cat")).returncode == 0
    assert contents(tmp_path).keys() == {"cat.ndjson", "manifest.json"}


def no_room(path: Path) -> None:
    raise OSError(errno.ENOSPC, "No space left on device", str(path))
