from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from model import registry
from tests.unit.model.drawings import write_shaky

SMALL: dict[str, Any] = {"widths": (8, 8), "blocks": (1, 1), "embedding": 16}


@pytest.fixture
def drawings(tmp_path: Path) -> Path:
    """Forty shaky drawings of each of six words."""
    folder = tmp_path / "drawings"
    folder.mkdir()
    write_shaky(folder)
    return folder


@pytest.mark.tensorflow
@pytest.mark.filterwarnings(
    "ignore:__array__ implementation doesn't accept a copy keyword"
)  # Keras saving under numpy 2
def test_a_run_leaves_a_model_and_can_be_resumed(
    drawings: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from model.nn import train

    monkeypatch.setattr(train, "CHECKPOINT_STEPS", 3)
    monkeypatch.setattr(train, "SETTLE_BATCHES", 2)
    out = tmp_path / "run"
    first = train.Config(data=(str(drawings),), epochs=0.6, batch_size=32, workers=1, **SMALL)
    figures = train.train(first, out)
    assert 0 <= figures["full"]["top1"] <= 1
    assert {"weights.npz", "card.json", "card.md", "history.json", "history.png", "config.json"} <= {
        path.name for path in out.iterdir()
    }
    steps = registry.card_of(out).training["samples"] // 32
    longer = train.Config(data=(str(drawings),), epochs=1.2, batch_size=32, workers=1, **SMALL)
    train.train(longer, out, resume=True)
    history = json.loads((out / "history.json").read_text())
    assert [row["step"] for row in history] == [3, 6]
    assert registry.card_of(out).training["samples"] // 32 > steps
