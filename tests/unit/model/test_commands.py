from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from model.__main__ import main
from model.evaluation import command as judge
from model.ink.strokes import Ink, take_ink_prefix
from model.ink.vocabulary import CLASS_INDEX, CLASS_WORDS
from model.registry import artifact, recipe
from model.registry.versions import SHIPPED_CHAMPION_FOLDER
from tests.unit.model.drawings import CAT, circle, square

KEYS = {"n", "words", "model", "params", "bytes", "full", "ink", "ece", "first_stable", "flips", "junk"}


def write(folder: Path, word: str, inks: list[Ink]) -> None:
    lines = [
        json.dumps(
            {"word": word, "key_id": f"{word}{number}", "drawing": [[x.tolist(), y.tolist()] for x, y, _ in ink]}
        )
        for number, ink in enumerate(inks)
    ]
    (folder / f"{word}.ndjson").write_text("\n".join(lines))


@pytest.fixture
def drawings(tmp_path: Path) -> Path:
    """A folder of a few hand-made drawings of three words."""
    folder = tmp_path / "drawings"
    folder.mkdir()
    write(folder, "circle", [circle(points) for points in range(20, 80, 5)])
    write(folder, "square", [square(side) for side in range(100, 1300, 100)])
    write(folder, "cat", [CAT, take_ink_prefix(CAT, 0.9)])
    return folder


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["guess"],
        ["evaluate"],
        ["train", "--data", "nowhere", "--out", "x"],
        ["pack", "--data", "nowhere"],
        ["evaluate", "--data", ".", "--part", "best"],
    ],
)
def test_bad_usage_exits_with_2(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 2
    assert "usage" in capsys.readouterr().err


@pytest.mark.parametrize("command", ["train", "evaluate", "fetch", "pack"])
def test_help_shows_an_example(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main([command, "--help"])
    assert ended.value.code == 0
    assert f"Example: inkling model {command} --" in capsys.readouterr().out


def test_a_folder_without_drawings_is_a_failed_job(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["evaluate", "--data", str(tmp_path), "--json"]) == 1
    assert "no .ndjson" in capsys.readouterr().err


def test_an_unknown_model_is_a_failed_job(drawings: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["evaluate", "--model", "nobody", "--data", str(drawings), "--json"]) == 1
    assert "nobody" in capsys.readouterr().err


def test_a_pack_is_a_file_of_lines_or_json_or_a_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lines, listed, named = tmp_path / "lines", tmp_path / "listed", tmp_path / "packs.json"
    lines.write_text("cat\ndog\n")
    listed.write_text('["cat", "dog"]')
    named.write_text('{"pets": ["cat", "dog"]}')
    monkeypatch.setenv("INKLING_PACKS", str(named))
    for name in (str(lines), str(listed), "pets"):
        mask = judge.load_pack_mask(name)
        assert mask is not None
        assert np.flatnonzero(mask).tolist() == [CLASS_INDEX["cat"], CLASS_INDEX["dog"]]
    with pytest.raises(ValueError, match="no pack 'wild'"):
        judge.load_pack_mask("wild")
    lines.write_text("cat\nunicorn")
    with pytest.raises(ValueError, match="unicorn"):
        judge.load_pack_mask(str(lines))


@pytest.mark.tensorflow
def test_evaluate_writes_no_report_that_nobody_asked_for(drawings: Path, tmp_path: Path) -> None:
    (drawings / "cat.ndjson").unlink()
    before = set(tmp_path.rglob("*"))
    command = [sys.executable, "-m", "model", "evaluate", "--data", str(drawings), "--limit", "2", "--json"]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=tmp_path)
    assert json.loads(done.stdout)["n"] == 4
    assert set(tmp_path.rglob("*")) == before


@pytest.mark.tensorflow
def test_evaluate_prints_exactly_one_object_with_the_agreed_keys(drawings: Path, tmp_path: Path) -> None:
    pack = tmp_path / "pack"
    pack.write_text("cat\ncircle\nsquare\ntree")
    report = tmp_path / "report.html"
    with (drawings / "cat.ndjson").open("a") as file:
        file.write("\nno drawing at all")
    command = [sys.executable, "-m", "model", "evaluate", "--data", str(drawings), "--pack", str(pack),
               "--report", str(report), "--json"]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    found = json.loads(done.stdout)
    assert "cat.ndjson:3 is passed over: no JSON" in done.stderr
    assert done.stdout.count("\n") == 1
    assert set(found) == KEYS
    assert (found["n"], found["words"]) == (26, 3)
    assert found["bytes"] == artifact.weights_file_bytes(SHIPPED_CHAMPION_FOLDER)
    assert set(found["full"]) == {"top1", "top3", "map3"}
    assert list(found["ink"]) == ["0.25", "0.5", "0.75", "1.0"]
    assert all(set(row) == {"top1", "top3", "ece"} for row in found["ink"].values())
    assert set(found["ece"]) == {"pooled", "by_length", "by_whole_length", "pack", "random_packs"}
    assert len(found["ece"]["by_length"]) == 5
    assert 0 <= found["ece"]["pack"] <= 1
    assert set(found["first_stable"]) == {"median_ink", "never"}
    assert found["full"]["top3"] >= 0.5
    page = report.read_text()
    assert "http" not in page.replace("http-equiv", "")
    assert page.count("data:image/svg+xml") == 2
    assert page.count("data:image/png") == 1
    assert "taken for" in page
    assert set(found["junk"]["rejection"]) == {"scribble", "writing", "marks"}  # three words lend too little to mix


@pytest.mark.tensorflow
def test_proposed_words_are_distinct_known_and_not_excluded(
    drawings: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(judge, "assign_part", lambda identity: "validation")
    excluded = tmp_path / "excluded"
    excluded.write_text("square\n")
    assert main(["pack", "--data", str(drawings), "--size", "2", "--exclude", str(excluded)]) == 0
    words = json.loads(capsys.readouterr().out)
    assert words == sorted(set(words))
    assert set(words) <= set(CLASS_WORDS) - {"square"}


def test_recipes_are_listed_with_data_target_and_last_result(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("INKLING_RUNS", str(tmp_path))
    card = {"version": "mnist-new", "classes": ["0", "1"], "figures": {"accuracy": 0.5, "n": 4}}
    for name in ("mnist", "mnist-ours"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "card.json").write_text(json.dumps(card))
    assert main(["recipes", "--json"]) == 0
    found = {row["name"]: row for row in map(json.loads, capsys.readouterr().out.splitlines())}
    assert {path.stem for path in recipe.RECIPES_FOLDER.glob("*.toml")} == set(found)
    assert all(row["data"] and row["about"] and row["command"] for row in found.values())
    assert found["animals-2"]["target"] == {"accuracy": 0.9583, "says": "95.83 %"}
    assert found["mnist"]["last"] == {"version": "mnist-new", "figures": card["figures"]}
    assert found["mnist"]["ours"] == {"version": "mnist-new", "accuracy": 0.5, "n": 4}
    assert found["inkling"]["last"]["figures"] == recipe.read_champion_evaluation()
    assert found["imagenette-vgg16"]["last"] is None
    assert main(["recipes"]) == 0
    assert "not run here" in capsys.readouterr().out
