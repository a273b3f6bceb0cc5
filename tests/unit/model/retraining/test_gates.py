from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from model.answers import WordMask
from model.ink.vocabulary import CLASS_WORDS
from model.retraining import gates
from model.retraining.gates import DrawingSetResult, GateResult, ModelMeasurement

COUNT = 2000


def judged(
    whole: float = 0.6, half: float = 0.2, three: float = 0.8, ece: float = 0.02, count: int = COUNT
) -> DrawingSetResult:
    """One model that is right for the first so many of the drawings; 20 people drew them in turns."""

    def right(share: float) -> gates.BoolArray:
        return np.arange(count) < share * count

    owners = tuple(str(number % 20) for number in range(count))
    return DrawingSetResult(np.arange(count) % len(CLASS_WORDS), right(whole), right(three), right(half), ece, owners)


def evidence(
    golden: DrawingSetResult | None = None, players: DrawingSetResult | None = None, p99: float = 10.0
) -> ModelMeasurement:
    return ModelMeasurement(golden or judged(), players or judged(), p99, 1.0)


def failed(found: list[GateResult]) -> list[str]:
    return [gate.name.split(",")[0].split(":")[0].split(" (")[0] for gate in found if not gate.passed]


THEMES: dict[str, WordMask] = {"first": np.arange(len(CLASS_WORDS)) < 40, "all": np.ones(len(CLASS_WORDS), bool)}
BETTER = evidence(players=judged(0.7))


def test_a_better_model_passes_all_gates() -> None:
    found = gates.evaluate_gates(evidence(), BETTER, THEMES)
    assert failed(found) == []
    assert len(found) == 8


def worse(part: str) -> ModelMeasurement:
    golden = {
        "top1": judged(whole=0.596), "top3": judged(three=0.797), "half": judged(half=0.194), "ece": judged(ece=0.031),
    }.get(part, judged())  # fmt: skip
    changes: dict[str, object] = {"slow": {"p99_ms": 11.2}, "odd": {"same": 0.98}, "gain": {"players": judged()}}
    return replace(BETTER, golden=golden, **changes.get(part, {}))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("part", "gate"),
    [
        ("top1", "golden set"),
        ("top3", "golden set"),
        ("half", "golden set"),
        ("ece", "calibration error"),
        ("slow", "p99 of eight drawings"),
        ("odd", "served answers are the trained ones"),
        ("gain", "gain on the players' hold-out"),
    ],
)
def test_each_gate_refuses_alone(part: str, gate: str) -> None:
    assert failed(gates.evaluate_gates(evidence(), worse(part), THEMES)) == [gate]


def test_a_theme_may_not_pay_for_the_others() -> None:
    golden = judged()
    lost = golden.whole & ~((golden.labels < 40) & (np.arange(COUNT) % 3 == 0))
    made_up = lost | (np.arange(COUNT) >= COUNT - (golden.whole.sum() - lost.sum()))
    assert made_up.sum() == golden.whole.sum()
    found = gates.evaluate_gates(evidence(), replace(BETTER, golden=replace(golden, whole=made_up)), THEMES)
    assert failed(found) == ["the theme that loses most"]


def test_a_gain_by_chance_is_no_gain() -> None:
    chance = np.random.default_rng(1)
    old, new = judged(), judged()
    new = replace(new, whole=chance.permutation(np.append(old.whole[1:], True)))
    low, high = gates.bootstrap_gain_interval(old, new)
    assert low < 0 < high


def test_drawings_of_one_person_are_resampled_together() -> None:
    """All of the gain is one player's: for drawings it would be certain, for people it is not."""
    old = judged()
    owners = tuple("one" if place >= 1900 else str(place % 30) for place in range(COUNT))
    new = replace(old, whole=old.whole | (np.arange(COUNT) >= 1900), owners=owners)
    low, _ = gates.bootstrap_gain_interval(replace(old, owners=owners), new)
    assert low <= 0
    assert gates.bootstrap_gain_interval(replace(old, owners=()), replace(new, owners=()))[0] > 0


def test_with_few_players_the_gain_has_to_show_on_the_golden_set() -> None:
    few = replace(evidence(), players=judged(0.2, count=50))
    assert failed(gates.evaluate_gates(few, replace(few, players=judged(0.9, count=50)), THEMES)) == [
        "gain on the golden set"
    ]
    assert failed(gates.evaluate_gates(few, replace(few, golden=judged(0.7)), THEMES)) == []


def test_the_card_keeps_the_table_and_says_when_it_was_forced() -> None:
    told = gates.gates_for_card(gates.evaluate_gates(evidence(), worse("top1"), THEMES), forced=True)
    assert (told["passed"], told["forced"], len(told["rows"])) == (False, True, 8)
