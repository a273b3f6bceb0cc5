"""The bare loop: raster and batched call on the same ink, in one process, without queue, Redis or replies.

    python -m benchmarks.servers.bare SECONDS [auto|float]

Prints one JSON object: guesses a second by batch size.
"""

from __future__ import annotations

import json
import os
import sys
import time

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # as the guesser's foreman does

from benchmarks.inks import inks
from model.serving.predictor import Predictor

SIZES = (16, 32, 64, 128)


def main() -> int:
    seconds = float(sys.argv[1])
    guesser = Predictor.load(threads=2)
    if (sys.argv[2:] or ["auto"])[0] == "auto":
        guesser.quantise()
    drawings, _ = inks(512)
    found = {}
    for size in SIZES:
        for _ in range(3):
            guesser.logits(drawings[:size])
        count, began, cpu = 0, time.perf_counter(), time.process_time()
        while (spent := time.perf_counter() - began) < seconds / len(SIZES):
            start = count % (len(drawings) - size + 1)
            guesser.logits(drawings[start : start + size])
            count += size
        found[size] = {"rate": count / spent, "cpu_us": (time.process_time() - cpu) * 1e6 / count}
    print(json.dumps(found))
    return 0


if __name__ == "__main__":
    sys.exit(main())
