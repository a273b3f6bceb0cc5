"""Train an image recipe: data → network, its base first where it wants one → loop. Reads top to bottom."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import keras
from rich.console import Console

from model.classics import networks
from model.classics.augment import add_varied_copies
from model.classics.config import ImageTrainingConfig
from model.classics.data_sets.data_set import NO_LIMIT, DataSetMissing, PictureDataSet
from model.classics.data_sets.load import load_data_set
from model.classics.training_loop import TrainedNetwork, compile_network, fit_network, predict_pictures
from model.registry.recipe import TrainingRecipe


def train_image_network(
    recipe: TrainingRecipe, config: ImageTrainingConfig, out: Path | None = None, resume: bool = False
) -> TrainedNetwork:
    """Train as configured; with a folder, checkpoints go there. Raises DataSetMissing where data are not there."""
    console = Console(stderr=True)
    keras.utils.set_random_seed(config.seed)
    folders = [Path(name) for name in config.data]
    data = load_data_set(recipe.images, folders, config.limit, config.side)
    if config.added:
        data.train = add_varied_copies(data.train, config.added, config.seed)
        data.used.append(f"{config.added.get('copies', 0)} × each training picture, varied, besides")
    history: list[dict[str, float]] = []
    notes: list[str] = []
    if resume:
        network, history = _load_checkpoint(out)
    else:
        network = _build_for_recipe(recipe, config, data, folders, notes, console)
        compile_network(network, config)
    console.print(f"{len(data.train):,} pictures to learn from, {network.count_params():,} parameters")
    return fit_network(network, config, data, history, notes, out, console)


def _build_for_recipe(recipe: TrainingRecipe, config: ImageTrainingConfig, data: PictureDataSet, folders: Sequence[Path], notes: list[str],
           console: Console) -> Any:  # fmt: skip
    """Build the recipe's network, or ours."""
    settings = dict(recipe.network)
    name, sigmoid = settings.pop("name"), settings.pop("sigmoid", False)
    if config.dropout is not None:
        settings["dropout"] = config.dropout
    if not config.ours and name != "frozen":
        return networks.build_image_network(name, data.shape, len(data.classes), sigmoid, **settings)
    kept = {"dropout": settings["dropout"]} if "dropout" in settings else {}
    if not config.ours:
        base = _load_frozen_base(recipe, config, data, folders, notes, console)
        return networks.build_on_frozen_base(base, data.shape, len(data.classes), sigmoid=sigmoid, **kept)
    if "substitute" not in settings:
        return networks.build_image_network("residual", data.shape, len(data.classes), sigmoid, **kept)
    base = _train_own_base(settings["substitute"], config, folders, notes, console)
    return networks.build_on_own_base(base, data.shape, len(data.classes), sigmoid=sigmoid, **kept)


def _load_frozen_base(recipe: TrainingRecipe, config: ImageTrainingConfig, data: PictureDataSet, folders: Sequence[Path], notes: list[str],
          console: Console) -> Any:  # fmt: skip
    """Get VGG16 with its weights; where there are none to be had, a base of our own, and a note that says so."""
    substitute = recipe.network.get("substitute")
    if config.weights not in ("", "own", "download"):
        notes.append(f"base: VGG16, weights of {Path(config.weights).name}")
        return networks.build_vgg16_base(data.shape, Path(config.weights))
    if config.weights != "own":
        try:
            base = networks.build_vgg16_base(data.shape, "imagenet")
        except Exception as error:  # Keras raises plain Exception when its download fails
            reason = str(error).splitlines()[0][:120]
            console.print(f"VGG16's weights are not to be had: {reason}", highlight=False)
            if config.weights == "download" or substitute is None:
                raise DataSetMissing(
                    "VGG16's weights are neither in a file (--weights FILE) nor to be downloaded by Keras; the file is "
                    "called vgg16_weights_tf_dim_ordering_tf_kernels_notop.h5"
                ) from None
        else:
            notes.append("base: VGG16, weights from Keras' own download")
            return base
    if substitute is None:
        raise DataSetMissing(f"{recipe.name} has no base of our own to stand in for VGG16: give --weights FILE")
    return _train_own_base(substitute, config, folders, notes, console)


def _train_own_base(substitute: dict[str, Any], config: ImageTrainingConfig, folders: Sequence[Path], notes: list[str],
              console: Console) -> Any:  # fmt: skip
    """Train our residual network on other classes than the recipe's, and take its head off.

    It stands in for VGG16, whose random weights, frozen, would teach a false lesson; and our own network begins with it.
    """
    data = load_data_set({**substitute, "limit": config.limit or NO_LIMIT}, folders, config.limit, config.side)
    settings = {
        "epochs": min(substitute["epochs"], config.epochs), "seconds": config.seconds,
        "batch_size": substitute["batch_size"], "lr": substitute["lr"],
        "vary": {"flip": True, "shift": 0.1, "zoom": 0.1}, "weight_decay": 0.05, "schedule": "cosine",
    }  # fmt: skip
    own = ImageTrainingConfig(config.recipe, config.data, seed=config.seed, **settings)
    console.print(f"first a base of our own, from {', '.join(data.classes)}", highlight=False)
    network = networks.build_image_network("residual", data.shape, len(data.classes), widths=(16, 32, 64))
    compile_network(network, own)
    trained = fit_network(network, own, data, [], [], None, console)
    right = (predict_pictures(trained.predict, data.test).argmax(1) == data.test.labels).mean()
    seen = (f"trained on the other {len(data.classes)} classes of CIFAR-10 ({len(data.train):,} pictures, {right:.1%} "
            f"right on their test pictures)")  # fmt: skip
    instead = f"base: not VGG16, whose weights were not to be had, but our own residual network, {seen}, then frozen"
    notes.append(f"it began with a network {seen}" if config.ours else instead)
    return networks.remove_head(network)


def _load_checkpoint(out: Path | None) -> tuple[Any, list[dict[str, float]]]:
    """Go on from the newest checkpoint, with the optimizer's state."""
    if out is None or not (out / "checkpoint.keras").exists():
        raise ValueError(f"nothing to resume in {out}: no checkpoint.keras")
    return keras.saving.load_model(out / "checkpoint.keras"), json.loads((out / "history.json").read_text())
