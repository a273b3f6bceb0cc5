"""The loop with real networks, small ones: gates, promotion, rollback, retraining."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from model.__main__ import main
from model.fewshot.imprint import load_columns
from model.registry import artifact
from model.registry.model_card import ModelCard
from model.registry.versions import SHIPPED_CHAMPION_FOLDER, ModelRegistry
from model.retraining import memory_check
from tests.unit.model.drawings import write_shaky
from tests.unit.model.fewshot.test_imprint import LANTERN_FISH, hands

pytestmark = [
    pytest.mark.tensorflow,
    pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy keyword"),
]


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A data folder with drawings of six words that judge."""
    (tmp_path / "golden").mkdir()
    write_shaky(tmp_path / "golden", count=120)
    return tmp_path


@pytest.fixture
def registry(home: Path) -> ModelRegistry:
    return ModelRegistry(home / "models")


def model(*words: str) -> int:
    return main(list(words))


def copy_of_the_champion(registry: ModelRegistry, version: str, spoil: float = 0.0) -> Path:
    """Put the shipped champion in the registry once more; with `spoil`, each weight times something around 1."""
    chance = np.random.default_rng(1)
    card = artifact.read_game_card(SHIPPED_CHAMPION_FOLDER)
    card.version = version
    weights = artifact.read_weights(SHIPPED_CHAMPION_FOLDER)
    noisy = [weight * np.abs(chance.normal(1, spoil, weight.shape)).astype(np.float32) for weight in weights]
    artifact.save_model(registry.folder / version, card, noisy if spoil else weights)
    return registry.folder / version


def small(registry: ModelRegistry, version: str) -> Path:
    """Put a network in the registry that knows nothing and trains in seconds."""
    card = ModelCard(version, (8, 8), (1, 1), 16, pooled=True)
    weights = [np.asarray(weight) for weight in artifact.build_network_from_card(card).get_weights()]
    artifact.save_model(registry.folder / version, card, weights)
    return registry.folder / version


def test_a_worse_model_is_refused_and_the_table_says_why(
    registry: ModelRegistry, capsys: pytest.CaptureFixture[str]
) -> None:
    bad = copy_of_the_champion(registry, "bad", spoil=0.3)
    assert model("promote", "bad", "--models", str(registry.folder), "--json") == 1
    printed = capsys.readouterr()
    rows = {row["name"].split(" (")[0]: row["passed"] for row in map(json.loads, printed.out.splitlines())}
    assert len(rows) == 8
    assert not rows["golden set, top-1"]
    assert "bad stays a candidate" in printed.err
    assert registry.champion() == SHIPPED_CHAMPION_FOLDER
    card = artifact.read_game_card(bad)
    assert (card.gates["passed"], card.gates["forced"]) == (False, False)


def test_force_promotes_and_the_card_tells_and_rollback_takes_it_back(
    registry: ModelRegistry, capsys: pytest.CaptureFixture[str]
) -> None:
    bad = small(registry, "bad")
    assert model("promote", "bad", "--force", "--models", str(registry.folder)) == 0
    assert "failed" in capsys.readouterr().out
    assert registry.champion() == bad
    assert artifact.read_game_card(bad).gates["forced"]
    assert model("list", "--models", str(registry.folder), "--json") == 0
    listed = {row["version"]: row for row in map(json.loads, capsys.readouterr().out.splitlines())}
    assert (listed["bad"]["state"], listed["bad"]["gates"]) == ("champion", "forced")
    assert model("rollback", "--models", str(registry.folder)) == 0
    assert registry.champion() == SHIPPED_CHAMPION_FOLDER


def test_without_anything_to_judge_by_promote_says_the_command(
    registry: ModelRegistry, capsys: pytest.CaptureFixture[str]
) -> None:
    small(registry, "b")
    shutil.rmtree(registry.folder.parent / "golden")
    assert model("promote", "b", "--models", str(registry.folder)) == 1
    assert f"inkling model fetch --words all --golden --out {registry.folder.parent}" in capsys.readouterr().err
    assert registry.champion() == SHIPPED_CHAMPION_FOLDER


