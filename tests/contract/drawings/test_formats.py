"""Every export format, read by readers that others wrote, and held against official files where there are any."""

from __future__ import annotations

import gc
import gzip
import hashlib
import io
import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest
from PIL import Image

from model.data.formats import read_bin_records, read_npy_bitmaps
from model.data.source_record import parse_source_record
from server.drawings.formats.binary import draw_bitmap
from server.drawings.formats.ndjson import simplify_drawings
from server.drawings.formats.parquet import EXPORT_COLUMNS, PROVENANCE_COLUMNS
from server.drawings.formats.registry import EXPORT_FORMATS
from server.drawings.formats.sketch_rnn import SKETCH_RNN_SPLITS
from server.drawings.formats.writer import Provenance
from server.drawings.imports.conversion import record_from_import
from server.drawings.record import DrawingRecord, record_finished_drawing
from tests.contract.persistence.outbox_entries import drawing, player

DATA = Path(os.environ.get("INKLING_DATA", "nowhere")) / "quickdraw"
PLAIN = Provenance(False, lambda player: player)


@pytest.fixture
def drawings() -> list[DrawingRecord]:
    """By enough people for every split, one of them a dot."""
    some = [
        record_finished_drawing("ABCDEF", "b", n * 1000, drawing(round=n, recognized=n % 2 == 0, player=player(n)))
        for n in range(1, 200)
    ]
    return [*some, record_finished_drawing("ABCDEF", "b", 999_000, drawing(round=999, strokes=(((7,), (9,), (0,)),)))]


@pytest.fixture
def written(tmp_path: Path, drawings: list[DrawingRecord]) -> Callable[[str], Path]:
    """Write the drawings in a format."""

    def write(name: str, told: Provenance = PLAIN, together: int = 7) -> Path:
        path = tmp_path / EXPORT_FORMATS[name].path.replace("NAME", "house")
        path.parent.mkdir(exist_ok=True)
        writer = EXPORT_FORMATS[name].open(path, told)
        # However many at a time: the bytes are the same.
        for at in range(0, len(drawings), together):
            writer.add(drawings[at : at + together])
        writer.close()
        return path

    return write


