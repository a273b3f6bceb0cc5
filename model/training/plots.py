"""Pictures of a run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path


def plot_training_history(rows: Sequence[Mapping[str, float]], target: Mapping[str, float], path: Path) -> None:
    """Plot loss and top-1 on the validation part against samples' steps; dotted: what the recipe should reach."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, (left, right) = pyplot.subplots(1, 2, figsize=(10, 4))
    steps = [row["step"] for row in rows]
    left.plot(steps, [row["loss"] for row in rows])
    left.set(title="loss", xlabel="step")
    for place, share in enumerate(sorted(target)):
        right.plot(
            steps, [row[f"top1@{share}"] for row in rows], color=f"C{place}", label=f"{float(share):.0%} of the ink"
        )
        right.axhline(target[share], color=f"C{place}", linestyle=":")
    right.set(title="top-1 on the validation part", xlabel="step")
    right.legend()
    figure.tight_layout()
    figure.savefig(path, dpi=110)
    pyplot.close(figure)
