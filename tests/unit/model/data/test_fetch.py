from __future__ import annotations

import argparse
import io
import json
import struct
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from rich.console import Console

from model.data.fetch import add_arguments, fetch_drawings, run
from model.data.formats import QUICKDRAW_FORMATS, read_bin_records, read_npy_bitmaps
from model.data.quickdraw import list_drawing_files, read_labelled_drawings
from model.data.split import assign_part
from model.ink.vocabulary import CLASS_WORDS
from tests.unit.model.data.bucket import Bucket

COUNT = 1500


def stroke(key: int) -> list[list[int]]:
    return [[key % 256, 9, 255], [0, key // 256 % 256, 7]]


def line(key: int, word: str = "cat", raw: bool = False, note: str = "") -> bytes:
    drawing = [[*stroke(key), [0, 40, 90]] if raw else stroke(key)] * 3
    return json.dumps({"word": word, "key_id": str(key), "note": note, "drawing": drawing}).encode() + b"\n"


def record(key: int) -> bytes:
    axes = b"".join(bytes(axis) for axis in stroke(key))
    return struct.pack("<Q2sbIH", key, b"GB", key % 2, 1_490_000_000 + key % 256, 3) + (struct.pack("<H", 3) + axes) * 3


def bitmaps(count: int) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    return np.arange(count * 784, dtype=np.uint32).astype(np.uint8).reshape(count, 784)


def npy(array: np.ndarray[tuple[int, ...], np.dtype[np.uint8]]) -> bytes:
    file = io.BytesIO()
    np.save(file, array)
    return file.getvalue()


CAT = "full/simplified/cat.ndjson"
CATS = b"".join(map(line, range(COUNT)))
FILES = {
    CAT: CATS,
    "full/simplified/alarm clock.ndjson": b"".join(line(key, "alarm clock") for key in range(3)),
    "full/raw/cat.ndjson": b"".join(line(key, raw=True) for key in range(COUNT)),
    "full/binary/cat.bin": b"".join(map(record, range(COUNT * 2))),
    "full/numpy_bitmap/cat.npy": npy(bitmaps(COUNT)),
}


@pytest.fixture
def bucket(monkeypatch: pytest.MonkeyPatch) -> Iterator[Bucket]:
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    bucket = Bucket(dict(FILES))
    yield bucket
    bucket.close()


def bring(bucket: Bucket, out: Path, *words: str, format: str = "simplified", limit: int | None = None,
          golden: bool = False) -> str:  # fmt: skip
    said = io.StringIO()
    fetch_drawings(words or ["cat"], format, limit, out, bucket.url, golden, Console(file=said, width=400), pause=0.01)
    return said.getvalue()


def alone(out: Path) -> bytes:
    """Return the one file's bytes; nothing else may be left."""
    assert [path.name for path in out.iterdir()] == ["cat.ndjson"]
    return (out / "cat.ndjson").read_bytes()


def test_whole_files_come_and_are_not_asked_for_twice(bucket: Bucket, tmp_path: Path) -> None:
    said = bring(bucket, tmp_path, "cat", "alarm clock")
    for word in ("cat", "alarm clock"):
        assert (tmp_path / f"{word}.ndjson").read_bytes() == FILES[f"full/simplified/{word}.ndjson"]
    assert f"2 of 2 files, {bucket.sent / 1000:.1f} kB to come" in said
    assert len(bucket.gets()) == 2
    assert "0 of 2 files (2 already there)" in bring(bucket, tmp_path, "cat", "alarm clock")
    assert len(bucket.gets()) == 2


@pytest.mark.parametrize("format", ["simplified", "raw", "bin", "npy"])
def test_a_limit_brings_the_first_drawings_only(bucket: Bucket, tmp_path: Path, format: str) -> None:
    bring(bucket, tmp_path, format=format, limit=7)
    (path,) = tmp_path.iterdir()
    (whole,) = (data for name, data in FILES.items() if name == f"full/{QUICKDRAW_FORMATS[format].folder}/{path.name}")
    assert bucket.sent < len(whole)
    if format == "npy":
        assert (read_npy_bitmaps(path) == bitmaps(7)).all()
    else:
        drawings = list(read_labelled_drawings(path))
        assert [drawing.identity for drawing in drawings] == [str(key) for key in range(7)]
        assert {drawing.raw for drawing in drawings} == {format == "raw"}
        assert drawings[5].ink[2][1].tolist() == stroke(5)[1]
        assert whole.startswith(path.read_bytes())
    assert "already there" in bring(bucket, tmp_path, format=format, limit=7)
    assert "only" not in bring(bucket, tmp_path, format=format, limit=9)
    assert "has only" in bring(bucket, tmp_path, format=format, limit=9999)
    assert path.read_bytes() == whole


def test_longer_lines_than_planned_are_asked_for_in_more_ranges(bucket: Bucket, tmp_path: Path) -> None:
    bucket.files[CAT] = b"".join(line(key, note="x" * 9000) for key in range(90))
    bring(bucket, tmp_path, limit=60)
    assert len(alone(tmp_path).splitlines()) == 60
    assert len(bucket.gets()) > 1
    assert bucket.sent < len(bucket.files[CAT])


def test_a_cut_connection_goes_on_where_it_was(bucket: Bucket, tmp_path: Path) -> None:
    bucket.cut = [70_000, 0, 0, 0, 1000, 0, 0]
    bring(bucket, tmp_path)
    assert alone(tmp_path) == CATS
    assert bucket.sent == len(CATS)
    assert bucket.gets()[-1] == f"bytes=71000-{len(CATS) - 1}"


def test_another_run_goes_on_where_the_last_one_gave_up(bucket: Bucket, tmp_path: Path) -> None:
    bucket.cut = [70_000, 0, 0, 0, 0]
    with pytest.raises(OSError, match=r"5 times; what came so far is kept"):
        bring(bucket, tmp_path)
    assert not (tmp_path / "cat.ndjson").exists()
    said = bring(bucket, tmp_path)
    assert f"{(len(CATS) - 70_000) / 1000:.1f} kB to come" in said
    assert alone(tmp_path) == CATS
    assert bucket.sent == len(CATS)


@pytest.mark.parametrize("limit", [None, 20])
def test_a_file_that_changes_meanwhile_starts_afresh(bucket: Bucket, tmp_path: Path, limit: int | None) -> None:
    bucket.change = b"".join(line(key, note="new") for key in range(COUNT))
    bucket.cut = [1000]
    bring(bucket, tmp_path, limit=limit)
    assert alone(tmp_path) == b"".join(bucket.change.splitlines(True)[:limit])


def test_a_part_of_another_version_is_thrown_away(bucket: Bucket, tmp_path: Path) -> None:
    bucket.cut = [70_000, 0, 0, 0, 0]
    with pytest.raises(OSError, match="too early"):
        bring(bucket, tmp_path)
    bucket.files[CAT] = CATS[: len(CATS) // 2].rpartition(b"\n")[0] + b"\n"
    bring(bucket, tmp_path)
    assert alone(tmp_path) == bucket.files[CAT]


@pytest.mark.parametrize(("ranges", "versioned"), [(False, True), (False, False), (True, False)])
def test_servers_that_cannot_continue_are_asked_from_the_start(
    bucket: Bucket, tmp_path: Path, ranges: bool, versioned: bool
) -> None:
    bucket.ranges, bucket.versioned, bucket.cut = ranges, versioned, [70_000]
    bring(bucket, tmp_path)
    assert alone(tmp_path) == CATS
    bucket.cut = [1000]
    bring(bucket, tmp_path, golden=True)
    assert len(list(read_labelled_drawings(tmp_path / "golden" / "cat.ndjson"))) == 60


def test_a_busy_server_is_asked_again_but_not_for_ever(bucket: Bucket, tmp_path: Path) -> None:
    bucket.refuse = 2
    bring(bucket, tmp_path / "one")
    assert alone(tmp_path / "one") == CATS
    bucket.refuse = 99
    with pytest.raises(OSError, match="HTTP 503 Service Unavailable, 5 times"):
        bring(bucket, tmp_path / "two")


def test_a_wrong_md5_leaves_nothing(bucket: Bucket, tmp_path: Path) -> None:
    bucket.md5 = bytes(16)
    with pytest.raises(ValueError, match="another MD5"):
        bring(bucket, tmp_path)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("limit", [None, 3])
@pytest.mark.parametrize(
    ("format", "address", "data"),
    [
        ("simplified", CAT, b"<!DOCTYPE html><p>Log in\n" * 99),
        ("simplified", CAT, line(1, "dog")),
        ("simplified", CAT, line(1, raw=True)),
        ("raw", "full/raw/cat.ndjson", line(1)),
        ("bin", "full/binary/cat.bin", b"<!DOCTYPE html><p>Log in\n" * 99),
        ("npy", "full/numpy_bitmap/cat.npy", b"<!DOCTYPE html><p>Log in\n" * 99),
    ],
)
def test_wrong_content_is_no_drawing(
    bucket: Bucket, tmp_path: Path, format: str, address: str, data: bytes, limit: int | None
) -> None:
    bucket.files[address] = data
    with pytest.raises(ValueError, match=rf"http.*has no {format} drawings of cat"):
        bring(bucket, tmp_path, format=format, limit=limit)
    assert not list(tmp_path.iterdir())


def test_a_file_of_another_format_is_never_overwritten(bucket: Bucket, tmp_path: Path) -> None:
    bring(bucket, tmp_path, format="raw")
    with pytest.raises(ValueError, match="is in the way"):
        bring(bucket, tmp_path)
    assert alone(tmp_path) == FILES["full/raw/cat.ndjson"]


def test_what_cannot_work_is_said_at_once(bucket: Bucket, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"no word 'catt'.*cat"):
        bring(bucket, tmp_path, "catt")
    with pytest.raises(ValueError, match=r"full/simplified/hot%20dog\.ndjson: HTTP 404"):
        bring(bucket, tmp_path, "cat", "hot dog")
    with pytest.raises(ValueError, match="at least 1"):
        bring(bucket, tmp_path, limit=0)
    with pytest.raises(ValueError, match="simplified"):
        bring(bucket, tmp_path, format="raw", golden=True)
    with pytest.raises(ValueError, match="no http"):
        fetch_drawings(["cat"], "simplified", None, tmp_path, "file:///etc")
    bucket.size = 10**17
    with pytest.raises(OSError, match=r"not enough space in .*: 100\.0 PB to come"):
        bring(bucket, tmp_path)
    assert not bucket.gets()
    bucket.close()
    with pytest.raises(OSError, match="refused"):
        bring(bucket, tmp_path)


def test_one_failure_does_not_keep_the_others_from_coming(bucket: Bucket, tmp_path: Path) -> None:
    bucket.files[CAT] = line(1, "dog")
    with pytest.raises(ValueError, match="simplified drawings of cat"):
        bring(bucket, tmp_path, "cat", "alarm clock")
    assert [path.name for path in tmp_path.iterdir()] == ["alarm clock.ndjson"]


def test_all_words_come(bucket: Bucket, tmp_path: Path) -> None:
    bucket.files = {f"full/simplified/{word}.ndjson": line(1, word) for word in CLASS_WORDS}
    bring(bucket, tmp_path, "all")
    assert sorted(next(read_labelled_drawings(path)).label for path in list_drawing_files(tmp_path)) == list(range(345))


def test_a_golden_set_is_the_last_drawings_that_no_training_uses(bucket: Bucket, tmp_path: Path) -> None:
    bucket.files[CAT] = b"".join(line(key, note="x" * 800) for key in range(4000))
    bring(bucket, tmp_path, golden=True)
    keys = [int(drawing.identity) for drawing in read_labelled_drawings(tmp_path / "golden" / "cat.ndjson")]
    assert keys == [key for key in range(4000) if assign_part(str(key)) == "test"][-60:]
    assert len(bucket.gets()) == 2
    assert bucket.sent < len(bucket.files[CAT]) / 2
    bucket.files[CAT] = b"".join(map(line, range(100)))
    assert "cat.ndjson: the file has only 16 such drawings" in bring(bucket, tmp_path / "small", golden=True)
    assert "alarm clock.ndjson: the file has only 0" in bring(bucket, tmp_path / "small", "alarm clock", golden=True)
    assert [path.name for path in (tmp_path / "small" / "golden").iterdir()] == ["cat.ndjson"]


def test_the_command_line_fetches(bucket: Bucket, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    command = argparse.ArgumentParser()
    add_arguments(command)
    out = tmp_path / "new" / "folder"
    words = ["--words", "cat", "alarm clock", "--format", "simplified", "--limit", "2"]
    assert run(command.parse_args([*words, "--out", str(out), "--base-url", bucket.url + "/"])) == 0
    assert [len(list(read_labelled_drawings(path))) for path in list_drawing_files(out)] == [2, 2]
    assert "2 of 2 files" in capsys.readouterr().err


def test_a_bin_says_all_it_knows_and_trains_where_there_is_no_ndjson(tmp_path: Path) -> None:
    (tmp_path / "cat.bin").write_bytes(record(5) + record(2**64 - 1))
    first, last = read_bin_records(tmp_path / "cat.bin")
    assert (first.key_id, first.country, first.recognized, first.made) == (5, b"GB", 1, 1_490_000_005)
    assert first.strokes == [stroke(5)] * 3
    assert last.key_id == 2**64 - 1
    assert list_drawing_files(tmp_path) == [tmp_path / "cat.bin"]
    assert len(list(read_labelled_drawings(tmp_path / "cat.bin", limit=1))) == 1
    (tmp_path / "cat.ndjson").write_bytes(line(1))
    assert list_drawing_files(tmp_path) == [tmp_path / "cat.ndjson"]


@pytest.mark.parametrize("missing", [1, 4, 20, 30])
def test_a_bin_that_ends_inside_a_drawing_is_read_as_far_as_it_goes(
    tmp_path: Path, missing: int, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "cat.bin"
    path.write_bytes((record(1) + record(2))[:-missing])
    with pytest.raises(ValueError, match=r"cat\.bin: ends inside drawing 2"):
        list(read_bin_records(path))
    assert [one.identity for one in read_labelled_drawings(path)] == ["1"]
    assert caplog.messages == [f"{path} is passed over: cat.bin: ends inside drawing 2"]


def test_an_npy_must_be_what_google_makes(tmp_path: Path) -> None:
    path = tmp_path / "cat.npy"
    path.write_bytes(npy(bitmaps(4)))
    assert (read_npy_bitmaps(path) == bitmaps(4)).all()
    path.write_bytes(npy(bitmaps(4))[:-1])
    with pytest.raises(ValueError, match="4 bitmaps are announced"):
        read_npy_bitmaps(path)
    np.save(path, np.zeros((4, 785), np.uint8))
    with pytest.raises(ValueError, match="not uint8"):
        read_npy_bitmaps(path)
