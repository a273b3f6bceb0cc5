"""Does the input pipeline keep the trainer busy? Steps on one constant batch against steps on batches as they come.

    python benchmarks/training.py --data DIR/simplified DIR/raw --teacher DIR/doodlenet

Prints one JSON line, `train.step_efficiency`: the rate of real steps divided by the rate of bare ones, in one run.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from model.nn.pipeline import Feed, load

SECONDS = 20.0
WARM_STEPS = 3


def rate(step: Callable[[], None], samples: int) -> float:
    """Samples a second over SECONDS."""
    count, began = 0, time.perf_counter()
    while (spent := time.perf_counter() - began) < SECONDS:
        step()
        count += 1
    return count * samples / spent


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, nargs="+", required=True)
    parser.add_argument("--teacher", type=Path, default=None)
    chosen = parser.parse_args()
    from model.nn.train import Trainer, config_of

    config = config_of("inkling", chosen.data, {"teacher": str(chosen.teacher or "")})
    drawings = load(chosen.data, "train")
    with tempfile.TemporaryDirectory() as out:
        trainer = Trainer(config, Path(out), drawings, drawings[:64])
        feed = Feed(chosen.data, config.batch_size, 0, config.workers, config.strength, bool(config.teacher))
        try:
            constant, goal = next(trainer.lessons(feed))
        finally:
            feed.close()
        for _ in range(WARM_STEPS):
            trainer.learn(constant, goal)
        bare = rate(lambda: void(trainer.learn(constant, goal)), config.batch_size)
        feed = Feed(chosen.data, config.batch_size, 1, config.workers, config.strength, bool(config.teacher))
        try:
            lessons = trainer.lessons(feed)
            for _ in range(60):  # more than the queue holds, so that what was made beforehand does not count
                trainer.learn(*next(lessons))
            real = rate(lambda: void(trainer.learn(*next(lessons))), config.batch_size)
        finally:
            feed.close()
    line = {
        "name": "train.step_efficiency", "value": round(real, 1), "unit": "samples/s", "against": "constant-batch",
        "ratio": round(real / bare, 3), "note": f"bare {bare:.0f} samples/s, batch {config.batch_size}",
    }  # fmt: skip
    print(json.dumps(line))
    return 0


def void(_: object) -> None:
    """Drop a result."""


if __name__ == "__main__":
    sys.exit(main())
