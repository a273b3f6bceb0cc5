"""The reader of exports that the docs show."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from model.data import load_export
from server.db.pipeline import AutoPipeline
from server.drawings.record import record_finished_drawing
from server.drawings.repository import DrawingRepository
from tests.contract.commands import Inkling
from tests.contract.persistence.outbox_entries import HOUSE, drawing

pytestmark = pytest.mark.redis

PAGE = Path(__file__).resolve().parents[3] / "docs" / "data.md"


@pytest.mark.parametrize("format", ["raw", "simplified", "csv", "bin", "npz", "parquet", "webdataset"])
async def test_an_export_is_read_as_it_was_written(
    redis_url: str, inkling: Inkling, tmp_path: Path, format: str
) -> None:
    pipe = AutoPipeline(redis_url)
    for number, word in enumerate(("cat", "Cat", "漢" * 29)):
        await DrawingRepository(pipe).put(
            record_finished_drawing("ABCDEF", "b", 1_600_000_000_000 + number, drawing(round=number, word=word))
        )
    await pipe.close()
    await inkling("export", "--format", format, "--out", tmp_path)
    found = list(load_export(tmp_path))
    assert sorted(one.word for one in found) == sorted(("cat", "Cat", "漢" * 29))
    assert [one.word for one in load_export(tmp_path, words=["Cat"])] == ["Cat"]
    assert {len(one.strokes) for one in found} == {len(HOUSE)}
    assert {one.timed for one in found} == {format in ("raw", "parquet", "webdataset")}
    assert {one.licence for one in found} == {found[0].licence}
    assert found[0].licence
    if format == "raw":
        assert found[0].strokes == [[list(axis) for axis in stroke] for stroke in HOUSE]
    if format != "npz":
        assert len({one.key for one in found}) == 3
        assert all(one.made is not None and one.recognized for one in found)
    damaged = next(path for path in tmp_path.rglob("*") if path.name.startswith("cat."))
    damaged.write_bytes(damaged.read_bytes()[:-40])
    with pytest.raises(ValueError, match="cat"):
        list(load_export(tmp_path))


def test_a_folder_that_is_no_export_is_said(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"no manifest\.json"):
        list(load_export(tmp_path))
    (tmp_path / "manifest.json").write_text('{"format": "png", "files": []}')
    with pytest.raises(ValueError, match="does not read an export as png; it reads raw,"):
        list(load_export(tmp_path))
    (tmp_path / "manifest.json").write_text("[]")
    with pytest.raises(ValueError, match="no manifest"):
        list(load_export(tmp_path))


async def test_a_bin_says_nothing_of_what_is_not_known(redis_url: str, inkling: Inkling, tmp_path: Path) -> None:
    source = tmp_path / "cat.ndjson"
    source.write_text('{"word": "cat", "drawing": [[[0, 250, 9], [0, 9, 99]]]}\n')
    assert (await inkling("import", source)).returncode == 0
    for format in ("simplified", "bin"):
        await inkling("export", "--format", format, "--source", "import", "--out", tmp_path / format)
        (one,) = load_export(tmp_path / format)
        assert (one.recognized, one.made) == (None, None)


async def test_the_example_of_the_page_runs(
    redis_url: str,
    inkling: Inkling,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    pipe = AutoPipeline(redis_url)
    await DrawingRepository(pipe).put(record_finished_drawing("ABCDEF", "b", 1_600_000_000_000, drawing(word="cat")))
    await pipe.close()
    monkeypatch.chdir(tmp_path)
    await inkling("export", "--format", "raw", "--out", "drawings")
    (example,) = re.findall(r"```python\n(from model\.data import load_export.*?)```", PAGE.read_text(), re.S)
    exec(compile(example, "docs/data.md", "exec"), {})
    assert capsys.readouterr().out.split()[1:] == ["cat", "2"]
