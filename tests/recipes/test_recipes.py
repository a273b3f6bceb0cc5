"""Every image recipe, trained from end to end on a tiny budget. (The game's own: tests/integration/test_training.py.)"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from model.__main__ import main
from model.registry import artifact, recipe

pytestmark = [
    pytest.mark.tensorflow,
    pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy keyword"),
]

PICTURES = [name for name in recipe.list_recipe_names() if recipe.load_recipe(name).images]
KEPT = {"card.json", "card.md", "config.json", "history.json", "curves.png", "confusion.png", "samples.png", "grid.png",
        "report.html", "data.html"}  # fmt: skip
TINY = ["--epochs", "1", "--steps", "2", "--batch-size", "8", "--limit", "24"]


@pytest.fixture(scope="session")
def vgg16_weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with weights of VGG16 without top, random ones, in the format that Keras publishes."""
    import h5py
    import keras

    body = keras.applications.VGG16(include_top=False, input_shape=(64, 64, 3), weights=None)
    path = tmp_path_factory.mktemp("weights") / "vgg16_weights_tf_dim_ordering_tf_kernels_notop.h5"
    with h5py.File(path, "w") as file:
        file.attrs["layer_names"] = [layer.name.encode() for layer in body.layers]
        file.attrs["backend"], file.attrs["keras_version"] = b"tensorflow", b"2.1.0"
        for layer in body.layers:
            group = file.create_group(layer.name)
            names = [f"{layer.name}_{'Wb'[place]}_1:0" for place in range(len(layer.weights))]
            group.attrs["weight_names"] = [name.encode() for name in names]
            for name, weight in zip(names, layer.get_weights(), strict=True):
                group.create_dataset(name, data=weight)
    return path


FLAGS = {
    "mlp-10": ["--lr", "0.02", "--dropout", "0.5", "--weight-decay", "0.01", "--optimizer", "sgd"],
    "photos-2-vgg16": ["--weights", "own"],
    "imagenette-vgg16": ["--side", "64", "--weights"],
}


class Runs:
    """Trains each recipe once."""

    def __init__(self, sets: Path, folder: Path, weights: Path) -> None:
        self._sets, self.folder, self._weights = sets, folder, weights

    def __call__(self, name: str, ours: bool = False) -> dict[str, Any]:
        out = self.folder / (f"{name}-ours" if ours else name)
        if not (out / "card.json").exists():
            more = ["--ours"] if ours else FLAGS.get(name, [])
            more = [*more, str(self._weights)] if more[-1:] == ["--weights"] else more
            command = ["train", "--recipe", name, "--data", str(self._sets), "--out", str(out), *TINY, *more, "--json"]
            assert main(command) == 0
        found: dict[str, Any] = json.loads((out / "card.json").read_text())
        return found


@pytest.fixture(scope="session")
def runs(sets: Path, tmp_path_factory: pytest.TempPathFactory, vgg16_weights: Path) -> Runs:
    return Runs(sets, tmp_path_factory.mktemp("runs"), vgg16_weights)


@pytest.mark.parametrize("name", PICTURES)
def test_a_recipe_trains_from_end_to_end(name: str, runs: Runs, capsys: pytest.CaptureFixture[str]) -> None:
    card, out = runs(name), runs.folder / name
    printed = json.loads(capsys.readouterr().out)
    assert printed["accuracy"] == card["figures"]["accuracy"]
    assert {path.name for path in out.iterdir()} >= {*KEPT, card["file"]}
    assert not list(out.glob("*.pkl")) + list(out.glob("checkpoint*"))
    assert card["recipe"] == name
    assert sum(row["n"] for row in card["figures"]["classes"].values()) == card["figures"]["n"] > 0
    assert {"accuracy", "loss", "val_accuracy", "val_loss"} <= set(card["history"][0])
    assert not re.search(r"https?://", (out / "report.html").read_text())
    if recipe.load_recipe(name).images.get("doubts"):
        doubts = card["doubts"]
        assert set(doubts["culture"]["countries"]) <= {"DE", "JP", "BR", "others"}
        assert doubts["culture"]["n"] + doubts["culture"]["left_out"] == 20 * len(card["classes"])
        assert "Three doubts" in (out / "report.html").read_text()