# Their reader leaves its file open.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning", "ignore:unclosed file:ResourceWarning")
def test_somebody_elses_reader_reads_our_bin(
    written: Callable[[str], Path], drawings: list[DrawingRecord], tmp_path: Path
) -> None:
    from quickdraw import QuickDrawDataGroup

    written("bin")
    group = QuickDrawDataGroup("house", max_drawings=None, cache_dir=str(tmp_path), print_messages=False)
    theirs = [group.get_drawing(at) for at in range(group.drawing_count)]
    assert [str(one.key_id) for one in theirs] == [kept.key_id for kept in drawings]
    assert [bool(one.recognized) for one in theirs] == [kept.recognized for kept in drawings]
    assert {one.countrycode for one in theirs} == {"ZZ"}
    assert [one.timestamp for one in theirs] == [kept.at // 1000 for kept in drawings]
    for one, strokes in zip(theirs, simplify_drawings(drawings), strict=True):
        assert [[list(x), list(y)] for x, y in one.image_data] == strokes
    del group
    gc.collect()


def test_our_own_readers_of_official_files_read_what_we_write(
    written: Callable[[str], Path], drawings: list[DrawingRecord]
) -> None:
    assert [record.strokes for record in read_bin_records(written("bin"))] == list(simplify_drawings(drawings))
    assert read_npy_bitmaps(written("npy")).shape == (200, 784)


def test_numpy_reads_bitmaps_and_sketch_rnn(written: Callable[[str], Path], drawings: list[DrawingRecord]) -> None:
    pictures = np.load(written("npy"))
    assert (pictures.shape, pictures.dtype) == ((200, 784), np.uint8)
    assert (pictures[0].reshape(28, 28) == draw_bitmap(next(simplify_drawings(drawings)))).all()
    for options in ({"encoding": "latin1"}, {}):
        sets = np.load(written("npz"), allow_pickle=True, **options)  # type: ignore[arg-type]
        assert sorted(sets) == sorted(SKETCH_RNN_SPLITS)
        assert sum(len(sets[split]) for split in SKETCH_RNN_SPLITS) == 200
        assert min(len(sets[split]) for split in SKETCH_RNN_SPLITS) > 0
        for split in SKETCH_RNN_SPLITS:
            for rows in sets[split]:
                assert (rows.dtype, rows.shape[1]) == (np.int16, 3)
        assert _strokes(sets["train"][0]) == next(simplify_drawings(drawings))


@pytest.mark.parametrize("name", [name for name in EXPORT_FORMATS if name not in ("png", "svg", "gif", "imagefolder")])
def test_a_file_does_not_depend_on_how_many_drawings_are_written_at_a_time(
    written: Callable[..., Path], name: str
) -> None:
    assert written(name, together=1).read_bytes() == written(name, together=64).read_bytes()


def _strokes(rows: Any) -> list[list[list[int]]]:
    """What sketch-rnn's own tools do with (dx, dy, lifted)."""
    path = rows[:, :2].astype(int).cumsum(0)
    ends = np.flatnonzero(rows[:, 2]) + 1
    return [part.T.tolist() for part in np.split(path, ends[:-1])]


def test_pyarrow_reads_parquet_with_the_documented_columns(
    written: Callable[..., Path], drawings: list[DrawingRecord]
) -> None:
    table = pq.read_table(written("parquet"))
    assert table.column_names == [name for name, _, _ in EXPORT_COLUMNS]
    rows = table.to_pylist()
    assert [row["key_id"] for row in rows] == [kept.key_id for kept in drawings]
    assert [list(map(int, rows[0]["drawing"][0][axis])) for axis in "xyt"] == [list(a) for a in drawings[0].strokes[0]]
    assert rows[0]["timestamp"].timestamp() == 1.0
    full = pq.read_table(written("parquet", Provenance(True, lambda one: "alias"))).to_pylist()
    assert list(full[0]) == [name for name, _, _ in (*EXPORT_COLUMNS, *PROVENANCE_COLUMNS)]
    assert full[0]["player"] == "alias"
    assert full[0]["guesses"][0] == {
        "at": 1500, "words": ["square", "envelope"], "probabilities": [0.5, 0.125], "doubt": 0.25, "model": "v1",
    }  # fmt: skip


def test_the_schema_of_parquet_stands_in_the_docs() -> None:
    page = (Path(__file__).resolve().parents[3] / "docs" / "data.md").read_text(encoding="utf-8")
    for name, kind, meaning in (*EXPORT_COLUMNS, *PROVENANCE_COLUMNS):
        assert f"| `{name}` | `{kind}` | {meaning} |" in page


@pytest.mark.parametrize("suffix", ["png", "svg", "gif"])
def test_pictures_are_pictures_and_their_list_checks(
    written: Callable[[str], Path], drawings: list[DrawingRecord], suffix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    del drawings[3:-1]
    folder = written(suffix)
    names = sorted(f"{kept.key_id}.{suffix}" for kept in drawings)
    assert sorted(path.name for path in folder.iterdir()) == sorted(["SHA256SUMS", *names])
    assert subprocess.run(["sha256sum", "-c", "--quiet", "SHA256SUMS"], cwd=folder, check=False).returncode == 0
    for path in folder.glob(f"*.{suffix}"):
        data = path.read_bytes()
        if suffix == "svg":
            assert data.startswith(b"<svg xmlns=")
            assert b"<polyline" in data
            continue
        with Image.open(io.BytesIO(data)) as picture:
            assert picture.width == picture.height >= 256
            low, high = picture.convert("L").getextrema()
            assert low < 60  # type: ignore[operator]
            assert high == 255


def test_a_gif_draws_with_the_players_own_timing(drawings: list[DrawingRecord]) -> None:
    from server.drawings.formats.images import draw_gif

    with Image.open(io.BytesIO(draw_gif(drawings[0]))) as film:
        inks, length = [], 0
        for at in range(film.n_frames):  # type: ignore[attr-defined]
            film.seek(at)
            inks.append(int((np.asarray(film.convert("L")) < 128).sum()))
            length += film.info["duration"]
    assert inks == sorted(inks)
    assert inks[0] < inks[-1] / 3
    assert 2800 <= length - 1600 <= 2960


# -- against official files -----------------------------------------------------------------------------------


@pytest.mark.data
def test_an_imported_official_drawing_leaves_as_it_came() -> None:
    if not DATA.exists():
        pytest.skip("INKLING_DATA names no folder with official drawings")
    for kind in ("simplified", "raw"):
        with gzip.open(DATA / kind / "cat.ndjson.gz", "rt", encoding="utf-8") as lines:
            records = [json.loads(line) for line in lines]
        for record in records:
            kept = record_from_import(parse_source_record(record))
            if kind == "simplified":
                assert next(simplify_drawings([kept])) == record["drawing"]
            else:
                again = [[[v / kept.unit for v in x], [v / kept.unit for v in y], list(t)] for x, y, t in kept.strokes]
                for ours, theirs in zip(again, record["drawing"], strict=True):
                    assert np.abs(np.array(ours) - np.array(theirs)).max() < 0.001


@pytest.mark.data
def test_bitmaps_are_the_official_ones() -> None:
    if not DATA.exists():
        pytest.skip("INKLING_DATA names no folder with official drawings")
    alike = []
    for word in ("airplane", "cat", "house", "eye", "diamond"):
        official = np.load(DATA / "bitmap28" / f"{word}.npz")["images"].astype(np.float32)
        official -= official.mean(1, keepdims=True)
        official /= np.linalg.norm(official, axis=1, keepdims=True)
        with gzip.open(DATA / "simplified" / f"{word}.ndjson.gz", "rt", encoding="utf-8") as lines:
            for line in list(lines)[:20]:
                ours = draw_bitmap(json.loads(line)["drawing"]).astype(np.float32).ravel()
                ours -= ours.mean()
                alike.append(float((official @ (ours / np.linalg.norm(ours))).max()))
    # Which official bitmap belongs to which drawing is not told: another drawing's is never as alike as 0.97.
    same = [one for one in alike if one > 0.97]
    assert len(same) >= 80
    assert min(same) >= 0.99


def test_a_file_of_the_same_drawings_has_the_same_bytes(written: Callable[[str], Path]) -> None:
    for name in ("raw", "simplified", "csv", "bin", "npy", "npz", "parquet", "tfrecord", "webdataset"):
        first = hashlib.sha256(written(name).read_bytes()).hexdigest()
        assert hashlib.sha256(written(name).read_bytes()).hexdigest() == first, name
