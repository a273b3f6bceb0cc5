"""The gates that a challenger has to pass, from what was measured of it and of the champion."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from model.answers import WordMask

MAX_TOP1_LOSS_POINTS, MAX_TOP3_LOSS_POINTS, MAX_HALF_INK_LOSS_POINTS, MAX_THEME_LOSS_POINTS = 0.3, 0.2, 0.5, 3.0
"""Points that the golden set may lose: whole drawings, top-3, half the ink, one theme of words."""
MAX_POOLED_ECE = 0.03
"""Expected calibration error over all drawings together, as a share from 0 to 1."""
MAX_LATENCY_RATIO = 1.1
"""How many times the champion's 99th percentile of latency the challenger's may be."""
MIN_SAME_ANSWER_SHARE = 0.99
"""Share of drawings on which the served function leads with the same word as the trained network."""
MIN_PLAYER_DRAWINGS_TO_JUDGE = 100
"""Players' drawings below which they cannot judge; then the gain has to show on the golden set."""
MIN_TAUGHT_WORD_SHARE = 0.5
"""Share of left-out drawings of a taught word that have to lead to it, over all words."""
MIN_DRAWINGS_PER_THEME = 20
"""Drawings below which a theme of words is not judged."""
BOOTSTRAP_RESAMPLES = 2000
"""Resamples of the drawings behind a confidence interval."""

BoolArray = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class DrawingSetResult:
    """One model on one set of drawings; row by row the same drawings for champion and challenger."""

    labels: npt.NDArray[np.int64]
    whole: BoolArray
    three: BoolArray
    """The word is among the first three for the whole drawing."""
    half: BoolArray
    """First with half the ink."""
    ece: float
    """Pooled over shares 0.1 … 1.0."""
    owners: tuple[str, ...] = ()
    """Who drew each; drawings of one person are resampled together."""


@dataclass(frozen=True, slots=True)
class ModelMeasurement:
    """All that is measured of one model."""

    golden: DrawingSetResult
    players: DrawingSetResult | None
    p99_ms: float
    """Of one call with eight drawings, measured in turns with the other model."""
    same: float
    """Share of drawings on which served and trained network agree."""
    taught: tuple[str, int, int] | None = None
    """A word that this model has been taught, and how many of how many left-out drawings it knew."""


@dataclass(frozen=True, slots=True)
class GateResult:
    """One line of the table."""

    name: str
    before: str
    after: str
    limit: str
    passed: bool


def evaluate_gates(
    champion: ModelMeasurement, challenger: ModelMeasurement, themes: Mapping[str, WordMask]
) -> list[GateResult]:
    """Hold a challenger against the champion; it has to pass all of them."""
    old, new = champion.golden, challenger.golden
    ratio = challenger.p99_ms / champion.p99_ms
    return [
        _loss_gate(f"golden set, top-1 ({len(old.labels)} drawings)", old.whole, new.whole, MAX_TOP1_LOSS_POINTS),
        _loss_gate("golden set, top-3", old.three, new.three, MAX_TOP3_LOSS_POINTS),
        _gain_gate(champion, challenger),
        _loss_gate("golden set, half the ink", old.half, new.half, MAX_HALF_INK_LOSS_POINTS),
        _theme_gate(old, new, themes),
        GateResult("calibration error, pooled", f"{old.ece:.3f}", f"{new.ece:.3f}", f"≤ {MAX_POOLED_ECE}", new.ece <= MAX_POOLED_ECE),
        GateResult("p99 of eight drawings", f"{champion.p99_ms:.1f} ms", f"{challenger.p99_ms:.1f} ms", f"≤ {MAX_LATENCY_RATIO} ×",
             ratio <= MAX_LATENCY_RATIO),
        GateResult("served answers are the trained ones", "", f"{challenger.same:.1%}", f"≥ {MIN_SAME_ANSWER_SHARE:.0%}",
             challenger.same >= MIN_SAME_ANSWER_SHARE),
    ]  # fmt: skip


