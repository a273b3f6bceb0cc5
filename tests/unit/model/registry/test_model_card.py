"""One card for every model: what was stored before is read, and what is written reads the same."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from model.registry import recipe
from model.registry.card_writer import card_to_json, write_card
from model.registry.model_card import GAME_KIND, RECIPE_KIND, ModelCard, read_card, read_card_file
from model.registry.versions import SHIPPED_CHAMPION_FOLDER


def test_the_champions_card_is_read_whole_though_it_does_not_name_its_branches() -> None:
    stored = json.loads((SHIPPED_CHAMPION_FOLDER / "card.json").read_text(encoding="utf-8"))
    card = read_card(SHIPPED_CHAMPION_FOLDER)
    assert "branches" not in stored
    assert json.loads(json.dumps(card_to_json(card))) == {**stored, "branches": 2}
    assert card.kind == GAME_KIND


@pytest.mark.parametrize("path", sorted(recipe.RESULTS_FOLDER.glob("*.json")), ids=lambda path: path.stem)
def test_a_stored_run_of_a_recipe_is_read_and_written_byte_for_byte(path: Path) -> None:
    card = read_card_file(path)
    assert card.kind == RECIPE_KIND
    assert json.dumps(card_to_json(card), ensure_ascii=False) + "\n" == path.read_text(encoding="utf-8")


def test_a_card_of_the_game_reads_as_it_was_written(tmp_path: Path) -> None:
    card = ModelCard("v", (8, 16), (1, 2), 16, branches=1, training={"teacher": "none"}, gates={"passed": True})
    write_card(tmp_path, card)
    assert read_card(tmp_path) == card
    assert (tmp_path / "card.md").read_text(encoding="utf-8").startswith("# Model v\n")


def test_a_card_of_an_image_classifier_reads_as_it_was_written(tmp_path: Path) -> None:
    figures = {
        "n": 4,
        "accuracy": 0.5,
        "balanced": 0.5,
        "interval": [0.15, 0.85],
        "classes": {"cat": {"n": 4, "right": 2}},
    }
    card = ModelCard(
        "r-1", kind=RECIPE_KIND, recipe="r", about="cats", classes=["cat"], figures=figures, file="model.keras"
    )
    write_card(tmp_path, card)
    assert read_card(tmp_path) == card
    page = (tmp_path / "card.md").read_text(encoding="utf-8")
    assert "Recipe `r`: cats." in page
    assert "| cat | 4 | 50.0% |" in page


def test_what_a_newer_program_added_to_a_card_is_passed_over(tmp_path: Path) -> None:
    (tmp_path / "card.json").write_text(json.dumps({"version": "v", "widths": [8], "smell": "ink"}), encoding="utf-8")
    assert read_card(tmp_path) == ModelCard("v", (8,), branches=2)


@pytest.mark.parametrize("text", ["[]", "{", '"card"'])
def test_what_is_no_card_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "card.json").write_text(text, encoding="utf-8")
    with pytest.raises(ValueError):
        read_card(tmp_path)