def players(folder: Path) -> Path:
    """The drawings as if forty people had made them on canvases."""
    made = folder / "players"
    made.mkdir()
    write_shaky(made, count=60)
    for path in made.iterdir():
        lines = []
        for number, line in enumerate(path.read_text().splitlines()):
            told = json.loads(line)
            strokes = [[[8 * (v + 256) for v in axis] for axis in stroke[:2]] for stroke in told["drawing"]]
            record = {"word": told["word"], "drawing": strokes, "player": f"p{number % 40}", "at": number}
            lines.append(json.dumps(record))
        path.write_text("\n".join(lines))
    return made


@pytest.mark.parametrize("alone", [False, True])
def test_retraining_leaves_a_candidate_with_gates_and_report(home: Path, registry: ModelRegistry, alone: bool) -> None:
    small(registry, "small")
    registry.promote("small", "test")
    public = ["--players-only"] if alone else ["--public", str(home / "golden")]
    words = ["--players", str(players(home)), "--models", str(registry.folder), "--seconds", "1", *public]
    assert model("retrain", *words) == 0
    (candidate,) = [one for one in registry.versions() if one.state == "candidate"]
    assert candidate.card.training["from"] == "small"
    assert candidate.card.training["players' drawings"] > 100
    assert candidate.card.training["held out"]["by_player"]
    assert len(candidate.card.gates["rows"]) == 8
    page = (candidate.folder / "report.html").read_text()
    assert page.count("data:image/svg+xml") == 4
    assert registry.champion().name == "small"
    assert not list(registry.folder.glob(".training"))
    assert {path.name for path in candidate.folder.iterdir()} >= {"weights.npz", "card.json", "card.md"}
    assert not list(candidate.folder.rglob("*.ndjson"))


def test_too_few_drawings_or_no_public_ones_are_a_failed_job(
    home: Path, registry: ModelRegistry, capsys: pytest.CaptureFixture[str]
) -> None:
    made = players(home)
    words = ["retrain", "--players", str(made), "--models", str(registry.folder), "--seconds", "1"]
    assert model(*words) == 1
    assert "inkling model fetch --words all --limit 1000 --out" in capsys.readouterr().err
    for path in list(made.iterdir())[1:]:
        path.unlink()
    (left,) = made.iterdir()
    left.write_text("\n".join(left.read_text().splitlines()[:20]))
    assert model(*words, "--players-only") == 1
    assert "at least 50" in capsys.readouterr().err
    assert [one.state for one in registry.versions()] == ["champion"]


def test_nothing_begins_without_memory_to_spare(
    home: Path, registry: ModelRegistry, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(memory_check, "available_memory_bytes", lambda: 2 * 10**9)
    made = players(home)
    assert model("retrain", "--players", str(made), "--models", str(registry.folder), "--players-only") == 1
    assert "2.0 GB" in capsys.readouterr().err


def test_a_word_is_taught_to_the_model_and_has_to_pass_its_own_gate(
    home: Path, registry: ModelRegistry, capsys: pytest.CaptureFixture[str]
) -> None:
    drawn = home / "fish"
    drawn.mkdir()
    lines = [
        json.dumps({"word": "lantern fish", "drawing": [[axis.tolist() for axis in stroke] for stroke in ink]})
        for ink in hands(LANTERN_FISH, 15, 5)
    ]
    (drawn / "any.ndjson").write_text("\n".join(lines))
    registry.folder.mkdir()
    words = ["teach", "lantern fish", "--data", str(drawn), "--models", str(registry.folder), "--json"]
    assert model(*words) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["of"], told["right"] >= 12) == (15, True)
    assert model("promote", told["version"], "--models", str(registry.folder), "--json", "--force") == 0
    rows = {row["name"]: row for row in map(json.loads, capsys.readouterr().out.splitlines()[:8])}
    assert rows["the new word: lantern fish, drawings that did not teach it"]["passed"]
    assert [row["passed"] for name, row in rows.items() if name.startswith("golden set")] == [True] * 3
    assert [column.word for column in load_columns(registry.champion())] == ["lantern fish"]
    assert model("teach", "cat", "--data", str(drawn), "--models", str(registry.folder)) == 1
    assert "inkling retrain" in capsys.readouterr().err
