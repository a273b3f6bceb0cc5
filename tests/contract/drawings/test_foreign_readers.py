"""Whole exports, read by other people's libraries as their users do."""

from __future__ import annotations

import gc
import os
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from server.db.pipeline import AutoPipeline
from server.drawings.formats.binary import draw_bitmap
from server.drawings.formats.ndjson import simplify_drawings
from server.drawings.formats.sketch_rnn import to_stroke3
from server.drawings.record import DrawingRecord, record_finished_drawing
from server.drawings.repository import DrawingRepository
from tests.contract.commands import Inkling
from tests.contract.persistence.outbox_entries import HOUSE, drawing, player

pytestmark = pytest.mark.redis

AT = 1_700_000_000_000
SPACE_COW = "Cat; DROP"


def made(word: str, n: int) -> DrawingRecord:
    missed: Any = {"recognized": False, "hit_at": None, "notes": ()} if word == "cat" else {}
    strokes = (*HOUSE, ((1000, 1100 + 40 * n), (3900, 3900), (3000, 3500)))
    return record_finished_drawing(
        "ABCDEF", "b", AT + n, drawing(seat=n, game=len(word), word=word, player=player(n), strokes=strokes, **missed)
    )


@pytest.fixture
async def kept(redis_url: str) -> AsyncIterator[dict[str, DrawingRecord]]:
    """Twelve people, two words, one of which is no file name."""
    pipe = AutoPipeline(redis_url)
    drawings = [made(word, n) for word in ("cat", SPACE_COW) for n in range(12)]
    for one in drawings:
        await DrawingRepository(pipe).put(one)
    yield {one.key_id: one for one in drawings}
    await pipe.close()


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Hugging Face's library, without a network and with a cache of its own."""
    home = tmp_path_factory.mktemp("hub")
    for name, value in (("HF_HOME", home), ("HF_HUB_OFFLINE", "1"), ("HF_DATASETS_OFFLINE", "1")):
        monkeypatch.setenv(name, str(value))
    import datasets

    datasets.disable_progress_bars()
    return lambda path, *words, **options: datasets.load_dataset(path, *words, cache_dir=str(home), **options)


@pytest.mark.parametrize("split", [[], ["--split", "40:30:30"]])
@pytest.mark.parametrize("format", ["parquet", "imagefolder"])
async def test_hugging_face_loads_a_folder_with_its_card(
    kept: dict[str, DrawingRecord], hub: Any, inkling: Inkling, tmp_path: Path, format: str, split: list[str]
) -> None:
    done = await inkling("export", "--format", format, "--out", tmp_path, "--provenance", *split)
    assert done.returncode == 0, done.stderr
    sets = hub(str(tmp_path))
    assert sorted(sets) == (["test", "train", "validation"] if split else ["train"])
    rows = [row for part in sets.values() for row in part]
    assert {row["key_id"]: row["word"] for row in rows} == {key: one.word for key, one in kept.items()}
    people = {name: {row["player"] for row in part} for name, part in sets.items()}
    assert sum(map(len, people.values())) == len(set.union(*people.values())) == 12
    if format == "imagefolder":
        assert {row["image"].size for row in rows} == {(512, 512)}
        assert {row["pointer"] for row in rows} == {"pen"}


async def test_hugging_face_streams_webdataset(
    kept: dict[str, DrawingRecord], hub: Any, inkling: Inkling, tmp_path: Path
) -> None:
    await inkling("export", "--format", "webdataset", "--out", tmp_path)
    rows = list(hub("webdataset", data_files=sorted(map(str, tmp_path.glob("*.tar"))), split="train", streaming=True))
    assert {row["__key__"]: row["json"]["word"] for row in rows} == {key: one.word for key, one in kept.items()}


# Their reader leaves its files open.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning", "ignore:unclosed file:ResourceWarning")
async def test_webdataset_reads_shards(kept: dict[str, DrawingRecord], inkling: Inkling, tmp_path: Path) -> None:
    import webdataset

    await inkling("export", "--format", "webdataset", "--out", tmp_path, "--provenance")
    urls = sorted(map(str, tmp_path.glob("*.tar")))
    rows = list(webdataset.WebDataset(urls, shardshuffle=False).decode("l").to_tuple("png", "json"))
    assert {told["key_id"]: told["word"] for _, told in rows} == {key: one.word for key, one in kept.items()}
    assert all(picture.shape == (256, 256) and picture.min() < 0.5 < picture.max() for picture, _ in rows)
    assert rows[0][1]["provenance"]["device"]["pointer"] == "pen"
    gc.collect()


async def test_duckdb_reads_parquet_csv_and_ndjson(
    kept: dict[str, DrawingRecord], inkling: Inkling, tmp_path: Path
) -> None:
    import duckdb

    for format, files in (("parquet", "**/*.parquet"), ("csv", "*.csv"), ("raw", "*.ndjson")):
        folder = tmp_path / format
        await inkling("export", "--format", format, "--out", folder)
        rows = duckdb.sql(f"select key_id::varchar, word, recognized from '{folder / files}'").fetchall()
        assert {key: (word, hit) for key, word, hit in rows} == {
            key: (one.word, one.recognized) for key, one in kept.items()
        }
    points = duckdb.sql(
        f"select key_id::varchar, json_array_length(drawing::json) from '{tmp_path / 'csv' / '*.csv'}'"
    ).fetchall()
    assert {count for _, count in points} == {3}


@pytest.mark.tensorflow
async def test_tensorflow_reads_tfrecord(kept: dict[str, DrawingRecord], inkling: Inkling, tmp_path: Path) -> None:
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    import tensorflow as tf

    await inkling("export", "--format", "tfrecord", "--out", tmp_path)
    features = {
        "key_id": tf.io.FixedLenFeature([], tf.string), "word": tf.io.FixedLenFeature([], tf.string),
        "timestamp": tf.io.FixedLenFeature([], tf.int64), "recognized": tf.io.FixedLenFeature([], tf.int64),
        "shape": tf.io.FixedLenFeature([2], tf.int64), "ink": tf.io.VarLenFeature(tf.float32),
        "bitmap": tf.io.FixedLenFeature([], tf.string),
    }  # fmt: skip
    seen = set()
    for record in tf.data.TFRecordDataset(sorted(map(str, tmp_path.glob("*.tfrecord")))):
        row = tf.io.parse_single_example(record, features)
        one = kept[row["key_id"].numpy().decode()]
        strokes = next(simplify_drawings([one]))
        ink = np.reshape(tf.sparse.to_dense(row["ink"]).numpy(), row["shape"].numpy())
        assert (ink == to_stroke3(strokes)).all()
        assert tf.io.decode_raw(row["bitmap"], tf.uint8).numpy().tobytes() == draw_bitmap(strokes).tobytes()
        assert row["word"].numpy().decode() == one.word
        assert (int(row["timestamp"]), int(row["recognized"])) == (one.at * 1000, one.recognized)
        seen.add(one.key_id)
    assert seen == set(kept)
