from __future__ import annotations

import subprocess
import sys

import pytest

NUMPY_ONLY = (
    "model.labels", "model.strokes", "model.raster", "model.answers", "model.registry", "model.data.quickdraw",
    "model.data.split", "model.serve.batcher", "model.nn.pipeline", "model.nn.bitmap", "model.nn.calibrate",
    "model.__main__", "model.data.fetch", "model.nn.loss", "model.nn.recipe",
)  # fmt: skip


def loaded_by(*modules: str) -> set[str]:
    code = f"import sys; import {', '.join(modules)}; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return {name.split(".")[0] for name in done.stdout.split()}


def test_nothing_that_web_or_the_feed_imports_reaches_tensorflow() -> None:
    assert not loaded_by(*NUMPY_ONLY) & {"tensorflow", "keras", "matplotlib", "server"}


@pytest.mark.tensorflow
def test_the_guesser_never_loads_the_server() -> None:
    assert not loaded_by("model.serve.worker") & {"server"}
