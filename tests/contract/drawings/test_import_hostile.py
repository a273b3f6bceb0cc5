"""Files that were made to do harm, or only happen to: each costs itself, in bounded memory, and is named."""

from __future__ import annotations

import gzip
import io
import json
import os
import pickle
import tracemalloc
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from model.data import readers
from model.data.readers import DamagedFile, RefusedRow, SourceFile, SourceRow, find_source_files, sketch_rnn, tables
from model.data.readers.svg import read_svg_strokes
from server import ink_codec
from server.db import keys
from server.db.pipeline import AutoPipeline
from server.drawings import record
from server.drawings.imports.comparison import is_same_drawing
from server.drawings.imports.conversion import record_from_import
from server.drawings.repository import DrawingRepository
from tests.contract.commands import Inkling, read
from tests.contract.drawings.test_import import SHAPE, counts, imported, line

pytestmark = pytest.mark.redis
MIB = 1024 * 1024


def items(path: Path) -> list[readers.ReaderItem]:
    (source,), _ = find_source_files([path])
    return list(readers.read_source_file(source))


@contextmanager
def memory_below(most: int) -> Iterator[None]:
    tracemalloc.start()
    try:
        yield
        assert tracemalloc.get_traced_memory()[1] < most
    finally:
        tracemalloc.stop()


