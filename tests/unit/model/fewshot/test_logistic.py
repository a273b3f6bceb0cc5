from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest

from model.fewshot.logistic import Float64Array, fit_logistic_regression

Drawn = tuple[Float64Array, Float64Array, npt.NDArray[np.bool_], Float64Array]


def chances(inputs: Float64Array, weights: Float64Array, offset: Float64Array) -> Float64Array:
    found: Float64Array = 1 / (1 + np.exp(-(inputs @ weights + offset)))
    return found


@pytest.fixture
def drawn() -> Drawn:
    """Inputs, an offset, whether right, and how much each counts."""
    chance = np.random.default_rng(5)
    inputs = np.concatenate([chance.normal(size=(4000, 3)), np.ones((4000, 1))], 1)
    offset = chance.normal(size=4000)
    right = chance.random(4000) < chances(inputs, np.array([1.0, -2.0, 0.0, 0.5]), offset)
    return inputs, offset, right, chance.uniform(0.5, 1.5, 4000)


def test_it_finds_what_the_answers_were_drawn_from(drawn: Drawn) -> None:
    inputs, offset, right, counts = drawn
    found = fit_logistic_regression(inputs, right, counts, offset, np.full(4, 1e-3), np.zeros(4))
    assert found == pytest.approx([1.0, -2.0, 0.0, 0.5], abs=0.2)


def test_nothing_is_left_to_gain(drawn: Drawn) -> None:
    """At the minimum the slope of the loss, worked out here by differences, is nought in every direction."""
    inputs, offset, right, counts = drawn
    hold = np.array([50.0, 0.0, 5.0, 1.0])

    def loss(at: Float64Array) -> float:
        chance = chances(inputs, at, offset)
        return float(-counts @ np.log(np.where(right, chance, 1 - chance)) + 0.5 * hold @ at**2)

    found = fit_logistic_regression(inputs, right, counts, offset, hold, np.zeros(4))
    for axis in np.eye(4):
        assert abs(loss(found + 1e-3 * axis) - loss(found - 1e-3 * axis)) / 2e-3 < 2.0
        assert loss(found + 0.1 * axis) > loss(found)
        assert loss(found - 0.1 * axis) > loss(found)


def test_what_can_be_told_apart_wholly_is_held_by_the_ridge() -> None:
    inputs = np.array([[-1.0], [1.0]])
    found = fit_logistic_regression(
        inputs, np.array([False, True]), np.ones(2), np.zeros(2), np.ones(1), np.array([40.0])
    )
    # Where w = 2 · sigmoid(−w).
    assert found[0] == pytest.approx(0.6748, abs=1e-2)
