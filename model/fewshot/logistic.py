"""Logistic regression with weights, an offset and a ridge, by Newton's method. numpy only."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Float64Array = npt.NDArray[np.float64]

MAX_NEWTON_STEPS, MIN_LOSS_DECREASE = 20, 1e-3
"""It ends after so many steps, or when the next one would make the loss smaller by less than this."""


def fit_logistic_regression(
    inputs: Float64Array,
    right: npt.NDArray[np.bool_],
    counts: Float64Array,
    offset: Float64Array,
    hold: Float64Array,
    start: Float64Array,
) -> Float64Array:
    """Return weights (k,) that minimise Σ counts · log loss + ½ Σ hold · weights², where p = sigmoid(inputs · weights + offset).

    inputs (n, k), right (n,), counts (n,), offset (n,), hold (k,), start (k,).
    """
    side = np.where(right, 1.0, -1.0)
    single = inputs.astype(np.float32)  # a bend need not be exact, and is most of the work

    def loss(at: Float64Array) -> float:
        return float(counts @ np.logaddexp(0, -side * (inputs @ at + offset)) + 0.5 * hold @ at**2)

    found, now = start, loss(start)
    for _ in range(MAX_NEWTON_STEPS):
        probability = 1 / (1 + np.exp(-np.clip(inputs @ found + offset, -30, 30)))
        slope = inputs.T @ (counts * (probability - right)) + hold * found
        bent = (counts * probability * (1 - probability)).astype(np.float32)
        step = np.linalg.solve((single * bent[:, None]).T @ single + np.diag(hold + 1e-6), slope)
        if slope @ step < MIN_LOSS_DECREASE:
            break
        while (after := loss(found - step)) > now and np.abs(step).max() > 1e-6:
            step /= 2
        found, now = found - step, after
    return found