def test_our_own_network_learns_from_the_same_data(runs: Runs) -> None:
    card, theirs = runs("animals-2", ours=True), runs("animals-2")
    assert card["ours"]
    assert card["training"]["network"] == "residual"
    assert (card["input"], card["counts"], card["used"]) == (theirs["input"], theirs["counts"], theirs["used"])


def test_our_own_network_goes_on_from_a_base_that_saw_other_pictures() -> None:
    from model.classics import networks

    base = networks.remove_head(networks.build_image_network("residual", (32, 32, 3), 8))
    whole = networks.build_on_own_base(base, (32, 32, 3), 2, sigmoid=True)
    assert whole.output.shape == (None, 1)
    assert len(whole.trainable_weights) == len(base.trainable_weights) + 2
    frozen = networks.build_on_frozen_base(base, (32, 32, 3), 2, sigmoid=True)
    assert len(frozen.trainable_weights) == 4


def test_the_classic_networks_are_as_they_were() -> None:
    from model.classics import networks

    animals = networks.build_image_network("animals", (28, 28, 1), 4)
    assert [layer.output.shape[1:] for layer in animals.layers if "conv" in layer.name] == [(24, 24, 32), (10, 10, 128)]
    assert animals.count_params() == 832 + 36_992 + 3200 * 128 + 128 + 128 * 50 + 50 + 204
    assert (
        networks.build_image_network("animals6", (28, 28, 1), 6).count_params()
        == 300 + 4065 + 375 * 128 + 128 + 6450 + 306
    )
    mlp = networks.build_image_network("mlp", (28, 28, 1), 10, layers=[128, 100])
    assert mlp.count_params() == 784 * 128 + 4 * 128 + 128 * 100 + 4 * 100 + 1010
    photos = networks.build_image_network("photos", (64, 64, 3), 2, sigmoid=True)
    assert photos.count_params() == 896 + 9248 + 14 * 14 * 32 * 128 + 128 + 129
    basic, deep = (networks.build_image_network(name, (32, 32, 3), 10) for name in ("basic", "deep"))
    convolutions = [sum("conv" in layer.name for layer in one.layers) for one in (basic, deep)]
    assert convolutions == [2, 6]


def test_vgg16_is_loaded_from_a_file_and_frozen(runs: Runs, vgg16_weights: Path) -> None:
    import h5py
    import keras

    from model.classics import networks

    card = runs("imagenette-vgg16")
    assert any("VGG16, weights of" in note for note in card["notes"])
    network = keras.saving.load_model(runs.folder / "imagenette-vgg16" / "model.keras")
    base = network.get_layer("vgg16")
    assert base.count_params() == networks.VGG16_PARAMETERS == 14_714_688
    assert not base.trainable_weights
    assert card["training"]["trainable"] == 512 * 64 + 64 + 64 * 3 + 3
    assert base.output.shape == (None, 2, 2, 512)
    with h5py.File(vgg16_weights) as file:
        kernel = file["block5_conv3"]["block5_conv3_W_1:0"][()]
    assert (kernel == base.get_layer("vgg16").get_layer("block5_conv3").get_weights()[0]).all()


def test_without_vgg16_the_page_says_whose_the_frozen_base_is(runs: Runs) -> None:
    card = runs("photos-2-vgg16")
    assert "not VGG16" in card["notes"][0]
    assert "other 8 classes of CIFAR-10" in card["notes"][0]
    for page in ("card.md", "report.html"):
        assert "not VGG16" in (runs.folder / "photos-2-vgg16" / page).read_text()
    assert len(card["figures"]["pictures"]) == card["figures"]["n"] == 12
    assert card["training"]["trainable"] < card["training"]["parameters"]


