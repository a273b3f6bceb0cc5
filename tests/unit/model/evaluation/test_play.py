"""`inkling model evaluate --play`: drawings grow by the clock, and the game's own rule says what came of it."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from model.data.quickdraw import LabelledDrawing
from model.evaluation import play
from model.evaluation.play import PlayOutcome, TimedAnswer
from model.ink.strokes import Ink, count_points, ink_from_lists
from model.ink.vocabulary import CLASS_INDEX, CLASS_WORDS
from model.statistics import wilson_interval
from server.commands.evaluate_play import PlaySimulator
from server.game.inkling import thresholds
from tests.unit.model.drawings import CAT

TWO: Ink = ink_from_lists([[[0, 100, 200], [0, 0, 0], [0, 90, 250]], [[0, 100], [50, 50], [705, 710]]])
"""Two strokes: 300 units in all, with a pause of almost half a second between them."""


def told(*steps: tuple[str, float], every: int = 100) -> list[TimedAnswer]:
    """Return answers one after the other, each led by a word."""
    return [TimedAnswer((place + 1) * every, (step,), 0.1) for place, step in enumerate(steps)]


def test_a_drawing_is_looked_at_on_every_tick_at_which_it_has_grown() -> None:
    seen = [(at, count_points(ink)) for at, ink in play.ink_at_each_tick(TWO)]
    assert seen == [(100, 2), (300, 3), (800, 5)]


def test_drawings_without_times_are_refused() -> None:
    with pytest.raises(ValueError, match="raw"):
        list(play.ink_at_each_tick(ink_from_lists([[[0, 1, 2], [0, 1, 2]]])))


def test_hits_ink_and_wrong_words_are_counted_for_each_pack() -> None:
    class Third:
        """Hits with the third look, after two wrong words; a cat never."""

        def __init__(self) -> None:
            self.packs = {"shapes": ("square", "cat"), "other": ("tree",), "all": tuple(CLASS_WORDS)}

        def bars(self, pack: str) -> dict[str, object]:
            return {"game": 2, "bolder": 0}

        def play(self, prompt: str, told: Sequence[TimedAnswer], bar: int) -> PlayOutcome:
            assert all(one.guesses[0][0] in ("square", "cat") for one in told)
            return PlayOutcome(None if prompt == "cat" else bar, bar)

    def network(pictures: np.ndarray, scalars: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        logits = np.zeros((len(pictures), len(CLASS_WORDS)), np.float32)
        logits[:, [CLASS_INDEX["square"], CLASS_INDEX["cat"]]] = 5, 4
        return logits, np.zeros(len(pictures), np.float32)

    drawings = [
        LabelledDrawing(CLASS_INDEX["square"], TWO, "a", True),
        LabelledDrawing(CLASS_INDEX["cat"], TWO, "b", True),
    ]
    counted: list[int] = []
    found = play.evaluate_play(Third(), drawings, play.run_on_ticks(network, drawings, counted.append), None)
    assert sum(counted) == 2
    assert set(found) == {"shapes", "all"}, "no drawing of the other pack's word"
    shapes = found["shapes"]
    assert (shapes["n"], shapes["hits"], shapes["never"], shapes["wrong"]) == (2, 0.5, 0.5, 2.0)
    assert (shapes["ink"], shapes["seconds"]) == (1.0, 0.8)
    assert [row["bar"] for row in shapes["curve"]] == ["game", "bolder"]
    assert shapes["curve"][1]["ink"] == pytest.approx(1 / 3)


def test_the_interval_of_a_share_is_wilsons() -> None:
    assert wilson_interval(95, 100) == pytest.approx([0.8882, 0.9785], abs=1e-4)
    assert wilson_interval(0, 10)[0] == 0.0


def test_the_rule_is_the_games_own() -> None:
    rule, bar = PlaySimulator(), thresholds.BOLD_THRESHOLDS
    assert rule.bars("easy")["game"] == thresholds.BOLD_THRESHOLDS
    assert rule.bars("animals")["game"] == thresholds.STEADY_THRESHOLDS
    assert rule.play("cat", told(("cat", 0.9)), bar) == PlayOutcome(0, 0)
    assert rule.play("cat", told(("cat", 0.45), ("cat", 0.45)), bar) == PlayOutcome(1, 0)
    assert rule.play("cat", told(("cat", 0.45), ("dog", 0.45), ("cat", 0.1)), bar) == PlayOutcome(None, 0)
    assert rule.play("cat", told(("cat", 0.25)), bar) == PlayOutcome(0, 0), "after the last ink it rests"
    assert rule.play("cat", told(("cat", 0.25), ("cat", 0.25)), bar) == PlayOutcome(1, 0)
    assert rule.play("cat", told(("cat", 0.25), ("dog", 0.1), every=1100), bar) == PlayOutcome(0, 0), (
        "a pause is a rest"
    )


def test_a_wrong_word_counts_once_however_long_it_is_shown() -> None:
    steps = told(*[("dog", 0.9)] * 6, ("cow", 0.8), ("dog", 0.8), ("cat", 0.9))
    assert PlaySimulator().play("cat", steps, thresholds.BOLD_THRESHOLDS) == PlayOutcome(8, 2)


@pytest.mark.tensorflow
def test_the_command_prints_what_players_feel(tmp_path: Path) -> None:
    folder = tmp_path / "raw"
    folder.mkdir()
    strokes = [[axis.tolist() for axis in stroke] for stroke in CAT]
    lines = [json.dumps({"word": "cat", "key_id": f"cat{number}", "drawing": strokes}) for number in range(3)]
    (folder / "cat.ndjson").write_text("\n".join(lines))
    inkling = [sys.executable, "-m", "server.cli", "model", "evaluate", "--data", str(folder), "--play", "--json"]
    done = subprocess.run([*inkling, "--report", str(tmp_path / "r.html")], capture_output=True, text=True, check=True)
    found = json.loads(done.stdout)["play"]
    assert set(found) == {"animals", "class", "hard"}, "the packs with cats"
    for pack in found.values():
        assert {"n", "hits", "interval", "wrong", "ink", "seconds", "never", "curve"} <= set(pack)
        assert pack["n"] == 3
        assert pack["interval"][0] <= pack["hits"] <= pack["interval"][1]
        assert len(pack["curve"]) > 5
    assert "As it is played" in (tmp_path / "r.html").read_text()
    alone = subprocess.run([sys.executable, "-m", "model", *inkling[4:]], capture_output=True, text=True, check=False)
    assert alone.returncode == 1
    assert "inkling model evaluate" in alone.stderr
