from __future__ import annotations

import subprocess
import sys

import pytest

NUMPY_ONLY = (
    "model.ink.vocabulary", "model.ink.strokes", "model.ink.raster", "model.answers", "model.registry.artifact", "model.data.quickdraw",
    "model.data.split", "model.serving.batch_size", "model.training.pipeline", "model.ink.bitmap", "model.evaluation.calibrate",
    "model.__main__", "model.data.fetch", "model.training.loss", "model.registry.recipe",
)  # fmt: skip


def loaded_by(*modules: str) -> set[str]:
    code = f"import sys; import {', '.join(modules)}; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return {name.split(".")[0] for name in done.stdout.split()}


def test_nothing_that_web_or_the_feed_imports_reaches_tensorflow() -> None:
    assert not loaded_by(*NUMPY_ONLY) & {"tensorflow", "keras", "matplotlib", "server"}


@pytest.mark.tensorflow
def test_the_guesser_never_loads_the_server() -> None:
    assert not loaded_by("model.serving.predictor") & {"server"}