def _loss_gate(name: str, old: BoolArray, new: BoolArray, limit: float) -> GateResult:
    lost = 100 * (float(old.mean()) - float(new.mean()))
    return GateResult(name, f"{old.mean():.1%}", f"{new.mean():.1%}", f"loses ≤ {limit}", lost <= limit + 1e-9)


def _gain_gate(champion: ModelMeasurement, challenger: ModelMeasurement) -> GateResult:
    """Say whether it got better for those it plays with: the lower bound of the gain is above nothing."""
    if challenger.taught is not None:
        word, right, count = challenger.taught
        return GateResult(f"the new word: {word}, drawings that did not teach it", "", f"{right} of {count}",
                    f"≥ {MIN_TAUGHT_WORD_SHARE:.0%}", right >= MIN_TAUGHT_WORD_SHARE * count)  # fmt: skip
    old, new, whom = champion.players, challenger.players, "players' hold-out"
    if old is None or new is None or len(old.labels) < MIN_PLAYER_DRAWINGS_TO_JUDGE:
        old, new = champion.golden, challenger.golden
        whom = f"golden set (under {MIN_PLAYER_DRAWINGS_TO_JUDGE} players' drawings)"
    low, high = bootstrap_gain_interval(old, new)
    return GateResult(
        f"gain on the {whom}, top-1 ({len(old.labels)} drawings)", f"{old.whole.mean():.1%}",
        f"{new.whole.mean():.1%}, {low:+.1f} to {high:+.1f}", "lower bound > 0", low > 0,
    )  # fmt: skip


def bootstrap_gain_interval(old: DrawingSetResult, new: DrawingSetResult, seed: int = 0) -> tuple[float, float]:
    """Return the 95 % interval of the gain in top-1 of whole drawings, in points, by bootstrap.

    With ten owners or more, people are drawn, not drawings: those of one hand are not independent.
    """
    gain = new.whole.astype(float) - old.whole.astype(float)
    rng = np.random.default_rng(seed)
    names, owner = np.unique(old.owners or np.arange(len(gain)), return_inverse=True)
    if len(names) < 10:
        owner = np.arange(len(gain))
    sums, counts = np.bincount(owner, gain), np.bincount(owner)
    means = []
    for _ in range(BOOTSTRAP_RESAMPLES):
        drawn = rng.integers(len(sums), size=len(sums))
        means.append(sums[drawn].sum() / counts[drawn].sum())
    low, high = np.quantile(means, (0.025, 0.975))
    return 100 * float(low), 100 * float(high)


def _theme_gate(old: DrawingSetResult, new: DrawingSetResult, themes: Mapping[str, WordMask]) -> GateResult:
    losses: list[tuple[float, str, float, float]] = []
    for name, mask in themes.items():
        inside = mask[old.labels]
        if inside.sum() >= MIN_DRAWINGS_PER_THEME:
            before, after = float(old.whole[inside].mean()), float(new.whole[inside].mean())
            losses.append((100 * (before - after), name, before, after))
    if not losses:
        return GateResult("the theme that loses most", "no theme", "", f"loses ≤ {MAX_THEME_LOSS_POINTS:.0f}", True)
    lost, name, before, after = max(losses)
    return GateResult(f"the theme that loses most: {name}", f"{before:.1%}", f"{after:.1%}", f"loses ≤ {MAX_THEME_LOSS_POINTS:.0f}",
                lost <= MAX_THEME_LOSS_POINTS)  # fmt: skip


def gates_for_card(gates: list[GateResult], forced: bool = False) -> dict[str, Any]:
    """Return what the card says of the gates."""
    rows = [{"gate": g.name, "before": g.before, "after": g.after, "limit": g.limit, "passed": g.passed} for g in gates]
    return {"passed": all(gate.passed for gate in gates), "forced": forced, "rows": rows}
