"""Does the input pipeline keep the trainer busy? Steps on one constant batch against steps on batches as they come.

    python benchmarks/training.py --data DIR/simplified DIR/raw --teacher DIR/doodlenet DIR/resnet28

Prints one JSON line, `train.step_efficiency`: the rate of real steps divided by the rate of bare ones, in one run.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.rate import rate
from model.training.pipeline import Feed, load_drawings

SECONDS = 20.0
WARM_STEPS = 3
WARM_LESSONS = 60
"""More than the queue holds, so that what was made beforehand does not count."""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, nargs="+", required=True)
    parser.add_argument("--teacher", type=Path, nargs="+", default=[])
    chosen = parser.parse_args()
    from model.training.config import build_training_config
    from model.training.trainer import Trainer

    config = build_training_config("inkling", chosen.data, {"teacher": tuple(map(str, chosen.teacher))})
    drawings = load_drawings(chosen.data, "train")
    with tempfile.TemporaryDirectory() as out:
        trainer = Trainer(config, Path(out), drawings, drawings[:64])
        feed = Feed(chosen.data, config.batch_size, 0, config.workers, config.strength, bool(config.teacher))
        try:
            constant, goal = next(trainer.batches_with_targets(feed))
        finally:
            feed.close()
        bare = rate(lambda: trainer.learn(constant, goal), config.batch_size, SECONDS, WARM_STEPS)
        feed = Feed(chosen.data, config.batch_size, 1, config.workers, config.strength, bool(config.teacher))
        try:
            lessons = trainer.batches_with_targets(feed)
            real = rate(lambda: trainer.learn(*next(lessons)), config.batch_size, SECONDS, WARM_LESSONS)
        finally:
            feed.close()
    line = {
        "name": "train.step_efficiency", "value": round(real, 1), "unit": "samples/s", "against": "constant-batch",
        "ratio": round(real / bare, 3), "note": f"bare {bare:.0f} samples/s, batch {config.batch_size}",
    }  # fmt: skip
    print(json.dumps(line))
    return 0


if __name__ == "__main__":
    sys.exit(main())
