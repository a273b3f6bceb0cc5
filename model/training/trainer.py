"""One training run, top to bottom: data → augment → raster → network → loss → calibrate → evaluate."""

from __future__ import annotations

import json
import math
import time
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from model.data.quickdraw import LabelledDrawing
from model.evaluation import curves, metrics
from model.ink.raster import rasterise_inks
from model.ink.strokes import take_ink_prefix
from model.registry import artifact, recipe
from model.registry.model_card import ModelCard
from model.training import plots
from model.training.config import TrainingConfig
from model.training.loss import Float32Array, loss, mix_target
from model.training.pipeline import JUDGED_DRAWINGS_PER_WORD, Feed, TrainingBatch, load_drawings
from model.training.publish import network_function, publish_model, update_batch_norm_statistics

EMA_MOMENTUM = 0.998
"""What the averaged weights keep of themselves at each step."""
BATCH_NORM_UPDATE_BATCHES = 50
"""Batches that the averaged weights measure their statistics on."""
WARM_UP_SHARE = 0.02
"""Share of the budget in which the learning rate rises."""
ECHO_DELAY_BATCHES = 8
"""Batches that lie between one and its mirrored self."""
CHECKPOINT_INTERVAL_SECONDS = 900.0
"""Seconds of training between two checkpoints."""
MAX_STEP_SECONDS = 120.0
"""Seconds, with a checkpoint in between, on a machine that is busy with other things."""


def train_network(config: TrainingConfig, out: Path, resume: bool = False) -> dict[str, Any]:
    """Train into the folder `out`: model, card, history, plots, checkpoints. Returns the figures on the test part."""
    console = Console(stderr=True)
    out.mkdir(parents=True, exist_ok=True)
    if resume and not (out / "checkpoint.keras").exists():
        raise ValueError(f"nothing to resume in {out}: no checkpoint.keras")
    (out / "config.json").write_text(json.dumps(asdict(config), indent=1) + "\n")
    folders = [Path(name) for name in config.data]
    feed = Feed(folders, config.batch_size, config.seed, config.workers, config.strength, bool(config.teacher))
    try:
        drawings = load_drawings(folders, "train")
        trainer = Trainer(config, out, drawings, load_drawings(folders[:1], "validation", JUDGED_DRAWINGS_PER_WORD))
        if resume:
            trainer.restore()
        console.print(f"{len(drawings)} drawings to learn from, {trainer.network.count_params()} parameters")
        trainer.run(feed, console)
        trainer.average(feed)
    finally:
        feed.close()
    return trainer.finish(load_drawings(folders[:1], "test", JUDGED_DRAWINGS_PER_WORD), console)


