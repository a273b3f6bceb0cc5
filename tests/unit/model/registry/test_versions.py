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
def registry(tmp_path: Path) -> ModelRegistry:
    return ModelRegistry(tmp_path / "models")


def put(registry: ModelRegistry, version: str) -> None:
    write_card(folder_for(registry, version), ModelCard(version, (8,), (1,), 16))


def folder_for(registry: ModelRegistry, version: str) -> Path:
    folder = registry.folder / version
    folder.mkdir(parents=True)
    return folder


def shipped() -> str:
    return artifact.read_game_card(SHIPPED_CHAMPION_FOLDER).version


def states(registry: ModelRegistry) -> dict[str, str]:
    return {one.version: one.state for one in registry.versions()}


def test_an_empty_registry_has_the_shipped_champion_in_service(registry: ModelRegistry) -> None:
    assert registry.champion() == SHIPPED_CHAMPION_FOLDER
    assert states(registry) == {shipped(): "champion"}


def test_a_version_is_promoted_and_rolled_back(registry: ModelRegistry) -> None:
    put(registry, "b")
    assert states(registry)["b"] == "candidate"
    registry.promote("b", "promoted")
    assert registry.champion() == registry.folder / "b"
    assert states(registry) == {"b": "champion", shipped(): "before"}
    registry.roll_back("it was slow")
    assert registry.champion() == SHIPPED_CHAMPION_FOLDER
    assert states(registry) == {"b": "withdrawn", shipped(): "champion"}
    assert registry.service().why == "it was slow"


def test_a_model_that_knows_other_pictures_is_not_used(registry: ModelRegistry) -> None:
    """After a change of the rasteriser: the server goes on with the champion that comes with it."""
    put(registry, "b")
    registry.promote("b", "promoted")
    card = registry.folder / "b" / "card.json"
    card.write_text(json.dumps(json.loads(card.read_text()) | {"raster": 1}))
    assert registry.champion() == SHIPPED_CHAMPION_FOLDER
    assert states(registry) == {shipped(): "champion"}
    with pytest.raises(ValueError, match="no model 'b'"):
        registry.find("b")


def test_rolling_back_further_than_there_is_changes_nothing(registry: ModelRegistry) -> None:
    with pytest.raises(ValueError, match="no champion before"):
        registry.roll_back("again")
    assert registry.champion() == SHIPPED_CHAMPION_FOLDER


def test_a_roll_back_of_a_model_that_is_not_in_service_any_more_changes_nothing(registry: ModelRegistry) -> None:
    put(registry, "b")
    put(registry, "c")
    registry.promote("b", "")
    registry.promote("c", "")
    assert registry.roll_back("b was bad", failed="b").champion == "c"
    assert registry.roll_back("c was bad", failed="c").champion == "b"


def test_three_champions_stay_and_what_was_withdrawn_may_come_back(registry: ModelRegistry) -> None:
    for version in "abcdef":
        put(registry, version)
        registry.promote(version, "")
    assert registry.service().before == ("e", "d")
    registry.roll_back("")
    assert (registry.service().champion, registry.service().barred) == ("e", ("f",))
    registry.promote("f", "by force")
    assert (registry.service().champion, registry.service().barred) == ("f", ())


def test_old_candidates_make_room_but_never_a_champion(registry: ModelRegistry) -> None:
    for version in "abcdefgh":
        put(registry, version)
    registry.promote("a", "")
    left = set(states(registry)) - {shipped()}
    assert "a" in left
    assert len(left) == 4


def test_a_damaged_note_or_a_lost_folder_means_the_shipped_champion(registry: ModelRegistry) -> None:
    put(registry, "b")
    registry.promote("b", "")
    (registry.folder / "b" / "card.json").unlink()
    assert registry.champion() == SHIPPED_CHAMPION_FOLDER
    (registry.folder / "service.json").write_text("{")
    assert registry.champion() == SHIPPED_CHAMPION_FOLDER


@pytest.mark.parametrize("name", ["", "nobody", "../models", ".training", "a/b"])
def test_names_that_are_no_version_are_refused(registry: ModelRegistry, name: str) -> None:
    with pytest.raises(ValueError, match="no model"):
        registry.find(name)


def test_a_taken_name_gets_a_number(registry: ModelRegistry) -> None:
    put(registry, "b")
    assert registry.new_version_folder("b").name == "b-2"
    assert registry.new_version_folder("c").name == "c"


def test_everybody_finds_the_champion_of_the_shelf(registry: ModelRegistry, monkeypatch: pytest.MonkeyPatch) -> None:
    put(registry, "b")
    registry.promote("b", "")
    monkeypatch.setenv("INKLING_MODELS", str(registry.folder))
    assert (
        artifact.resolve_model_folder("champion")
        == artifact.resolve_model_folder(None)
        == artifact.resolve_model_folder("b")
        == registry.folder / "b"
    )
    assert artifact.resolve_model_folder(shipped()) == SHIPPED_CHAMPION_FOLDER
    assert json.loads((registry.folder / "service.json").read_text())["champion"] == "b"


def test_a_listed_version_is_never_cut(
    registry: ModelRegistry, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    version = "20261121-2057-with-a-name-that-somebody-gave-it"
    put(registry, version)
    monkeypatch.setenv("COLUMNS", "40")
    assert main(["list", "--models", str(registry.folder)]) == 0
    assert version in capsys.readouterr().out