async def test_a_record_that_cannot_be_read_costs_itself_is_named_and_can_be_erased(
    redis_url: str, inkling: Inkling, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("INKLING_ERASED", str(tmp_path / "erased"))
    (tmp_path / "in.ndjson").write_text("\n".join(line(number) for number in range(1, 4)))
    await inkling("import", tmp_path / "in.ndjson")
    pipe = AutoPipeline(redis_url)
    await pipe.run("SET", keys.drawing_key("2"), b"\x01no record")
    # Every reader goes on past it, and says so.
    for number, words in enumerate((("export", "--format", "simplified", "--out", tmp_path / "a"), ("remove",))):
        caplog.clear()
        done = await inkling(*words, "--source", "import")
        assert done.returncode == 0, done.stderr
        assert "drawing 2 of 'cat' is passed over" in caplog.text, number
        assert "1 drawings of 'cat' cannot be read" in caplog.text
    assert sorted(one["key_id"] for one in read(tmp_path / "a" / "cat.ndjson")) == ["1", "3"]
    done = await inkling("import", tmp_path / "in.ndjson", "--json")
    assert counts(done)["all"] == (0, 1)
    assert "line 2: what is stored as key_id 2 cannot be read" in done.stderr
    done = await inkling("erase", "--drawing", "2", "--json")
    assert (done.returncode, json.loads(done.stdout)["drawings"]) == (0, 1)
    assert await pipe.run("EXISTS", keys.drawing_key("2")) == 0
    assert (
        await DrawingRepository(pipe).count()
        == await DrawingRepository(pipe).count_of("cat", float("-inf"), float("inf"))
        == 2
    )
    assert "drawing 2\n" in (tmp_path / "erased").read_text()
    caplog.clear()
    assert (await inkling("archive", "--before", "2100-01-01", "--out", tmp_path / "archive")).returncode == 0
    assert "passed over" not in caplog.text
    await pipe.close()


async def test_a_record_whose_ink_is_damaged_costs_itself_in_redis_and_in_an_archive(
    redis_url: str, inkling: Inkling, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("INKLING_ERASED", str(tmp_path / "erased"))
    (tmp_path / "in.ndjson").write_text("\n".join(line(number) for number in range(1, 6)))
    await inkling("import", tmp_path / "in.ndjson")
    pipe = AutoPipeline(redis_url)
    for number in (2, 3):
        whole = await DrawingRepository(pipe).get(str(number))
        assert whole is not None
        damaged = msgspec.structs.replace(whole, ink=whole.ink[:-3])
        await pipe.run("SET", keys.drawing_key(str(number)), record.encode_record(damaged))
    export = ("export", "--source", "import", "--out", tmp_path / "out")
    for format in ("raw", "png", "parquet", "npz"):
        caplog.clear()
        done = await inkling(*export, "--format", format, "--untimed")
        assert done.returncode == 0, done.stderr
        assert (done.stdout.split()[0], caplog.text.count("drawing 2 of 'cat' is passed over")) == ("3", 1)
        assert "2 drawings of 'cat' cannot be read" in caplog.text
    # An archive of before this was checked holds such records, too.
    monkeypatch.setattr(ink_codec, "check_stored_ink", lambda _: None)
    assert (await inkling("archive", "--before", "2100-01-01", "--out", tmp_path / "archive")).returncode == 0
    monkeypatch.undo()
    monkeypatch.setenv("REDIS_URL", redis_url)
    monkeypatch.setenv("INKLING_ERASED", str(tmp_path / "erased"))
    caplog.clear()
    done = await inkling(*export, "--format", "simplified")
    assert (done.returncode, done.stdout.split()[0]) == (0, "3"), done.stderr
    assert caplog.text.count("drawing 2 in ") == caplog.text.count("drawing 3 in ") == 1
    done = await inkling("erase", "--drawing", "2", "--json")
    assert json.loads(done.stdout)["drawings"] == 1
    await pipe.close()


async def test_an_erased_player_takes_unreadable_records_along(
    redis_url: str, inkling: Inkling, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("INKLING_ERASED", str(tmp_path / "erased"))
    pipe = AutoPipeline(redis_url)
    await pipe.run("SET", keys.drawing_key("5"), b"\x01no record")
    await pipe.run("SADD", keys.player_drawings_key("0" * 16), "5")
    assert (await inkling("erase", "--player", "0" * 16)).returncode == 0
    assert await pipe.run("EXISTS", keys.drawing_key("5"), keys.player_drawings_key("0" * 16)) == 0
    await pipe.close()


def test_what_would_not_be_read_is_not_written() -> None:
    one = record_from_import(record_of_line(1))
    most = record.MAX_RECORD_BYTES - len(record._encode_msgpack(one))
    longest = with_licence(one, "x" * (most + len(one.licence) - 4))
    assert record.decode_record(record.encode_record(longest)) == longest
    with pytest.raises(ValueError, match="at most"):
        record.encode_record(with_licence(one, "x" * record.MAX_RECORD_BYTES))


def record_of_line(key: int, **fields: Any) -> Any:
    from model.data.source_record import parse_source_record

    return parse_source_record(json.loads(line(key, **fields)))


def with_licence(one: record.DrawingRecord, licence: str) -> record.DrawingRecord:
    from msgspec.structs import replace

    return replace(one, licence=licence)


async def test_what_breaks_a_reader_costs_its_file(
    redis_url: str, inkling: Inkling, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> Iterator[readers.ReaderItem]:
        yield SourceRow("row 1", json.loads(line(1)))
        raise LookupError("nobody thought of it")

    monkeypatch.setattr(tables, "read_parquet_rows", broken)
    (tmp_path / "a.parquet").write_bytes(b"PAR1")
    (tmp_path / "b.ndjson").write_text(line(2))
    (tmp_path / "c.ndjson").symlink_to(tmp_path / "nowhere")
    (tmp_path / "d.ndjson").symlink_to("d.ndjson")
    os.mkfifo(tmp_path / "e.ndjson")
    (tmp_path / "folder").symlink_to(tmp_path.parent)
    (tmp_path / os.fsdecode(b"f\xff.ndjson")).write_text(line(3))
    done = await inkling("import", tmp_path, "--json")
    told, name = counts(done), tmp_path.name
    assert (done.returncode, told["all"]) == (1, (3, 0)), done.stderr
    assert told[f"{name}/f\\xff.ndjson"] == (1, 0)
    assert f"{name}/a.parquet: it cannot be read any further (LookupError: nobody thought of it)" in done.stderr
    assert f"{name}/c.ndjson, {name}/d.ndjson, {name}/e.ndjson, {name}/folder" in done.stderr


def test_times_of_a_table_are_read_in_any_unit_and_words_in_any_kind(tmp_path: Path) -> None:
    moment = 1488400896707250123
    for number, (kind, count, read_as) in enumerate(
        [
            ("ns", moment, "2017-03-01T20:41:36.707250+00:00"), ("us", moment // 1000, "2017-03-01T20:41:36.707250+00:00"),
            ("ms", 2**60, "1152921504606846976 ms after 1970"), ("ns", -1, "1969-12-31T23:59:59.999999+00:00"),
        ]
    ):  # fmt: skip
        file = tmp_path / f"{number}.parquet"
        pq.write_table(
            pa.table({"word": ["cat"], "drawing": [SHAPE], "timestamp": pa.array([count], pa.timestamp(kind))}), file
        )
        (row,) = items(file)
        assert isinstance(row, SourceRow)
        assert row.fields["timestamp"] == read_as
    words = pa.array(["cat", "dog", "cat"])
    large = pa.DictionaryArray.from_arrays(pa.array([0, 1, 0], pa.int8()), pa.array(["cat", "dog"], pa.large_string()))
    for number, column in enumerate((words.cast(pa.large_string()), words.dictionary_encode(), large)):
        file = tmp_path / f"words{number}.parquet"
        pq.write_table(pa.table({"word": column, "drawing": [SHAPE] * 3}), file)
        assert [row.fields["word"] for row in items(file) if isinstance(row, SourceRow)] == ["cat", "dog", "cat"]


def test_a_small_table_cannot_unpack_to_much(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file, kind = tmp_path / "a.parquet", pa.list_(pa.list_(pa.list_(pa.int64())))
    zeros = np.zeros(2_000_000, np.int64)
    one = pa.ListArray.from_arrays([0, len(zeros)], pa.array(zeros))
    drawing = pa.ListArray.from_arrays([0, 1], pa.ListArray.from_arrays([0, 1], one))
    table = pa.table(
        {"word": ["cat", "cat"], "drawing": pa.chunked_array([drawing.cast(kind), pa.array([SHAPE], kind)])}
    )
    pq.write_table(table, file)
    assert file.stat().st_size < 10_000
    with memory_below(8 * MIB):
        first, second = items(file)
    assert isinstance(first, RefusedRow)
    assert isinstance(second, SourceRow)
    monkeypatch.setattr(tables, "MAX_VALUES_PER_ROW_GROUP", 1_000_000)
    (damaged,) = items(file)
    assert isinstance(damaged, DamagedFile)
    assert "has more than 1000000 values" in damaged.reason
    # A long text that is written once is not made anew for each row.
    pq.write_table(pa.table({"word": ["x" * MIB] * 400, "drawing": [SHAPE] * 400}), file)
    before = pa.total_allocated_bytes()
    for item in readers.read_source_file(SourceFile(file, "a", "parquet")):
        assert isinstance(item, SourceRow)
        assert pa.total_allocated_bytes() - before < 20 * MIB


def npy(program: bytes) -> bytes:
    file = io.BytesIO()
    np.lib.format.write_array_header_1_0(file, {"descr": "|O", "fortran_order": False, "shape": (1,)})
    return file.getvalue() + program


_LATIN = b"c_codecs\nencode\nq\x00X" + (MIB).to_bytes(4, "little") + b"x" * MIB + b"q\x01X\x06\x00\x00\x00latin1q\x02"
_ARRAY = b"cnumpy.core.multiarray\n_reconstruct\n)R(K\x01)cnumpy\ndtype\nU\x02u1\x85R\x89"


@pytest.mark.parametrize(
    "program",
    [
        b"]" * 4_000_000, b"K\x01" * 4_000_000, b"K\x01" + b"\x85" * 4_000_000, _LATIN + b"h\x00h\x01h\x02\x86R" * 500,
        _ARRAY + b"J\xff\xff\xff\x7ftb.", b"N" * 100 + b"".join(b"r" + n.to_bytes(4, "little") for n in range(1_000_000)),
    ],
    ids=["lists", "numbers", "tuples", "copies of a text", "bytes of a number", "memo"],
)  # fmt: skip
def test_no_program_in_an_array_makes_much_of_little(program: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sketch_rnn, "MAX_ARRAY_MEMORY_BYTES", 16 * MIB)
    data = npy(program)
    with memory_below(64 * MIB), pytest.raises(ValueError, match=r"takes more than|no array as numpy"):
        sketch_rnn.read_object_array(data)


def test_arrays_of_real_length_fit(monkeypatch: pytest.MonkeyPatch) -> None:
    """The longest official files have some 340,000 sketches of 45 points: a hundredth of them takes less than a hundredth."""
    monkeypatch.setattr(sketch_rnn, "MAX_ARRAY_MEMORY_BYTES", sketch_rnn.MAX_ARRAY_MEMORY_BYTES // 100)
    array = np.empty(3400, object)
    array[:] = [np.ones((45, 3), np.int16) * number for number in range(3400)]
    for protocol in (0, 2, 4):
        assert len(sketch_rnn.read_object_array(npy(pickle.dumps(array, protocol)))) == 3400


def test_a_sketch_with_too_many_points_is_refused_before_it_is_made_a_drawing() -> None:
    rows = np.ones((5_000_000, 3), np.int8)
    with memory_below(MIB), pytest.raises(ValueError, match="5000000 points"):
        sketch_rnn.strokes_from_stroke3(rows)


@pytest.mark.parametrize(
    "inside",
    [
        '<path d="M0 0' + "l1 1" * 500_000 + '"/>', '<path d="M0 0' + "c1 1 1 1 1 1" * 100_000 + '"/>', '<path d="' + "M0 0" * 500_000 + '"/>',
        '<polyline points="' + "1 " * 1_000_000 + '"/>', '<line x2="1" y2="1"/>' * 100_000, "<g>" * 500_000,
        '<g transform="' + "scale(2)" * 200_000 + '"/>',
    ],
    ids=["path", "curves", "moves", "polyline", "lines", "depth", "transform"],
)  # fmt: skip
def test_no_svg_makes_much_of_little(inside: str) -> None:
    data = f"<svg>{inside}</svg>".encode()
    with (
        memory_below(len(data) * 4 + 40 * MIB),
        pytest.raises(ValueError, match=r"more than 20000|nested deeper|longer than"),
    ):
        read_svg_strokes(data)


@pytest.mark.parametrize("suffix", [".csv", ".csv.gz"])
async def test_a_bad_row_of_a_csv_costs_that_row(redis_url: str, inkling: Inkling, tmp_path: Path, suffix: str) -> None:
    drawing = json.dumps(SHAPE)
    rows = [
        b"word,key_id,drawing", f'cat,1,"{drawing}"'.encode(), f'"cat,2,"{drawing}"'.encode(), f'cat,3,"{drawing}"'.encode(),
        f'caf\xe9,4,"{drawing}"'.encode("latin-1"), f'caf\xe9,5,"{drawing}"'.encode("latin-1"), f'cat,6,"{drawing}'.encode(),
        b"cat,7", b"", f'cat,8,"{drawing}"'.encode(),
    ]  # fmt: skip
    data = b"\r\n".join(rows)
    file, refused = tmp_path / f"cat{suffix}", tmp_path / "refused"
    file.write_bytes(gzip.compress(data) if suffix == ".csv.gz" else data)
    done = await inkling("import", file, "--json", "--refused", refused)
    assert counts(done)["all"] == (3, 5), done.stderr
    assert done.stderr.count("the file is not in UTF-8") == 1
    assert [one["place"] for one in read(refused)] == [f"line {number}" for number in (3, 5, 6, 7, 8)]
    assert read(refused)[0]["text"].encode() == rows[2]
    assert [one["key_id"] for one in await imported(inkling, tmp_path / "out")] == ["1", "3", "8"]


async def test_no_input_is_overwritten_with_refused_lines(redis_url: str, inkling: Inkling, tmp_path: Path) -> None:
    long = line(1, word="x" * 5000)
    file, refused = tmp_path / "in.ndjson", tmp_path / "refused.ndjson"
    file.write_text(long)
    before = file.read_bytes()
    (tmp_path / "link.ndjson").symlink_to(file)
    for paths in ((file, file), (file, tmp_path / "link.ndjson"), (tmp_path, file)):
        done = await inkling("import", paths[0], "--refused", paths[1])
        assert done.returncode == 2
        assert "--refused" in done.stderr
        assert file.read_bytes() == before
    (tmp_path / "link.ndjson").unlink()
    # Its own list of the last time is written anew, and is no input.
    for _ in range(2):
        done = await inkling("import", tmp_path, "--refused", refused, "--json")
        assert list(counts(done).values()) == [(0, 1), (0, 1)]
        assert [one["text"] for one in read(refused)] == [long]


async def test_files_that_others_numbered_are_different_drawings(
    redis_url: str, inkling: Inkling, tmp_path: Path
) -> None:
    for word, x in (("cat", 5), ("dog", 9)):
        (tmp_path / word).mkdir()
        (tmp_path / word / "1.svg").write_text(f'<svg><path d="M0 0L{x} 7"/></svg>')
    done = await inkling("import", tmp_path, "--json")
    assert counts(done)["all"] == (2, 0), done.stderr
    found = await imported(inkling, tmp_path / "out")
    assert sorted(one["word"] for one in found) == ["cat", "dog"]
    assert "1" not in {one["key_id"] for one in found}


def test_the_raw_and_the_simplified_form_are_one_drawing_only_if_their_lines_agree() -> None:
    rng = np.random.default_rng(5)
    steps = [rng.normal(0, 9, (2, 60)).cumsum(1).round() for _ in range(2)]
    raw = [[*stroke.tolist(), list(range(60))] for stroke in steps]
    from model.ink.simplify import simplify_drawing

    simple = simplify_drawing(raw)
    whole = record_from_import(record_of_line(1, drawing=raw))
    assert is_same_drawing(whole, record_from_import(record_of_line(1, drawing=simple)))
    # A tie that fell the other way keeps a neighbour of a point.
    near = [[[min(x + 1, 255) for x in simple[0][0]], simple[0][1]], *simple[1:]]
    assert is_same_drawing(whole, record_from_import(record_of_line(1, drawing=near)))
    for other in (simple[::-1], [[xs[::-1], ys] for xs, ys in simple], [[[0, 255], [0, 255]], simple[1]]):
        assert not is_same_drawing(whole, record_from_import(record_of_line(1, drawing=other)))
