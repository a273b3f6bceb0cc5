"""What real files hold is read; what is damaged costs itself; nothing is invented, dropped or unpickled."""

from __future__ import annotations

import csv
import gzip
import json
import os
import pickle
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from model.ink.simplify import simplify_drawing
from server.commands import import_drawings
from server.db.pipeline import AutoPipeline
from server.drawings.repository import DrawingRepository
from tests.contract.commands import Done, Inkling, read

pytestmark = pytest.mark.redis

CASES = Path(os.environ["INKLING_DATA"]).parent / "cases" / "data" if os.environ.get("INKLING_DATA") else None
STAMP = "2017-03-01 20:41:36.70725 UTC"
SHAPE = [[[0, 10, 20], [5, 6, 7]], [[30, 40], [50, 60]]]


def line(key: int, **changes: Any) -> str:
    told = {
        "word": "cat",
        "countrycode": "DE",
        "timestamp": STAMP,
        "recognized": True,
        "key_id": str(key),
        "drawing": SHAPE,
    }
    return json.dumps({name: value for name, value in {**told, **changes}.items() if value != "missing"})


def counts(done: Done) -> dict[str, Any]:
    """What each file gave, and all of them."""
    told = [json.loads(text) for text in done.stdout.splitlines()]
    return {one.get("file", "all"): (one["new"], one["refused"]) for one in told}


async def imported(inkling: Inkling, folder: Path, format: str = "simplified", *options: str) -> list[dict[str, Any]]:
    """Everything imported, as an export tells it."""
    words = (
        "export",
        "--format",
        format,
        "--source",
        "import",
        "--allow-empty",
        "--untimed",
        "--out",
        folder,
        *options,
    )
    done = await inkling(*words)
    assert done.returncode == 0, done.stderr
    return sorted((one for path in folder.glob("*.ndjson") for one in read(path)), key=lambda one: int(one["key_id"]))


