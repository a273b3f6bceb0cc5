"""The gates that a challenger has to pass (RECOGNITION.md 7), from what was measured of it and of the champion."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from model.answers import Mask

LOSE_TOP1, LOSE_TOP3, LOSE_HALF, LOSE_THEME = 0.3, 0.2, 0.5, 3.0
"""Points that the golden set may lose: whole drawings, top-3, half the ink, one theme of words."""
MOST_ECE = 0.03
SLOWER = 1.1
SAME_ANSWERS = 0.99
"""Share of drawings on which the served function leads with the same word as the trained network."""
FEWEST_JUDGES = 100
"""Players' drawings below which they cannot judge; then the gain has to show on the golden set."""
KNOWN = 0.5
"""Share of left-out drawings of a taught word that have to lead to it, over all words."""
FEWEST_IN_THEME = 20
RESAMPLES = 2000

Right = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Judged:
    """One model on one set of drawings; row by row the same drawings for champion and challenger."""

    labels: npt.NDArray[np.int64]
    whole: Right
    three: Right
    """The word is among the first three for the whole drawing."""
    half: Right
    """First with half the ink."""
    ece: float
    """Pooled over shares 0.1 … 1.0."""
    owners: tuple[str, ...] = ()
    """Who drew each; drawings of one person are resampled together."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """All that is measured of one model."""

    golden: Judged
    players: Judged | None
    p99_ms: float
    """Of one call with eight drawings, measured in turns with the other model."""
    same: float
    """Share of drawings on which served and trained network agree."""
    taught: tuple[str, int, int] | None = None
    """A word that this model has been taught, and how many of how many left-out drawings it knew."""


@dataclass(frozen=True, slots=True)
class Gate:
    """One line of the table."""

    name: str
    before: str
    after: str
    limit: str
    passed: bool


def judge(champion: Evidence, challenger: Evidence, themes: Mapping[str, Mask]) -> list[Gate]:
    """Hold a challenger against the champion; it has to pass all of them."""
    old, new = champion.golden, challenger.golden
    ratio = challenger.p99_ms / champion.p99_ms
    return [
        _loss(f"golden set, top-1 ({len(old.labels)} drawings)", old.whole, new.whole, LOSE_TOP1),
        _loss("golden set, top-3", old.three, new.three, LOSE_TOP3),
        _gain(champion, challenger),
        _loss("golden set, half the ink", old.half, new.half, LOSE_HALF),
        _themes(old, new, themes),
        Gate("calibration error, pooled", f"{old.ece:.3f}", f"{new.ece:.3f}", f"≤ {MOST_ECE}", new.ece <= MOST_ECE),
        Gate("p99 of eight drawings", f"{champion.p99_ms:.1f} ms", f"{challenger.p99_ms:.1f} ms", f"≤ {SLOWER} ×",
             ratio <= SLOWER),
        Gate("served answers are the trained ones", "", f"{challenger.same:.1%}", f"≥ {SAME_ANSWERS:.0%}",
             challenger.same >= SAME_ANSWERS),
    ]  # fmt: skip


def _loss(name: str, old: Right, new: Right, limit: float) -> Gate:
    lost = 100 * (float(old.mean()) - float(new.mean()))
    return Gate(name, f"{old.mean():.1%}", f"{new.mean():.1%}", f"loses ≤ {limit}", lost <= limit + 1e-9)


def _gain(champion: Evidence, challenger: Evidence) -> Gate:
    """Say whether it got better for those it plays with: the lower bound of the gain is above nothing."""
    if challenger.taught is not None:
        word, right, count = challenger.taught
        return Gate(f"the new word: {word}, drawings that did not teach it", "", f"{right} of {count}",
                    f"≥ {KNOWN:.0%}", right >= KNOWN * count)  # fmt: skip
    old, new, whom = champion.players, challenger.players, "players' hold-out"
    if old is None or new is None or len(old.labels) < FEWEST_JUDGES:
        old, new = champion.golden, challenger.golden
        whom = f"golden set (under {FEWEST_JUDGES} players' drawings)"
    low, high = interval(old, new)
    return Gate(
        f"gain on the {whom}, top-1 ({len(old.labels)} drawings)", f"{old.whole.mean():.1%}",
        f"{new.whole.mean():.1%}, {low:+.1f} to {high:+.1f}", "lower bound > 0", low > 0,
    )  # fmt: skip


def interval(old: Judged, new: Judged, seed: int = 0) -> tuple[float, float]:
    """Return the 95 % interval of the gain in top-1 of whole drawings, in points, by bootstrap.

    With ten owners or more, people are drawn, not drawings: those of one hand are not independent.
    """
    gain = new.whole.astype(float) - old.whole.astype(float)
    chance = np.random.default_rng(seed)
    names, owner = np.unique(old.owners or np.arange(len(gain)), return_inverse=True)
    if len(names) < 10:
        owner = np.arange(len(gain))
    sums, counts = np.bincount(owner, gain), np.bincount(owner)
    means = []
    for _ in range(RESAMPLES):
        drawn = chance.integers(len(sums), size=len(sums))
        means.append(sums[drawn].sum() / counts[drawn].sum())
    low, high = np.quantile(means, (0.025, 0.975))
    return 100 * float(low), 100 * float(high)


def _themes(old: Judged, new: Judged, themes: Mapping[str, Mask]) -> Gate:
    losses: list[tuple[float, str, float, float]] = []
    for name, mask in themes.items():
        inside = mask[old.labels]
        if inside.sum() >= FEWEST_IN_THEME:
            before, after = float(old.whole[inside].mean()), float(new.whole[inside].mean())
            losses.append((100 * (before - after), name, before, after))
    if not losses:
        return Gate("the theme that loses most", "no theme", "", f"loses ≤ {LOSE_THEME:.0f}", True)
    lost, name, before, after = max(losses)
    return Gate(f"the theme that loses most: {name}", f"{before:.1%}", f"{after:.1%}", f"loses ≤ {LOSE_THEME:.0f}",
                lost <= LOSE_THEME)  # fmt: skip


def record(gates: list[Gate], forced: bool = False) -> dict[str, Any]:
    """Return what the card says of the gates."""
    rows = [{"gate": g.name, "before": g.before, "after": g.after, "limit": g.limit, "passed": g.passed} for g in gates]
    return {"passed": all(gate.passed for gate in gates), "forced": forced, "rows": rows}
