"""Figures: accuracy, calibration, stability. numpy only; every function takes arrays and returns numbers."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Float32Array = npt.NDArray[np.float32]
Labels = npt.NDArray[np.int64]

CALIBRATION_BINS = 15
"""Bins of confidence, of equal width, for the calibration error."""


def rank_true_words(scores: Float32Array, labels: Labels) -> Labels:
    """Return the rank of each true word, 0 = first; ties count against the model. scores (n, words)."""
    own = scores[np.arange(len(labels)), labels][:, None]
    ranks: Labels = (scores >= own).sum(1) - 1
    return ranks


def top_k_accuracy(ranks: Labels) -> dict[str, float]:
    """Return top-1, top-3 and MAP@3 (one right answer: 1, 1/2 or 1/3)."""
    return {
        "top1": float((ranks < 1).mean()),
        "top3": float((ranks < 3).mean()),
        "map3": float(np.where(ranks < 3, 1.0 / (ranks + 1.0), 0.0).mean()),
    }


def expected_calibration_error(
    confidence: Float32Array, right: npt.NDArray[np.bool_], bins: int = CALIBRATION_BINS
) -> float:
    """Return the expected calibration error of top-1 over equal-width bins (Naeini et al. 2015)."""
    bin_of = np.minimum((confidence * bins).astype(int), bins - 1)
    gaps = [abs(confidence[bin_of == b].sum() - right[bin_of == b].sum()) for b in range(bins)]
    return float(sum(gaps) / max(len(confidence), 1))


def reliability_bins(
    confidence: Float32Array, right: npt.NDArray[np.bool_], bins: int = CALIBRATION_BINS
) -> list[tuple[float, float, int]]:
    """Return (mean confidence, share right, count) of each bin that holds something."""
    bin_of = np.minimum((confidence * bins).astype(int), bins - 1)
    return [
        (float(confidence[bin_of == b].mean()), float(right[bin_of == b].mean()), int((bin_of == b).sum()))
        for b in range(bins)
        if (bin_of == b).any()
    ]


def assign_quintiles(lengths: Float32Array) -> Labels:
    """Return 0..4: in which fifth, by ink length, each one lies."""
    ranking = np.argsort(lengths, kind="stable")
    fifth = np.empty(len(lengths), np.int64)
    fifth[ranking] = np.arange(len(lengths)) * 5 // max(len(lengths), 1)
    return fifth


def answer_stability(tops: Labels, labels: Labels, shares: list[float]) -> dict[str, float | None]:
    """Describe top words along growing ink: `tops` is (drawings, shares).

    `median_ink`: median share from which a drawing is right to the end; `never`: share of drawings that never are;
    `flips`: mean changes of the top word.
    """
    right = tops == labels[:, None]
    to_the_end = np.logical_and.accumulate(right[:, ::-1], axis=1)[:, ::-1]
    ever = to_the_end.any(1)
    first = np.array(shares)[to_the_end.argmax(1)]
    return {
        "median_ink": float(np.median(first[ever])) if ever.any() else None,
        "never": float(1 - ever.mean()),
        "flips": float((tops[:, 1:] != tops[:, :-1]).sum(1).mean()),
    }