@pytest.mark.parametrize(
    ("name", "fields"),
    [
        ("no time", {"timestamp": None}), ("no time at all", {"timestamp": "missing"}), ("empty time", {"timestamp": ""}),
        ("T and Z", {"timestamp": "2017-03-01T20:41:36Z"}), ("an offset", {"timestamp": "2017-03-01 20:41:36.5+02:00"}),
        ("an offset after a space", {"timestamp": "2017-03-01 20:41:36 +0200"}), ("a date", {"timestamp": "2017-03-01"}),
        ("nine decimals", {"timestamp": "2017-03-01 20:41:36.123456789 UTC"}), ("basic", {"timestamp": "20170301T204136Z"}),
        ("small country", {"countrycode": "de"}), ("no country", {"countrycode": None}),
        ("a number as key", {"key_id": 5}), ("the last key", {"key_id": str(2**64 - 1)}), ("key 0", {"key_id": "0"}),
        ("no key", {"key_id": "missing"}), ("a dot", {"drawing": [[[5], [6]]]}), ("a dot twice", {"drawing": [[[5, 5], [6, 6]]]}),
        ("an empty stroke", {"drawing": [[[], []], [[1, 2], [3, 4]]]}), ("below zero", {"drawing": [[[-5, 10], [-6, 7]]]}),
        ("fractions", {"drawing": [[[0.125, 10.5], [6.25, 7]]]}), ("fractions of ms", {"drawing": [[[1, 2], [3, 4], [0.4, 16.6]]]}),
        ("many points", {"drawing": [[list(range(256)) * 78, [0] * 19968]]}), ("recognized 1", {"recognized": 1}),
        ("recognized True", {"recognized": "True"}), ("not told", {"recognized": "missing"}), ("more keys", {"foo": {"bar": 1}}),
        ("another word", {"word": "sun glasses"}), ("emoji", {"word": "寿司 🍣"}), ("a path", {"word": "../../etc/passwd"}),
        ("long", {"word": "漢" * 30}), ("seconds", {"seconds": "soon"}), ("absolute times", {"drawing": [[[1, 2], [3, 4], [1488400896707, 1488400896747]]]}),
        ("null for t", {"drawing": [[[1, 2], [3, 4], None]]}),
    ],
)  # fmt: skip
async def test_what_people_have_comes_in(
    redis_url: str, inkling: Inkling, tmp_path: Path, name: str, fields: dict[str, Any]
) -> None:
    (tmp_path / "in.ndjson").write_text(line(7, **fields))
    done = await inkling("import", tmp_path / "in.ndjson", "--json")
    assert (done.returncode, counts(done)["all"]) == (0, (1, 0)), done.stderr
    assert len(await imported(inkling, tmp_path / "out")) == 1
    assert len(await imported(inkling, tmp_path / "raw", "raw")) == 1


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("# a comment", "no JSON"), ("word,drawing", "no JSON"), ("[1, 2]", "a JSON array"), ("7", "no JSON object"),
        (line(7)[:-1] + ', "word": "dog"}', "'word' twice"), ("[" * 100_000, "nested too deep"),
        (line(7, drawing="X").replace('"X"', "[[[NaN], [1]]]"), "NaN is no number"),
        (line(7, drawing="X").replace('"X"', "[[[1e400], [1]]]"), "infinite"),
        (line(7, drawing=[[[1e9], [1]]]), "beyond 1000000"), (line(7, drawing=[[[None], [1]]]), "no number"),
        (line(7, drawing=[[[10**400], [1]]]), "beyond 1000000"), (line(7, drawing=[[[True], [1]]]), "no number"),
        (line(7, drawing=[[["1"], [1]]]), "no number"), (line(7, drawing=[[[1, 2], [1]]]), "differ in length"),
        (line(7, drawing=[[[1, 2], [3, 4], [5, 6], [7, 8]]]), "a stroke must be"), (line(7, drawing=[]), "nothing drawn"),
        (line(7, drawing=[[[], []]]), "nothing drawn"), (line(7, drawing="missing"), "no drawing"), (line(7, drawing="cat"), "a list"),
        (line(7, drawing=[[[1], [1]], [[1], [1], [1]]]), "some strokes have times"), (line(7, drawing=[[[0] * 20001] * 2]), "20001 points"),
        (line(7, word="missing"), "no word"), (line(7, word=None), "no word"), (line(7, word=5), "no text"), (line(7, word="  "), "visible"),
        (line(7, word="ca\0t"), "visible"), (line(7, word="漢" * 101), "visible"), (line(7, key_id="-5"), "key_id '-5'"),
        (line(7, key_id=" 77 "), "key_id ' 77 '"), (line(7, key_id="abc"), "key_id"), (line(7, key_id=5e15), "key_id"),
        (line(7, key_id=str(2**64)), "key_id"), (line(7, key_id=True), "key_id"), (line(7, recognized="perhaps"), "recognized"),
        (line(7, timestamp="1960-01-01 00:00:00 UTC"), "before 1970"), (line(7, timestamp="2999-01-01"), "in the future"),
        (line(7, timestamp="2017-02-30 00:00:00 UTC"), "no time such as"), (line(7, timestamp="2017-03-01 24:00:00 UTC"), "no time"),
        (line(7, timestamp="2017-03-01 20:41:36 PST"), "no time such as"), (line(7, timestamp=1488400896), "no time such as"),
        (line(7, timestamp="1488400896"), "no time such as"), (line(7, timestamp="01/03/2017"), "no time such as"),
        (line(7, provenance={"licence": "x" * 600_000}), "its licence is no text of at most 200"), (line(7, licence=5), "its licence is no"),
        (line(7, word="\ud800cat"), "its word has half a character"), (line(7, countrycode="\ud800"), "countrycode has half"),
        (line(7, licence="CC0 \udfff"), "its licence has half"), (line(7, key_id="X").replace('"X"', "7" * 5000), "too many digits"),
        (line(7, timestamp="1" + " " * 1_000_000 + "1"), "no time such as"),
        ("{" + "".join(f'"{n}":0,' for n in range(500_000)) + '"a":0,"a":0}', "'a' twice"),
    ],
)  # fmt: skip
async def test_what_is_no_drawing_is_refused_in_words_and_its_neighbours_come_in(
    redis_url: str, inkling: Inkling, tmp_path: Path, text: str, reason: str
) -> None:
    file, refused = tmp_path / "in.ndjson", tmp_path / "refused"
    file.write_text("\n".join((line(1), text, line(2))))
    done = await inkling("import", file, "--json", "--refused", refused)
    assert (done.returncode, counts(done)["all"]) == (1, (2, 1))
    assert done.stderr.startswith(f"{tmp_path.name}/in.ndjson, line 2: ")
    assert reason in done.stderr
    assert "rror" not in done.stderr
    (told,) = read(refused)
    assert (told["file"], told["place"]) == (f"{tmp_path.name}/in.ndjson", "line 2")
    assert reason in told["reason"]
    assert text.strip().startswith(told["text"][:20])


