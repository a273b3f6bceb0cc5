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
from model.data.quickdraw import Drawing
from model.ink.vocabulary import WORDS
from model.registry.artifact import artifact
from model.retraining.measure import Model
from model.retraining.mixed_feed import OF_PLAYERS
from model.retraining.weight_averaging import blend
from model.training.loss import Floats, loss
from model.training.pipeline import Batch, Feed
from model.training.publish import publish
from model.training.trainer import Config, Trainer

PUBLIC_LABEL, PLAYERS_LABEL, ALONE_LABEL = 0.1, 0.8, 0.5
"""Weight of the label against the champion's answer: for public drawings, for players', and for players' when there are no
public ones to keep the rest in mind."""
LR = 3e-4
EMA = 0.99
"""A retraining has hundreds of steps, not ten thousands: the average must not be mostly the champion."""
FIGURES = 700
"""Drawings that the figures in the card are measured on; the gates take all."""


@dataclass(frozen=True, slots=True)
class Judges:
    """Drawings to calibrate on (or the champion's calibration, if they are too few) and to judge by."""

    validation: list[Drawing]
    test: list[Drawing]
    calibration: Calibration | None = None


class Pupil(Trainer):
    """One retraining."""

    def __init__(self, config: Config, out: Path, taught: list[Drawing], judges: Judges, champion: Model) -> None:
        super().__init__(config, out, taught, judges.validation)
        self.optimizer.ema_momentum = EMA
        for layer in self.network.layers:
            layer.trainable = type(layer).__name__ != "BatchNormalization"
        self.network.compile(self.optimizer, loss=loss)
        self._judged, self._champion = judges, champion
        self._alone = not config.data
        self.losses: list[float] = []
        self.share = 1.0
        """Of what it learned that is kept; the rest is the champion's."""

    def lessons(self, feed: Iterable[Batch]) -> Iterator[tuple[Batch, Floats]]:
        """Yield batches with the champion's answer mixed into their targets."""
        for batch, goal in super().lessons(feed):
            yield batch, self._mixed(batch, goal)

    def _mixed(self, batch: Batch, goal: Floats) -> Floats:
        words, half, players = len(WORDS), len(batch.labels) // 2, batch.source == OF_PLAYERS
        logits, _ = self._champion.function(np.ascontiguousarray(batch.pictures), batch.scalars)
        odds = np.exp(logits - logits.max(1, keepdims=True))
        said = odds / odds.sum(1, keepdims=True)  # not softened: what it knows shall stay as it is
        # Of a public drawing that is cut, too, it shall think what it thought; of a player's, what it thinks of the whole.
        said[half:][players[half:]] = said[:half][players[half:]]
        theirs = ALONE_LABEL if self._alone else PLAYERS_LABEL
        weight = np.where(players, theirs, PUBLIC_LABEL).astype(np.float32)[:, None]
        weight[batch.labels < 0] = 1.0
        mixed = goal.copy()
        mixed[:, :words] = goal[:, :words] * weight + said * (1 - weight)
        return mixed

    def average(self, feed: Feed) -> None:
        """Put the averaged weights into the network."""
        self.optimizer.finalize_variable_values(self.network.trainable_variables)

    def blend(self, public: list[Drawing], console: Console) -> None:
        """Take so much of what was learned as public drawings bear."""
        champion = artifact.weights_of(artifact.folder_of(self.config.init))
        self.share = blend(self.network, champion, public, console).share

    def learn(self, batch: Batch, goal: Floats) -> float:
        """Take one step; returns the loss and keeps it for the report."""
        self.losses.append(super().learn(batch, goal))
        return self.losses[-1]

    def publish(self, training: dict[str, object], console: Console) -> artifact.Card:
        """Calibrate, judge and write the model; returns its card."""
        training = {
            **training, "share of the pupil": self.share, "samples": self.samples, "seconds": round(self.spent),
            "parameters": int(self.network.count_params()),
        }  # fmt: skip
        judged = self._judged
        test = judged.test[:: max(1, len(judged.test) // FIGURES)]
        publish(self.network, self.card, self.out, training, judged.validation, test, console, judged.calibration)
        return self.card
