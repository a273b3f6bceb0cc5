"""One training run, top to bottom: data → augment → raster → network → loss → calibrate → evaluate."""

from __future__ import annotations

import json
import math
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from model import registry
from model.data.quickdraw import Drawing
from model.labels import WORDS
from model.nn import evaluate, metrics
from model.nn.network import BLOCKS, WIDTHS
from model.nn.pipeline import JUDGED, Batch, Feed, load
from model.nn.publish import network_function, publish, settle
from model.raster import rasters
from model.strokes import prefix

LABEL_SHARE = 0.35
"""Weight of the file's label in the target; the rest is the teacher's answer to the full drawing."""
TEACHER_TEMPERATURE = 2.0
JUNK_WEIGHT = 0.3
EMA = 0.998
SETTLE_BATCHES = 50
WARM_UP = 0.02
CHECKPOINT_STEPS = 1500


@dataclass(frozen=True, slots=True)
class Config:
    """What a run is made of; written to `config.json` in its folder."""

    data: tuple[str, ...]
    seconds: float = 3300.0
    epochs: float = 0.0
    """If set, the run ends after this many passes instead of after `seconds`."""
    batch_size: int = 128
    lr: float = 2.5e-3
    dropout: float = 0.1
    weight_decay: float = 0.05
    optimizer: str = "adam"
    seed: int = 0
    workers: int = 2
    teacher: str = ""
    """Folder of the teacher; without one the labels alone teach."""
    patient: bool = False
    """Ask the teacher about every varied drawing instead of once about the original (Beyer et al. 2022)."""
    strength: float = 1.0
    """Of the augmentation."""
    init: str = ""
    """Model to start from: champion, a run folder or a version."""


def train(config: Config, out: Path, resume: bool = False) -> dict[str, Any]:
    """Train into the folder `out`: model, card, history, plot, checkpoints. Returns the figures on the test part."""
    console = Console(stderr=True)
    out.mkdir(parents=True, exist_ok=True)
    (out / "config.json").write_text(json.dumps(asdict(config), indent=1) + "\n")
    folders = [Path(name) for name in config.data]
    feed = Feed(folders, config.batch_size, config.seed, config.workers, config.strength, config.patient)
    try:
        drawings = load(folders, "train")
        trainer = Trainer(config, out, drawings, load(folders[:1], "validation", JUDGED))
        if resume:
            trainer.restore()
        console.print(f"{len(drawings)} drawings to learn from, {trainer.network.count_params()} parameters")
        trainer.run(feed, console)
        trainer.average(feed)
    finally:
        feed.close()
    return trainer.finish(load(folders[:1], "test", JUDGED), console)


class Trainer:
    """The state of one run."""

    def __init__(self, config: Config, out: Path, drawings: list[Drawing], judges: list[Drawing]) -> None:
        import keras

        from model.nn.network import build

        keras.utils.set_random_seed(config.seed)
        self.config, self.out = config, out
        self.drawings, self.judges = drawings, judges
        self.labels = np.array([drawing.label for drawing in drawings])
        self.targets = None if config.patient else _targets(config, out, drawings)
        self.teacher = _patient(config) if config.patient else None
        self.network = build(dropout=config.dropout)
        if config.init:
            self.network.set_weights(registry.weights_of(registry.folder_of(config.init)))
        self.optimizer = _optimizer(config)
        self.network.compile(self.optimizer, loss=_loss)
        self.history: list[dict[str, float]] = []
        self.step, self.spent = 0, 0.0
        self._views = {share: rasters([prefix(d.ink, share) for d in judges]) for share in evaluate.REPORTED}

    def run(self, feed: Feed, console: Console) -> None:
        """Train until the budget is spent. The schedule follows the budget, not the steps: load cannot ruin it."""
        columns = (TextColumn("{task.description}"), BarColumn(), TimeRemainingColumn())
        began = time.monotonic() - self.spent
        losses: list[float] = []
        batches = iter(feed)
        with Progress(*columns, console=console) as progress:
            line = progress.add_task("training", total=1.0)
            while (done := self._done(time.monotonic() - began)) < 1:
                self.optimizer.learning_rate.assign(self._rate(done))
                losses.append(self._learn(next(batches)))
                self.spent = time.monotonic() - began
                if self.step % 50 == 0:
                    text = f"step {self.step}  loss {np.mean(losses[-50:]):.3f}"
                    progress.update(line, completed=done, description=text)
                if self.step % CHECKPOINT_STEPS == 0:
                    self.checkpoint(float(np.mean(losses)), feed)
                    losses.clear()

    def _done(self, elapsed: float) -> float:
        if self.config.epochs:
            return self.step * self.config.batch_size / (self.config.epochs * len(self.drawings))
        return elapsed / self.config.seconds

    def _rate(self, done: float) -> float:
        """Cosine decay after a short warm-up (Loshchilov & Hutter 2017)."""
        rise = min(1.0, done / WARM_UP + 0.01)
        return self.config.lr * rise * 0.5 * (1 + math.cos(math.pi * min(done, 1.0))) + 1e-5

    def _learn(self, batch: Batch) -> float:
        target = np.zeros((len(batch.source), len(WORDS) + 2), np.float32)
        real = batch.source >= 0
        source = batch.source[real]
        words = self._taught(batch, real)
        words[np.arange(len(source)), self.labels[source]] += LABEL_SHARE
        target[real, : len(WORDS)] = words
        target[:, len(WORDS)] = ~real
        target[real, len(WORDS) + 1] = 0.5 + 0.5 * batch.share[real]
        self.step += 1
        return float(self.network.train_on_batch([batch.pictures, batch.scalars], target))

    def _taught(self, batch: Batch, real: npt.NDArray[np.bool_]) -> npt.NDArray[np.float32]:
        if self.teacher is not None:
            return _cool(self.teacher(batch.bitmaps)[real])
        assert self.targets is not None
        return self.targets[batch.source[real]].astype(np.float32)

    def average(self, feed: Feed) -> None:
        """Put the averaged weights into the network, with statistics of their own."""
        self.optimizer.finalize_variable_values(self.network.trainable_variables)
        batches = iter(feed)
        settle(self.network, [next(batches) for _ in range(SETTLE_BATCHES)])

    def checkpoint(self, loss: float, feed: Feed) -> None:
        """Judge the averaged weights on the validation part; save everything needed to go on."""
        live = [np.array(weight) for weight in self.network.get_weights()]
        self.average(feed)
        row: dict[str, float] = {"step": self.step, "seconds": self.spent, "loss": loss}
        labels = np.array([drawing.label for drawing in self.judges])
        for share, (pictures, scalars) in self._views.items():
            row[f"top1@{share}"] = metrics.accuracy(metrics.ranks(self._logits(pictures, scalars)[0], labels))["top1"]
        self.history.append(row)
        (self.out / "history.json").write_text(json.dumps(self.history, indent=1) + "\n")
        averaged = [np.asarray(weight) for weight in self.network.get_weights()]
        registry.save(self.out / "averaged", registry.Card(f"step-{self.step}", WIDTHS, BLOCKS), averaged)
        self.network.set_weights(live)
        unfinished = self.out / "checkpoint.tmp.keras"
        self.network.save(unfinished)
        unfinished.replace(self.out / "checkpoint.keras")

    def restore(self) -> None:
        """Go on from the newest checkpoint."""
        import keras

        saved = keras.saving.load_model(self.out / "checkpoint.keras", custom_objects={"_loss": _loss})
        self.network, self.optimizer = saved, saved.optimizer
        self.history = json.loads((self.out / "history.json").read_text())
        self.step, self.spent = int(self.history[-1]["step"]), float(self.history[-1]["seconds"])

    def finish(self, test: list[Drawing], console: Console) -> dict[str, Any]:
        """Calibrate on the validation part, judge on the test part, write model, card and plot."""
        training = {
            "drawings": len(self.drawings), "samples": self.step * self.config.batch_size,
            "seconds": round(self.spent), "parameters": int(self.network.count_params()),
            "data": "Quick, Draw! simplified and raw", "teacher": "DoodleNet" if self.config.teacher else "none",
            "init": self.config.init or "none",
        }  # fmt: skip
        found = publish(self.network, self.out, training, self.judges, test, console)
        _plot(self.history, self.out / "history.png")
        return found

    def _logits(
        self, pictures: npt.NDArray[np.uint8], scalars: npt.NDArray[np.float32]
    ) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
        return network_function(self.network)(pictures, scalars)


