"""A guesser process without TensorFlow: what kind of network it has stands in the model's folder."""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from model.answers import Answer, WordMask
from model.ink.strokes import StrokePath
from server.guessing.worker.control import WorkerControl
from server.guessing.worker.worker import GuessWorker
from server.runtime import parent_death


class Fake:
    """Guesses the first word; `kind` says what is wrong with it."""

    def __init__(self, version: str, kind: str) -> None:
        self.version, self._kind = version, kind
        self._batches = 0

    def answer(self, paths: Sequence[StrokePath], masks: Sequence[WordMask | None]) -> list[Answer]:
        self._batches += 1
        if self._kind == "errs":
            raise RuntimeError("nothing fits")
        if self._kind == "slow":
            time.sleep(30)
        if self._kind == "dies":
            os._exit(3)
        if self._kind == "tires" and self._batches > 5:
            raise RuntimeError("worn out")
        return [Answer((0,), (0.5,), 0.1) for _ in paths]


def main(folder: Path) -> int:
    parent_death.exit_with_parent()
    told = json.loads((folder / "card.json").read_text())
    if told["kind"] == "unfit":
        print(json.dumps({"trouble": "it says the same of everything"}), flush=True)
        return 1
    if told["kind"] == "unstartable":
        return 5
    if told["kind"] == "too large":
        os.kill(os.getpid(), signal.SIGKILL)
    if told["kind"] == "too large at first":
        tries = folder / "tries"
        with tries.open("a") as count:
            count.write("x")
        if tries.stat().st_size <= 2:
            os.kill(os.getpid(), signal.SIGKILL)
    shift = GuessWorker(os.environ["REDIS_URL"], Fake(told["version"], told["kind"]))
    WorkerControl(shift, sys.stdin, sys.stdout).run(ready=told["version"])
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