class Trainer:
    """The state of one run."""

    def __init__(
        self, config: TrainingConfig, out: Path, drawings: list[LabelledDrawing], validation: list[LabelledDrawing]
    ) -> None:
        import keras

        keras.utils.set_random_seed(config.seed)
        self.config, self.out = config, out
        self.drawings, self.validation = drawings, validation
        self.teachers = None
        if config.teacher:
            from model.network.teacher_networks import TeacherEnsemble

            self.teachers = TeacherEnsemble([Path(folder) for folder in config.teacher])
        self.card = _initial_card(config)
        self.network = build_trainable_network(self.card, config)
        if config.init:
            self.network.set_weights(artifact.read_weights(artifact.resolve_model_folder(config.init)))
        self.optimizer = _build_optimizer(config)
        self.network.compile(self.optimizer, loss=loss)
        self.history: list[dict[str, float]] = []
        self.step, self.samples, self.seconds_spent = 0, 0, 0.0
        self._views = {
            share: rasterise_inks([take_ink_prefix(d.ink, share) for d in validation])
            for share in curves.REPORTED_INK_SHARES
        }

    def run(self, feed: Feed, console: Console) -> None:
        """Train until the budget is spent. The schedule follows the budget, not the steps: load cannot ruin it.

        Nor can a pause: of a step that took longer than any does, because the process was stopped or the machine slept, the rest is not spent.
        """
        columns = (TextColumn("{task.description}"), BarColumn(), TimeRemainingColumn())
        before, saved = time.monotonic(), self.seconds_spent
        losses: list[float] = []
        targeted = self.batches_with_targets(feed)
        with Progress(*columns, console=console) as progress:
            line = progress.add_task("training", total=1.0)
            while (done := self._done()) < 1:
                self.optimizer.learning_rate.assign(self._rate(done))
                losses.append(self.learn(*next(targeted)))
                now = time.monotonic()
                self.seconds_spent += min(now - before, MAX_STEP_SECONDS)
                before = now
                if self.step % 50 == 0:
                    text = f"step {self.step}  loss {np.mean(losses[-50:]):.3f}"
                    progress.update(line, completed=done, description=text)
                if self.seconds_spent - saved >= CHECKPOINT_INTERVAL_SECONDS:
                    self.checkpoint(float(np.mean(losses)), feed)
                    losses.clear()
                    saved = self.seconds_spent

    def _done(self) -> float:
        if self.config.epochs:
            return self.samples / (self.config.epochs * len(self.drawings))
        return self.seconds_spent / self.config.seconds

    def _rate(self, done: float) -> float:
        """Cosine decay after a short warm-up (Loshchilov & Hutter 2017)."""
        rise = min(1.0, done / WARM_UP_SHARE + 0.01)
        return self.config.lr * rise * 0.5 * (1 + math.cos(math.pi * min(done, 1.0))) + 1e-5

    def batches_with_targets(self, feed: Iterable[TrainingBatch]) -> Iterator[tuple[TrainingBatch, Float32Array]]:
        """Yield batches and their targets, each a second time in the mirror, some batches later.

        Making pictures and asking the teacher cost a third of a step; a mirrored batch costs neither (Choi et al. 2019
        on echoing data).
        """
        waiting: deque[tuple[TrainingBatch, Float32Array]] = deque()
        for batch in feed:
            target = mix_target(batch, self.teachers(batch.bitmaps) if self.teachers else None)
            yield batch, target
            waiting.append((replace(batch, pictures=batch.pictures[:, :, ::-1]), target))
            if len(waiting) > ECHO_DELAY_BATCHES:
                yield waiting.popleft()

    def learn(self, batch: TrainingBatch, target: Float32Array) -> float:
        """Take one step; returns the loss."""
        self.step += 1
        self.samples += len(target)
        return float(self.network.train_on_batch([batch.pictures, batch.scalars], target))

    def average(self, feed: Feed) -> None:
        """Put the averaged weights into the network, with statistics of their own."""
        self.optimizer.finalize_variable_values(self.network.trainable_variables)
        batches = iter(feed)
        update_batch_norm_statistics(self.network, [next(batches) for _ in range(BATCH_NORM_UPDATE_BATCHES)])

    def checkpoint(self, loss: float, feed: Feed) -> None:
        """Judge the averaged weights on the validation part; save everything needed to go on."""
        live = [np.array(weight) for weight in self.network.get_weights()]
        self.average(feed)
        row: dict[str, float] = {
            "step": self.step,
            "samples": self.samples,
            "seconds": self.seconds_spent,
            "loss": loss,
        }
        labels = np.array([drawing.label for drawing in self.validation])
        for share, (pictures, scalars) in self._views.items():
            row[f"top1@{share}"] = metrics.top_k_accuracy(
                metrics.rank_true_words(self._logits(pictures, scalars)[0], labels)
            )["top1"]
        self.history.append(row)
        (self.out / "history.json").write_text(json.dumps(self.history, indent=1) + "\n")
        averaged = [np.asarray(weight) for weight in self.network.get_weights()]
        self.card.version = f"step-{self.step}"
        artifact.save_model(self.out / "averaged", self.card, averaged)
        self.network.set_weights(live)
        unfinished = self.out / "checkpoint.tmp.keras"
        self.network.save(unfinished)
        unfinished.replace(self.out / "checkpoint.keras")

    def restore(self) -> None:
        """Go on from the newest checkpoint."""
        import keras

        saved = keras.saving.load_model(self.out / "checkpoint.keras", custom_objects={"loss": loss})
        self.network, self.optimizer = saved, saved.optimizer
        self.history = json.loads((self.out / "history.json").read_text())
        last = self.history[-1]
        self.step, self.samples, self.seconds_spent = int(last["step"]), int(last["samples"]), float(last["seconds"])

    def finish(self, test: list[LabelledDrawing], console: Console) -> dict[str, Any]:
        """Calibrate on the validation part, judge on the test part, write model, card and plot."""
        training = {
            "recipe": self.config.recipe, "drawings": len(self.drawings),
            "samples": self.samples, "seconds": round(self.seconds_spent),
            "parameters": int(self.network.count_params()), "data": "Quick, Draw!: " + ", ".join(Path(folder).name for folder in self.config.data),
            "teacher": " and ".join(self.teachers.names) if self.teachers else "none", "init": self.config.init or "none",
        }  # fmt: skip
        exact = artifact.build_network_from_card(self.card)
        exact.set_weights(self.network.get_weights())
        figures = publish_model(exact, self.card, self.out, training, self.validation, test, console)
        plots.plot_training_history(
            self.history, recipe.load_recipe(self.config.recipe).target, self.out / "history.png"
        )
        return figures

    def _logits(
        self, pictures: npt.NDArray[np.uint8], scalars: npt.NDArray[np.float32]
    ) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
        return network_function(self.network)(pictures, scalars)


def _initial_card(config: TrainingConfig) -> ModelCard:
    """Return an empty card; a run that starts from a model has that model's shape."""
    if not config.init:
        return ModelCard("training", config.widths, config.blocks, config.embedding, branches=1)
    start = artifact.read_game_card(artifact.resolve_model_folder(config.init))
    return ModelCard("training", start.widths, start.blocks, start.embedding, start.pooled, branches=start.branches)


def build_trainable_network(card: ModelCard, config: TrainingConfig) -> Any:
    """Build the network that is trained, in the precision that is wanted. Its weights and its logits are float32 in any."""
    import keras

    previous = keras.config.dtype_policy()
    keras.config.set_dtype_policy(choose_precision(config.precision))
    try:
        return artifact.build_network_from_card(card, config.dropout)
    finally:
        keras.config.set_dtype_policy(previous)


def choose_precision(name: str, cpuinfo: Path = Path("/proc/cpuinfo")) -> str:
    """Return the name of Keras' policy. auto: bfloat16 pays only with AMX; with AVX-512 alone it is half as fast as float32."""
    if name != "auto":
        return name
    try:
        tiles = "amx_bf16" in cpuinfo.read_text(encoding="utf-8", errors="replace")
    except OSError:
        tiles = False
    return "mixed_bfloat16" if tiles else "float32"


def _build_optimizer(config: TrainingConfig) -> Any:
    import keras

    shared = {"weight_decay": config.weight_decay, "use_ema": True, "ema_momentum": EMA_MOMENTUM, "clipnorm": 5.0}
    if config.optimizer == "sgd":
        return keras.optimizers.SGD(config.lr, momentum=0.9, nesterov=True, **shared)
    return keras.optimizers.AdamW(config.lr, **shared)
