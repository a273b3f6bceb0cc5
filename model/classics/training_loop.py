"""The one training loop of all image recipes: batches → fit, with a book of what happens → probabilities."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import keras
import numpy as np
import numpy.typing as npt
from rich.console import Console

from model.classics.augment import vary_pictures
from model.classics.config import ImageTrainingConfig
from model.classics.data_sets.data_set import LabelledPictures, PictureDataSet, PictureFiles

Float32Array = npt.NDArray[np.float32]
PredictFunction = Callable[[Any], Float32Array]
"""Pictures uint8 (n, side, side, channels) → probabilities (n, classes)."""
PREDICT_BATCH_SIZE = 256
"""Pictures predicted at once."""
SCHEDULE_WARM_UP_SHARE = 0.05
"""Share of all steps in which the learning rate rises."""


@dataclass(slots=True)
class TrainedNetwork:
    """A network that learned, and how."""

    network: Any
    predict: PredictFunction
    history: list[dict[str, float]]
    seconds: float
    network_name: str
    notes: list[str] = field(default_factory=list)
    data: PictureDataSet | None = None

    @property
    def parameters(self) -> int:
        """Count all parameters."""
        return int(self.network.count_params())

    @property
    def trainable(self) -> int:
        """Count the parameters that learned."""
        return int(sum(np.prod(weight.shape) for weight in self.network.trainable_weights))


class PictureBatches(keras.utils.PyDataset):  # type: ignore[misc]
    """Batches of a part, shuffled and varied: bounded memory, the same for the same seed."""

    def __init__(self, part: LabelledPictures, config: ImageTrainingConfig, learning: bool) -> None:
        super().__init__(workers=2 if isinstance(part.pictures, PictureFiles) else 1, max_queue_size=8)
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
            rng = np.random.default_rng([self._config.seed, self._epoch, number])
            pictures = vary_pictures(pictures, self._config.vary, rng)
        return pictures, self._part.labels[places]

    def on_epoch_end(self) -> None:
        """Shuffle for the next epoch."""
        self._epoch += 1
        self._order = self._shuffled()


class TrainingProgressCallback(keras.callbacks.Callback):  # type: ignore[misc]
    """Keeps the history and the schedule, saves a checkpoint after each epoch, ends the run when its time is over."""

    def __init__(self, config: ImageTrainingConfig, steps: int, out: Path | None, history: list[dict[str, float]],
                 console: Console) -> None:  # fmt: skip
        super().__init__()
        self._config, self._out, self.history, self._console = config, out, history, console
        self._began = time.monotonic()
        self._step, self._steps = len(history) * steps, steps * max(1, round(config.epochs))

    def on_train_batch_begin(self, batch: int, logs: Any = None) -> None:
        """Set the learning rate: cosine decay after a short warm-up (Loshchilov & Hutter 2017)."""
        if self._config.schedule == "cosine":
            done = self._step / self._steps
            rise = min(1.0, 0.1 + done / SCHEDULE_WARM_UP_SHARE)
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


def compile_network(network: Any, config: ImageTrainingConfig) -> None:
    """Give a network its optimizer, loss and metrics."""
    decay, rate = config.weight_decay or None, config.lr
    if config.optimizer == "sgd":
        optimizer = keras.optimizers.SGD(rate, momentum=0.9, nesterov=True, weight_decay=decay)
    else:
        optimizer = keras.optimizers.AdamW(rate, weight_decay=decay) if decay else keras.optimizers.Adam(rate)
    optimizer.build(network.trainable_variables)
    network.compile(optimizer, loss=_loss_name(network), metrics=["accuracy"])
    _create_metric_variables(network)


def _create_metric_variables(network: Any) -> None:
    """Let loss and metrics make their variables now: made inside the first step, that would be traced twice."""
    one = np.zeros((1, *network.input.shape[1:]), np.uint8)
    said, label = network(one, training=False), np.zeros(1, np.int64)
    network.compute_loss(one, label, said)
    network.compute_metrics(one, label, said)
    network.reset_metrics()


def _loss_name(network: Any) -> str:
    return "binary_crossentropy" if network.output.shape[-1] == 1 else "sparse_categorical_crossentropy"


def fit_network(network: Any, config: ImageTrainingConfig, data: PictureDataSet, history: list[dict[str, float]], notes: list[str],
         out: Path | None, console: Console) -> TrainedNetwork:  # fmt: skip
    """Train on the training part, going on after `history`; with a folder, checkpoints go there."""
    batches = PictureBatches(data.train, config, learning=True)
    book = TrainingProgressCallback(config, len(batches), out, history, console)
    began = time.monotonic()
    epochs = max(1, round(config.epochs))
    if len(history) < epochs:
        network.fit(
            batches, validation_data=PictureBatches(data.validation, config, learning=False),
            epochs=epochs, initial_epoch=len(history), callbacks=[book], verbose=0,
        )  # fmt: skip
    trained = TrainedNetwork(
        network, make_predict_function(network), book.history, time.monotonic() - began, network.name, notes
    )
    trained.data = data
    return trained


def make_predict_function(network: Any) -> PredictFunction:
    """Wrap a network as pictures → probabilities (n, classes); a sigmoid becomes two columns."""

    def predict(pictures: Any) -> Float32Array:
        # Called as it is, not by `predict`: that would trace a graph for every size of a batch.
        found = np.asarray(keras.ops.convert_to_numpy(network(pictures, training=False)), np.float32)
        return np.concatenate([1 - found, found], 1) if found.shape[1] == 1 else found

    return predict


def predict_pictures(predict: PredictFunction, part: LabelledPictures) -> Float32Array:
    """Ask about every picture of a part, some at a time."""
    return np.concatenate(
        [
            predict(part.pictures[np.arange(at, min(at + PREDICT_BATCH_SIZE, len(part)))])
            for at in range(0, len(part), PREDICT_BATCH_SIZE)
        ]
    )