def _targets(config: Config, out: Path, drawings: list[Drawing]) -> npt.NDArray[np.float16]:
    """Return the teacher's share of each drawing's target, float16 (n, 345); cached in the run's folder."""
    if not config.teacher:
        return np.full((len(drawings), len(WORDS)), (1 - LABEL_SHARE) / len(WORDS), np.float16)
    cache = out / "teacher.npy"
    if cache.exists():
        logs = np.load(cache)
    else:
        from model.nn import teacher

        logs = teacher.answers(Path(config.teacher), [drawing.ink for drawing in drawings])
        np.save(cache, logs)
    if len(logs) != len(drawings):
        raise ValueError(f"{cache.name} was made from other drawings; remove it")
    return _cool(logs.astype(np.float32)).astype(np.float16)


def _cool(logs: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Soften the teacher's log-probabilities (n, 345) into its share of the target."""
    cooled = logs / TEACHER_TEMPERATURE
    odds = np.exp(cooled - cooled.max(1, keepdims=True))
    softened: npt.NDArray[np.float32] = (1 - LABEL_SHARE) * odds / odds.sum(1, keepdims=True)
    return softened


def _patient(config: Config) -> Any:
    if not config.teacher:
        raise ValueError("a patient teacher needs --teacher")
    from model.nn import teacher

    return teacher.Teacher(Path(config.teacher))


def _optimizer(config: Config) -> Any:
    import keras

    shared = {"weight_decay": config.weight_decay, "use_ema": True, "ema_momentum": EMA, "clipnorm": 5.0}
    if config.optimizer == "sgd":
        return keras.optimizers.SGD(config.lr, momentum=0.9, nesterov=True, **shared)
    return keras.optimizers.AdamW(config.lr, **shared)


def _loss(target: Any, out: Any) -> Any:
    """Weighted cross-entropy against the mixed target, plus binary cross-entropy of the junk logit."""
    from keras import ops

    words = len(WORDS)
    entropy = -ops.sum(target[:, :words] * ops.log_softmax(out[:, :words]), axis=1) * target[:, words + 1]
    junk = ops.binary_crossentropy(target[:, words : words + 1], out[:, words : words + 1], from_logits=True)
    return entropy + JUNK_WEIGHT * junk[:, 0]


def _plot(history: list[dict[str, float]], path: Path) -> None:
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, (left, right) = pyplot.subplots(1, 2, figsize=(10, 4))
    steps = [row["step"] for row in history]
    left.plot(steps, [row["loss"] for row in history])
    left.set(title="loss", xlabel="step")
    for share in evaluate.REPORTED:
        right.plot(steps, [row[f"top1@{share}"] for row in history], label=f"{share:.0%} of the ink")
    right.set(title="top-1 on the validation part", xlabel="step")
    right.legend()
    figure.tight_layout()
    figure.savefig(path, dpi=110)
