from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from model.registry import artifact
from model.training.config import TrainingConfig
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
    from model.training import trainer

    monkeypatch.setattr(trainer, "CHECKPOINT_INTERVAL_SECONDS", 0.0)
    monkeypatch.setattr(trainer, "BATCH_NORM_UPDATE_BATCHES", 2)
    out = tmp_path / "run"
    first = TrainingConfig(data=(str(drawings),), epochs=0.6, batch_size=32, workers=1, **SMALL)
    figures = trainer.train_network(first, out)
    assert 0 <= figures["full"]["top1"] <= 1
    assert {"weights.npz", "card.json", "card.md", "history.json", "history.png", "config.json"} <= {
        path.name for path in out.iterdir()
    }
    steps = artifact.read_game_card(out).training["samples"] // 32
    longer = TrainingConfig(data=(str(drawings),), epochs=1.2, batch_size=32, workers=1, **SMALL)
    trainer.train_network(longer, out, resume=True)
    history = json.loads((out / "history.json").read_text())
    steps_of = [row["step"] for row in history]
    assert steps_of == list(range(1, len(steps_of) + 1)), "it goes on where it stopped"
    assert [row["samples"] for row in history] == [32 * step for step in steps_of]
    assert artifact.read_game_card(out).training["samples"] // 32 > steps


def test_workers_end_when_the_trainer_is_killed(drawings: Path) -> None:
    code = (
        "import os, signal, sys\nfrom pathlib import Path\nfrom model.training.pipeline import Feed\n"
        "if __name__ == '__main__':\n"
        "    feed = Feed([Path(sys.argv[1])], 8, 0, 2)\n    next(iter(feed))\n"
        "    print(*(worker.pid for worker in feed._workers), flush=True)\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    script = drawings.parent / "feed.py"
    script.write_text(code)
    told = drawings.parent / "told"
    with told.open("w") as out:  # a pipe would stay open as long as the workers live
        subprocess.run([sys.executable, script, drawings], stdout=out, timeout=60, check=False,
                       env={**os.environ, "PYTHONPATH": str(Path(artifact.__file__).parents[2])})  # fmt: skip
    workers = [int(pid) for pid in told.read_text().split()]
    assert len(workers) == 2
    deadline = time.monotonic() + 30
    while any(_alive(pid) for pid in workers):
        assert time.monotonic() < deadline, "a worker outlived its trainer"
        time.sleep(0.2)


def _alive(pid: int) -> bool:
    """Say whether a process runs; one that has ended but was not yet collected does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False
