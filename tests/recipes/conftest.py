"""Made-up data sets for every recipe, unpacked once."""

from __future__ import annotations

import io
import tarfile
from pathlib import Path
from typing import Any

import pytest

from model.registry import recipe
from tests.recipes import made

SAFE: dict[str, Any] = {"filter": "data"} if hasattr(tarfile, "data_filter") else {}
"""Python 3.11.2, which Debian 12 has, does not know filters yet."""


@pytest.fixture(scope="session")
def sets(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One folder with everything: drawings as bitmaps and strokes, digits, small and large photos."""
    top = tmp_path_factory.mktemp("sets")
    words = {word for name in recipe.list_recipe_names() for word in recipe.load_recipe(name).images.get("words", [])}
    made.write_npy(top / "npy", sorted(words - {"pig", "monkey", "giraffe", "camel"}), 24)
    made.write_strokes(top / "simplified", sorted(words), 20)
    (top / "mnist").mkdir()
    for name, content in made.mnist(120, 40).items():
        (top / "mnist" / name).write_bytes(content)
    for content in (made.cifar(150, 60), made.imagenette(["n01440764", "n02102040", "n03888257"], 4, 2)):
        with tarfile.open(fileobj=io.BytesIO(content)) as archive:
            archive.extractall(top, [one for one in archive if ".." not in one.name], **SAFE)
    return top
