"""Several runs of a benchmark become a median and a range."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks import place
from benchmarks.line import line
from benchmarks.spread import machine, spread
from server.game.words.packs import BUILT_IN_PACKS


def test_a_ratio_is_spread_by_what_it_is_held_against() -> None:
    runs = [
        [{**line("cost", 10, "µs", "theirs", ratio), "part": "p"}, {**line("rate", 100 * ratio, "/s"), "part": "p"}]
        for ratio in (0.9, 0.7, 0.8)
    ]
    cost, rate = spread(runs)
    assert (cost["against"], cost["of"], cost["runs"]) == ("theirs", "ratio", 3)
    assert (cost["low"], cost["median"], cost["high"]) == (0.7, 0.8, 0.9)
    assert (rate["of"], rate["median"]) == ("value", 80)


def test_what_was_not_measured_and_what_is_reckoned_has_no_spread() -> None:
    lines = [{**line("late", None, "ms"), "part": "p"}, {**line("sizing.web_ms", 3, "ms"), "part": "p"}]
    assert spread([lines, lines]) == []


def test_the_machine_says_its_processor() -> None:
    assert machine()["processor"]
    assert machine()["cores"] >= 1


def test_links_to_real_drawings_lead_there_when_the_setting_is_relative(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    raw, folder = tmp_path / "data/quickdraw/raw", tmp_path / "elsewhere"
    raw.mkdir(parents=True)
    folder.mkdir()
    name = f"{BUILT_IN_PACKS['easy'].words[0]}.ndjson"
    (raw / name).write_text("{}\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("INKLING_DATA", "data")
    found, what = place.real_ink(folder)
    assert what == "real raw drawings"
    assert (found / name).read_text() == "{}\n"
