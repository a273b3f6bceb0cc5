from __future__ import annotations

import json
from pathlib import Path

import pytest

from model.__main__ import main
from model.registry.artifact import artifact
from model.registry.versions import SHIPPED, Shelf


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    return Shelf(tmp_path / "models")


def put(shelf: Shelf, version: str) -> None:
    artifact.write_card(folder_for(shelf, version), artifact.Card(version, (8,), (1,), 16))


def folder_for(shelf: Shelf, version: str) -> Path:
    folder = shelf.folder / version
    folder.mkdir(parents=True)
    return folder


def shipped() -> str:
    return artifact.card_of(SHIPPED).version


def states(shelf: Shelf) -> dict[str, str]:
    return {one.version: one.state for one in shelf.versions()}


def test_an_empty_shelf_has_the_shipped_champion_in_service(shelf: Shelf) -> None:
    assert shelf.champion() == SHIPPED
    assert states(shelf) == {shipped(): "champion"}


def test_a_version_is_promoted_and_rolled_back(shelf: Shelf) -> None:
    put(shelf, "b")
    assert states(shelf)["b"] == "candidate"
    shelf.promote("b", "promoted")
    assert shelf.champion() == shelf.folder / "b"
    assert states(shelf) == {"b": "champion", shipped(): "before"}
    shelf.roll_back("it was slow")
    assert shelf.champion() == SHIPPED
    assert states(shelf) == {"b": "withdrawn", shipped(): "champion"}
    assert shelf.service().why == "it was slow"


def test_a_model_that_knows_other_pictures_is_not_used(shelf: Shelf) -> None:
    """After a change of the rasteriser: the server goes on with the champion that comes with it."""
    put(shelf, "b")
    shelf.promote("b", "promoted")
    card = shelf.folder / "b" / "card.json"
    card.write_text(json.dumps(json.loads(card.read_text()) | {"raster": 1}))
    assert shelf.champion() == SHIPPED
    assert states(shelf) == {shipped(): "champion"}
    with pytest.raises(ValueError, match="no model 'b'"):
        shelf.find("b")


def test_rolling_back_further_than_there_is_changes_nothing(shelf: Shelf) -> None:
    with pytest.raises(ValueError, match="no champion before"):
        shelf.roll_back("again")
    assert shelf.champion() == SHIPPED


def test_a_roll_back_of_a_model_that_is_not_in_service_any_more_changes_nothing(shelf: Shelf) -> None:
    put(shelf, "b")
    put(shelf, "c")
    shelf.promote("b", "")
    shelf.promote("c", "")
    assert shelf.roll_back("b was bad", failed="b").champion == "c"
    assert shelf.roll_back("c was bad", failed="c").champion == "b"


def test_three_champions_stay_and_what_was_withdrawn_may_come_back(shelf: Shelf) -> None:
    for version in "abcdef":
        put(shelf, version)
        shelf.promote(version, "")
    assert shelf.service().before == ("e", "d")
    shelf.roll_back("")
    assert (shelf.service().champion, shelf.service().barred) == ("e", ("f",))
    shelf.promote("f", "by force")
    assert (shelf.service().champion, shelf.service().barred) == ("f", ())


def test_old_candidates_make_room_but_never_a_champion(shelf: Shelf) -> None:
    for version in "abcdefgh":
        put(shelf, version)
    shelf.promote("a", "")
    left = set(states(shelf)) - {shipped()}
    assert "a" in left
    assert len(left) == 4


def test_a_damaged_note_or_a_lost_folder_means_the_shipped_champion(shelf: Shelf) -> None:
    put(shelf, "b")
    shelf.promote("b", "")
    (shelf.folder / "b" / "card.json").unlink()
    assert shelf.champion() == SHIPPED
    (shelf.folder / "service.json").write_text("{")
    assert shelf.champion() == SHIPPED


@pytest.mark.parametrize("name", ["", "nobody", "../models", ".training", "a/b"])
def test_names_that_are_no_version_are_refused(shelf: Shelf, name: str) -> None:
    with pytest.raises(ValueError, match="no model"):
        shelf.find(name)


def test_a_taken_name_gets_a_number(shelf: Shelf) -> None:
    put(shelf, "b")
    assert shelf.room_for("b").name == "b-2"
    assert shelf.room_for("c").name == "c"


def test_everybody_finds_the_champion_of_the_shelf(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    put(shelf, "b")
    shelf.promote("b", "")
    monkeypatch.setenv("INKLING_MODELS", str(shelf.folder))
    assert artifact.folder_of("champion") == artifact.folder_of(None) == artifact.folder_of("b") == shelf.folder / "b"
    assert artifact.folder_of(shipped()) == SHIPPED
    assert json.loads((shelf.folder / "service.json").read_text())["champion"] == "b"


def test_a_listed_version_is_never_cut(
    shelf: Shelf, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    version = "20261121-2057-with-a-name-that-somebody-gave-it"
    put(shelf, version)
    monkeypatch.setenv("COLUMNS", "40")
    assert main(["list", "--models", str(shelf.folder)]) == 0
    assert version in capsys.readouterr().out
