"""AdamW that is gentle with what knows much already."""

from __future__ import annotations

from typing import Any

import keras

GENTLE = {"bold": 0.02, "words": 0.2}
"""Of the rate, for layers that begin with the teacher's weights, by how their names begin: it learned from a thousand times as many drawings as
there are here. At the full rate it forgets in minutes what they cannot teach it again, and learns them by heart instead."""


@keras.saving.register_keras_serializable("inkling")
class Gentle(keras.optimizers.AdamW):  # type: ignore[misc]
    """AdamW (Loshchilov & Hutter 2017) with a smaller rate, and no decay, for the branch over the stamp and the head."""

    def update_step(self, gradient: Any, variable: Any, learning_rate: Any) -> None:
        """Take one step of one variable."""
        super().update_step(gradient, variable, learning_rate * self._share(variable))

    def _use_weight_decay(self, variable: Any) -> bool:
        return self._share(variable) == 1.0 and super()._use_weight_decay(variable)

    def _share(self, variable: Any) -> float:
        """Find a variable by its place: some backends pass their own kind of it, which has no path."""
        layer = str(self._trainable_variables[self._get_variable_index(variable)].path).split("/")[0]
        return next((share for name, share in GENTLE.items() if layer.startswith(name)), 1.0)
