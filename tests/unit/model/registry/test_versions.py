from __future__ import annotations

import json
from pathlib import Path

import pytest

from model.__main__ import main
from model.registry import artifact
from model.registry.card_writer import write_card
from model.registry.model_card import ModelCard
from model.registry.versions import SHIPPED_CHAMPION_FOLDER, ModelRegistry


@pytest.fixture
def shelf(tmp_path: Path) -> ModelRegistry:
    return ModelRegistry(tmp_path / "models")


def put(shelf: ModelRegistry, version: str) -> None:
    write_card(folder_for(shelf, version), ModelCard(version, (8,), (1,), 16))


def folder_for(shelf: ModelRegistry, version: str) -> Path:
    folder = shelf.folder / version
    folder.mkdir(parents=True)
    return folder


def shipped() -> str:
    return artifact.read_game_card(SHIPPED_CHAMPION_FOLDER).version


def states(shelf: ModelRegistry) -> dict[str, str]:
    return {one.version: one.state for one in shelf.versions()}


def test_an_empty_shelf_has_the_shipped_champion_in_service(shelf: ModelRegistry) -> None:
    assert shelf.champion() == SHIPPED_CHAMPION_FOLDER
    assert states(shelf) == {shipped(): "champion"}


def test_a_version_is_promoted_and_rolled_back(shelf: ModelRegistry) -> None:
    put(shelf, "b")
    assert states(shelf)["b"] == "candidate"
    shelf.promote("b", "promoted")
    assert shelf.champion() == shelf.folder / "b"
    assert states(shelf) == {"b": "champion", shipped(): "before"}
    shelf.roll_back("it was slow")
    assert shelf.champion() == SHIPPED_CHAMPION_FOLDER
    assert states(shelf) == {"b": "withdrawn", shipped(): "champion"}
    assert shelf.service().why == "it was slow"


def test_a_model_that_knows_other_pictures_is_not_used(shelf: ModelRegistry) -> None:
    """After a change of the rasteriser: the server goes on with the champion that comes with it."""
    put(shelf, "b")
    shelf.promote("b", "promoted")
    card = shelf.folder / "b" / "card.json"
    card.write_text(json.dumps(json.loads(card.read_text()) | {"raster": 1}))
    assert shelf.champion() == SHIPPED_CHAMPION_FOLDER
    assert states(shelf) == {shipped(): "champion"}
    with pytest.raises(ValueError, match="no model 'b'"):
        shelf.find("b")


def test_rolling_back_further_than_there_is_changes_nothing(shelf: ModelRegistry) -> None:
    with pytest.raises(ValueError, match="no champion before"):
        shelf.roll_back("again")
    assert shelf.champion() == SHIPPED_CHAMPION_FOLDER


def test_a_roll_back_of_a_model_that_is_not_in_service_any_more_changes_nothing(shelf: ModelRegistry) -> None:
    put(shelf, "b")
    put(shelf, "c")
    shelf.promote("b", "")
    shelf.promote("c", "")
    assert shelf.roll_back("b was bad", failed="b").champion == "c"
    assert shelf.roll_back("c was bad", failed="c").champion == "b"


def test_three_champions_stay_and_what_was_withdrawn_may_come_back(shelf: ModelRegistry) -> None:
    for version in "abcdef":
        put(shelf, version)
        shelf.promote(version, "")
    assert shelf.service().before == ("e", "d")
    shelf.roll_back("")
    assert (shelf.service().champion, shelf.service().barred) == ("e", ("f",))
    shelf.promote("f", "by force")
    assert (shelf.service().champion, shelf.service().barred) == ("f", ())


def test_old_candidates_make_room_but_never_a_champion(shelf: ModelRegistry) -> None:
    for version in "abcdefgh":
        put(shelf, version)
    shelf.promote("a", "")
    left = set(states(shelf)) - {shipped()}
    assert "a" in left
    assert len(left) == 4


def test_a_damaged_note_or_a_lost_folder_means_the_shipped_champion(shelf: ModelRegistry) -> None:
    put(shelf, "b")
    shelf.promote("b", "")
    (shelf.folder / "b" / "card.json").unlink()
    assert shelf.champion() == SHIPPED_CHAMPION_FOLDER
    (shelf.folder / "service.json").write_text("{")
    assert shelf.champion() == SHIPPED_CHAMPION_FOLDER


@pytest.mark.parametrize("name", ["", "nobody", "../models", ".training", "a/b"])
def test_names_that_are_no_version_are_refused(shelf: ModelRegistry, name: str) -> None:
    with pytest.raises(ValueError, match="no model"):
        shelf.find(name)


def test_a_taken_name_gets_a_number(shelf: ModelRegistry) -> None:
    put(shelf, "b")
    assert shelf.new_version_folder("b").name == "b-2"
    assert shelf.new_version_folder("c").name == "c"


def test_everybody_finds_the_champion_of_the_shelf(shelf: ModelRegistry, monkeypatch: pytest.MonkeyPatch) -> None:
    put(shelf, "b")
    shelf.promote("b", "")
    monkeypatch.setenv("INKLING_MODELS", str(shelf.folder))
    assert (
        artifact.resolve_model_folder("champion")
        == artifact.resolve_model_folder(None)
        == artifact.resolve_model_folder("b")
        == shelf.folder / "b"
    )
    assert artifact.resolve_model_folder(shipped()) == SHIPPED_CHAMPION_FOLDER
    assert json.loads((shelf.folder / "service.json").read_text())["champion"] == "b"


def test_a_listed_version_is_never_cut(
    shelf: ModelRegistry, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    version = "20261121-2057-with-a-name-that-somebody-gave-it"
    put(shelf, version)
    monkeypatch.setenv("COLUMNS", "40")
    assert main(["list", "--models", str(shelf.folder)]) == 0
    assert version in capsys.readouterr().out
