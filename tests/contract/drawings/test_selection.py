"""Which drawings `inkling export` takes of those that the filter wants, how it splits them, and what it counts."""

from __future__ import annotations

import argparse
import json
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from model.data import load_export
from model.data.split import SPLIT_PARTS, assign_part
from server.commands import export
from server.db.pipeline import AutoPipeline
from server.drawings.export.dataset_card import quote_yaml
from server.drawings.export.options import ExportOptions, export_command_line
from server.drawings.record import hash_player, record_finished_drawing
from server.drawings.repository import DrawingRepository
from server.game.events import GuessNote
from server.game.ids import Millis
from tests.contract.commands import Inkling, read
from tests.contract.persistence.outbox_entries import HOUSE, drawing, player

pytestmark = pytest.mark.redis

PEOPLE, ROUNDS = 12, 3
WORDS = ("cat", "star")
DAY = 24 * 3600 * 1000


def strokes(n: int) -> Any:
    """Another drawing for each number: the hut with a path of another length."""
    return (*HOUSE, ((1000, 1000 + 60 * n), (3900, 3900), (3000, 3500)))


@pytest.fixture
async def pipe(redis_url: str) -> AsyncIterator[AutoPipeline]:
    """Twelve people drew each of two words three times."""
    pipe = AutoPipeline(redis_url)
    for n in range(PEOPLE * ROUNDS):
        for word in WORDS:
            some = drawing(seat=n % PEOPLE, round=1 + n, game=len(word), word=word, strokes=strokes(n))
            await put(pipe, 1000 + n, some)
    yield pipe
    await pipe.close()


async def put(pipe: AutoPipeline, at: int, finished: Any, licence: str = "CC BY 4.0") -> None:
    await DrawingRepository(pipe).put(record_finished_drawing("ABCDEF", "b", DAY + at, finished, licence))


def note(word: str, p: float, doubt: float) -> tuple[GuessNote, ...]:
    return (GuessNote(Millis(1500), ((word, p),), doubt, "v1"),)


def keys_in(folder: Path) -> dict[str, list[str]]:
    return {str(path.relative_to(folder)): [line["key_id"] for line in read(path)] for path in folder.rglob("*.ndjson")}


async def test_a_limit_takes_the_first_of_each_word(pipe: AutoPipeline, inkling: Inkling, tmp_path: Path) -> None:
    await inkling("export", "--format", "raw", "--out", tmp_path / "all")
    await inkling("export", "--format", "raw", "--out", tmp_path / "some", "--limit", "5")
    everything = keys_in(tmp_path / "all")
    assert keys_in(tmp_path / "some") == {name: keys[:5] for name, keys in everything.items()}


async def test_a_sample_is_the_same_for_the_same_seed_whatever_else_comes(
    pipe: AutoPipeline, inkling: Inkling, tmp_path: Path
) -> None:
    async def sample(folder: str, *options: str) -> set[str]:
        done = await inkling("export", "--format", "raw", "--out", tmp_path / folder, "--word", "cat", *options)
        assert done.returncode == 0, done.stderr
        return set(keys_in(tmp_path / folder)["cat.ndjson"])

    one = await sample("a", "--sample", "12", "--seed", "7")
    assert len(one) == 12
    assert await sample("b", "--sample", "12", "--seed", "7") == one
    assert await sample("c", "--sample", "12", "--seed", "8") != one
    # Of a sample the smaller one is a part, and a new drawing takes the place of one other at most.
    assert await sample("d", "--sample", "6", "--seed", "7") < one
    await put(pipe, 1, drawing(round=999, word="cat"))
    assert len(await sample("e", "--sample", "12", "--seed", "7") - one) <= 1
    assert await sample("f", "--sample", "500") == await sample("g")


