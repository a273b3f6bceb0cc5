"""Judge a model on real drawings: accuracy against ink, calibration, stability. The model sees the prefix only."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from model.answers import Calibration, WordMask, calibrated_probabilities
from model.data.quickdraw import LabelledDrawing
from model.evaluation import metrics
from model.evaluation.calibrate import draw_random_packs
from model.ink.raster import rasterise_inks
from model.ink.strokes import ink_length, take_ink_prefix
from model.ink.vocabulary import CLASS_WORDS

INK_SHARES = [round(0.05 * step, 2) for step in range(1, 21)]
REPORTED_INK_SHARES = (0.25, 0.5, 0.75, 1.0)
"""Shares of a drawing's ink at which the report gives the accuracy."""
POOLED_INK_SHARES = [share for share in INK_SHARES if share * 10 % 1 < 1e-9 or share * 10 % 1 > 1 - 1e-9]
"""ECE is pooled over 0.1, 0.2 … 1.0."""
RANDOM_PACK_SIZES = (10, 30, 60, 120)
"""Sizes of the random packs whose calibration is judged."""
EVALUATION_BATCH_SIZE = 128
"""Drawings guessed at once."""

NetworkFunction = Callable[[npt.NDArray[np.uint8], npt.NDArray[np.float32]], tuple[Any, Any]]


@dataclass(frozen=True, slots=True)
class NetworkOutputs:
    """The network's answers to every drawing at every share: logits (shares, n, 345), junk, scalars."""

    logits: npt.NDArray[np.float32]
    junk: npt.NDArray[np.float32]
    scalars: npt.NDArray[np.float32]


def run_on_prefixes(
    network: NetworkFunction, drawings: list[LabelledDrawing], shares: list[float], progress: Callable[[int], None]
) -> NetworkOutputs:
    """Run the network over all prefixes. Raw drawings are cut as they are; the rasteriser fits every prefix."""
    count = len(drawings)
    logits = np.zeros((len(shares), count, len(CLASS_WORDS)), np.float32)
    junk = np.zeros((len(shares), count), np.float32)
    scalars = None
    for step, share in enumerate(shares):
        for start in range(0, count, EVALUATION_BATCH_SIZE):
            part = drawings[start : start + EVALUATION_BATCH_SIZE]
            pictures, part_scalars = rasterise_inks([take_ink_prefix(drawing.ink, share) for drawing in part])
            if scalars is None:
                scalars = np.zeros((len(shares), count, part_scalars.shape[1]), np.float32)
            scalars[step, start : start + len(part)] = part_scalars
            logits[step, start : start + len(part)], junk[step, start : start + len(part)] = network(
                pictures, part_scalars
            )
            progress(len(part))
    assert scalars is not None
    return NetworkOutputs(logits, junk, scalars)


def accuracy_figures(
    outputs: NetworkOutputs, drawings: list[LabelledDrawing], calibration: Calibration, pack: WordMask | None
) -> dict[str, Any]:
    """Compute the figures of `inkling model evaluate` (all but names and sizes), shares as in INK_SHARES."""
    labels = np.array([drawing.label for drawing in drawings])
    everything = np.ones(len(CLASS_WORDS), bool)
    confidence, right, tops, ink = [], [], [], {}
    full: dict[str, float] = {}
    for step, share in enumerate(INK_SHARES):
        probs = _probabilities_at_share(outputs, step, everything, calibration)
        top = probs.argmax(1)
        tops.append(top)
        confidence.append(probs.max(1))
        right.append(top == labels)
        if share in REPORTED_INK_SHARES:
            row = metrics.top_k_accuracy(metrics.rank_true_words(probs, labels))
            full = row if share == 1.0 else full
            ink[str(share)] = {
                "top1": row["top1"], "top3": row["top3"], "ece": metrics.expected_calibration_error(confidence[-1], right[-1])
            }  # fmt: skip
    chosen = [INK_SHARES.index(share) for share in POOLED_INK_SHARES]
    pooled_confidence = np.stack(confidence)[chosen]
    pooled_right = np.stack(right)[chosen]
    # The ink that is seen, in sides of its own box: what can be known. How long it will get nobody knows.
    seen = metrics.assign_quintiles(outputs.scalars[chosen, :, 0].ravel()).reshape(len(chosen), -1)
    whole = metrics.assign_quintiles(np.array([ink_length(drawing.ink) for drawing in drawings], np.float32))
    whole = np.broadcast_to(whole, seen.shape)
    steady = metrics.answer_stability(np.stack(tops, 1), labels, INK_SHARES)
    return {
        "full": full,
        "ink": ink,
        "ece": {
            "pooled": metrics.expected_calibration_error(pooled_confidence.ravel(), pooled_right.ravel()),
            "by_length": _ece_by_quintile(pooled_confidence, pooled_right, seen),
            "by_whole_length": _ece_by_quintile(pooled_confidence, pooled_right, whole),
            "pack": _ece_in_pack(outputs, labels, calibration, pack),
            "random_packs": {
                str(size): metrics.expected_calibration_error(
                    *_confidence_in_random_packs(outputs, labels, calibration, size)
                )
                for size in RANDOM_PACK_SIZES
            },
        },
        "first_stable": {"median_ink": steady["median_ink"], "never": steady["never"]},
        "flips": steady["flips"],
        "_reliability": _reliability_diagrams(
            outputs, labels, calibration, pack, pooled_confidence, pooled_right, seen
        ),
        "_labels": labels,
        "_tops": np.stack(tops),
    }


