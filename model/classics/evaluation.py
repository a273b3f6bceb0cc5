"""Figures of an image classifier. numpy only."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from model.statistics import wilson_interval

Float32Array = npt.NDArray[np.float32]
Int64Array = npt.NDArray[np.int64]


def classification_figures(
    probs: Float32Array, labels: Int64Array, classes: Sequence[str], alone: Sequence[str] = ()
) -> dict[str, Any]:
    """Judge answers (n, classes): accuracy with its 95 % interval, balanced accuracy, loss, and n of each class.

    `alone`: classes whose pictures are also judged by themselves, the answers still being over all classes.
    """
    said = probs.argmax(1)
    right = said == labels
    rows = {
        name: {"n": int((labels == place).sum()), "right": int(right[labels == place].sum())}
        for place, name in enumerate(classes)
    }
    own = probs[np.arange(len(labels)), labels]
    found: dict[str, Any] = {
        "n": len(labels),
        "accuracy": rounded_share(right.sum(), len(labels)),
        "interval": accuracy_interval(int(right.sum()), len(labels)),
        "balanced": round(float(np.mean([row["right"] / row["n"] for row in rows.values() if row["n"]])), 4),
        "loss": round(float(-np.log(np.maximum(own, 1e-7)).mean()), 4),
        "classes": rows,
        "confusion": confusion_matrix(said, labels, len(classes)).tolist(),
    }
    if alone:
        inside = np.isin(labels, [list(classes).index(name) for name in alone])
        found["alone"] = {
            "classes": list(alone), "n": int(inside.sum()), "accuracy": rounded_share(right[inside].sum(), inside.sum()),
        }  # fmt: skip
    return found


def rounded_share(right: Any, count: Any) -> float:
    """Return a share, rounded."""
    return round(float(right) / max(int(count), 1), 4)


def accuracy_interval(right: int, count: int) -> list[float]:
    """Return the 95 % interval of a share, rounded."""
    return [round(bound, 4) for bound in wilson_interval(right, count)]


def confusion_matrix(said: Int64Array, labels: Int64Array, classes: int) -> Int64Array:
    """Count (true class, said class): (classes, classes)."""
    table = np.zeros((classes, classes), np.int64)
    np.add.at(table, (labels, said), 1)
    return table


def most_frequent_confusions(table: Int64Array, classes: Sequence[str], count: int = 8) -> list[dict[str, Any]]:
    """List the most frequent confusions: what it was, what was said, how often, of how many."""
    wrong = table.copy()
    np.fill_diagonal(wrong, 0)
    found = []
    for place in np.argsort(wrong, axis=None)[::-1][:count]:
        was, said = divmod(int(place), len(classes))
        if wrong[was, said]:
            times, n = int(wrong[was, said]), int(table[was].sum())
            found.append({"was": classes[was], "said": classes[said], "times": times, "n": n})
    return found
