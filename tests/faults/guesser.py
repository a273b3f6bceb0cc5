"""A guesser with everything but the network: it says a word of the pack, the same for the same ink."""

from __future__ import annotations

import os
import signal
import zlib
from collections.abc import Sequence

import numpy as np

from model.answers import Answer, WordMask
from model.ink.strokes import StrokePath
from server.guessing.worker.worker import GuessWorker


class Dreamer:
    """`server.guessing.worker.worker.GuessNetwork` that starts in no time."""

    version = "dreamer"

    def answer(self, paths: Sequence[StrokePath], masks: Sequence[WordMask | None]) -> list[Answer]:
        return [self._dream(path, mask) for path, mask in zip(paths, masks, strict=True)]

    def _dream(self, path: StrokePath, mask: WordMask | None) -> Answer:
        if os.environ.get("DREAMS") == "nothing":
            # Nobody has a hit: rounds last as long as they may.
            return Answer((0,), (0.01,), 0.9)
        words = np.arange(345) if mask is None else np.flatnonzero(mask)
        seen = zlib.crc32(path[0].tobytes())
        return Answer((int(words[seen % len(words)]),), (0.8,), 0.05)


def main() -> None:
    shift = GuessWorker(os.environ["REDIS_URL"], Dreamer())
    signal.signal(signal.SIGTERM, lambda *_: shift.stop.set())
    print("ready", flush=True)
    shift.run()


if __name__ == "__main__":
    main()
