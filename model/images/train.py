"""The one training loop of all image classifiers: load → vary → learn → judge → write. Reads top to bottom."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import keras
import numpy as np
import numpy.typing as npt
from rich.console import Console

from model.images import networks, sources
from model.images.data import DataSet, Files, Missing, Part
from model.images.vary import added, vary
from model.nn.recipe import Recipe

Floats = npt.NDArray[np.float32]
Predict = Callable[[Any], Floats]
"""Pictures uint8 (n, side, side, channels) → probabilities (n, classes)."""
CHUNK = 256
WARM_UP = 0.05


@dataclass(frozen=True, slots=True)
class Config:
    """What a run is made of; written to `config.json` in its folder. A flag goes before the recipe."""

    recipe: str
    data: tuple[str, ...]
    ours: bool = False
    """Train our own residual network on the recipe's data instead of its own."""
    epochs: float = 10
    steps: int = 0
    """Batches of one epoch; 0: as many as the pictures fill."""
    seconds: float = 0.0
    """If set, the run ends after so long, in mid-epoch if need be."""
    batch_size: int = 128
    lr: float = 1e-3
    dropout: float | None = None
    weight_decay: float = 0.0
    optimizer: str = "adam"
    schedule: str = ""
    """`cosine` lets the learning rate fall to nothing; otherwise it stays."""
    seed: int = 0
    limit: int | None = None
    """Pictures a class at most."""
    side: int | None = None
    """Pixels a side of photos, if other than the recipe's."""
    weights: str = ""
    """A file with VGG16's weights, `download` (Keras' own), or `own`: another base of ours instead."""
    vary: dict[str, Any] = field(default_factory=dict)
    """How each picture is varied, anew in each epoch."""
    added: dict[str, Any] = field(default_factory=dict)
    """How the copies are varied that are added to the training part once."""


def config_of(recipe: Recipe, data: Sequence[Path], chosen: dict[str, Any], ours: bool = False) -> Config:
    """Return a recipe's configuration; what was chosen (and is not None) goes before what the recipe says."""
    said = {**recipe.train, **(recipe.ours if ours else {})}
    chosen = {key: value for key, value in chosen.items() if value is not None}
    unknown = set(chosen) - set(Config.__slots__)
    if unknown:
        flags = ", ".join("--" + name.replace("_", "-") for name in sorted(unknown))
        raise ValueError(f"{flags} belong to the recipe 'inkling', not to {recipe.name!r}")
    return Config(**{**said, **chosen, "recipe": recipe.name, "data": tuple(map(str, data)), "ours": ours})


@dataclass(slots=True)
class Trained:
    """A network that learned, and how."""

    network: Any
    predict: Predict
    history: list[dict[str, float]]
    seconds: float
    network_name: str
    notes: list[str] = field(default_factory=list)
    data: DataSet | None = None

    @property
    def parameters(self) -> int:
        """Count all parameters."""
        return int(self.network.count_params())

    @property
    def trainable(self) -> int:
        """Count the parameters that learned."""
        return int(sum(np.prod(weight.shape) for weight in self.network.trainable_weights))