async def test_doubt_and_hit_are_those_of_the_stored_guesses(
    pipe: AutoPipeline, inkling: Inkling, tmp_path: Path
) -> None:
    for n, notes in enumerate((note("owl", 0.9, 0.1), note("dog", 0.9, 0.1), note("owl", 0.4, 0.8), ())):
        await put(pipe, 2000 + n, drawing(round=100 + n, word="owl", notes=notes))
    for options, wanted in (
        (["--max-doubt", "0.5"], [100, 101]),
        (["--min-hit", "0.4"], [100, 102]),
        (["--min-hit", "0.41", "--max-doubt", "0.1"], [100]),
        (["--max-doubt", "1"], [100, 101, 102]),
    ):
        done = await inkling("export", "--format", "raw", "--out", tmp_path, "--word", "owl", "--provenance", *options)
        assert done.returncode == 0, done.stderr
        assert [line["provenance"]["round"] for line in read(tmp_path / "owl.ndjson")] == wanted
    done = await inkling("export", "--format", "raw", "--out", tmp_path, "--word", "owl", "--min-hit", "0.95")
    assert "--min-hit leaves none" in done.stderr


async def test_repeats_are_left_out_and_counted(pipe: AutoPipeline, inkling: Inkling, tmp_path: Path) -> None:
    # The same strokes elsewhere on the canvas, larger, at another pace, by somebody else.
    moved = tuple(
        (tuple(v // 2 for v in x), tuple(v // 2 + 100 for v in y), tuple(v * 2 for v in t)) for x, y, t in strokes(4)
    )
    await put(pipe, 5000, drawing(seat=40, round=200, word="cat", strokes=moved))
    words = ("export", "--format", "raw", "--out", tmp_path, "--word", "cat", "--dedup", "--renewable")
    for left in (PEOPLE * ROUNDS, (PEOPLE - 1) * ROUNDS):
        done = await inkling(*words, "--resume")
        assert done.returncode == 0, done.stderr
        manifest = json.loads((tmp_path / "manifest.json").read_text())
        assert manifest["counts"]["drawings"] == left
        assert manifest["left_out"]["repeated"] == 1
        assert "1 drawings with the same strokes" in done.stderr
        # The word is written anew then, and its repeats are not counted twice.
        await inkling("erase", "--player", player(3))


@pytest.mark.parametrize("format", ["raw", "bin", "npy", "csv", "parquet", "tfrecord", "webdataset", "png"])
async def test_every_format_has_a_folder_for_each_part_and_a_person_is_in_one(
    pipe: AutoPipeline, inkling: Inkling, tmp_path: Path, format: str
) -> None:
    words = ("export", "--format", format, "--out", tmp_path, "--split", "40:30:30", "--limit", "12")
    done = await inkling(*words)
    assert done.returncode == 0, done.stderr
    manifest = json.loads((tmp_path / "manifest.json").read_text())
    expected = Counter(assign_part(hash_player(player(seat)), (0.4, 0.3, 0.3)) for seat in range(12))
    assert len(expected) == 3
    assert {part: manifest["counts"][part] for part in expected} == {
        part: len(WORDS) * n for part, n in expected.items()
    }
    for file in manifest["files"]:
        assert f"{file['part']}/" in file["file"]
        assert (tmp_path / file["file"]).exists()
    if format == "raw":
        everybody = [(path.parent.name, line["drawing"]) for path in tmp_path.rglob("*.ndjson") for line in read(path)]
        assert len({str(ink) for _, ink in everybody}) == len({(part, str(ink)) for part, ink in everybody})
    # The next export takes all of it away.
    await inkling("export", "--format", "svg", "--out", tmp_path, "--limit", "1")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["cat", "manifest.json", "star"]


async def test_the_split_is_that_of_retraining(pipe: AutoPipeline, inkling: Inkling, tmp_path: Path) -> None:
    done = await inkling(
        "export", "--format", "raw", "--out", tmp_path / "raw", "--split", "--provenance", "--stable-players"
    )
    assert done.returncode == 0, done.stderr
    found = {
        (path.parent.name, line["provenance"]["player"])
        for path in (tmp_path / "raw").rglob("*.ndjson")
        for line in read(path)
    }
    assert found == {(assign_part(hash_player(player(seat))), hash_player(player(seat))) for seat in range(PEOPLE)}


async def test_erased_people_leave_each_part(pipe: AutoPipeline, inkling: Inkling, tmp_path: Path) -> None:
    words = (
        "export",
        "--format",
        "raw",
        "--out",
        tmp_path,
        "--split",
        "40:30:30",
        "--renewable",
        "--provenance",
        "--stable-players",
    )
    assert (await inkling(*words)).returncode == 0
    assert (await inkling("erase", "--player", player(3))).returncode == 0
    assert (await inkling(*words, "--resume")).returncode == 0
    players = Counter(line["provenance"]["player"] for path in tmp_path.rglob("*.ndjson") for line in read(path))
    assert players == {hash_player(player(seat)): ROUNDS * len(WORDS) for seat in range(PEOPLE) if seat != 3}


@pytest.mark.parametrize(
    "options",
    [
        ["--limit", "0"], ["--sample", "0"], ["--sample", "1000001"], ["--seed", "-1"], ["--max-doubt", "1.5"],
        ["--min-hit", "nan"], ["--split", "a:b:c"], ["--split", "0:0:0"], ["--split", "80:20"], ["--report", "r.html"],
    ],
)  # fmt: skip
async def test_what_cannot_be_meant_is_bad_usage(inkling: Inkling, tmp_path: Path, options: list[str]) -> None:
    done = await inkling("export", "--format", "raw", "--out", tmp_path, *options)
    assert done.returncode == 2
    assert options[0].strip("-").replace("-", "_") in done.stderr.replace("-", "_")
    assert not list(tmp_path.iterdir())


def test_what_is_ordered_over_http_is_what_the_command_is_told() -> None:
    order = ExportOptions(
        format="parquet", words=["cat", "--out"], since=1000.0, until=2000.0, recognized=False, model="v1", source="any",
        finished=True, min_ink=2.5, provenance=True, stable_players=True, untimed=True, max_doubt=0.25, min_hit=0.5,
        dedup=True, limit=3, sample=7, seed=9, split="1:2:3",
    )  # fmt: skip
    defaults = ExportOptions(format="parquet")
    assert all(getattr(order, name) != getattr(defaults, name) for name in ExportOptions.__struct_fields__[1:])
    parser = argparse.ArgumentParser()
    export.add_arguments(parser)
    for told in (order, defaults):
        arguments = parser.parse_args(["--out", "somewhere", *export_command_line(told)])
        assert export.export_options_from(arguments, arguments.format) == told


# -- the reader --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("format", ["csv", "npz", "parquet"])
async def test_load_export_reads_a_part(pipe: AutoPipeline, inkling: Inkling, tmp_path: Path, format: str) -> None:
    await inkling("export", "--format", format, "--out", tmp_path, "--split", "40:30:30")
    whole = load_export(tmp_path)
    assert (whole.words, whole.parts) == (WORDS, SPLIT_PARTS)
    assert Counter(one.word for one in whole) == dict.fromkeys(WORDS, PEOPLE * ROUNDS)
    expected = Counter(assign_part(hash_player(player(seat)), (0.4, 0.3, 0.3)) for seat in range(PEOPLE))
    for part in SPLIT_PARTS:
        assert len(list(load_export(tmp_path, words=["star"], part=part))) == expected[part] * ROUNDS
    with pytest.raises(ValueError, match="no part 'valid'"):
        load_export(tmp_path, part="valid")
    await inkling("export", "--format", "raw", "--out", tmp_path)
    with pytest.raises(ValueError, match="--split"):
        load_export(tmp_path, part="train")


# -- card and count ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "licence", ["CC BY 4.0: Google", 'a "b" #c\n---\n- d', "日本 {x} \x7f\u2028\x85", "'", "😀 &*!|>%@`"]
)
async def test_a_card_is_yaml_whatever_the_licence(
    redis_url: str, inkling: Inkling, tmp_path: Path, licence: str
) -> None:
    pipe = AutoPipeline(redis_url)
    await put(pipe, 1, drawing(word="cat"), licence)
    await pipe.close()
    await inkling("export", "--format", "parquet", "--out", tmp_path)
    _, front, body = (tmp_path / "README.md").read_text().split("---\n", 2)
    told = yaml.safe_load(front)
    assert told["license_name"] == " ".join(licence.split())
    assert told["configs"][0]["data_files"] == [{"split": "train", "path": "data/*.parquet"}]
    assert "# Drawings from Inkling" in body
    assert yaml.safe_load(quote_yaml(licence)) == licence


async def test_counting_tells_of_each_word_and_writes_a_page(
    pipe: AutoPipeline, inkling: Inkling, tmp_path: Path
) -> None:
    dot = (((7, 8), (9, 9), (0, 5)),)
    await put(pipe, 9001, drawing(seat=50, round=301, word="cat", strokes=dot, recognized=False, hit_at=None, notes=()))
    await put(pipe, 9002, drawing(seat=51, round=302, word="cat", strokes=strokes(5), notes=note("cat", 0.1, 0.9)))
    page = tmp_path / "report.html"
    done = await inkling("export", "--count", "--json", "--report", page)
    assert done.returncode == 0, done.stderr
    cat, star, total = map(json.loads, done.stdout.splitlines())
    assert (cat["word"], cat["drawings"], cat["people"]) == ("cat", 38, 14)
    assert cat["hit_rate"] == round(37 / 38, 4)
    assert cat["hit_ms_median"] == 1500
    assert cat["junk_because"] == {"doubted": 1, "little ink": 1, "repeated": 1}
    assert cat["junk"] == 2
    assert cat["devices"] == {"pen": 38}
    assert (star["junk"], total["drawings"], total["people"]) == (0, 74, 14)
    text = page.read_text()
    assert text.count("data:image/png;base64,") == 2
    assert text.count("data:image/svg+xml;base64,") == 2
    assert "http" not in text.replace("http://www.w3.org/2000/svg", "")
    done = await inkling("export", "--count", "--word", "star", "--limit", "7")
    assert done.returncode == 0
    assert [line.split()[0] for line in done.stdout.splitlines()] == ["drawings", "7", "7"]
    assert (await inkling("export", "--count", "--word", "zebra")).returncode == 1


async def test_a_report_replaces_an_earlier_one_and_nothing_else_unless_forced(
    pipe: AutoPipeline, inkling: Inkling, tmp_path: Path
) -> None:
    words = ("export", "--count", "--report", tmp_path / "mine.html")
    for name in ("mine.html", "mine.html.new"):
        file = tmp_path / name
        file.write_text("<!doctype html><title>Somebody else's</title>")
        done = await inkling(*words)
        assert (done.returncode, done.stdout) == (1, "")
        assert f"{file} is no report" in done.stderr
        assert [path.read_text() for path in tmp_path.iterdir()] == ["<!doctype html><title>Somebody else's</title>"]
        file.unlink()
    (tmp_path / "mine.html").write_text("somebody else's")
    assert (await inkling(*words, "--force")).returncode == 0
    before = (tmp_path / "mine.html").read_text()
    assert (await inkling(*words, "--word", "star")).returncode == 0
    assert (tmp_path / "mine.html").read_text() != before


async def test_a_word_that_a_spreadsheet_takes_for_a_formula_is_named_and_not_changed(
    redis_url: str, inkling: Inkling, tmp_path: Path
) -> None:
    pipe = AutoPipeline(redis_url)
    await put(pipe, 1, drawing(word="=1+1"))
    await put(pipe, 2, drawing(round=2, word="1+1"))
    await pipe.close()
    done = await inkling("export", "--format", "csv", "--out", tmp_path)
    assert done.returncode == 0
    assert "A spreadsheet takes these words for formulas, import the column as text: =1+1\n" in done.stderr
    assert sorted(one.word for one in load_export(tmp_path)) == ["1+1", "=1+1"]
    assert "spreadsheet" not in (await inkling("export", "--format", "raw", "--out", tmp_path)).stderr


async def test_a_word_is_text_in_the_report(redis_url: str, inkling: Inkling, tmp_path: Path) -> None:
    pipe = AutoPipeline(redis_url)
    await put(pipe, 1, drawing(word="<script>alert(1)</script>", strokes=(((7,), (9,), (0,)),)))
    await pipe.close()
    assert (await inkling("export", "--count", "--report", tmp_path / "r.html")).returncode == 0
    assert "<script" not in (tmp_path / "r.html").read_text()