def _ece_by_quintile(
    confidence: npt.NDArray[np.float32], right: npt.NDArray[np.bool_], fifth: npt.NDArray[np.int64]
) -> list[float]:
    return [metrics.expected_calibration_error(confidence[fifth == part], right[fifth == part]) for part in range(5)]


def _reliability_diagrams(
    outputs: NetworkOutputs, labels: npt.NDArray[np.int64], calibration: Calibration, pack: WordMask | None,
    confidence: npt.NDArray[np.float32], right: npt.NDArray[np.bool_], fifth: npt.NDArray[np.int64],
) -> dict[str, list[tuple[float, float, int]]]:  # fmt: skip
    """Reliability by what it is asked about: everything, fifths by length, the pack, random packs."""
    found = {"all drawings": metrics.reliability_bins(confidence.ravel(), right.ravel())}
    for part, name in enumerate(("least ink", "second fifth", "third fifth", "fourth fifth", "most ink")):
        found[name] = metrics.reliability_bins(confidence[fifth == part], right[fifth == part])
    if pack is not None and pack[labels].any():
        found["the pack"] = metrics.reliability_bins(*_confidence_in_pack(outputs, labels, calibration, pack))
    for size in (RANDOM_PACK_SIZES[0], RANDOM_PACK_SIZES[-1]):
        found[f"{size} random words"] = metrics.reliability_bins(
            *_confidence_in_random_packs(outputs, labels, calibration, size)
        )
    return found


def _probabilities_at_share(
    outputs: NetworkOutputs, step: int, mask: WordMask, calibration: Calibration
) -> npt.NDArray[np.float32]:
    masks = np.broadcast_to(mask, outputs.logits[step].shape)
    probs, _ = calibrated_probabilities(
        outputs.logits[step], outputs.junk[step], outputs.scalars[step], masks, calibration
    )
    return probs


def _ece_in_pack(
    outputs: NetworkOutputs, labels: npt.NDArray[np.int64], calibration: Calibration, pack: WordMask | None
) -> float | None:
    """Pooled ECE of answers renormalised over a pack, on the drawings of its words."""
    if pack is None or not pack[labels].any():
        return None
    return metrics.expected_calibration_error(*_confidence_in_pack(outputs, labels, calibration, pack))


ConfidenceAndCorrect = tuple[npt.NDArray[np.float32], npt.NDArray[np.bool_]]


def _confidence_in_pack(
    outputs: NetworkOutputs, labels: npt.NDArray[np.int64], calibration: Calibration, pack: WordMask
) -> ConfidenceAndCorrect:
    """Confidence and rightness over a pack, of the drawings of its words, all judged shares."""
    inside = pack[labels]
    confidence, right = [], []
    for share in POOLED_INK_SHARES:
        probs = _probabilities_at_share(outputs, INK_SHARES.index(share), pack, calibration)[inside]
        confidence.append(probs.max(1))
        right.append(probs.argmax(1) == labels[inside])
    return np.concatenate(confidence), np.concatenate(right)


def _confidence_in_random_packs(
    outputs: NetworkOutputs, labels: npt.NDArray[np.int64], calibration: Calibration, size: int, seed: int = 3
) -> ConfidenceAndCorrect:
    """Confidence and rightness over random packs of `size` words, another for each drawing and share."""
    rng = np.random.default_rng(seed)
    confidence, right = [], []
    for share in POOLED_INK_SHARES:
        step = INK_SHARES.index(share)
        masks = draw_random_packs(labels, rng, size)
        probs, _ = calibrated_probabilities(
            outputs.logits[step], outputs.junk[step], outputs.scalars[step], masks, calibration
        )
        confidence.append(probs.max(1))
        right.append(probs.argmax(1) == labels)
    return np.concatenate(confidence), np.concatenate(right)