@pytest.mark.parametrize(
    "data",
    [
        ("\ufeff" + line(1) + "\n" + line(2)).encode(), (line(1) + "\r\n" + line(2) + "\r\n").encode(),
        (line(1) + "\n   \n\n" + line(2)).encode(), (line(1) + "\n" + line(2)).encode(),
    ],
)  # fmt: skip
async def test_marks_and_ends_of_lines_are_no_faults(
    redis_url: str, inkling: Inkling, tmp_path: Path, data: bytes
) -> None:
    for name in ("a.ndjson", "b.jsonl", "c.json", "deep/er/d.ndjson"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(data)
    (tmp_path / "e.ndjson.gz").write_bytes(gzip.compress(data))
    (tmp_path / "notes.txt").write_text("no drawing")
    done = await inkling("import", tmp_path, "--json")
    assert done.returncode == 0, done.stderr
    assert (counts(done)["all"], len(counts(done))) == ((2, 0), 6)
    assert f"{tmp_path.name}/notes.txt" in done.stderr


async def test_a_damaged_file_costs_that_file_and_only_from_there_on(
    redis_url: str, inkling: Inkling, tmp_path: Path
) -> None:
    whole = gzip.compress("\n".join(line(number) for number in range(300)).encode())
    (tmp_path / "a.ndjson.gz").write_bytes(whole[: len(whole) - 200])
    (tmp_path / "b.ndjson.gz").write_bytes(b"no gzip")
    (tmp_path / "c.ndjson.gz").write_bytes(b"")
    (tmp_path / "d.ndjson").write_bytes(line(1000).encode("utf-16"))
    (tmp_path / "e.ndjson").write_bytes(
        "\n".join((line(1001, word="café").replace("\\u00e9", "é"),) * 3).encode("latin-1")
    )
    (tmp_path / "f.bin").write_bytes(b"\0" * 20)
    (tmp_path / "g.npz").write_bytes(b"no zip")
    (tmp_path / "h.parquet").write_bytes(b"no table")
    (tmp_path / "i.ndjson").write_text("\n".join((line(2000), "x" * (8 * 1024 * 1024 + 5), line(2001, key_id="-1"))))
    done = await inkling("import", tmp_path, "--json")
    told, name = counts(done), tmp_path.name
    assert done.returncode == 1
    assert 100 < told[f"{name}/a.ndjson.gz"][0] < 300
    assert f"{name}/a.ndjson.gz: it is cut after line " in done.stderr
    assert f"{name}/d.ndjson: it is in UTF-16" in done.stderr
    assert (told[f"{name}/e.ndjson"], done.stderr.count("not in UTF-8")) == ((0, 3), 1)
    # A line that is too long is one line: those after it keep their numbers.
    assert told[f"{name}/i.ndjson"] == (1, 2)
    assert f"{name}/i.ndjson, line 2: it is longer" in done.stderr
    assert f"{name}/i.ndjson, line 3: key_id" in done.stderr
    assert json.loads(done.stdout.splitlines()[-1])["damaged_files"] == 7
    for file in ("b.ndjson.gz", "c.ndjson.gz", "g.npz", "h.parquet"):
        assert f"{name}/{file}: it is" in done.stderr


async def test_no_time_is_no_time_and_a_time_comes_back_as_it_went_in(
    redis_url: str, inkling: Inkling, tmp_path: Path
) -> None:
    timed = [[[0, 10], [5, 6], [0, 33]]]
    (tmp_path / "in.ndjson").write_text(
        "\n".join((line(1), line(2, timestamp=None, countrycode=None, recognized="missing"), line(3, countrycode="fr", drawing=timed)))
    )  # fmt: skip
    await inkling("import", tmp_path / "in.ndjson")
    first, second, third = await imported(inkling, tmp_path / "a")
    assert (first["timestamp"], first["countrycode"], first["recognized"]) == (STAMP, "DE", True)
    assert (second["timestamp"], second["countrycode"], second["recognized"]) == (None, "", None)
    assert third["countrycode"] == "fr"
    drawings = [one["drawing"] for one in await imported(inkling, tmp_path / "b", "raw", "--provenance")]
    assert drawings == [[[x, y, None] for x, y in SHAPE]] * 2 + [timed]
    done = await inkling("export", "--format", "raw", "--source", "import", "--out", tmp_path / "c")
    assert "2 drawings without times were left out" in done.stderr
    assert [one["key_id"] for one in read(tmp_path / "c" / "cat.ndjson")] == ["3"]
    assert json.loads((tmp_path / "c" / "manifest.json").read_text())["left_out"] == {"without_times": 2, "repeated": 0}
    undated = await inkling(
        "export", "--format", "bin", "--source", "import", "--until", "2020-01-01", "--out", tmp_path / "d"
    )
    assert undated.returncode == 0
    assert json.loads((tmp_path / "d" / "manifest.json").read_text())["counts"]["drawings"] == 2
    await inkling("export", "--format", "parquet", "--source", "import", "--provenance", "--out", tmp_path / "e")
    import pyarrow.parquet as pq

    rows = pq.read_table(tmp_path / "e" / "data" / "cat.parquet").to_pylist()
    assert [row["timestamp"] and row["timestamp"].microsecond for row in rows] == [None, 707250, 707250]
    assert [(row["timed"], row["drawing"][0]["t"]) for row in rows] == [(False, None), (False, None), (True, [0, 33])]
    # And what went out comes in again, into another collection, as it is.
    pipe = AutoPipeline(redis_url)
    await pipe.run("FLUSHALL")
    await pipe.close()
    done = await inkling("import", tmp_path / "b", "--json")
    assert counts(done)["all"] == (3, 0)
    again = await imported(inkling, tmp_path / "f")
    assert again == [first, second, third]


async def test_what_is_left_out_is_counted_once_however_often_a_file_is_written(
    redis_url: str, inkling: Inkling, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("INKLING_ERASED", str(tmp_path / "erased"))
    timed = [[[0, 10], [5, 6], [0, 33]]]
    (tmp_path / "in.ndjson").write_text(
        "\n".join((line(1), line(2), line(3, drawing=timed), line(4, drawing=timed, timestamp="2020-01-01")))
    )
    await inkling("import", tmp_path / "in.ndjson")
    out = tmp_path / "out"
    words = ("export", "--format", "raw", "--source", "import", "--renewable", "--out", out)
    for left in (2, 1):
        assert (await inkling(*words, "--resume")).returncode == 0
        manifest = json.loads((out / "manifest.json").read_text())
        assert (manifest["counts"]["drawings"], manifest["left_out"]["without_times"]) == (left, 2)
        await inkling("erase", "--drawing", "4")


async def test_one_key_with_two_inks_is_told(redis_url: str, inkling: Inkling, tmp_path: Path) -> None:
    raw = [[[x * 7 + 3 for x in xs], [y * 7 for y in ys], list(range(len(xs)))] for xs, ys in SHAPE]
    same, other = line(1, drawing=simplify_drawing(raw)), [[xs[::-1], ys, times] for xs, ys, times in raw]
    (tmp_path / "in.ndjson").write_text(
        "\n".join(
            (
                same,
                same,
                line(1, drawing=raw),
                line(1, drawing=[[[0, 9], [5, 6]]]),
                line(1, word="dog"),
                line(1, drawing=other),
            )
        )
    )
    done = await inkling("import", tmp_path / "in.ndjson", "--json", "--refused", tmp_path / "refused")
    assert (done.returncode, counts(done)["all"]) == (1, (1, 3))
    assert [one["text"] for one in read(tmp_path / "refused")][1:] == [line(1, word="dog"), line(1, drawing=other)]
    assert "line 4: key_id 1 (or the same strokes) is another drawing's here, of 'cat'" in done.stderr
    assert "line 5: key_id 1 (or" in done.stderr
    assert "line 6: key_id 1 (or" in done.stderr


async def test_our_own_exports_and_others_tables_come_in(redis_url: str, inkling: Inkling, tmp_path: Path) -> None:
    lines = [
        line(
            number,
            word=word,
            timestamp="2017-03-01 20:41:36.00000 UTC",
            drawing=[[[0, 255], [0, 9 * number]], [[0, 9], [0, 0]]],
        )
        for number, word in enumerate(("cat", "Cat", "漢" * 29, "The Eiffel Tower"), 1)
    ]
    (tmp_path / "in.ndjson").write_text("\n".join(lines))
    await inkling("import", tmp_path / "in.ndjson", "--licence", "CC0")
    before = await imported(inkling, tmp_path / "before")
    pipe = AutoPipeline(redis_url)
    for format, same in (
        ("bin", ("word", "countrycode", "key_id", "drawing", "recognized", "timestamp")), ("npz", ("word", "drawing")),
        ("parquet", ("word", "countrycode", "key_id", "drawing", "recognized", "timestamp")), ("svg", ("word", "key_id")),
    ):  # fmt: skip
        await inkling("export", "--format", format, "--source", "import", "--out", tmp_path / format)
        await pipe.run("FLUSHALL")
        done = await inkling("import", tmp_path / format, "--json")
        assert counts(done)["all"] == (4, 0), done.stderr
        after = await imported(inkling, tmp_path / f"{format}-again")
        assert sorted([one[name] for name in same] for one in after) == sorted(
            [one[name] for name in same] for one in before
        ), format
        await pipe.run("FLUSHALL")
        await inkling("import", tmp_path / "in.ndjson")
    await pipe.close()


async def test_csv_comes_in_as_kaggle_writes_it(redis_url: str, inkling: Inkling, tmp_path: Path) -> None:
    with (tmp_path / "cat.csv").open("w", newline="") as file:
        table = csv.writer(file)
        table.writerow(["countrycode", "drawing", "key_id", "recognized", "timestamp", "word"])
        table.writerow(["US", json.dumps(SHAPE), "1", "True", "2017-03-01 20:41:36.707250", "cat"])
        table.writerow(["US", "[[", "2", "True", "", "cat"])
        table.writerow(["", json.dumps(SHAPE), "3", "False", "", "cat"])
    done = await inkling("import", tmp_path / "cat.csv", "--json")
    assert counts(done)["all"] == (2, 1)
    assert "cat.csv, line 3: this is no JSON" in done.stderr
    first, second = await imported(inkling, tmp_path / "out")
    assert (first["timestamp"], first["recognized"], first["countrycode"]) == (STAMP, True, "US")
    assert (second["timestamp"], second["recognized"]) == (None, False)


class Evil:
    def __reduce__(self) -> tuple[Any, ...]:
        return os.system, ("touch evil",)


@pytest.mark.parametrize("protocol", [0, 2, 3, 4])
async def test_an_array_of_objects_is_read_and_never_unpickled(
    redis_url: str, inkling: Inkling, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, protocol: int
) -> None:
    monkeypatch.chdir(tmp_path)
    sketch = np.array([[5, 6, 0], [-2, 1, 1], [9, -3, 0], [1, 1, 1]], np.int16)

    def put(name: str, *items: object) -> None:
        array = np.empty(len(items), object)
        array[:] = list(items)
        with zipfile.ZipFile(tmp_path / name, "w") as archive, archive.open("train.npy", "w") as file:
            np.lib.format.write_array_header_1_0(file, {"descr": "|O", "fortran_order": False, "shape": array.shape})
            file.write(pickle.dumps(array, protocol))

    put("fish.npz", sketch, sketch[:2])
    put("evil.npz", sketch, Evil())
    put("text.npz", sketch, "text")
    with zipfile.ZipFile(tmp_path / "plain.npz", "w") as archive, archive.open("train.npy", "w") as file:
        np.lib.format.write_array(file, np.zeros((3, 784), np.uint8))
    done = await inkling("import", tmp_path, "--json")
    told, name = counts(done), tmp_path.name
    assert not (tmp_path / "evil").exists()
    assert told[f"{name}/fish.npz"] == (2, 0)
    assert all(told[f"{name}/{bad}.npz"] == (0, 1) for bad in ("evil", "text", "plain"))
    found = {json.dumps(one["drawing"]) for one in await imported(inkling, tmp_path / "out")}
    assert found == {"[[[2, 0], [2, 3]], [[9, 10], [0, 1]]]", "[[[2, 0], [0, 1]]]"}


@pytest.mark.parametrize(
    ("inside", "strokes"),
    [
        ('<path d="M10 20 l10 0 v10 H10 z"/>', [5]), ('<path d="M0 0C0 10 10 10 10 0S20-10 20 0"/>', [25]),
        ('<g transform="scale(2) translate(1,1)"><polyline points="0,0 5,5 9,0"/></g>', [3]),
        ('<path d="m1 1 2 2m3 3 4 4"/><line x1="0" y1="0" x2="9" y2="9"/>', [2, 2, 2]), ('<defs><path d="M0 0L1 1"/></defs>', None),
        ('<path d="M0 0A5 5 0 0 1 9 9"/>', None), ("<script>alert(1)</script>", None), ('<image href="http://x/"/>', None), ("", None),
    ],
)  # fmt: skip
async def test_paths_of_an_svg_are_ink(
    redis_url: str, inkling: Inkling, tmp_path: Path, inside: str, strokes: list[int] | None
) -> None:
    (tmp_path / "space cow.svg").write_text(f'<svg xmlns="http://www.w3.org/2000/svg">{inside}</svg>')
    done = await inkling("import", tmp_path / "space cow.svg", "--json")
    assert counts(done)["all"] == ((1, 0) if strokes else (0, 1)), done.stderr
    if strokes:
        pipe = AutoPipeline(redis_url)
        (kept,) = [kept async for kept in DrawingRepository(pipe).of_word("space cow", float("-inf"), float("inf"))]
        assert [len(x) for x, _, _ in kept.strokes] == strokes
        await pipe.close()


async def test_an_svg_with_entities_is_refused(redis_url: str, inkling: Inkling, tmp_path: Path) -> None:
    bomb = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10 if n else "x"}">' for n in range(12))
    (tmp_path / "cat.svg").write_text(f"<!DOCTYPE svg [{bomb}]><svg>&e11;</svg>")
    done = await inkling("import", tmp_path / "cat.svg")
    assert done.returncode == 1
    assert "with a document type or entities is not read" in done.stderr


async def test_ctrl_c_says_what_is_in(
    redis_url: str, inkling: Inkling, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "in.ndjson").write_text("\n".join(line(number) for number in range(250)))
    put, batches = import_drawings._store_batch, 0

    async def then(*given: Any) -> None:
        nonlocal batches
        batches += 1
        if batches == 3:
            raise KeyboardInterrupt
        await put(*given)

    monkeypatch.setattr(import_drawings, "_store_batch", then)
    done = await inkling("import", tmp_path / "in.ndjson")
    assert done.returncode == 130
    assert "Interrupted. The same command again goes on" in done.stderr
    assert done.stdout.splitlines()[-1].split()[:3] == ["200", "drawings", "imported"]


@pytest.mark.skipif(CASES is None or not CASES.is_dir(), reason="no folder of cases beside INKLING_DATA")
async def test_the_cases_that_were_found_by_people(redis_url: str, inkling: Inkling, tmp_path: Path) -> None:
    assert CASES is not None
    done = await inkling("import", CASES, "--json", "--refused", tmp_path / "refused")
    told = {file.removeprefix("data/"): found for file, found in counts(done).items()}
    # Most files hold three lines, of which the second is the case.
    bad = [
        "1e400",
        "all_empty",
        "axes_differ",
        "blank_word",
        "comment",
        "control_word",
        "csv",
        "dupkeys",
        "huge",
        "inf",
        "key_float",
        "key_neg",
        "key_overflow",
        "key_spaces",
        "key_text",
        "latin1",
        "nan",
        "no_drawing",
        "no_strokes",
        "no_word",
        "null",
        "null_word",
        "pairs",
        "points20001",
        "ts3",
        "ts4",
        "ts6",
        "ts8",
        "ts9",
        "ts13",
        "ts_int",
    ]
    two = ("blank", "bom", "crlf", "nonl")
    others = {
        "array.json": (0, 1), "empty.ndjson": (0, 0), "empty.ndjson.gz": (0, 0), "jsonl/a.jsonl": (1, 0), "nested/top.ndjson": (1, 0),
        "nested/a/b/deep.ndjson": (1, 0), "thread_dog18.ndjson": (1, 0), "thread_drawsvg5.ndjson": (1, 0), "trunc.ndjson.gz": (1977, 0),
        "truncdir/a.ndjson": (150, 0), "truncdir/b.ndjson.gz": (1980, 0), "truncdir/c.ndjson": (150, 0),
    }  # fmt: skip
    assert told.pop("all")[1] == sum(refused for _, refused in told.values())
    for file, read_of_it in told.items():
        name = file.removesuffix(".ndjson")
        usual = (2, 1) if name in bad else (2, 0) if name in two else (3, 0)
        assert read_of_it == others.get(file, usual), file
    assert {f"{name}.ndjson" for name in (*bad, *two)} | set(others) <= set(told)
    assert "data/trunc.ndjson.gz: it is cut after line" in done.stderr
    assert done.returncode == 1
    assert all(line["reason"] and "rror" not in line["reason"] for line in read(tmp_path / "refused"))
