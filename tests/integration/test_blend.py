"""How much of a pupil is kept, with the champion's own network."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from rich.console import Console

from model.data.quickdraw import LabelledDrawing
from model.ink.raster import rasterise_inks
from model.ink.vocabulary import CLASS_INDEX
from model.registry import artifact
from model.registry.versions import SHIPPED_CHAMPION_FOLDER
from model.retraining.weight_averaging import FINE_TUNED_SHARES, WeightAverager, average_weights
from model.training.pipeline import load_drawings
from model.training.publish import network_function
from tests.unit.model.drawings import write_shaky

pytestmark = [
    pytest.mark.tensorflow,
    pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy keyword"),
]


@pytest.fixture
def public(tmp_path: Path) -> list[LabelledDrawing]:
    """Shaky drawings of six words."""
    write_shaky(tmp_path, count=40)
    return load_drawings([tmp_path], "train", 12)


@pytest.fixture
def network() -> Any:
    built = artifact.build_network_from_card(artifact.read_game_card(SHIPPED_CHAMPION_FOLDER))
    built.set_weights(artifact.read_weights(SHIPPED_CHAMPION_FOLDER))
    return built


def test_a_pupil_that_learned_nothing_is_kept_whole(network: Any, public: list[LabelledDrawing]) -> None:
    champion = artifact.read_weights(SHIPPED_CHAMPION_FOLDER)
    found = average_weights(network, champion, public, Console(quiet=True))
    assert found.share == 1.0
    assert found.losses == ((0.0, 0.0),) * 3
    for old, new in zip(champion, network.get_weights(), strict=True):
        np.testing.assert_allclose(old, new, atol=1e-4)


def test_of_a_pupil_that_lost_what_the_champion_knew_the_least_is_kept(
    network: Any, public: list[LabelledDrawing]
) -> None:
    champion, chance = artifact.read_weights(SHIPPED_CHAMPION_FOLDER), np.random.default_rng(1)
    network.set_weights([weight * np.abs(chance.normal(1, 2.0, weight.shape)) for weight in champion])
    assert average_weights(network, champion, public, Console(quiet=True)).share == FINE_TUNED_SHARES[-1]


def test_a_word_that_a_pupil_sees_everywhere_is_as_likely_as_before(
    network: Any, public: list[LabelledDrawing]
) -> None:
    champion = artifact.read_weights(SHIPPED_CHAMPION_FOLDER)
    head = network.get_layer("words")
    kernel, bias = head.get_weights()
    bias[CLASS_INDEX["cat"]] += 3.0
    head.set_weights([kernel, bias])
    eager = [np.asarray(weight) for weight in network.get_weights()]
    pictures, scalars = rasterise_inks([drawing.ink for drawing in public])

    def said(weights: Any) -> float:
        network.set_weights(weights)
        logits = network_function(network)(pictures, scalars)[0]
        odds = np.exp(logits - logits.max(1, keepdims=True))
        return float((odds / odds.sum(1, keepdims=True))[:, CLASS_INDEX["cat"]].mean())

    before, after = said(champion), said(eager)
    evened = said(WeightAverager(network, champion, public).mix(eager, 1.0).weights)
    assert after > 1.3 * before
    assert evened == pytest.approx(before, rel=0.1)
