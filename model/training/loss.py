"""What the network is taught: the target of each view, and the loss that compares an answer with it."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from model.ink.vocabulary import CLASS_WORDS
from model.training.pipeline import TrainingBatch

Float32Array = npt.NDArray[np.float32]

LABEL_WEIGHT = 0.35
"""Weight in the target of the file's label, which is wrong for one drawing in ten; the rest is what the teachers say of the varied
drawing that the student sees, or sees a part of (Beyer et al. 2022)."""
JUNK_LOSS_WEIGHT = 0.3
"""Weight of the loss for junk beside that for words, which is 1."""
TARGET_COLUMN_COUNT = len(CLASS_WORDS) + 3
"""Of a target: the words, 1 for junk, the weight of the words' loss, the weight of junk's."""


def mix_target(batch: TrainingBatch, teacher_answers: Float32Array | None = None) -> Float32Array:
    """Mix the target (n, TARGET_COLUMN_COUNT) of a batch of n views.

    teacher_answers: the teachers' softened answers to the batch's bitmaps (m, 345). Without a teacher the labels alone count. A cut view is
    taught what the whole drawing is, with half to all of the weight. What has strokes of another word is what the teachers
    say it is.
    """
    words, size = len(CLASS_WORDS), len(batch.labels)
    target = np.zeros((size, TARGET_COLUMN_COUNT), np.float32)
    real = batch.labels >= 0
    pure = real & batch.pure
    label = np.where(pure, 1.0 if teacher_answers is None else LABEL_WEIGHT, 0.0).astype(np.float32)
    if teacher_answers is not None:
        target[:, :words] = teacher_answers[batch.bitmap_index] * (1 - label)[:, None]
    target[np.arange(size), batch.labels] += label
    target[:, words] = ~real
    target[:, words + 1] = real * (0.5 + 0.5 * batch.share)
    target[:, words + 2] = batch.pure
    return target


def loss(target: Any, out: Any) -> Any:
    """Weighted cross-entropy against the mixed target, plus binary cross-entropy of the junk logit."""
    from keras import ops

    words = len(CLASS_WORDS)
    entropy = -ops.sum(target[:, :words] * ops.log_softmax(out[:, :words]), axis=1) * target[:, words + 1]
    junk = ops.binary_crossentropy(target[:, words : words + 1], out[:, words : words + 1], from_logits=True)
    return entropy + JUNK_LOSS_WEIGHT * junk[:, 0] * target[:, words + 2]