class Batches(keras.utils.PyDataset):  # type: ignore[misc]
    """Batches of a part, shuffled and varied: bounded memory, the same for the same seed."""

    def __init__(self, part: Part, config: Config, learning: bool) -> None:
        super().__init__(workers=2 if isinstance(part.pictures, Files) else 1, max_queue_size=8)
        self._part, self._config, self._learning, self._epoch = part, config, learning, 0
        self._size = min(config.batch_size, len(part))
        self._order = self._shuffled()

    def _shuffled(self) -> npt.NDArray[np.int64]:
        places = np.arange(len(self._part))
        if self._learning:
            np.random.default_rng([self._config.seed, self._epoch]).shuffle(places)
        return places

    def __len__(self) -> int:
        whole = -(-len(self._part) // self._size)
        return self._config.steps if self._learning and self._config.steps else whole

    def __getitem__(self, number: int) -> tuple[Any, Any]:
        at = number * self._size
        if not self._learning:
            places = self._order[at : at + self._size]
        else:  # more steps than pictures: begin again
            places = self._order[np.arange(at, at + self._size) % len(self._order)]
        pictures = self._part.pictures[places]
        if self._learning:
            chance = np.random.default_rng([self._config.seed, self._epoch, number])
            pictures = vary(pictures, self._config.vary, chance)
        return pictures, self._part.labels[places]

    def on_epoch_end(self) -> None:
        """Shuffle for the next epoch."""
        self._epoch += 1
        self._order = self._shuffled()


class Book(keras.callbacks.Callback):  # type: ignore[misc]
    """Keeps the history and the schedule, saves a checkpoint after each epoch, ends the run when its time is over."""

    def __init__(self, config: Config, steps: int, out: Path | None, history: list[dict[str, float]],
                 console: Console) -> None:  # fmt: skip
        super().__init__()
        self._config, self._out, self.history, self._console = config, out, history, console
        self._began = time.monotonic()
        self._step, self._steps = len(history) * steps, steps * max(1, round(config.epochs))

    def on_train_batch_begin(self, batch: int, logs: Any = None) -> None:
        """Set the learning rate: cosine decay after a short warm-up (Loshchilov & Hutter 2017)."""
        if self._config.schedule == "cosine":
            done = self._step / self._steps
            rise = min(1.0, 0.1 + done / WARM_UP)
            self.model.optimizer.learning_rate.assign(self._config.lr * rise * 0.5 * (1 + math.cos(math.pi * done)))
        self._step += 1

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        """Look at the clock."""
        if self._config.seconds and time.monotonic() - self._began > self._config.seconds:
            self.model.stop_training = True

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Note the epoch."""
        row = {"epoch": epoch + 1, **{name: round(float(value), 5) for name, value in (logs or {}).items()}}
        self.history.append(row)
        self._console.print("  ".join(f"{name} {value:g}" for name, value in row.items()), highlight=False)
        if self._out is not None:
            unfinished = self._out / "checkpoint.tmp.keras"
            self.model.save(unfinished)
            unfinished.replace(self._out / "checkpoint.keras")
            (self._out / "history.json").write_text(json.dumps(self.history, indent=1) + "\n")


def learn(recipe: Recipe, config: Config, out: Path | None = None, resume: bool = False) -> Trained:
    """Train as configured; with a folder, checkpoints go there. Raises Missing where data are not there."""
    console = Console(stderr=True)
    keras.utils.set_random_seed(config.seed)
    folders = [Path(name) for name in config.data]
    data = sources.load(recipe.images, folders, config.limit, config.side)
    if config.added:
        data.train = added(data.train, config.added, config.seed)
        data.used.append(f"with {config.added.get('copies', 0)} varied copies of each training picture")
    history: list[dict[str, float]] = []
    notes: list[str] = []
    if resume:
        network, history = _restored(out)
    else:
        network = _built(recipe, config, data, folders, notes, console)
        _compile(network, config)
    console.print(f"{len(data.train):,} pictures to learn from, {network.count_params():,} parameters")
    return _fit(network, config, data, history, notes, out, console)


def _fit(network: Any, config: Config, data: DataSet, history: list[dict[str, float]], notes: list[str],
         out: Path | None, console: Console) -> Trained:  # fmt: skip
    batches = Batches(data.train, config, learning=True)
    book = Book(config, len(batches), out, history, console)
    began = time.monotonic()
    epochs = max(1, round(config.epochs))
    if len(history) < epochs:
        network.fit(
            batches, validation_data=Batches(data.validation, config, learning=False),
            epochs=epochs, initial_epoch=len(history), callbacks=[book], verbose=0,
        )  # fmt: skip
    trained = Trained(network, predictor(network), book.history, time.monotonic() - began, network.name, notes)
    trained.data = data
    return trained


def _built(recipe: Recipe, config: Config, data: DataSet, folders: Sequence[Path], notes: list[str],
           console: Console) -> Any:  # fmt: skip
    """Build the recipe's network, or ours."""
    settings = dict(recipe.network)
    name, sigmoid = settings.pop("name"), settings.pop("sigmoid", False)
    if config.dropout is not None:
        settings["dropout"] = config.dropout
    if config.ours:
        kept = {"dropout": settings["dropout"]} if "dropout" in settings else {}
        return networks.build("residual", data.shape, len(data.classes), sigmoid, **kept)
    if name != "frozen":
        return networks.build(name, data.shape, len(data.classes), sigmoid, **settings)
    base = _base(recipe, config, data, folders, notes, console)
    return networks.on_frozen(base, data.shape, len(data.classes), settings.get("dropout", 0.5), sigmoid)


def _base(recipe: Recipe, config: Config, data: DataSet, folders: Sequence[Path], notes: list[str],
          console: Console) -> Any:  # fmt: skip
    """Get VGG16 with its weights; where there are none to be had, a base of our own, and a note that says so."""
    substitute = recipe.network.get("substitute")
    if config.weights not in ("", "own", "download"):
        notes.append(f"base: VGG16, weights of {Path(config.weights).name}")
        return networks.vgg16(data.shape, Path(config.weights))
    if config.weights != "own":
        try:
            base = networks.vgg16(data.shape, "imagenet")
        except Exception as error:  # Keras raises plain Exception when its download fails
            reason = str(error).splitlines()[0][:120]
            console.print(f"VGG16's weights are not to be had: {reason}", highlight=False)
            if config.weights == "download" or substitute is None:
                raise Missing(
                    "VGG16's weights are neither in a file (--weights FILE) nor to be downloaded by Keras; the file is "
                    "called vgg16_weights_tf_dim_ordering_tf_kernels_notop.h5"
                ) from None
        else:
            notes.append("base: VGG16, weights from Keras' own download")
            return base
    if substitute is None:
        raise Missing(f"{recipe.name} has no base of our own to stand in for VGG16: give --weights FILE")
    return _own_base(substitute, config, folders, notes, console)


def _own_base(substitute: dict[str, Any], config: Config, folders: Sequence[Path], notes: list[str],
              console: Console) -> Any:  # fmt: skip
    """Train our residual network on other classes than the recipe's, and take its head off.

    A frozen VGG16 with random weights would teach a false lesson.
    """
    seen = {**substitute, "limit": config.limit or 1 << 40}
    data = sources.load(seen, folders, config.limit, config.side)
    settings = {
        "epochs": min(substitute["epochs"], config.epochs), "seconds": config.seconds,
        "batch_size": substitute["batch_size"], "lr": substitute["lr"],
        "vary": {"flip": True, "shift": 0.1, "zoom": 0.1}, "weight_decay": 0.05, "schedule": "cosine",
    }  # fmt: skip
    own = Config(config.recipe, config.data, seed=config.seed, **settings)
    console.print(f"first a base of our own, from {', '.join(data.classes)}", highlight=False)
    network = networks.build("residual", data.shape, len(data.classes), widths=(16, 32, 64))
    _compile(network, own)
    trained = _fit(network, own, data, [], [], None, console)
    right = (probabilities(trained.predict, data.test).argmax(1) == data.test.labels).mean()
    notes.append(
        f"base: not VGG16, whose weights were not to be had, but our own residual network, trained on the other "
        f"{len(data.classes)} classes of CIFAR-10 ({len(data.train):,} pictures, {right:.1%} right on their test "
        f"pictures), then frozen"
    )
    return networks.beheaded(network)


def _compile(network: Any, config: Config) -> None:
    decay, rate = config.weight_decay or None, config.lr
    if config.optimizer == "sgd":
        optimizer = keras.optimizers.SGD(rate, momentum=0.9, nesterov=True, weight_decay=decay)
    else:
        optimizer = keras.optimizers.AdamW(rate, weight_decay=decay) if decay else keras.optimizers.Adam(rate)
    optimizer.build(network.trainable_variables)
    network.compile(optimizer, loss=_loss(network), metrics=["accuracy"])
    _warm(network)


def _warm(network: Any) -> None:
    """Let loss and metrics make their variables now: made inside the first step, that would be traced twice."""
    one = np.zeros((1, *network.input.shape[1:]), np.uint8)
    said, label = network(one, training=False), np.zeros(1, np.int64)
    network.compute_loss(one, label, said)
    network.compute_metrics(one, label, said)
    network.reset_metrics()


def _loss(network: Any) -> str:
    return "binary_crossentropy" if network.output.shape[-1] == 1 else "sparse_categorical_crossentropy"


def _restored(out: Path | None) -> tuple[Any, list[dict[str, float]]]:
    """Go on from the newest checkpoint, with the optimizer's state."""
    if out is None or not (out / "checkpoint.keras").exists():
        raise ValueError(f"nothing to resume in {out}: no checkpoint.keras")
    return keras.saving.load_model(out / "checkpoint.keras"), json.loads((out / "history.json").read_text())


def predictor(network: Any) -> Predict:
    """Wrap a network as pictures → probabilities (n, classes); a sigmoid becomes two columns."""

    def predict(pictures: Any) -> Floats:
        # Called as it is, not by `predict`: that would trace a graph for every size of a batch.
        found = np.asarray(keras.ops.convert_to_numpy(network(pictures, training=False)), np.float32)
        return np.concatenate([1 - found, found], 1) if found.shape[1] == 1 else found

    return predict


def probabilities(predict: Predict, part: Part) -> Floats:
    """Ask about every picture of a part, some at a time."""
    return np.concatenate(
        [predict(part.pictures[np.arange(at, min(at + CHUNK, len(part)))]) for at in range(0, len(part), CHUNK)]
    )


def settings_of(config: Config) -> dict[str, Any]:
    """Return a configuration as plain values, without paths of this machine."""
    plain = asdict(config)
    plain["weights"] = Path(config.weights).name
    del plain["data"]
    return plain
