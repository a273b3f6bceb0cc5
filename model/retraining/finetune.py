"""A training that starts from the champion: labels teach, and the champion's own answers keep what it knew.

The batch normalisations stay the champion's: with statistics of players' drawings they would change every answer.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from rich.console import Console

from model.answers import Calibration
from model.data.quickdraw import LabelledDrawing
from model.ink.vocabulary import CLASS_WORDS
from model.registry import artifact
from model.registry.model_card import ModelCard
from model.retraining.measure import LoadedModel
from model.retraining.mixed_feed import PLAYER_DRAWING_SOURCE
from model.retraining.weight_averaging import average_weights
from model.training.config import TrainingConfig
from model.training.loss import Float32Array, loss
from model.training.pipeline import Feed, TrainingBatch
from model.training.publish import publish_model
from model.training.trainer import Trainer

PUBLIC_LABEL_WEIGHT, PLAYERS_LABEL_WEIGHT, PLAYERS_ONLY_LABEL_WEIGHT = 0.1, 0.8, 0.5
"""Weight of the label against the champion's answer: for public drawings, for players', and for players' when there are no
public ones to keep the rest in mind."""
FINE_TUNE_LEARNING_RATE = 3e-4
"""Learning rate of fine-tuning, a factor of each gradient step, before any schedule."""
FINE_TUNE_EMA_MOMENTUM = 0.99
"""A retraining has hundreds of steps, not ten thousands: the average must not be mostly the champion."""
MAX_FIGURE_DRAWINGS = 700
"""Drawings that the figures in the card are measured on; the gates take all."""


@dataclass(frozen=True, slots=True)
class EvaluationDrawings:
    """Drawings to calibrate on (or the champion's calibration, if they are too few) and to judge by."""

    validation: list[LabelledDrawing]
    test: list[LabelledDrawing]
    calibration: Calibration | None = None


class FineTuner(Trainer):
    """One retraining."""

    def __init__(
        self,
        config: TrainingConfig,
        out: Path,
        drawings: list[LabelledDrawing],
        evaluation: EvaluationDrawings,
        champion: LoadedModel,
    ) -> None:
        super().__init__(config, out, drawings, evaluation.validation)
        self.optimizer.ema_momentum = FINE_TUNE_EMA_MOMENTUM
        for layer in self.network.layers:
            layer.trainable = type(layer).__name__ != "BatchNormalization"
        self.network.compile(self.optimizer, loss=loss)
        self._evaluation, self._champion = evaluation, champion
        self._players_only = not config.data
        self.losses: list[float] = []
        self.share = 1.0
        """Of what it learned that is kept; the rest is the champion's."""

    def batches_with_targets(self, feed: Iterable[TrainingBatch]) -> Iterator[tuple[TrainingBatch, Float32Array]]:
        """Yield batches with the champion's answer mixed into their targets."""
        for batch, target in super().batches_with_targets(feed):
            yield batch, self._mix_in_champion(batch, target)

    def _mix_in_champion(self, batch: TrainingBatch, target: Float32Array) -> Float32Array:
        words, half, players = len(CLASS_WORDS), len(batch.labels) // 2, batch.source == PLAYER_DRAWING_SOURCE
        logits, _ = self._champion.function(np.ascontiguousarray(batch.pictures), batch.scalars)
        odds = np.exp(logits - logits.max(1, keepdims=True))
        answers = odds / odds.sum(1, keepdims=True)  # not softened: what it knows shall stay as it is
        # Of a public drawing that is cut, too, it shall think what it thought; of a player's, what it thinks of the whole.
        answers[half:][players[half:]] = answers[:half][players[half:]]
        label_weight = PLAYERS_ONLY_LABEL_WEIGHT if self._players_only else PLAYERS_LABEL_WEIGHT
        weight = np.where(players, label_weight, PUBLIC_LABEL_WEIGHT).astype(np.float32)[:, None]
        weight[batch.labels < 0] = 1.0
        mixed = target.copy()
        mixed[:, :words] = target[:, :words] * weight + answers * (1 - weight)
        return mixed

    def average(self, feed: Feed) -> None:
        """Put the averaged weights into the network."""
        self.optimizer.finalize_variable_values(self.network.trainable_variables)

    def average_with_champion(self, public: list[LabelledDrawing], console: Console) -> None:
        """Take so much of what was learned as public drawings bear."""
        champion = artifact.read_weights(artifact.resolve_model_folder(self.config.init))
        self.share = average_weights(self.network, champion, public, console).share

    def learn(self, batch: TrainingBatch, target: Float32Array) -> float:
        """Take one step; returns the loss and keeps it for the report."""
        self.losses.append(super().learn(batch, target))
        return self.losses[-1]

    def publish(self, training: dict[str, object], console: Console) -> ModelCard:
        """Calibrate, judge and write the model; returns its card."""
        training = {
            **training, "share of the pupil": self.share, "samples": self.samples, "seconds": round(self.seconds_spent),
            "parameters": int(self.network.count_params()),
        }  # fmt: skip
        evaluation = self._evaluation
        test = evaluation.test[:: max(1, len(evaluation.test) // MAX_FIGURE_DRAWINGS)]
        publish_model(
            self.network, self.card, self.out, training, evaluation.validation, test, console, evaluation.calibration
        )
        return self.card