def test_imagenette_on_vgg16_has_no_substitute(sets: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    command = ["train", "--recipe", "imagenette-vgg16", "--data", str(sets), "--out", str(tmp_path), *TINY]
    assert main([*command, "--weights", "own"]) == 1
    assert "--weights FILE" in capsys.readouterr().err


def test_a_run_is_resumed_where_it_was(sets: Path, tmp_path: Path) -> None:
    from model.classics import recipe_training as training
    from model.classics.config import build_image_config

    perceptron = recipe.load_recipe("mlp-10")
    tiny = {"steps": 2, "limit": 24}
    first = training.train_image_network(
        perceptron, build_image_config(perceptron, [sets], {"epochs": 2, **tiny}), tmp_path
    )
    assert len(first.history) == 2
    longer = build_image_config(perceptron, [sets], {"epochs": 3, **tiny})
    more = training.train_image_network(perceptron, longer, tmp_path, resume=True)
    assert [row["epoch"] for row in more.history] == [1, 2, 3]
    with pytest.raises(ValueError, match="nothing to resume"):
        training.train_image_network(perceptron, longer, tmp_path / "nowhere", resume=True)


def test_a_sweep_is_a_csv_and_a_table(sets: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    small = recipe.load_recipe("mlp-10")
    small.sweep.update({"optimizer": ["adam", "sgd"], "lr": [1e-3], "dropout": [0.2]})
    monkeypatch.setattr(recipe, "load_recipe", lambda name: small)
    command = ["train", "--recipe", "mlp-10", "--data", str(sets), "--out", str(tmp_path), *TINY]
    assert main([*command, "--sweep"]) == 0
    rows = (tmp_path / "sweep.csv").read_text().splitlines()
    assert rows[0].split(",")[:3] == ["optimizer", "lr", "dropout"]
    assert [row.split(",")[0] for row in rows[1:]] == ["adam", "sgd"]
    assert (tmp_path / "sweep.md").read_text().count("\n| ") == 2


def test_every_hyperparameter_has_its_flag(runs: Runs) -> None:
    settings = runs("mlp-10")["settings"]
    assert (settings["lr"], settings["dropout"], settings["weight_decay"]) == (0.02, 0.5, 0.01)
    assert (settings["optimizer"], settings["batch_size"], settings["epochs"]) == ("sgd", 8, 1.0)
    assert (runs.folder / "mlp-10" / "varied.png").exists()
    assert "Before and after" in (runs.folder / "mlp-10" / "data.html").read_text()


def test_a_forest_of_arrays_answers_as_scikit_learn_does(tmp_path: Path) -> None:
    from sklearn.ensemble import RandomForestClassifier

    from model.classics.forest import RandomForest, forest_from_sklearn

    chance = np.random.default_rng(5)
    pictures = chance.integers(0, 256, (200, 28, 28, 1), np.uint8)
    labels = chance.integers(0, 3, 200)
    grown = RandomForestClassifier(5, random_state=0).fit(pictures.reshape(200, -1), labels)
    forest_from_sklearn(grown, 3).save(tmp_path / "forest.npz")
    other = chance.integers(0, 256, (50, 28, 28, 1), np.uint8)
    theirs = grown.predict_proba(other.reshape(50, -1))
    assert np.allclose(RandomForest.load(tmp_path / "forest.npz")(other), theirs, atol=1e-3)


def test_a_run_of_a_recipe_is_no_model_of_the_game(runs: Runs) -> None:
    runs("forest-10")
    with pytest.raises(ValueError, match="try it at /try"):
        artifact.read_game_card(runs.folder / "forest-10")


def test_flags_of_the_other_kind_are_refused(sets: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    command = ["train", "--data", str(sets), "--out", str(tmp_path)]
    assert main([*command, "--recipe", "mnist", "--teacher", str(sets)]) == 1
    assert "--teacher" in capsys.readouterr().err
    assert main([*command, "--recipe", "inkling", "--limit", "3"]) == 1
    assert "--limit" in capsys.readouterr().err
