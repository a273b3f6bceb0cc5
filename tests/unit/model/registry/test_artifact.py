from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from model.registry import artifact
from model.registry.card_writer import write_card
from model.registry.model_card import ModelCard
from model.registry.versions import SHIPPED_CHAMPION_FOLDER

FLOORS = {"0.25": (0.04, 0.11), "0.5": (0.21, 0.41), "0.75": (0.49, 0.72), "1.0": (0.70, 0.87)}
"""Top-1 and top-3 on drawings that training never saw, by share of ink."""


def test_the_champion_is_shipped_small_and_credited() -> None:
    card = artifact.read_game_card(SHIPPED_CHAMPION_FOLDER)
    assert (
        artifact.weights_file_bytes(SHIPPED_CHAMPION_FOLDER) + (SHIPPED_CHAMPION_FOLDER / "memory.npz").stat().st_size
        < 5_000_000
    )
    page = (SHIPPED_CHAMPION_FOLDER / "card.md").read_text()
    assert "Quick, Draw!" in page
    assert "CC BY 4.0" in page
    assert "DoodleNet" in page
    for share, floors in FLOORS.items():
        figures = card.figures["ink"][share]
        assert figures["top1"] > floors[0]
        assert figures["top3"] > floors[1]


@pytest.mark.parametrize(
    ("training", "owes"),
    [({}, False), ({"teacher": "none", "init": "none"}, False), ({"teacher": "DoodleNet", "init": "none"}, True),
     ({"teacher": "none", "init": "champion"}, True), ({"teacher": "the champion before"}, True)],
)  # fmt: skip
def test_who_was_learned_from_is_credited(tmp_path: Path, training: dict[str, object], owes: bool) -> None:
    write_card(tmp_path, ModelCard("v", (32,), (1,), 16, training=training))
    page = (tmp_path / "card.md").read_text()
    assert "Quick, Draw!" in page
    assert ("Yining Shi" in page) == owes
    assert "began with DoodleNet's weights" not in page, "only models of two branches did"


def test_models_are_found_by_name_folder_and_version(tmp_path: Path) -> None:
    version = artifact.read_game_card(SHIPPED_CHAMPION_FOLDER).version
    assert (
        artifact.resolve_model_folder("champion")
        == artifact.resolve_model_folder(version)
        == artifact.resolve_model_folder(None)
    )
    write_card(tmp_path, ModelCard("v", (32,), (1,), 16))
    assert artifact.resolve_model_folder(str(tmp_path)) == tmp_path
    with pytest.raises(ValueError, match="no model"):
        artifact.resolve_model_folder("nobody")


def test_weights_come_back_in_order_at_half_precision(tmp_path: Path) -> None:
    weights = [np.full((2, 3), number / 3, np.float32) for number in range(12)]
    artifact.save_model(tmp_path, ModelCard("v", (32,), (1,), 16), weights)
    found = artifact.read_weights(tmp_path)
    assert len(found) == 12
    assert all(np.allclose(a, b, rtol=1e-3) and a.dtype == np.float32 for a, b in zip(found, weights, strict=True))
    assert json.loads((tmp_path / "card.json").read_text())["version"] == "v"
