"""What 8 bits cost in accuracy: the champion in floats and in 8 bits on real drawings that no training saw."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.line import line

SHARES = (0.1, 0.25, 0.4, 0.5, 0.6, 0.75, 0.9, 1.0)
LIMIT = 30
"""Drawings a word at most, of the parts that judge and test: so few that a handful of words cannot weigh more than the rest."""


def measure() -> list[dict[str, Any]]:
    """Compare top-1 and top-3 at eight shares of ink; nothing without INKLING_DATA."""
    data = os.environ.get("INKLING_DATA")
    if not data:
        return []
    from model.ink.strokes import take_ink_prefix
    from model.network import frozen_function
    from model.serving import predictor
    from model.training.pipeline import load_drawings

    frozen_function.limit_tensorflow_threads(2)
    whole, small = predictor.Predictor.load(), predictor.Predictor.load()
    predictor.MIN_INT8_SPEEDUP = 0.0  # whatever is faster here, it is the accuracy that is asked for
    small.quantise()
    folder = [Path(data) / "quickdraw" / "simplified"]
    chosen = load_drawings(folder, "validation", LIMIT) + load_drawings(folder, "test", LIMIT)
    words = np.array([drawing.label for drawing in chosen])
    lines, changes = [], []
    for share in SHARES:
        inks = [take_ink_prefix(drawing.ink, share) for drawing in chosen]
        ranks = []
        for guesser in (whole, small):
            logits = np.concatenate([guesser.logits(inks[at : at + 64])[0] for at in range(0, len(inks), 64)])
            ranks.append((logits > logits[np.arange(len(words)), words][:, None]).sum(1))
        (float1, bits1), (float3, bits3) = (
            [float((rank < top).mean() * 100) for rank in ranks] for top in (1, 3)
        )  # fmt: skip
        changes.append(bits1 - float1)
        lines.append(line("guesser.accuracy_change", bits1 - float1, "points", "float",
                          bits1 / float1, f"top-1 at {share:.0%} of the ink: {bits1:.2f} in {small.precision}, {float1:.2f} in floats; "
                          f"top-3 {bits3:.2f} and {float3:.2f}; {len(chosen)} drawings that no training saw"))  # fmt: skip
    mean = line("guesser.accuracy_change_mean", float(np.mean(changes)), "points", "float", None,
                f"top-1, over all {len(SHARES)} shares, {len(SHARES) * len(chosen)} guesses")  # fmt: skip
    return [mean, *lines]


if __name__ == "__main__":
    import json

    for one in measure():
        print(json.dumps(one, ensure_ascii=False), flush=True)
